"""Figures counted into the buckets that OpenTelemetry's GenAI conventions name."""

from collections.abc import Iterable

import msgspec
import numpy as np

from analyzer.analyses.statistics import Nanoseconds

BOUNDS_NS = tuple(10_000_000 << step for step in range(14))
"""0.01 s × 2ⁿ up to 81.92 s; a figure on a bound belongs to the bucket that the bound ends."""

BOUNDS_S = tuple(bound / 1e9 for bound in BOUNDS_NS)


class Tally(msgspec.Struct, frozen=True):
    """``counts[i]`` lies in ``BOUNDS_NS[i - 1] < x <= BOUNDS_NS[i]``; the last is beyond all.

    ``least_ns`` and ``most_ns`` are 0 where ``n`` is.
    """

    counts: tuple[int, ...]
    n: int
    sum_ns: int
    least_ns: int
    most_ns: int


def tally(parts: Iterable[Nanoseconds]) -> Tally:
    """Count the parts' values; memory does not grow with them."""
    counts = np.zeros(len(BOUNDS_NS) + 1, dtype=np.int64)
    n = total_ns = most_ns = 0
    least_ns: int | None = None
    for values in parts:
        if not len(values):
            continue
        places = np.searchsorted(BOUNDS_NS, values, side="left")
        counts += np.bincount(places, minlength=len(counts))
        n += len(values)
        total_ns += int(values.sum())
        low = int(values.min())
        least_ns = low if least_ns is None else min(least_ns, low)
        most_ns = max(most_ns, int(values.max()))
    return Tally(tuple(counts.tolist()), n, total_ns, least_ns or 0, most_ns)
