"""From records to events, deltas, turns and exchanges: one incremental pipeline.

The live view, the batch analysis and the tests all use this one. Pure: records
in, reassembled things out.
"""

from collections.abc import Sequence

import msgspec

from analyzer import dialects
from analyzer.dialects.handoffs import Handoffs, Heard, read_resumption
from analyzer.model import (
    AnyRecord,
    Body,
    Delta,
    Exchange,
    ExchangeEnd,
    Headers,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    StreamError,
    StreamStats,
    WireEvent,
)
from analyzer.wire import sse

OPEN_LIMIT = 100_000
"""Most exchanges held open; beyond it the oldest comes out as unfinished."""

STRANGERS_LIMIT = 10_000
"""Most exchanges reported for having begun before the capture."""

type _Part = RequestHead | RequestEnd | ResponseHead | Reads | Body | ExchangeEnd


class EventsSeen(msgspec.Struct, frozen=True):
    """Events that one record completed, and the text which they brought."""

    exchange: int
    events: tuple[WireEvent, ...]
    deltas: tuple[Delta, ...] = ()


type Reassembled = EventsSeen | Exchange | Problem


class Reassembler:
    """Feed it a capture's records in their order.

    Exchanges come out when they end, those that never do from `finish`. Problems
    of the file pass through; those of an exchange are in it.
    """

    def __init__(self) -> None:
        self._open: dict[int, _Passing] = {}
        self._handoffs = Handoffs()
        self._strangers: set[int] = set()

    def feed(self, record: AnyRecord | Problem) -> list[Reassembled]:
        """Return what this record completed."""
        match record:
            case Problem():
                return [record]
            case RequestHead():
                return self._begin(record)
            case RequestEnd() | ResponseHead() | Reads() | Body() | ExchangeEnd():
                passing = self._open.get(record.exchange)
                return self._stranger(record) if passing is None else self._take(passing, record)
        return []

    def finish(self) -> list[Reassembled]:
        """End the capture: return the exchanges that are still open, as unfinished."""
        left = [passing.exchange(None) for passing in self._open.values()]
        self._open.clear()
        return [*left]

    def _begin(self, head: RequestHead) -> list[Reassembled]:
        ended: list[Reassembled] = []
        if twin := self._open.pop(head.exchange, None):
            detail = "its request stands in the capture again; what came before is unfinished"
            ended.append(twin.exchange(None, Problem("exchange_again", "", detail)))
        elif len(self._open) >= OPEN_LIMIT:
            oldest = self._open.pop(next(iter(self._open)))
            detail = f"more than {OPEN_LIMIT} exchanges were open; the oldest was given up"
            ended.append(oldest.exchange(None, Problem("too_many_open", "", detail)))
        self._open[head.exchange] = _Passing(head, self._handoffs)
        return ended

    def _take(self, passing: "_Passing", record: _Part) -> list[Reassembled]:
        match record:
            case RequestEnd():
                passing.sent_ns = record.at_ns
            case ResponseHead():
                passing.respond(record)
            case Reads():
                seen = passing.read(record)
                return [seen] if seen else []
            case Body():
                passing.take_body(record)
            case ExchangeEnd():
                del self._open[record.exchange]
                return [passing.exchange(record)]
        return []

    def _stranger(self, record: _Part) -> list[Reassembled]:
        """A capture may begin while exchanges pass: of those the request is not in it."""
        number = record.exchange
        if number in self._strangers or len(self._strangers) >= STRANGERS_LIMIT:
            return []
        self._strangers.add(number)
        detail = (
            "its request is not in the capture, or it had ended; what came of it now was left out"
        )
        return [Problem("unknown_exchange", f"exchange {number}", detail, None, number)]


