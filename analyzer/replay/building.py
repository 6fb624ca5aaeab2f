"""From records to a script. Pure: whoever holds the bytes of the bodies is given to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Clock,
    ExchangeEnd,
    Lost,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.replay.script import Bytes, Parts, Recorded, Script

EXCHANGES_LIMIT = 100_000
"""Most exchanges that are held ready; the later ones of a larger capture are not served."""


@dataclass(slots=True)
class _Open:
    head: RequestHead
    sent_ns: int | None = None
    request: list[tuple[int, int]] = field(default_factory=list)
    request_whole: bool = True
    response: ResponseHead | None = None
    parts: Parts = field(default_factory=Parts)
    end: ExchangeEnd | None = None
    missing: str = ""
    is_socket: bool = False


SWITCHED = 101
FINAL = range(200, 600)
"""Any other status is no answer, as that of a request which a browser gave up."""

PROBLEMS_LIMIT = 100
"""Most problems of the captures that are kept to be shown."""


class ScriptBuilder:
    """Takes captures one after the other; ``script`` is what they make together."""

    def __init__(self, contents: Bytes, exchanges_limit: int = EXCHANGES_LIMIT) -> None:
        self._contents = contents
        self._limit = exchanges_limit
        self._done: list[Recorded] = []
        self._clocks: list[Clock] = []
        self._passed_over = 0
        self._content = True
        self._problems: list[Problem] = []
        self._capture = ""
        self._clock: Clock = "chunk"
        self._open: dict[int, _Open] = {}
        self._order: list[_Open] = []

    def read(self, capture: str, records: Iterable[AnyRecord | Problem]) -> None:
        """Add one whole capture; ``capture`` names it where exchanges are named."""
        self._capture = capture
        self._clock = "chunk"
        for record in records:
            self._take(record)
        self._done += [self._recorded(one) for one in self._order]
        self._open.clear()
        self._order.clear()

    def script(self) -> Script:
        return Script(
            tuple(self._done),
            tuple(self._clocks),
            self._passed_over,
            self._content,
            tuple(self._problems),
        )

    def _take(self, record: AnyRecord | Problem) -> None:
        match record:
            case CaptureHead():
                self._clock = record.clock
                self._clocks.append(record.clock)
                self._content = self._content and record.redaction == "secrets"
            case Problem():
                if len(self._problems) < PROBLEMS_LIMIT:
                    self._problems.append(record)
            case RequestHead():
                self._begin(record)
            case Lost() if record.exchange is None:
                pass
            case (
                RequestEnd()
                | ResponseHead()
                | Reads()
                | Body()
                | ExchangeEnd()
                | WebSocketMessage()
                | Lost()
            ):
                one = self._open.get(record.exchange or 0)
                if one is not None:
                    self._add(one, record)
            case _:
                pass

    def _begin(self, head: RequestHead) -> None:
        if _opens_tunnel(head):
            self._open.pop(head.exchange, None)
            return
        if len(self._done) + len(self._order) >= self._limit:
            self._passed_over += 1
            self._open.pop(head.exchange, None)
            return
        one = self._open[head.exchange] = _Open(head)
        self._order.append(one)

    def _add(
        self,
        one: _Open,
        record: RequestEnd | ResponseHead | Reads | Body | ExchangeEnd | WebSocketMessage | Lost,
    ) -> None:
        match record:
            case RequestEnd():
                one.sent_ns = record.at_ns
            case ResponseHead():
                if record.status == SWITCHED or record.status in FINAL:
                    one.response = one.response or record
                one.is_socket = one.is_socket or record.status == SWITCHED
            case Reads():
                self._add_reads(one, record)
            case Body():
                self._add_body(one, record)
            case WebSocketMessage():
                self._add_message(one, record)
            case ExchangeEnd():
                one.end = one.end or record
            case Lost():
                one.missing = one.missing or record.reason

    def _add_reads(self, one: _Open, record: Reads) -> None:
        position = self._contents.append(record.data)
        if record.side == "request":
            one.request.append((position, len(record.data)))
            return
        for at_ns, length in zip(record.at_ns, record.lengths, strict=True):
            one.parts.add(at_ns, position, length)
            position += length

    def _add_body(self, one: _Open, record: Body) -> None:
        whole = len(record.data) >= record.length
        position = self._contents.append(record.data)
        if record.side == "request":
            one.request.append((position, len(record.data)))
            one.request_whole = one.request_whole and whole
            return
        if record.data:
            one.parts.add(record.at_ns, position, len(record.data))
        if not whole:
            one.missing = record.withheld or "the capture has only a part of it"

    def _add_message(self, one: _Open, record: WebSocketMessage) -> None:
        one.is_socket = True
        if record.from_client:
            return
        one.parts.add(record.at_ns, self._contents.append(record.data), len(record.data))
        one.parts.is_text.append(record.is_text)
        if len(record.data) < record.length:
            one.missing = one.missing or "the capture has only a part of a message"

    def _recorded(self, one: _Open) -> Recorded:
        head, response = one.head, one.response
        moments = _moments(one, clocked=self._clock != "none")
        types = [value for name, value in head.headers if name == "content-type"]
        return Recorded(
            capture=self._capture,
            number=head.exchange,
            method=head.method.upper(),
            authority=head.authority,
            path=head.path,
            content_type=types[0] if types else "",
            request_spans=tuple(one.request) if one.request_whole else None,
            sent_ns=moments.sent_ns,
            status=response.status if response else None,
            headers=response.headers if response else (),
            headers_at_ns=moments.headers_at_ns,
            parts=one.parts,
            ends_at_ns=moments.ends_at_ns,
            how=one.end.how if one.end else "unfinished",
            streamed=bool(response and response.streamed),
            timed=moments.timed,
            missing=one.missing,
            is_socket=one.is_socket,
        )


def _opens_tunnel(head: RequestHead) -> bool:
    """Whether it was asked of a proxy, and no service; a WebSocket's CONNECT has a path."""
    return head.method == "CONNECT" and (not head.path or head.http_version.startswith("HTTP/1"))


class _Moments(NamedTuple):
    sent_ns: int
    headers_at_ns: int
    ends_at_ns: int
    timed: bool


def _moments(one: _Open, *, clocked: bool) -> _Moments:
    sent_ns = one.head.at_ns if one.sent_ns is None else one.sent_ns
    if not clocked:
        return _Moments(sent_ns, 0, 0, timed=False)
    headers_at_ns = max(0, one.response.at_ns - sent_ns) if one.response else 0
    if one.response and not one.response.timed:
        return _Moments(sent_ns, headers_at_ns, headers_at_ns, timed=False)
    ends_at_ns = max(headers_at_ns, one.parts.latest_ns - sent_ns)
    if one.end:
        ends_at_ns = max(ends_at_ns, one.end.at_ns - sent_ns)
    return _Moments(sent_ns, headers_at_ns, ends_at_ns, timed=True)
