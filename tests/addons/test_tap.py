"""The stream callable: it stamps and enqueues, and whatever happens the bytes go on."""

from collections.abc import Callable

import pytest

from addons import tap
from addons.lag import Lag
from addons.seen import ITEM_BYTES, EndSeen, LagSeen, StreamGap
from addons.tap import Arrivals, Queue, StreamTap
from analyzer.model import Lost


class Loop:
    """An event loop's `call_soon` and a clock, both turned by hand."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], None]] = []
        self.now_ns = 1_000

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.ready.append(callback)

    def turn(self, at_ns: int) -> None:
        self.now_ns = at_ns
        ready, self.ready = self.ready, []
        for callback in ready:
            callback()


class Bench:
    """A tap with all that it needs."""

    def __init__(self, bytes_limit: int = 10**6) -> None:
        self.loop = Loop()
        self.seen: list[LagSeen] = []
        self.lag = Lag(self.seen.append, 0)
        self.arrivals = Arrivals(self.loop.call_soon, lambda: self.loop.now_ns, self.lag)
        self.queue = Queue(bytes_limit)
        self.timeline: dict[str, object] = {"at_ns": [], "lengths": [], "dropped": 0}
        self.tap = StreamTap(3, self.queue, self.arrivals, self.lag, self.timeline)


def test_a_chunk_is_stamped_enqueued_and_given_back_itself() -> None:
    bench = Bench()
    chunk = b"data: x\n\n"

    assert bench.tap.callable(chunk) is chunk
    assert list(bench.queue.items) == [(3, 1_000, chunk)]
    assert bench.queue.bytes_in == ITEM_BYTES + 9
    assert bench.timeline == {"at_ns": [1_000], "lengths": [9], "dropped": 0}
    assert bench.lag.reads == 1


def test_the_end_is_no_chunk() -> None:
    bench = Bench()

    assert bench.tap.callable(b"") == b""
    assert not bench.queue.items
    assert bench.tap.silent


def test_chunks_of_one_turn_of_the_loop_arrived_together() -> None:
    """Taking a socket read apart takes time; that must not look like gaps between arrivals."""
    bench = Bench()
    bench.tap.callable(b"a")
    bench.loop.now_ns = 5_000
    bench.tap.callable(b"b")
    bench.loop.turn(at_ns=9_000)
    bench.tap.callable(b"c")

    assert [at for _, at, _ in bench.queue.items] == [1_000, 1_000, 9_000]  # type: ignore[misc] # chunks


def test_the_reset_is_queued_before_the_time_is_taken() -> None:
    """Else what arrives between the two would share a time from before it arrived."""
    order: list[str] = []

    def clock() -> int:
        order.append("clock")
        return 7

    arrivals = Arrivals(lambda _: order.append("call_soon"), clock, Lag(lambda _: None, 0))

    assert arrivals.now() == 7
    assert order == ["call_soon", "clock"]


def test_each_turn_is_a_sample_of_the_loop_s_lag() -> None:
    bench = Bench()
    bench.tap.callable(b"a")
    bench.loop.turn(at_ns=6_001_000)
    bench.lag.sum_up(7_000_000)

    (seen,) = bench.seen
    assert seen.late_ns == [6_000_000]
    assert seen.listed == ((6_001_000, 6_000_000),)


def test_a_full_queue_loses_chunks_counts_them_and_tells_where() -> None:
    bench = Bench(bytes_limit=ITEM_BYTES + 1)
    for data in (b"kept", b"lost1", b"lost"):
        assert bench.tap.callable(data) is data
    bench.queue.bytes_out = bench.queue.bytes_in
    bench.tap.callable(b"kept again")

    assert list(bench.queue.items) == [
        (3, 1_000, b"kept"),
        StreamGap(3, 1_000, 2, 9),
        (3, 1_000, b"kept again"),
    ]
    assert bench.timeline["lengths"] == [4, 5, 4, 10]


def test_a_loss_at_the_end_is_told_when_the_exchange_ends() -> None:
    bench = Bench(bytes_limit=0)
    bench.tap.callable(b"lost")
    bench.queue.bytes_limit = 10**6
    bench.tap.settle(2_000)
    bench.tap.settle(3_000)

    assert list(bench.queue.items) == [StreamGap(3, 2_000, 1, 4)]


def test_heads_and_ends_have_a_reserve_and_beyond_it_they_are_lost_and_counted() -> None:
    queue = Queue(bytes_limit=4 * ITEM_BYTES)
    for number in range(7):
        queue.put(EndSeen(number, 10 + number, "complete", ""), 10 + number, number)

    assert len(queue.items) == 5
    assert queue.take_lost() == [
        Lost(15, "EndSeen", 1, tap.FULL, ITEM_BYTES, 5),
        Lost(16, "EndSeen", 1, tap.FULL, ITEM_BYTES, 6),
    ]
    assert queue.take_lost() == []


def test_a_fault_in_the_callable_is_noted_and_the_chunk_goes_on() -> None:
    """mitmproxy guards stream callables with nothing: an exception would cut the connection."""
    bench = Bench()

    def broken(_: Callable[[], None]) -> None:
        raise RuntimeError("quotes the traffic")

    bench.arrivals = Arrivals(broken, lambda: 1, bench.lag)
    bench.tap = StreamTap(3, bench.queue, bench.arrivals, bench.lag, bench.timeline)
    chunk = b"data"

    assert bench.tap.callable(chunk) is chunk
    (lost,) = bench.queue.take_lost()
    assert (lost.what, lost.count, lost.bytes, lost.exchange) == ("reads", 1, 4, 3)
    assert lost.reason == "fault in the stream callable: RuntimeError"


def test_the_timeline_in_the_flow_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "TIMELINE_LIMIT", 2)
    bench = Bench()
    for _ in range(5):
        bench.tap.callable(b"xy")

    assert bench.timeline == {"at_ns": [1_000, 1_000], "lengths": [2, 2], "dropped": 3}
    assert len(bench.queue.items) == 5


def test_another_addon_s_callable_still_decides_what_goes_on() -> None:
    bench = Bench()
    outer = StreamTap(
        3, bench.queue, bench.arrivals, bench.lag, bench.timeline, lambda data: [data, b"!"]
    )

    assert outer.callable(b"a") == [b"a", b"!"]
    assert list(bench.queue.items) == [(3, 1_000, b"a")]


def test_a_sleeping_writer_is_rung_by_what_is_enqueued() -> None:
    queue = Queue()
    queue.idle = True
    queue.put(EndSeen(1, 2, "complete", ""), 2)

    assert queue.wait(0) is True
    assert queue.wait(0) is False
    assert queue.idle is False