class _Stream:
    """The event stream of one exchange, as far as it came."""

    def __init__(
        self, request: RequestHead, response: ResponseHead, handoffs: Handoffs, body: bytes
    ) -> None:
        """``handoffs`` knows the turns that the request, with this body, may go on with."""
        goes_on = dialects.goes_on(request.method, request.path)
        resumption = read_resumption(body) if goes_on else None
        before = handoffs.before(resumption) if resumption else []
        self.dialect = dialects.choose(request, response)
        if resumption:
            self.dialect.resume(before, resumption.conversation_id)
        self._handoffs = handoffs
        self._heard = Heard(before)
        self._resumes = resumption.conversation_id if resumption else ""
        self._exchange = request.exchange
        self._decoder = sse.Decoder()
        self._broken: StreamError | None = None
        self._reads = 0
        self._wire_bytes = 0
        self._bytes = 0
        self._events = 0
        self._coalesced = 0
        self._last_read = -1
        self._first_byte_ns: int | None = None
        self._first_event_ns: int | None = None
        self._last_byte_ns: int | None = None

    def read(self, reads: Reads) -> EventsSeen | None:
        self._count_reads(reads)
        if self._broken:
            return None
        try:
            events = self._decoder.feed_reads(reads.at_ns, reads.lengths, reads.data)
        except StreamError as error:
            self._broken = error
            return None
        if not events:
            return None
        self._count_events(events)
        if self.dialect.hands_off:
            self._heard.add(events)
        feed = self.dialect.feed
        deltas = tuple([delta for event in events for delta in feed(event)])
        if goes_on := self.dialect.handed_off() or self._resumes:
            # At once: the client may ask for the rest before this stream has ended.
            self._handoffs.keep(goes_on, self._heard)
        return EventsSeen(self._exchange, tuple(events), deltas)

    def stats(self) -> StreamStats:
        """To be asked for after `problems`, which ends the stream."""
        return StreamStats(
            reads=self._reads,
            wire_bytes=self._wire_bytes,
            bytes=self._bytes,
            events=self._events,
            coalesced=self._coalesced,
            comments=self._decoder.comments,
            first_byte_ns=self._first_byte_ns,
            first_event_ns=self._first_event_ns,
            last_byte_ns=self._last_byte_ns,
        )

    def problems(self) -> list[Problem]:
        """End the stream; return what was malformed in it."""
        found = [*self._decoder.finish(), *self.dialect.problems()]
        if self._broken:
            broken = self._broken
            detail = f"the stream could not be read on: {broken}"
            found.append(Problem(broken.code, "", detail, broken.offset))
        return found

    def _count_reads(self, reads: Reads) -> None:
        on_the_wire = reads.wire_lengths or reads.lengths
        self._reads += len(reads.at_ns)
        self._wire_bytes += sum(on_the_wire)
        self._bytes += len(reads.data)
        brought = [at for at, length in zip(reads.at_ns, on_the_wire, strict=False) if length]
        if brought:
            self._last_byte_ns = brought[-1]
            if self._first_byte_ns is None:
                self._first_byte_ns = brought[0]

    def _count_events(self, events: Sequence[WireEvent]) -> None:
        if self._first_event_ns is None:
            self._first_event_ns = events[0].at_ns
        self._events += len(events)
        for event in events:
            self._coalesced += event.read == self._last_read
            self._last_read = event.read


class _Passing:
    """One exchange on its way through."""

    def __init__(self, request: RequestHead, handoffs: Handoffs) -> None:
        self.sent_ns: int | None = None
        self._request = request
        self._handoffs = handoffs
        self._response: ResponseHead | None = None
        self._stream: _Stream | None = None
        self._bodies: dict[str, Body] = {}
        self._request_bytes = 0
        self._problems: list[Problem] = []

    def respond(self, head: ResponseHead) -> None:
        if self._response:
            self._note("response_again", "a second response head; only the first counts")
            return
        self._response = head
        if head.streamed:
            asked = self._bodies.get("request")
            body = asked.data if asked else b""
            self._stream = _Stream(self._request, head, self._handoffs, body)

    def read(self, reads: Reads) -> EventsSeen | None:
        if reads.side == "request":
            self._request_bytes += len(reads.data)
        elif self._stream:
            return self._stream.read(reads)
        else:
            self._note("reads_without_stream", "reads of a response that is not streamed")
        return None

    def take_body(self, body: Body) -> None:
        self._bodies[body.side] = body

    def exchange(self, end: ExchangeEnd | None, problem: Problem | None = None) -> Exchange:
        """Return what came; ``problem`` says why it ends here, where no record does."""
        how = end.how if end else "unfinished"
        request, response, stream = self._request, self._response, self._stream
        number = request.exchange
        problems = [*self._problems, *(stream.problems() if stream else ())]
        stats = stream.stats() if stream else StreamStats()
        asked, answered = self._bodies.get("request"), self._bodies.get("response")
        headers = response.headers if response else ()
        return Exchange(
            exchange=number,
            method=request.method,
            scheme=request.scheme,
            authority=request.authority,
            path=request.path,
            http_version=request.http_version,
            request_headers=request.headers,
            response_headers=headers,
            status=response.status if response else None,
            upstream_version=response.http_version if response else "",
            client_connection=request.connection,
            server_connection=response.connection if response else None,
            started_ns=request.at_ns,
            sent_ns=self.sent_ns,
            headers_ns=response.at_ns if response else None,
            ended_ns=end.at_ns if end else None,
            how=how,
            detail=end.detail if end else "",
            streamed=stream is not None,
            request_body=asked.data if asked else b"",
            response_body=answered.data if answered else b"",
            request_length=asked.length if asked else self._request_bytes,
            response_length=answered.length if answered else stats.bytes,
            content_encoding=_value(headers, "content-encoding"),
            dialect=stream.dialect.name if stream else "",
            stream=stats,
            turn=stream.dialect.turn(number, how) if stream else None,
            problems=tuple(_placed(each, number) for each in [*problems, problem] if each),
        )

    def _note(self, code: str, detail: str) -> None:
        if all(problem.code != code for problem in self._problems):
            self._problems.append(Problem(code, "", detail))


def _placed(problem: Problem, exchange: int) -> Problem:
    return msgspec.structs.replace(problem, place=f"exchange {exchange}", exchange=exchange)


def _value(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
