"""The writer thread: from what was seen to lines in the journal.

Decoding, redacting, encoding and writing happen here, off the proxy's event
loop. A fault in one item costs that item and is written down as `Lost`.
"""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from addons.journal_file import JournalFile
from addons.tap import Queue
from analyzer import journal
from analyzer.intake.bodies import Keep
from analyzer.intake.conversion import Converter
from analyzer.intake.seen import ITEM_BYTES, weigh
from analyzer.model import AnyRecord, CaptureEnd, CaptureHead, Lost
from analyzer.redact import Redactor

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
        self._clock = clock
        self._converter = Converter(
            redactor, keep, clock, self._lose, cpu_clock=time.thread_time_ns
        )
        self._unwritten = 0
        self._unwritten_bytes = 0
        self._unwritten_why = ""
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
            self._lose("flush", f"fault in the writer: {type(error).__name__}", None)

    def _lose(self, what: str, reason: str, exchange: int | None) -> None:
        self._queue.lose(what, reason, self._clock(), 0, exchange)

    def _wait(self) -> None:
        """Until the next flush is due; when a turn brought nothing, until something comes."""
        if self._queue.wait(FLUSH_S) or self._converter.streams or self._queue.items:
            return
        self._queue.idle = True
        if not self._queue.items:
            self._queue.wait(IDLE_S)
        self._queue.idle = False

    def drain(self) -> None:
        """Write everything that is in the queue now."""
        waiting = len(self._queue.items)
        self._converter.queue_peak = max(self._converter.queue_peak, waiting)
        while True:
            self._take_some(min(waiting, SLICE))
            self._converter.flush()
            self._flush()
            waiting -= SLICE
            if waiting <= 0:
                return

    def _take_some(self, count: int) -> None:
        """Nearly all items are chunks: they go straight to their stream."""
        queue, converter = self._queue, self._converter
        items, streams, touched = queue.items, converter.streams, converter.touched
        for _ in range(count):
            item = items.popleft()
            if isinstance(item, tuple):
                queue.bytes_out += ITEM_BYTES + len(item[2])
                pipe = streams.get(item[0])
                if pipe is not None:
                    pipe.chunks.append(item)
                    touched[item[0]] = pipe
            else:
                queue.bytes_out += weigh(item)
                converter.take(item)

    def close(self) -> None:
        """Let go what streams still held back, write the end, close the file."""
        self._safely(self._converter.finish)
        self._converter.write(CaptureEnd(self._clock()))
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        lines = [*self._encoded(self._converter.take_records())]
        lines += map(journal.encode, self._queue.take_lost())
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

    def _encoded(self, records: Iterable[AnyRecord]) -> Iterator[bytes]:
        """A line each; one that JSON cannot hold costs itself alone."""
        for record in records:
            try:
                yield journal.encode(record)
            except Exception as error:  # The message could quote the traffic.
                fault = f"fault in the writer: {type(error).__name__}"
                self._lose(type(record).__name__, fault, getattr(record, "exchange", None))

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
