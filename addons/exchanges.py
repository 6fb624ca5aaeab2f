"""The exchanges in scope, from their request to their end, as the event loop sees them."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from mitmproxy.http import HTTPFlow, Message

from addons.connections import Connections
from addons.endings import how_it_closed, how_it_failed
from addons.inside import activity
from addons.lag import Lag
from addons.scope import Scope
from addons.tap import Queue, StreamTap
from analyzer.intake.seen import BodySeen, EndSeen, MessageSeen, RequestSeen, ResponseSeen
from analyzer.model import Ending, RequestEnd, Side

METADATA = "streamscope"
"""Key in ``flow.metadata``: ``{mono_ns, wall_ns, at_ns, lengths, dropped}``, see the README.

``at_ns`` and ``lengths`` run in parallel, one entry a chunk, lengths in bytes as
they passed; chunks of the same time came in one read. ``mono_ns`` and
``wall_ns`` were read together; ``dropped`` counts chunks beyond the limit.
"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The monotonic and the wall clock, read together."""

    mono_ns: int
    wall_ns: int


@dataclass(slots=True)
class _Open:
    exchange: int
    tap: StreamTap | None = None


class Exchanges:
    """Numbers exchanges and puts what happens to them into the queue."""

    def __init__(
        self,
        scope: Scope,
        queue: Queue,
        lag: Lag,
        anchor: Anchor,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._scope = scope
        self._queue = queue
        self._clock = clock
        self._lag = lag
        self._anchor = anchor
        self._open: dict[str, _Open] = {}
        self._numbered = 0
        self.connections = Connections(lambda record: self._queue.put(record, record.at_ns))

    def busy(self) -> bool:
        """Whether any exchange is open."""
        return bool(self._open)

    def request_head(self, flow: HTTPFlow) -> None:
        """Flows loaded from a file are not live: their times would be made up."""
        if not flow.live or not self._scope.covers(flow):
            return
        at_ns = self._clock()
        self._numbered += 1
        exchange = self._numbered
        self._open[flow.id] = _Open(exchange)
        request = flow.request
        seen = RequestSeen(
            exchange,
            at_ns,
            request.method,
            request.scheme,
            _authority(flow),
            request.path,
            request.http_version,
            request.headers.fields,
            self.connections.number(flow.client_conn, "client", at_ns),
            flow.id,
        )
        self._queue.put(seen, at_ns, exchange)

    def request_end(self, flow: HTTPFlow) -> None:
        found = self._open.get(flow.id)
        if found is not None:
            at_ns = self._clock()
            self._body(found.exchange, at_ns, "request", flow.request)
            self._queue.put(RequestEnd(found.exchange, at_ns), at_ns, found.exchange)

    def response_head(self, flow: HTTPFlow) -> None:
        found = self._open.get(flow.id)
        response = flow.response
        if found is None or response is None:
            return
        at_ns = self._clock()
        streamed = self._scope.streams(response.headers.get("content-type", ""))
        seen = ResponseSeen(
            found.exchange,
            at_ns,
            response.status_code,
            response.http_version,
            response.headers.fields,
            response.reason,
            self.connections.number(flow.server_conn, "server", at_ns),
            streamed,
            response.headers.get("content-encoding", ""),
        )
        self._queue.put(seen, at_ns, found.exchange)
        if streamed:
            timeline = self._timeline()
            flow.metadata[METADATA] = timeline
            inner = response.stream if callable(response.stream) else None
            found.tap = StreamTap(
                found.exchange,
                self._queue,
                activity(flow),
                self._lag,
                timeline,
                inner,
                self._clock,
            )
            response.stream = found.tap.callable

    def response_end(self, flow: HTTPFlow) -> None:
        """The response is whole. That ends the exchange, but for one that became a WebSocket."""
        found = self._open.get(flow.id)
        response = flow.response
        if found is None or response is None:
            return
        at_ns = self._clock()
        if found.tap is None:
            self._body(found.exchange, at_ns, "response", response)
        elif found.tap.silent and response.raw_content:
            # An addon made this response: mitmproxy sends those whole, streamed or not.
            found.tap.take(response.raw_content, at_ns)
        elif response.stream is not found.tap.callable:
            reason = "another addon replaced the stream callable"
            self._queue.lose("reads", reason, at_ns, 0, found.exchange)
        if flow.websocket is None:
            detail = "switched protocols" if response.status_code == 101 else ""
            self._end(flow, at_ns, "complete", detail)

    def failed(self, flow: HTTPFlow) -> None:
        if flow.id in self._open:
            message = flow.error.msg if flow.error is not None else ""
            self._end(flow, self._clock(), how_it_failed(flow), message)

    def unreachable(self, flow: HTTPFlow) -> None:
        """A CONNECT that failed. One that worked is no exchange with the service."""
        self.request_head(flow)
        self.response_head(flow)
        if flow.id in self._open:
            content = flow.response.get_text(strict=False) if flow.response else ""
            self._end(flow, self._clock(), "error", content or "")

    def message(self, flow: HTTPFlow) -> None:
        found = self._open.get(flow.id)
        if found is not None and flow.websocket is not None:
            at_ns = self._clock()
            last = flow.websocket.messages[-1]
            seen = MessageSeen(found.exchange, at_ns, last.from_client, last.is_text, last.content)
            self._queue.put(seen, at_ns, found.exchange)

    def closed(self, flow: HTTPFlow) -> None:
        if flow.id in self._open:
            self._end(flow, self._clock(), *how_it_closed(flow))

    def _end(self, flow: HTTPFlow, at_ns: int, how: Ending, detail: str) -> None:
        found = self._open.pop(flow.id)
        if found.tap is not None:
            found.tap.settle(at_ns)
        self._queue.put(EndSeen(found.exchange, at_ns, how, detail), at_ns, found.exchange)

    def _body(self, exchange: int, at_ns: int, side: Side, message: Message) -> None:
        raw = message.raw_content
        if raw == b"":
            return
        seen = BodySeen(
            exchange,
            at_ns,
            side,
            raw,
            message.headers.get("content-encoding", ""),
            message.headers.get("content-type", ""),
        )
        self._queue.put(seen, at_ns, exchange)

    def _timeline(self) -> dict[str, Any]:
        anchor = self._anchor
        return {
            "mono_ns": anchor.mono_ns,
            "wall_ns": anchor.wall_ns,
            "at_ns": [],
            "lengths": [],
            "dropped": 0,
        }


def _authority(flow: HTTPFlow) -> str:
    request = flow.request
    if request.authority or request.host_header:
        return request.authority or request.host_header or ""
    return f"{request.host}:{request.port}"
