"""How late the proxy's event loop runs: the observer measuring itself.

While an exchange is open, a timer asks to be called and notes how late it was.
An idle proxy is left asleep, since waking it costs more than recording a chunk.
"""

from collections.abc import Callable
from typing import Protocol

from analyzer.intake.seen import LagSeen

TIMER_S = 0.1
"""Between two asks: a loop that is blocked for longer is always noticed."""

WINDOW_NS = 1_000_000_000
"""Samples are summed up about this often."""

LATE_NS = 5_000_000
"""A sample from this on is listed one by one."""


class Timer(Protocol):
    def cancel(self) -> None: ...


class Lag:
    """Collects samples of lateness, and what stamping cost; sums them up by window."""

    def __init__(self, emit: Callable[[LagSeen], None], began_ns: int) -> None:
        self._emit = emit
        self.begin(began_ns)
        self._late: list[int] = []
        self._listed: list[tuple[int, int]] = []
        self.reads = 0
        self.stamping_ns = 0

    def add(self, due_ns: int, now_ns: int) -> None:
        """The loop was asked to call at ``due_ns`` and did at ``now_ns``."""
        late_ns = now_ns - due_ns
        self._late.append(late_ns)
        if late_ns >= LATE_NS:
            self._listed.append((now_ns, late_ns))
        if now_ns >= self._ends_ns:
            self.sum_up(now_ns)

    def sum_up(self, now_ns: int) -> None:
        """Hand over the window that ends here; nothing, if nothing happened in it."""
        if self._late or self.reads:
            late, self._late = self._late, []
            listed, self._listed = self._listed, []
            window_ns = now_ns - self._began_ns
            seen = LagSeen(now_ns, window_ns, late, tuple(listed), self.reads, self.stamping_ns)
            self.reads = self.stamping_ns = 0
            self._emit(seen)
        self.begin(now_ns)

    def begin(self, now_ns: int) -> None:
        """Start a window here: what lay before was idle."""
        self._began_ns = now_ns
        self._ends_ns = now_ns + WINDOW_NS


class LagTimer:
    """Samples from outside for as long as ``busy`` says so, once woken."""

    def __init__(
        self,
        lag: Lag,
        call_later: Callable[[float, Callable[[], None]], Timer],
        clock: Callable[[], int],
        busy: Callable[[], bool],
    ) -> None:
        self._lag = lag
        self._call_later = call_later
        self._clock = clock
        self._busy = busy
        self._timer: Timer | None = None
        self._due_ns = 0

    def wake(self) -> None:
        """An exchange began."""
        if self._timer is None:
            self._lag.begin(self._clock())
            self._ask()

    def stop(self) -> None:
        """Ask no more, and sum up what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._lag.sum_up(self._clock())

    def _ask(self) -> None:
        self._due_ns = self._clock() + round(TIMER_S * 1e9)
        self._timer = self._call_later(TIMER_S, self._sample)

    def _sample(self) -> None:
        now_ns = self._clock()
        # A timer may come early by the clock's resolution.
        self._lag.add(min(self._due_ns, now_ns), now_ns)
        if self._busy():
            self._ask()
        else:
            self.stop()
