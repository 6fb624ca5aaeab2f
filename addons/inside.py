"""The two places where the recorder looks inside mitmproxy 12, for what no hook says.

Both have a fallback: the recording is then a little less exact and goes on.
"""

from collections.abc import Iterator
from typing import Protocol

from mitmproxy import ctx
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.http import HTTPFlow
from mitmproxy.proxy.layers.http import HttpLayer, HttpStream
from mitmproxy.proxy.server import ConnectionHandler

LAYERS_LIMIT = 10_000
"""Most layers of one client connection that are looked through for a stream."""


class Activity(Protocol):
    """Something whose ``last_activity`` is another object for each socket read."""

    @property
    def last_activity(self) -> object: ...


class NeverTheSame:
    """The fallback: each chunk is a read of its own."""

    @property
    def last_activity(self) -> object:
        return object()


def connection_handler(flow: HTTPFlow) -> ConnectionHandler | None:
    """What handles the flow's client connection; None once that is gone."""
    addons = getattr(getattr(ctx, "master", None), "addons", None)
    proxy = addons.get("proxyserver") if addons is not None else None
    return proxy.connections.get(flow.client_conn.id) if isinstance(proxy, Proxyserver) else None


def activity(flow: HTTPFlow) -> Activity:
    """The connection's watchdog.

    ``ConnectionHandler.server_event``, which handles one socket read (TCP) or
    datagram (QUIC) and does not await, begins by setting its ``last_activity``.
    """
    watchdog = getattr(connection_handler(flow), "timeout_watchdog", None)
    return NeverTheSame() if watchdog is None else watchdog


def http_streams(handler: ConnectionHandler) -> Iterator[HttpStream]:
    """All HTTP streams of a client connection: contexts list their layers, streams fork theirs."""
    waiting = list(handler.layer.context.layers)
    seen: set[int] = set()
    while waiting and len(seen) < LAYERS_LIMIT:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        if isinstance(layer, HttpLayer):
            waiting += layer.streams.values()
        elif isinstance(layer, HttpStream):
            yield layer
            waiting += layer.context.layers
