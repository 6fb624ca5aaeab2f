"""Stands in for the service: a listener on loopback that plays recorded answers at their times.

mitmproxy sends a response that an addon made at once, so timing needs a service to send on to.
HTTP/1.1 has no way to put several streams on one connection, and mitmproxy would try to for a
client over HTTP/3; so clients over HTTP/2 and HTTP/3 are answered over HTTP/2 in the clear,
with prior knowledge (RFC 9113, section 3.3), of which mitmproxy knows nothing: it is told that
ALPN agreed on it. Clients over HTTP/1.1 get HTTP/1.1, which is what WebSockets need.
"""

import asyncio
import logging
import secrets
import socket
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from hypercorn.config import Config
from hypercorn.typing import Framework
from mitmproxy.connection import Server
from mitmproxy.http import HTTPFlow
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from analyzer.redact import FINGERPRINT
from analyzer.replay.faults import Fault
from analyzer.replay.fields import Fields, answer_fields
from analyzer.replay.player import Stage, play, while_connected
from analyzer.replay.schedule import Playing, Tempo
from analyzer.replay.script import Bytes, Recorded
from analyzer.replay.sockets import play_socket
from analyzer.serving.web import WebListener

CLAIM = "streamscope-claim"
"""The request header by which the listener knows which answer was meant, never sent further."""

CLAIMS_LIMIT = 10_000
"""Most answers that wait to be fetched; beyond it the oldest are forgotten."""

IDLE_S = 600.0
"""How long mitmproxy may keep a connection without a request on it."""

STREAMS_LIMIT = 10_000
"""Most requests that are open on one connection: the browser's own limit comes first."""

QUEUED = 10_000
"""Most parts of a request that wait; nobody reads its body here."""


@dataclass(frozen=True, slots=True)
class _Aside:
    """Where a request was going before it was sent here."""

    recorded: Recorded
    scheme: bytes
    host: str
    port: int


class Understudy:
    """Listens from its making on, which must be on mitmproxy's loop; an ASGI application."""

    def __init__(self, contents: Bytes, tempo: Tempo, faults: tuple[Fault, ...]) -> None:
        self._contents = contents
        self._tempo = tempo
        self._faults = faults
        self._claims: OrderedDict[str, Recorded] = OrderedDict()
        self._aside: OrderedDict[str, _Aside] = OrderedDict()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._web = WebListener(cast(Framework, self), _configuration())
        self._task = asyncio.get_running_loop().create_task(self._web.listen(listener))

    def end(self, then: Callable[[], None]) -> None:
        """Break off what is being played, take no more, and do ``then``."""
        self._task = asyncio.get_running_loop().create_task(self._web.stop(0.0))
        self._task.add_done_callback(lambda _: then())

    # ------------------------------------------------------------------ mitmproxy's side

    def redirect(self, flow: HTTPFlow, recorded: Recorded) -> None:
        """Have the request sent here. Host and authority stay what they were."""
        token = secrets.token_hex(16)
        request = flow.request
        data = request.data
        _put(self._claims, token, recorded)
        _put(self._aside, flow.id, _Aside(recorded, data.scheme, data.host, data.port))
        request.headers[CLAIM] = token
        # The setters of `Request` would change the Host header, too.
        data.scheme = b"http"
        data.host, data.port = self.address
        # The server that the flow has may be one that is reached by UDP.
        flow.server_conn = Server(address=self.address)

    def restore(self, flow: HTTPFlow) -> Recorded | None:
        """Once it was sent, show the request as it was asked; what it is answered with."""
        aside = self._aside.pop(flow.id, None)
        if aside is None:
            return None
        flow.request.headers.pop(CLAIM, None)
        data = flow.request.data
        data.scheme, data.host, data.port = aside.scheme, aside.host, aside.port
        return aside.recorded

    def connected(self, data: ServerConnectionHookData) -> None:
        """Have mitmproxy speak HTTP/2 to us where its client speaks that or HTTP/3."""
        spoken = (data.client.alpn or b"")[:2]
        if data.server.address == self.address and spoken in (b"h2", b"h3"):
            data.server.alpn = b"h2"

    # ------------------------------------------------------------------ the listener's side

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        started_s = asyncio.get_running_loop().time()
        token = dict(scope["headers"]).get(CLAIM.encode(), b"").decode("latin-1")
        recorded = self._claims.pop(token, None)
        if recorded is None:  # somebody else found the port
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 404, "headers": []})
                await send({"type": "http.response.body", "body": b""})
            return
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
            offered = tuple(scope["subprotocols"])
            socket_work = play_socket(
                send, started_s, recorded, self._contents, self._tempo, offered
            )
            await while_connected(socket_work, receive)
            return
        playing = Playing(recorded, self._contents, self._tempo, self._faults)
        work = play(
            Stage(scope["method"], send, started_s), playing, recorded.status, _fields(recorded)
        )
        await while_connected(work, receive)


def _put[Value](kept: OrderedDict[str, Value], key: str, value: Value) -> None:
    kept[key] = value
    if len(kept) > CLAIMS_LIMIT:
        kept.popitem(last=False)


def _fields(recorded: Recorded) -> Fields:
    """As recorded, but for cookies: a fingerprint would log the browser out of the service."""
    return [
        (name, value)
        for name, value in answer_fields(recorded)
        if name != b"set-cookie" or not FINGERPRINT.search(value.decode())
    ]


def _configuration() -> Config:
    config = Config()
    config.include_server_header = config.include_date_header = False
    config.keep_alive_timeout = IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.h2_max_concurrent_streams = STREAMS_LIMIT
    config.max_app_queue_size = QUEUED
    config.errorlog = logging.getLogger("analyzer.serving")
    config.loglevel = "WARNING"
    return config
