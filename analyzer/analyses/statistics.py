"""Percentiles and histograms of pooled figures, and when not to show them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.model import Unmeasurable

type Nanoseconds = npt.NDArray[np.int64]

POINTS_BELOW = 20
"""With fewer figures than this the figures themselves are shown, and no p99."""

METHOD = "linear interpolation between the two nearest ranks (Hyndman and Fan's type 7)"
"""How every percentile here is computed; SQL views use the same rule."""

PERCENTILES = (50, 90, 95, 99)

TOGETHER = 2_000_000
"""Most values that are put side by side for their percentiles."""

RANGES = 1 << 16
"""Ranges that values are counted into at once."""

BATCH = 1 << 18
"""Values that are counted at once."""

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
    few = n < POINTS_BELOW
    points = tuple(int(value) for value in np.sort(column)) if few else ()
    found = [round(float(p)) for p in np.percentile(column, PERCENTILES)]
    return _summary(n, found, int(column.min()), int(column.max()), points)


def distribution_of(
    parts: Callable[[], Iterable[Nanoseconds]], together: int = TOGETHER
) -> Distribution | Unmeasurable:
    """Summarise what all parts hold; the same figures as `distribution` of them joined.

    Where there are more than ``together`` values they are gone through several times, so
    that memory does not grow with them: ``parts`` is called for each time.
    """
    n = sum(map(len, parts()))
    if n <= together:
        joined = [part for part in parts() if len(part)]
        return distribution(np.concatenate(joined) if joined else [])
    least = min(int(part.min()) for part in parts() if len(part))
    most = max(int(part.max()) for part in parts() if len(part))
    places = [(n - 1) * (percentile / 100) for percentile in PERCENTILES]
    ranks = sorted({rank for place in places for rank in (int(place), min(int(place) + 1, n - 1))})
    values = dict(zip(ranks, _ranked(parts, ranks, least, most), strict=True))
    found = []
    for place in places:
        low, share = int(place), place - int(place)
        below, above = values[low], values[min(low + 1, n - 1)]
        # As numpy does it: from the nearer side, so that no rounding goes past either.
        step = above - below
        found.append(round(below + step * share if share < 0.5 else above - step * (1 - share)))
    return _summary(n, found, least, most, ())


def ranked(
    parts: Callable[[], Iterable[Nanoseconds]], ranks: Sequence[int], together: int = TOGETHER
) -> list[tuple[int, int]]:
    """For each rank, counted from 0 in ascending order: its value, and how many don't exceed that.

    Memory does not grow with the values, as in `distribution_of`.
    """
    if sum(map(len, parts())) <= together:
        column = np.sort(np.concatenate([part for part in parts() if len(part)]))
        values = column[list(ranks)]
        counts = np.searchsorted(column, values, side="right")
        return list(zip(values.tolist(), counts.tolist(), strict=True))
    least = min(int(part.min()) for part in parts() if len(part))
    most = max(int(part.max()) for part in parts() if len(part))
    values = np.array(_ranked(parts, list(ranks), least, most), dtype=np.int64)
    steps = np.unique(values)
    below = np.zeros(len(steps) + 1, dtype=np.int64)
    for part in _batches(parts()):
        below += np.bincount(np.searchsorted(steps, part), minlength=len(below))
    counts = np.cumsum(below)[np.searchsorted(steps, values)]
    return list(zip(values.tolist(), counts.tolist(), strict=True))


def _ranked(
    parts: Callable[[], Iterable[Nanoseconds]], ranks: list[int], least: int, most: int
) -> list[int]:
    """The values of these ranks: halved into ranges that narrow by 16 bits at each passage."""
    found = [(least, rank) for rank in ranks]  # where each one's range begins, and its rank in it
    width = max(most - least + 1, 1)
    while width > 1:
        step = -(-width // RANGES)
        starts = sorted({start for start, _ in found})
        counts = {start: np.zeros(RANGES, dtype=np.int64) for start in starts}
        for part in _batches(parts()):
            for start in starts:
                within = part[(part >= start) & (part < start + width)]
                counts[start] += np.bincount((within - start) // step, minlength=RANGES)
        narrowed = []
        for start, rank in found:
            before = np.cumsum(counts[start])
            place = int(np.searchsorted(before, rank, side="right"))
            earlier = int(before[place - 1]) if place else 0
            narrowed.append((start + place * step, rank - earlier))
        found, width = narrowed, step
    return [start for start, _ in found]


def _batches(parts: Iterable[Nanoseconds]) -> Iterator[Nanoseconds]:
    """Small parts side by side: each costs as much as a thousand values."""
    batch: list[Nanoseconds] = []
    held = 0
    for part in parts:
        batch.append(part)
        held += len(part)
        if held >= BATCH:
            yield np.concatenate(batch)
            batch, held = [], 0
    if batch:
        yield np.concatenate(batch)


def _summary(
    n: int, percentiles: list[int], least: int, most: int, points: tuple[int, ...]
) -> Distribution:
    p50, p90, p95, p99 = percentiles
    return Distribution(n, p50, p90, p95, None if n < POINTS_BELOW else p99, least, most, points)


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


def histogram(parts: Iterable[Nanoseconds], edges_ns: tuple[int, ...]) -> Histogram:
    """Count the parts' values into the bins; values outside of all bins are left out."""
    edges = np.asarray(edges_ns, dtype=np.int64)
    counts = np.zeros(len(edges_ns) - 1, dtype=np.int64)
    for values in parts:
        places = np.searchsorted(edges, values, side="right") - 1
        inside = places[(places >= 0) & (places < len(edges_ns) - 1)]
        counts += np.bincount(inside, minlength=len(edges_ns) - 1)
    return Histogram(edges_ns, tuple(counts.tolist()))
