"""How late the proxy's event loop runs: the observer measuring itself."""

from collections.abc import Callable
from typing import Protocol

from addons.seen import LagSeen
from addons.tap import Cost

SAMPLE_S = 0.05
"""Between two samples: a stall of the loop longer than this is always seen."""

WINDOW_NS = 1_000_000_000
"""Samples are summed up this often."""


class Timer(Protocol):
    def cancel(self) -> None: ...


class LagSampler:
    """Asks for a timer again and again and notes how late it came."""

    def __init__(
        self,
        call_later: Callable[[float, Callable[[], None]], Timer],
        clock: Callable[[], int],
        cost: Cost,
        emit: Callable[[LagSeen], None],
    ) -> None:
        self._call_later = call_later
        self._clock = clock
        self._cost = cost
        self._emit = emit
        self._sampled: list[int] = []
        self._late: list[int] = []
        self._window_began = clock()
        self._due = 0
        self._ask()

    def _ask(self) -> None:
        self._due = self._clock() + round(SAMPLE_S * 1e9)
        self._timer = self._call_later(SAMPLE_S, self._sample)

    def _sample(self) -> None:
        now = self._clock()
        self._sampled.append(now)
        self._late.append(max(now - self._due, 0))
        if now - self._window_began >= WINDOW_NS:
            self._sum_up(now)
        self._ask()

    def _sum_up(self, now: int) -> None:
        cost = self._cost
        seen = LagSeen(
            now,
            now - self._window_began,
            tuple(self._sampled),
            tuple(self._late),
            cost.reads,
            cost.ns,
        )
        cost.reads = cost.ns = 0
        self._sampled.clear()
        self._late.clear()
        self._window_began = now
        self._emit(seen)

    def stop(self) -> None:
        """Sum up what is left and sample no more."""
        self._timer.cancel()
        self._sum_up(self._clock())
