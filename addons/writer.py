"""The writer thread: from what was seen to lines in the journal.

Decoding, redacting, encoding and writing happen here, off the proxy's event
loop. A fault in one item costs that item and is written down as `Lost`.
"""

import logging
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from addons import bodies
from addons.journal_file import JournalFile
from addons.seen import (
    BodySeen,
    EndSeen,
    Item,
    LagSeen,
    MessageSeen,
    RequestSeen,
    ResponseSeen,
    StreamGap,
    weigh,
)
from addons.tap import FULL, Queue
from analyzer import journal
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureHead,
    ConnectionEnd,
    ExchangeEnd,
    Lost,
    Observer,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.redact import Redactor, Where

logger = logging.getLogger(__name__)

FLUSH_S = 0.2
"""Between two flushes; the promise is 0.25 s."""

IDLE_S = 60.0
"""How long to sleep when nothing is open. Whatever is enqueued then wakes this thread."""

SLICE = 4096
"""Most items between two flushes when there are more."""

STOP_S = 10.0
"""How long the end of a recording may take."""

SWITCH_S = 0.0005
"""How long this thread may keep the event loop waiting for the interpreter, and no longer."""


@dataclass(frozen=True)
class Keep:
    """What is kept of bodies: ``body_limit`` bytes of each, or only lengths."""

    body_limit: int
    content: bool = True


