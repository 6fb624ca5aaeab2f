"""What is to be played: the recorded requests, and each one's answer with its times.

Pure: records in, a script out; whoever holds the bytes of the bodies is given to it.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Clock,
    Ending,
    ExchangeEnd,
    Headers,
    Lost,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)

EXCHANGES_LIMIT = 100_000
"""Most exchanges that are held ready; the later ones of a larger capture are not served."""


def plain_authority(authority: str) -> str:
    """Host and port as they are compared: ``https``'s own port goes without saying."""
    return authority.lower().removesuffix(":443")


class Bytes(Protocol):
    """Where the bytes of bodies are kept (`analyzer.replay.contents.Contents`)."""

    def append(self, data: bytes, /) -> int: ...
    def read(self, position: int, length: int, /) -> bytes: ...


class Parts:
    """What came of an answer, read by read: times, and where the bytes stand.

    Three numbers a part, since a long capture has millions. ``is_text`` is parallel for the
    messages of a WebSocket, and empty otherwise.
    """

    def __init__(self) -> None:
        self._at_ns = array("q")
        self._positions = array("q")
        self._lengths = array("q")
        self.is_text = bytearray()

    def add(self, at_ns: int, position: int, length: int) -> None:
        self._at_ns.append(at_ns)
        self._positions.append(position)
        self._lengths.append(length)

    def __len__(self) -> int:
        return len(self._at_ns)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Moment on the capture's clock, position and length of each part."""
        return zip(self._at_ns, self._positions, self._lengths, strict=True)

    @property
    def size(self) -> int:
        return sum(self._lengths)

    @property
    def latest_ns(self) -> int:
        """The latest moment of a part, 0 if there is none."""
        return max(self._at_ns, default=0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a capture, as far as it is needed to answer such a request again.

    ``request_spans`` say where the request's body stands, None if the capture has not all of
    it. ``status`` is None if no answer came. ``*_at_ns`` count from the moment the request was
    sent, and never run backwards. ``missing`` says what of the answer's body the capture does not
    have. ``timed`` is false where the capture knows no moments of the body's parts.
    """

    capture: str
    number: int
    method: str
    authority: str
    path: str
    content_type: str
    request_spans: tuple[tuple[int, int], ...] | None
    sent_ns: int
    status: int | None
    headers: Headers
    headers_at_ns: int
    parts: Parts
    ends_at_ns: int
    how: Ending
    streamed: bool
    timed: bool
    missing: str
    is_socket: bool

    def header(self, name: str) -> str:
        """The first value of a response header, named in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def request_body(self, contents: Bytes) -> bytes | None:
        """The request's body, redacted as the capture is; None if it is not all there."""
        if self.request_spans is None:
            return None
        return b"".join(contents.read(*span) for span in self.request_spans)

    def timeline(self, contents: Bytes) -> Iterator[tuple[int, bytes]]:
        """Every part: nanoseconds since the request was sent, and its bytes.

        Times never run backwards, nor before the headers; without times all come with those.
        """
        at_ns = self.headers_at_ns
        for moment_ns, position, length in self.parts:
            if self.timed:
                at_ns = max(at_ns, moment_ns - self.sent_ns)
            yield at_ns, contents.read(position, length)

    @property
    def can_be_served(self) -> bool:
        """Whether there is something to send: a body that was left out makes an answer a lie."""
        return self.streamed or self.is_socket or not self.missing


@dataclass(frozen=True)
class Script:
    """All that is to be played, in the order of the requests.

    ``clocks`` are those of the captures; ``passed_over`` counts the exchanges beyond the
    limit. ``content`` is false if a capture was reduced, so that bodies and queries of its
    requests are not what was sent.
    """

    exchanges: tuple[Recorded, ...]
    clocks: tuple[Clock, ...] = ()
    passed_over: int = 0
    content: bool = True
    problems: tuple[Problem, ...] = ()

    @property
    def authorities(self) -> tuple[str, ...]:
        """Every recorded origin's host and port, by its first request."""
        named = (plain_authority(one.authority) for one in self.exchanges)
        return tuple(dict.fromkeys(name for name in named if name))


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
