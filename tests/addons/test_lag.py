"""The observer measures itself, and lets an idle proxy sleep."""

from collections.abc import Callable

from addons.lag import Lag, LagTimer
from analyzer.intake.seen import LagSeen

MS = 1_000_000


class FakeTimer:
    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Bench:
    def __init__(self) -> None:
        self.now_ns = 0
        self.asked: list[tuple[float, Callable[[], None]]] = []
        self.timers: list[FakeTimer] = []
        self.seen: list[LagSeen] = []
        self.busy = True
        self.lag = Lag(self.seen.append, 0)
        self.timer = LagTimer(self.lag, self.call_later, lambda: self.now_ns, lambda: self.busy)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> FakeTimer:
        self.asked.append((seconds, callback))
        self.timers.append(FakeTimer())
        return self.timers[-1]

    def fire(self, at_ns: int) -> None:
        self.now_ns = at_ns
        self.asked.pop()[1]()


def test_a_timer_that_comes_late_is_a_sample_of_lag() -> None:
    bench = Bench()
    bench.timer.wake()
    bench.fire(at_ns=107 * MS)
    bench.fire(at_ns=209 * MS)
    bench.timer.stop()

    (seen,) = bench.seen
    assert seen.late_ns == [7 * MS, 2 * MS]
    assert seen.listed == ((107 * MS, 7 * MS),)
    assert (seen.at_ns, seen.window_ns) == (209 * MS, 209 * MS)


def test_a_window_is_summed_up_about_once_a_second_with_what_stamping_cost() -> None:
    bench = Bench()
    bench.timer.wake()
    bench.lag.reads, bench.lag.stamping_ns = 5, 4_000
    for tick in range(1, 21):
        bench.fire(at_ns=tick * 100 * MS)

    assert [(seen.at_ns, len(seen.late_ns), seen.reads) for seen in bench.seen] == [
        (1000 * MS, 10, 5),
        (2000 * MS, 10, 0),
    ]
    assert bench.seen[0].stamping_ns == 4_000


def test_the_timer_stops_when_nothing_is_open_and_wakes_again() -> None:
    """Waking an idle process ten times a second costs more than recording a stream."""
    bench = Bench()
    bench.timer.wake()
    bench.timer.wake()
    assert len(bench.asked) == 1
    bench.busy = False
    bench.fire(at_ns=100 * MS)

    assert bench.asked == []
    assert len(bench.seen) == 1
    bench.now_ns = 5000 * MS
    bench.timer.wake()
    assert len(bench.asked) == 1
    bench.fire(at_ns=5100 * MS)
    assert bench.seen[-1].window_ns == 100 * MS


def test_reads_since_the_last_sample_are_counted_too() -> None:
    bench = Bench()
    bench.lag.reads = 3
    bench.timer.stop()

    assert [(seen.reads, seen.late_ns) for seen in bench.seen] == [(3, [])]


def test_a_window_without_samples_says_nothing() -> None:
    bench = Bench()
    bench.timer.stop()

    assert bench.seen == []