class Writer:
    """Empties the queue into the journal file until it is stopped."""

    def __init__(
        self,
        queue: Queue,
        file: JournalFile,
        redactor: Redactor,
        keep: Keep,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._queue = queue
        self._file = file
        self._redactor = redactor
        self._keep = keep
        self._clock = clock
        self._streams: dict[int, bodies.StreamPipe] = {}
        self._touched: dict[int, bodies.StreamPipe] = {}
        self._lines: list[bytes] = []
        self._unwritten = 0
        self._unwritten_bytes = 0
        self._unwritten_why = ""
        self._queue_peak = 0
        self._cpu_ns = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="streamscope writer", daemon=True)

    def start(self, head: CaptureHead) -> None:
        """Write the head at once, so that the file is a capture from its first byte on."""
        self._file.append(journal.encode(head))
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH_S, self._switch_s))
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, and the end; wait for it, but not forever."""
        self._stopping = True
        self._queue.ring()
        self._thread.join(STOP_S)
        sys.setswitchinterval(self._switch_s)
        if self._thread.is_alive():
            logger.error(f"{self._file.path}: the last records are missing: the disk is too slow")

    def _run(self) -> None:
        while not self._stopping:
            self._wait()
            self._safely(self.drain)
        self._safely(self.drain)
        self._safely(self.close)

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # The thread must live: it empties the queue.
            fault = f"fault in the writer: {type(error).__name__}"
            self._queue.lose("flush", fault, self._clock())

    def _wait(self) -> None:
        """Until the next flush is due; when a turn brought nothing, until something comes."""
        if self._queue.wait(FLUSH_S) or self._streams or self._queue.items:
            return
        self._queue.idle = True
        if not self._queue.items:
            self._queue.wait(IDLE_S)
        self._queue.idle = False

    def drain(self) -> None:
        """Write everything that is in the queue now."""
        items = self._queue.items
        self._queue_peak = max(self._queue_peak, len(items))
        waiting = len(items)
        while True:
            for _ in range(min(waiting, SLICE)):
                item = items.popleft()
                self._queue.bytes_out += weigh(item)
                try:
                    self._take(item)
                except Exception as error:  # The message could quote the traffic.
                    fault = f"fault in the writer: {type(error).__name__}"
                    exchange = getattr(item, "exchange", None)
                    self._queue.lose(type(item).__name__, fault, self._clock(), 0, exchange)
                    self._redactor.take()  # Facts about what is not written.
            waiting -= SLICE
            self._flush_streams()
            self._flush()
            if waiting <= 0:
                return

    def close(self) -> None:
        """Let go what streams still held back, write the end, close the file."""
        for exchange, pipe in list(self._streams.items()):
            self._finish(exchange, pipe, self._clock(), complete=False)
        self._write(CaptureEnd(self._clock()))
        self._flush()
        self._file.close()

    # ------------------------------------------------------------------ items

    def _take(self, item: Item) -> None:
        if isinstance(item, tuple):
            exchange, at_ns, data = item
            pipe = self._streams.get(exchange)
            if pipe is not None:
                pipe.add(at_ns, data)
                self._touched[exchange] = pipe
            return
        match item:
            case RequestSeen():
                self._request(item)
            case ResponseSeen():
                self._response(item)
            case BodySeen():
                content = self._keep.content
                limit = self._keep.body_limit
                self._write(bodies.whole_body(item, self._redactor, limit, content=content))
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
                self._write(ConnectionEnd(item.connection, item.at_ns, error))
            case _:
                self._write(item)

    def _request(self, seen: RequestSeen) -> None:
        where = Where(seen.exchange, seen.at_ns, "request")
        path = self._redactor.text(seen.path, where, "query")
        self._write(
            RequestHead(
                seen.exchange,
                seen.at_ns,
                seen.method,
                seen.scheme,
                seen.authority,
                path if self._keep.content else path.partition("?")[0],
                seen.http_version,
                self._redactor.headers(seen.fields, where),
                seen.connection,
                seen.flow_id,
            )
        )

    def _response(self, seen: ResponseSeen) -> None:
        where = Where(seen.exchange, seen.at_ns, "response")
        self._write(
            ResponseHead(
                seen.exchange,
                seen.at_ns,
                seen.status,
                seen.http_version,
                self._redactor.headers(seen.fields, where),
                self._redactor.text(seen.reason, where, "reason"),
                seen.connection,
                seen.streamed,
            )
        )
        if seen.streamed:
            pipe = bodies.StreamPipe(
                seen.exchange, seen.content_encoding, self._redactor, content=self._keep.content
            )
            self._streams[seen.exchange] = pipe
            if pipe.broken:
                self._lose_body(seen.exchange, seen.at_ns, pipe.broken)

    def _gap(self, seen: StreamGap) -> None:
        pipe = self._streams.get(seen.exchange)
        if pipe is not None:
            broken = pipe.broken
            self._write_reads(pipe.lose())
            if pipe.broken and not broken:
                self._lose_body(seen.exchange, seen.at_ns, pipe.broken)
        self._write(Lost(seen.at_ns, "reads", seen.reads, FULL, seen.size, seen.exchange))

    def _message(self, seen: MessageSeen) -> None:
        data = b""
        if self._keep.content:
            where = Where(seen.exchange, seen.at_ns, "request" if seen.from_client else "response")
            data = self._redactor.body(seen.data, where)[: self._keep.body_limit]
        self._write(
            WebSocketMessage(
                seen.exchange, seen.at_ns, seen.from_client, seen.is_text, data, len(seen.data)
            )
        )

    def _end(self, seen: EndSeen) -> None:
        detail = seen.detail
        pipe = self._streams.get(seen.exchange)
        if pipe is not None:
            broken = pipe.broken
            self._finish(seen.exchange, pipe, seen.at_ns, complete=seen.how == "complete")
            if pipe.broken and not broken:
                detail = detail or pipe.broken
        where = Where(seen.exchange, seen.at_ns, "response")
        detail = self._redactor.text(detail, where, "end")
        self._write(ExchangeEnd(seen.exchange, seen.at_ns, seen.how, detail))

    def _finish(
        self, exchange: int, pipe: bodies.StreamPipe, at_ns: int, *, complete: bool
    ) -> None:
        del self._streams[exchange]
        self._touched.pop(exchange, None)
        self._write_reads(pipe.finish(at_ns, complete=complete))

    def _observe(self, seen: LagSeen) -> None:
        cpu_ns = time.thread_time_ns()
        self._write(
            Observer(
                seen.at_ns,
                seen.window_ns,
                len(seen.late_ns),
                round(statistics.median(seen.late_ns)),
                max(seen.late_ns),
                tuple(at_ns for at_ns, _ in seen.listed),
                tuple(late_ns for _, late_ns in seen.listed),
                seen.reads,
                seen.stamping_ns,
                cpu_ns - self._cpu_ns,
                self._queue_peak,
            )
        )
        self._cpu_ns = cpu_ns
        self._queue_peak = 0

    # ------------------------------------------------------------------ lines

    def _lose_body(self, exchange: int, at_ns: int, why: str) -> None:
        self._write(Lost(at_ns, "body", 1, why, 0, exchange))

    def _write_reads(self, reads: Reads | None) -> None:
        if reads is not None:
            self._write(reads)

    def _write(self, record: AnyRecord) -> None:
        self._lines.append(journal.encode(record))
        self._lines += map(journal.encode, self._redactor.take())

    def _flush_streams(self) -> None:
        for exchange, pipe in self._touched.items():
            broken = pipe.broken
            try:
                self._write_reads(pipe.flush())
            except Exception as error:  # As above; the stream's later reads may still be kept.
                fault = f"fault in the writer: {type(error).__name__}"
                self._queue.lose("reads", fault, self._clock(), 0, exchange)
            if pipe.broken and not broken:
                self._lose_body(exchange, self._clock(), pipe.broken)
        self._touched.clear()

    def _flush(self) -> None:
        self._lines += map(journal.encode, self._queue.take_lost())
        lines, self._lines = self._lines, []
        if self._unwritten:
            lost = Lost(
                self._clock(),
                "records",
                self._unwritten,
                self._unwritten_why,
                self._unwritten_bytes,
            )
            lines.insert(0, journal.encode(lost))
        if lines:
            self._append(lines)

    def _append(self, lines: list[bytes]) -> None:
        data = b"".join(lines)
        try:
            self._file.append(data)
        except OSError as error:
            if not self._unwritten:
                logger.error(f"{self._file.path}: {error.strerror}; records are being lost")
            self._unwritten += len(lines) - bool(self._unwritten)
            self._unwritten_bytes += len(data)
            self._unwritten_why = f"the journal could not be written: {error.strerror}"
        else:
            self._unwritten = self._unwritten_bytes = 0
