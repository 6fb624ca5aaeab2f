"""From what was seen to what a capture may hold: decoded, redacted, limited. No clock, no file."""

import statistics
from collections.abc import Callable, Iterable, Iterator

from analyzer.intake import bodies
from analyzer.intake.bodies import Keep
from analyzer.intake.seen import (
    ITEM_BYTES,
    BodySeen,
    EndSeen,
    Item,
    LagSeen,
    MessageSeen,
    ReadSeen,
    RequestSeen,
    ResponseSeen,
    Seen,
    StreamGap,
    value_of,
    weigh,
)
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    ConnectionEnd,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact import Redactor, Where


class Converter:
    """Turns items into records, which it collects until they are taken.

    ``streams`` are the open ones by exchange; whoever feeds them chunks marks
    them in ``touched``. ``lose`` notes a fault. A fault costs its item and no more.
    ``clock`` gives the capture's time, ``cpu_clock`` the CPU time that converting has taken.
    """

    def __init__(
        self,
        redactor: Redactor,
        keep: Keep,
        clock: Callable[[], int],
        lose: Callable[[str, str, int | None], None],
        cpu_clock: Callable[[], int] = lambda: 0,
    ) -> None:
        self._redactor = redactor
        self._keep = keep
        self._clock = clock
        self._lose = lose
        self._cpu_clock = cpu_clock
        self.streams: dict[int, bodies.StreamPipe] = {}
        self.touched: dict[int, bodies.StreamPipe] = {}
        self.queue_peak = 0
        self._cpu_ns = 0
        self._records: list[AnyRecord] = []

    def take_records(self) -> list[AnyRecord]:
        records, self._records = self._records, []
        return records

    def take(self, item: Seen) -> None:
        """Convert anything but a chunk."""
        try:
            self._convert(item)
        except Exception as error:  # The message could quote the traffic.
            fault = f"fault in the writer: {type(error).__name__}"
            self._lose(type(item).__name__, fault, getattr(item, "exchange", None))
            self._redactor.take()  # Facts about what is not written.

    def flush(self) -> None:
        """Convert the chunks that came since the last flush."""
        for exchange, pipe in self.touched.items():
            broken = pipe.broken
            try:
                self._write_reads(pipe.flush())
            except Exception as error:  # As above; the stream's later reads may still be kept.
                fault = f"fault in the writer: {type(error).__name__}"
                self._lose("reads", fault, exchange)
            if pipe.broken and not broken:
                self._lose_body(exchange, self._clock(), pipe.broken)
        self.touched.clear()

    def finish(self) -> None:
        """Let go what the open streams still held back."""
        for exchange, pipe in list(self.streams.items()):
            self._finish(exchange, pipe, self._clock(), complete=False)

    def write(self, record: AnyRecord) -> None:
        """Add a record, and behind it the facts about the secrets that were found in it."""
        self._records.append(record)
        self._records += self._redactor.take()

    def _convert(self, item: Seen) -> None:
        match item:
            case RequestSeen():
                self._request(item)
            case ResponseSeen():
                self._response(item)
            case BodySeen():
                self.write(bodies.whole_body(item, self._redactor, self._keep))
            case ReadSeen():
                self._read(item)
            case StreamGap():
                self._gap(item)
            case MessageSeen():
                self._message(item)
            case EndSeen():
                self._end(item)
            case LagSeen():
                self._observe(item)
            case ConnectionEnd():
                where = Where(0, item.at_ns, "response")
                error = self._redactor.text(item.error, where, "connection error")
                self._redactor.take()  # Secrets of no exchange make no facts.
                self.write(ConnectionEnd(item.connection, item.at_ns, error))
            case _:
                self.write(item)

    def _request(self, seen: RequestSeen) -> None:
        where = Where(seen.exchange, seen.at_ns, "request")
        path = self._redactor.text(seen.path, where, "query")
        authority = self._redactor.text(seen.authority, where, "authority")
        self.write(
            RequestHead(
                seen.exchange,
                seen.at_ns,
                self._redactor.text(seen.method, where, "method"),
                seen.scheme,
                authority,
                path if self._keep.content else path.partition("?")[0],
                seen.http_version,
                self._redactor.headers(seen.fields, where),
                seen.connection,
                seen.flow_id,
            )
        )

    def _response(self, seen: ResponseSeen) -> None:
        where = Where(seen.exchange, seen.at_ns, "response")
        self.write(
            ResponseHead(
                seen.exchange,
                seen.at_ns,
                seen.status,
                seen.http_version,
                self._redactor.headers(seen.fields, where),
                self._redactor.text(seen.reason, where, "reason"),
                seen.connection,
                seen.streamed,
                seen.timed,
            )
        )
        if seen.streamed:
            pipe = bodies.StreamPipe(
                seen.exchange,
                seen.content_encoding,
                self._redactor,
                content=self._keep.content,
                content_type=value_of(seen.fields, b"content-type"),
            )
            self.streams[seen.exchange] = pipe
            if pipe.broken:
                self._lose_body(seen.exchange, seen.at_ns, pipe.broken)

    def _read(self, seen: ReadSeen) -> None:
        pipe = self.streams.get(seen.exchange)
        if pipe is not None:
            pipe.decoded.append(seen)
            self.touched[seen.exchange] = pipe

    def _gap(self, seen: StreamGap) -> None:
        pipe = self.streams.get(seen.exchange)
        if pipe is not None:
            broken = pipe.broken
            self._write_reads(pipe.lose())
            if pipe.broken and not broken:
                self._lose_body(seen.exchange, seen.at_ns, pipe.broken)
        self.write(Lost(seen.at_ns, "reads", seen.reads, seen.reason, seen.size, seen.exchange))

    def _message(self, seen: MessageSeen) -> None:
        data = b""
        if self._keep.content:
            where = Where(seen.exchange, seen.at_ns, "request" if seen.from_client else "response")
            data = self._redactor.body(seen.data, where)[: self._keep.body_limit]
        self.write(
            WebSocketMessage(
                seen.exchange,
                seen.at_ns,
                seen.from_client,
                seen.is_text,
                data,
                max(seen.length, len(seen.data)),
            )
        )

    def _end(self, seen: EndSeen) -> None:
        detail = seen.detail
        pipe = self.streams.get(seen.exchange)
        if pipe is not None:
            broken = pipe.broken
            self._finish(seen.exchange, pipe, seen.at_ns, complete=seen.how == "complete")
            if pipe.broken and not broken:
                detail = detail or pipe.broken
        where = Where(seen.exchange, seen.at_ns, "response")
        detail = self._redactor.text(detail, where, "end")
        self.write(ExchangeEnd(seen.exchange, seen.at_ns, seen.how, detail))

    def _finish(
        self, exchange: int, pipe: bodies.StreamPipe, at_ns: int, *, complete: bool
    ) -> None:
        del self.streams[exchange]
        self.touched.pop(exchange, None)
        self._write_reads(pipe.finish(at_ns, complete=complete))

    def _observe(self, seen: LagSeen) -> None:
        cpu_ns = self._cpu_clock()
        self.write(
            Observer(
                seen.at_ns,
                seen.window_ns,
                len(seen.late_ns),
                round(statistics.median(seen.late_ns)) if seen.late_ns else 0,
                max(seen.late_ns, default=0),
                tuple(at_ns for at_ns, _ in seen.listed),
                tuple(late_ns for _, late_ns in seen.listed),
                seen.reads,
                seen.stamping_ns,
                cpu_ns - self._cpu_ns,
                self.queue_peak,
            )
        )
        self._cpu_ns = cpu_ns
        self.queue_peak = 0

    def _lose_body(self, exchange: int, at_ns: int, why: str) -> None:
        self.write(Lost(at_ns, "body", 1, why, 0, exchange))

    def _write_reads(self, reads: Reads | None) -> None:
        if reads is not None:
            self.write(reads)


