"""What runs on the proxy's event loop for every chunk: stamp, enqueue, give it back.

Nothing here may raise, wait or change a byte: mitmproxy calls a stream callable
outside of its own guard, and an exception there kills the connection.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic_ns
from typing import Any

from addons.seen import Item, StreamGap
from analyzer.model import Lost

QUEUE_ITEMS = 200_000
"""Most items between the proxy and the writer; beyond it chunks are lost, traffic goes on."""

QUEUE_BYTES = 64 * 1024 * 1024
"""Most bytes of bodies in the queue."""

RESERVE = 1.25
"""Heads and ends may exceed both limits by this factor: losing them costs more than a chunk."""

TIMELINE_LIMIT = 100_000
"""Most reads of one body whose times go into ``flow.metadata``."""

type StreamCallable = Callable[[bytes], Iterable[bytes] | bytes]


class Arrivals:
    """The clock of arrivals: one time for all that one turn of the event loop finds.

    A socket read can hold many HTTP chunks. They arrived together; only this
    process takes them apart one after another, which must not look like gaps.
    The time is taken when the first of them comes up and holds until the loop
    turns. What comes up before had been received before, so no time lies
    before its arrival.
    """

    def __init__(
        self, call_soon: Callable[[Callable[[], None]], object], clock: Callable[[], int]
    ) -> None:
        self._call_soon = call_soon
        self._clock = clock
        self.shared_ns = 0

    def now(self) -> int:
        """Nanoseconds of the monotonic clock."""
        return self.shared_ns or self.begin()

    def begin(self) -> int:
        """Take the time of a new turn. The reset is queued first, so nothing newer shares it."""
        self._call_soon(self._reset)
        self.shared_ns = self._clock()
        return self.shared_ns

    def _reset(self) -> None:
        self.shared_ns = 0


class Queue:
    """From the event loop to the writer thread: bounded, without a lock where chunks pass.

    Each counter has one writing thread: ``bytes_in`` the loop, ``bytes_out`` the
    writer. The lock guards only what was lost.
    """

    def __init__(self, items: int = QUEUE_ITEMS, size: int = QUEUE_BYTES) -> None:
        self.items: deque[Item] = deque()
        self.items_limit = items
        self.bytes_limit = size
        self.bytes_in = 0
        self.bytes_out = 0
        self._lost: dict[tuple[str, str, int | None], tuple[int, int, int]] = {}
        self._lock = threading.Lock()

    def put(self, item: Item, size: int, at_ns: int, exchange: int | None = None) -> None:
        """Enqueue anything but a chunk; count it as lost if even the reserve is full."""
        waiting = self.bytes_in - self.bytes_out + size
        if len(self.items) >= self.items_limit * RESERVE or waiting > self.bytes_limit * RESERVE:
            self.lose(type(item).__name__, "the recorder's queue was full", at_ns, size, exchange)
            return
        self.items.append(item)
        self.bytes_in += size

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


class Cost:
    """Time spent in stream callables, and their calls, since the last look."""

    __slots__ = ("ns", "reads")

    def __init__(self) -> None:
        self.ns = 0
        self.reads = 0


class StreamTap:
    """The stream callable of one response: ``flow.response.stream``.

    ``timeline`` is the dict that stands in ``flow.metadata``. ``inner`` is a
    callable that another addon had set; it gets the bytes after us and decides
    what goes on.
    """

    __slots__ = (
        "_arrivals",
        "_cost",
        "_dropped",
        "_exchange",
        "_inner",
        "_lengths",
        "_lost_bytes",
        "_lost_reads",
        "_queue",
        "_timeline",
        "_times",
        "reads",
    )

    def __init__(
        self,
        exchange: int,
        queue: Queue,
        arrivals: Arrivals,
        cost: Cost,
        timeline: dict[str, Any],
        inner: StreamCallable | None = None,
    ) -> None:
        self._exchange = exchange
        self._queue = queue
        self._arrivals = arrivals
        self._cost = cost
        self._timeline = timeline
        self._times: list[int] = timeline["at_ns"]
        self._lengths: list[int] = timeline["lengths"]
        self._inner = inner
        self._lost_reads = 0
        self._lost_bytes = 0
        self.reads = 0

    def __call__(self, data: bytes) -> Iterable[bytes] | bytes:
        began = monotonic_ns()
        try:
            if data:
                arrivals = self._arrivals
                self.take(data, arrivals.shared_ns or arrivals.begin())
                cost = self._cost
                cost.reads += 1
                cost.ns += monotonic_ns() - began
        except Exception as error:  # Whatever it is, the bytes go on.
            fault = f"fault in the stream callable: {type(error).__name__}"
            self._queue.lose("reads", fault, began, len(data), self._exchange)
        return data if self._inner is None else self._inner(data)

    def take(self, data: bytes, at: int) -> None:
        """Enqueue a chunk, and note its time and length for ``flow.metadata``."""
        queue = self._queue
        size = len(data)
        if (
            len(queue.items) < queue.items_limit
            and queue.bytes_in - queue.bytes_out < queue.bytes_limit
        ):
            if self._lost_reads:
                self.settle(at)
            queue.items.append((self._exchange, at, data))
            queue.bytes_in += size
        else:
            self._lost_reads += 1
            self._lost_bytes += size
        self.reads += 1
        times = self._times
        if times and times[-1] == at:
            self._lengths[-1] += size
        elif len(times) < TIMELINE_LIMIT:
            times.append(at)
            self._lengths.append(size)
        else:
            self._timeline["dropped"] += 1

    def settle(self, at: int) -> None:
        """Tell the writer where in the stream reads are missing."""
        if self._lost_reads:
            gap = StreamGap(self._exchange, at, self._lost_reads, self._lost_bytes)
            self._queue.put(gap, 0, at, self._exchange)
            self._lost_reads = self._lost_bytes = 0
