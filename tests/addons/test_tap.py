"""The stream callable: it stamps and enqueues, and whatever happens the bytes go on."""

import pytest

from addons import tap
from addons.lag import Lag
from addons.tap import FULL, Queue, StreamCallable, StreamTap
from analyzer.intake.seen import ITEM_BYTES, EndSeen, StreamGap
from analyzer.model import Lost


class Reads:
    """A connection's watchdog and a clock, both turned by hand."""

    def __init__(self) -> None:
        self.last_activity: object = 1.0
        self.now_ns = 1_000

    def another(self, at_ns: int) -> None:
        self.now_ns = at_ns
        self.last_activity = object()


class Bench:
    """A tap with all that it needs."""

    def __init__(self, bytes_limit: int = 10**6, inner: StreamCallable | None = None) -> None:
        self.reads = Reads()
        self.lag = Lag(lambda _: None, 0)
        self.queue = Queue(bytes_limit)
        self.timeline: dict[str, object] = {"at_ns": [], "lengths": [], "dropped": 0}
        self.tap = StreamTap(
            3, self.queue, self.reads, self.lag, self.timeline, inner, lambda: self.reads.now_ns
        )


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


def test_chunks_of_one_socket_read_arrived_together() -> None:
    """Taking a socket read apart takes time; that must not look like gaps between arrivals."""
    bench = Bench()
    bench.tap.callable(b"a")
    bench.reads.now_ns = 5_000
    bench.tap.callable(b"b")
    bench.reads.another(at_ns=9_000)
    bench.tap.callable(b"c")

    assert [at for _, at, _ in bench.queue.items] == [1_000, 1_000, 9_000]  # type: ignore[misc] # chunks


def test_two_reads_at_the_same_wall_time_are_two() -> None:
    """The watchdog keeps a float: it is told apart as an object, not as a number."""
    bench = Bench()
    bench.reads.last_activity = float("1.5")
    bench.tap.callable(b"a")
    bench.reads.last_activity = float("1.5")
    bench.reads.now_ns = 5_000
    bench.tap.callable(b"b")

    assert bench.timeline["at_ns"] == [1_000, 5_000]


def test_what_stamping_cost_is_added_up() -> None:
    bench = Bench()
    times = iter([100, 130, 200, 250])
    tap_ = StreamTap(
        3, bench.queue, bench.reads, bench.lag, bench.timeline, None, lambda: next(times)
    )
    tap_.callable(b"a")
    tap_.callable(b"b")

    assert (bench.lag.reads, bench.lag.stamping_ns) == (2, 80)


def test_a_full_queue_loses_chunks_counts_them_and_tells_where() -> None:
    bench = Bench(bytes_limit=ITEM_BYTES + 1)
    for data in (b"kept", b"lost1", b"lost"):
        assert bench.tap.callable(data) is data
    bench.queue.bytes_out = bench.queue.bytes_in
    bench.tap.callable(b"kept again")

    assert list(bench.queue.items) == [
        (3, 1_000, b"kept"),
        StreamGap(3, 1_000, 2, 9, FULL),
        (3, 1_000, b"kept again"),
    ]
    assert bench.timeline["lengths"] == [4, 5, 4, 10]


def test_a_loss_at_the_end_is_told_when_the_exchange_ends() -> None:
    bench = Bench(bytes_limit=0)
    bench.tap.callable(b"lost")
    bench.queue.bytes_limit = 10**6
    bench.tap.settle(2_000)
    bench.tap.settle(3_000)

    assert list(bench.queue.items) == [StreamGap(3, 2_000, 1, 4, FULL)]


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


def test_a_fault_in_the_callable_is_noted_and_the_chunk_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """mitmproxy guards stream callables with nothing: an exception would cut the connection."""
    bench = Bench()

    def broken(*_: object) -> None:
        raise RuntimeError("quotes the traffic")

    monkeypatch.setattr(StreamTap, "take", broken)
    bench.queue.bytes_limit = 0
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
    bench = Bench(inner=lambda data: [data, b"!"])

    assert bench.tap.callable(b"a") == [b"a", b"!"]
    assert list(bench.queue.items) == [(3, 1_000, b"a")]


def test_a_sleeping_writer_is_rung_by_what_is_enqueued() -> None:
    queue = Queue()
    queue.idle = True
    queue.put(EndSeen(1, 2, "complete", ""), 2)

    assert queue.wait(0) is True
    assert queue.wait(0) is False
    assert queue.idle is False