FLUSH_ITEMS = 4096
FLUSH_BYTES = 4 * 1024 * 1024
"""Items, and bytes of them, after which a foreign file's open streams are let go on."""


def _moment(item: Seen) -> int:
    match item:
        case CaptureHead():
            return item.mono_ns
        case Reads():
            return item.at_ns[-1] if item.at_ns else 0
    return item.at_ns


def convert(
    items: Iterable[Item | Problem], redactor: Redactor, keep: Keep
) -> Iterator[AnyRecord | Problem]:
    """Turn what a foreign file shows into records, in its order; problems pass.

    What could not be converted comes as `Lost`.
    """
    lost: list[Lost] = []
    at_ns = 0

    def lose(what: str, reason: str, exchange: int | None) -> None:
        lost.append(Lost(at_ns, what, 1, reason, 0, exchange))

    def taken() -> Iterator[AnyRecord]:
        yield from converter.take_records()
        yield from lost
        lost.clear()

    converter = Converter(redactor, keep, lambda: at_ns, lose)
    waiting = held = 0
    for item in items:
        match item:
            case Problem():
                yield from taken()  # A capture's head stays in front of its first problem.
                yield item
                continue
            case tuple():
                at_ns = item[1]
                pipe = converter.streams.get(item[0])
                if pipe is not None:
                    pipe.chunks.append(item)
                    converter.touched[item[0]] = pipe
                size = ITEM_BYTES + len(item[2])
            case _:
                at_ns = _moment(item)
                converter.take(item)
                size = weigh(item)
        waiting += 1
        held += size
        if waiting >= FLUSH_ITEMS or held >= FLUSH_BYTES:
            converter.flush()
            yield from taken()
            waiting = held = 0
    converter.finish()
    yield from taken()
