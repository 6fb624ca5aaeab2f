"""What runs on the proxy's event loop for every chunk: stamp, enqueue, give it back.

Nothing here may raise, wait or change a byte: mitmproxy calls a stream callable
outside of its own guard, and an exception there kills the connection.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from time import monotonic_ns
from typing import Any

from addons.inside import Activity
from addons.lag import Lag
from analyzer.intake.seen import ITEM_BYTES, Item, Seen, StreamGap, weigh
from analyzer.model import Lost

QUEUE_BYTES = 96 * 1024 * 1024
"""Most bytes in the queue; beyond it chunks are lost and traffic goes on."""

RESERVE = 1.25
"""Heads and ends may exceed the limit by this factor: losing them costs more than a chunk."""

TIMELINE_LIMIT = 100_000
"""Most chunks of one body whose times go into ``flow.metadata``."""

FULL = "the recorder's queue was full"

type StreamCallable = Callable[[bytes], Iterable[bytes] | bytes]


class Queue:
    """From the event loop to the writer thread: bounded, without a lock where chunks pass.

    Each counter has one writing thread: ``bytes_in`` the loop, ``bytes_out`` the
    writer. The lock guards only what was lost.
    """

    __slots__ = (
        "_bell",
        "_lock",
        "_lost",
        "bytes_in",
        "bytes_limit",
        "bytes_out",
        "idle",
        "items",
    )

    def __init__(self, bytes_limit: int = QUEUE_BYTES) -> None:
        self.items: deque[Item] = deque()
        self.bytes_limit = bytes_limit
        self.bytes_in = 0
        self.bytes_out = 0
        self.idle = False
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._lost: dict[tuple[str, str, int | None], tuple[int, int, int]] = {}
        self._lock = threading.Lock()

    def put(self, item: Seen, at_ns: int, exchange: int | None = None) -> None:
        """Enqueue anything but a chunk; count it as lost if even the reserve is full."""
        size = weigh(item)
        if self.bytes_in - self.bytes_out + size > self.bytes_limit * RESERVE:
            self.lose(type(item).__name__, FULL, at_ns, size, exchange)
            return
        self.items.append(item)
        self.bytes_in += size
        if self.idle:
            self.ring()

    def ring(self) -> None:
        """Wake the writer, whatever it waits for."""
        self.idle = False
        self._bell.put(None)

    def wait(self, seconds: float) -> bool:
        """For the writer: wait that long, or less if rung. Says whether it was."""
        try:
            self._bell.get(timeout=seconds)
        except Empty:
            return False
        return True

    def lose(
        self, what: str, reason: str, at_ns: int, size: int = 0, exchange: int | None = None
    ) -> None:
        """Note that something could not be kept."""
        key = (what, reason, exchange)
        with self._lock:
            count, total, _ = self._lost.get(key, (0, 0, 0))
            self._lost[key] = (count + 1, total + size, at_ns)

    def take_lost(self) -> list[Lost]:
        """What was lost since the last call."""
        with self._lock:
            lost, self._lost = self._lost, {}
        return [
            Lost(at_ns, what, count, reason, size, exchange)
            for (what, reason, exchange), (count, size, at_ns) in lost.items()
        ]


class StreamTap:
    """One streamed response: makes the callable for ``flow.response.stream``.

    ``timeline`` is the dict that stands in ``flow.metadata``. ``inner`` is a
    callable that another addon had set; it gets the bytes after us and decides
    what goes on.

    A socket read can hold many HTTP chunks. They arrived together; only this
    process takes them apart one after another, which must not look like gaps.
    So all chunks of one ``activity`` have the time of its first.
    """

    __slots__ = ("_exchange", "_lost_bytes", "_lost_reads", "_queue", "_timeline", "callable")

    def __init__(
        self,
        exchange: int,
        queue: Queue,
        activity: Activity,
        lag: Lag,
        timeline: dict[str, Any],
        inner: StreamCallable | None = None,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._exchange = exchange
        self._queue = queue
        self._timeline = timeline
        self._lost_reads = 0
        self._lost_bytes = 0
        self.callable = self._make(activity, lag, inner, clock)

    @property
    def silent(self) -> bool:
        """Whether no chunk has come yet."""
        return not self._timeline["at_ns"]

    def _make(
        self,
        activity: Activity,
        lag: Lag,
        inner: StreamCallable | None,
        clock: Callable[[], int],
    ) -> StreamCallable:
        """A closure that touches as little memory as it can.

        Between two chunks the proxy sleeps and its caches go cold: each object
        that is touched here costs far more than in a busy loop.
        """
        exchange = self._exchange
        queue = self._queue
        items = queue.items
        times: list[int] = self._timeline["at_ns"]
        lengths: list[int] = self._timeline["lengths"]
        read: object = None
        at = 0

        def stream(data: bytes) -> Iterable[bytes] | bytes:
            nonlocal read, at
            began = clock()
            try:
                current = activity.last_activity
                if current is not read:
                    read = current
                    at = began
                size = len(data)
                if (
                    size
                    and queue.bytes_in - queue.bytes_out < queue.bytes_limit
                    and not self._lost_reads
                    and len(times) < TIMELINE_LIMIT
                ):
                    items.append((exchange, at, data))
                    queue.bytes_in += size + ITEM_BYTES
                    times.append(at)
                    lengths.append(size)
                elif size:
                    self.take(data, at)
                if size:
                    lag.reads += 1
                    lag.stamping_ns += clock() - began
            except Exception as error:  # Whatever it is, the bytes go on.
                fault = f"fault in the stream callable: {type(error).__name__}"
                queue.lose("reads", fault, began, len(data), exchange)
            return data if inner is None else inner(data)

        return stream

    def take(self, data: bytes, at: int) -> None:
        """What the callable does, for the cases that it has no time for."""
        queue = self._queue
        size = len(data)
        if queue.bytes_in - queue.bytes_out < queue.bytes_limit:
            self.settle(at)
            queue.items.append((self._exchange, at, data))
            queue.bytes_in += size + ITEM_BYTES
        else:
            self._lost_reads += 1
            self._lost_bytes += size
        if len(self._timeline["at_ns"]) < TIMELINE_LIMIT:
            self._timeline["at_ns"].append(at)
            self._timeline["lengths"].append(size)
        else:
            self._timeline["dropped"] += 1

    def settle(self, at: int) -> None:
        """Tell the writer where in the stream reads are missing, if any are."""
        if self._lost_reads:
            gap = StreamGap(self._exchange, at, self._lost_reads, self._lost_bytes, FULL)
            self._queue.put(gap, at, self._exchange)
            self._lost_reads = self._lost_bytes = 0
