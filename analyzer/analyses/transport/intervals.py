"""How many spans of time lie over each other, and for how long."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

type Times = npt.NDArray[np.int64]
type Interval = tuple[int, int]
"""Begin and end in ns; the end is no part of it."""


class Overlaps:
    """Spans on one connection. Making it costs n log n, each question log n."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        begins = np.sort(np.array([begin for begin, _ in intervals], dtype=np.int64))
        ends = np.sort(np.array([end for _, end in intervals], dtype=np.int64))
        self._begins, self._ends = begins, ends
        times = np.unique(np.concatenate([begins, ends]))
        covered = np.searchsorted(begins, times, side="right") - np.searchsorted(
            ends, times, side="right"
        )
        self._times = times
        self._covered = covered

    def most(self) -> int:
        """Most at once. One that ends when another begins does not meet it."""
        return int(self._covered.max(initial=0)) or min(len(self._begins), 1)

    def meeting(self, interval: Interval) -> int:
        """How many of the spans meet it; itself counts if it is one of them."""
        begin, end = interval
        begun = int(np.searchsorted(self._begins, end, side="left"))
        over = int(np.searchsorted(self._ends, begin, side="right"))
        return max(begun - over, 0)

    def over(self, moments: Times) -> Times:
        """How many of the spans lie over each moment."""
        row = np.searchsorted(self._times, moments, side="right") - 1
        counts: Times = np.where(row < 0, 0, np.append(self._covered, 0)[row])
        return counts

    def time_with(self, least: int, begins: Times, ends: Times) -> Times:
        """For each span asked about: how much of it at least so many lie over, in ns."""
        return self._until(least, ends) - self._until(least, begins)

    def _until(self, least: int, moments: Times) -> Times:
        if not len(self._times):
            return np.zeros(len(moments), dtype=np.int64)
        on = (self._covered >= least).astype(np.int64)
        steps = np.diff(self._times) * on[:-1]
        total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(steps)])
        row = np.searchsorted(self._times, moments, side="right") - 1
        place = np.maximum(row, 0)
        until: Times = np.where(
            row < 0, 0, total[place] + on[place] * (moments - self._times[place])
        )
        return until
