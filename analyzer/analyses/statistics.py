"""Percentiles and histograms of pooled figures, and when not to show them."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.model import Unmeasurable

type Nanoseconds = npt.NDArray[np.int64]

POINTS_BELOW = 20
"""With fewer figures than this the figures themselves are shown, and no p99."""

METHOD = "linear interpolation between the two nearest ranks (Hyndman and Fan's type 7)"
"""How every percentile here is computed; SQL views use the same rule."""

_PER_DECADE = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
_COARSE = (1.0, 2.0, 5.0)


class Distribution(msgspec.Struct, frozen=True):
    """Where ``n`` figures lie, in the unit of the figures (nanoseconds here).

    ``p99`` is None and ``points`` holds every figure, ascending, where ``n`` is
    below `POINTS_BELOW`; otherwise ``points`` is empty.
    """

    n: int
    p50: int
    p90: int
    p95: int
    p99: int | None
    min: int
    max: int
    points: tuple[int, ...] = ()


def distribution(values: Sequence[int] | Nanoseconds) -> Distribution | Unmeasurable:
    """Summarise the values; Unmeasurable if there are none."""
    n = len(values)
    if not n:
        return Unmeasurable("nothing was measured")
    column = np.asarray(values, dtype=np.int64)
    p50, p90, p95, p99 = (round(float(p)) for p in np.percentile(column, (50, 90, 95, 99)))
    few = n < POINTS_BELOW
    points = tuple(int(value) for value in np.sort(column)) if few else ()
    return Distribution(
        n, p50, p90, p95, None if few else p99, int(column.min()), int(column.max()), points
    )


class Histogram(msgspec.Struct, frozen=True):
    """Counts over log-spaced bins: ``counts[i]`` lies in ``edges_ns[i] <= x < edges_ns[i + 1]``."""

    edges_ns: tuple[int, ...]
    counts: tuple[int, ...]


def log_edges(low_ns: int, high_ns: int, most: int = 16) -> tuple[int, ...]:
    """Bin edges of the shape 1, 2, 5 or finer per decade which cover both values.

    The finer steps are used while they give at most ``most`` bins. The first
    bin starts no lower than a microsecond, or at 0 where smaller values come.
    """
    for steps in (_PER_DECADE, _COARSE):
        ladder = [round(step * 10**decade) for decade in range(3, 14) for step in steps]
        below = [edge for edge in ladder if edge <= low_ns]
        start = below[-1] if below else 0
        inside = [edge for edge in ladder if start < edge <= high_ns]
        above = next((edge for edge in ladder if edge > high_ns), high_ns + 1)
        edges = (start, *inside, above)
        if len(edges) - 1 <= most:
            break
    return edges


def histogram(values: Nanoseconds, edges_ns: tuple[int, ...]) -> Histogram:
    """Count the values into the bins; values outside of all bins are left out."""
    places = np.searchsorted(np.asarray(edges_ns, dtype=np.int64), values, side="right") - 1
    inside = places[(places >= 0) & (places < len(edges_ns) - 1)]
    counts = np.bincount(inside, minlength=len(edges_ns) - 1)
    return Histogram(edges_ns, tuple(int(count) for count in counts))
