"""The percentile text of HdrHistogram, which its plotters read: ``.hgrm``.

Its writer gives a line for each percentile on its way from 0 to 100 %, in steps that halve as
often as the distance to 100 % does. The values are ours, exactly: no buckets round them. As the
lines count values, the rule is HdrHistogram's own: the smallest value that so many do not
exceed (Hyndman and Fan's type 1), where a report interpolates (type 7).
"""

import math
from collections.abc import Callable, Iterable, Iterator

from analyzer.analyses.statistics import Nanoseconds, ranked
from analyzer.model import StreamscopeError
from analyzer.report.figures import Figures
from analyzer.telemetry.measures import MEASURES, values_of

TICKS = 5
"""Lines until the distance to 100 % has halved, as HdrHistogram's writer has it unless told."""

_MS = 1_000_000


def percentiles(figures: Figures, metric: str) -> bytes:
    """The distribution of a metric of `MEASURES`, in milliseconds.

    Raises StreamscopeError if the captures have no figure of it.
    """

    def parts() -> Iterator[Nanoseconds]:
        return values_of(metric, (one for _, one in figures.turns()))

    n = sum(map(len, parts()))
    if not n:
        raise StreamscopeError(
            f"there is no {metric} in what was read, so no percentiles can be written of it"
        )
    lines = [f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}", ""]
    for value_ns, share, count in _steps(parts, n):
        rest = f" {1 / (1 - share):14.2f}" if share < 1 else ""
        lines.append(f"{value_ns / _MS:12.3f} {share:2.12f} {count:10d}{rest}")
    return "\n".join([*lines, *_footer(parts, n, metric)]).encode() + b"\n"


def _steps(parts: Callable[[], Iterable[Nanoseconds]], n: int) -> Iterator[tuple[int, float, int]]:
    """Value, share of 1, and how many values do not exceed it; the last is all of them."""
    levels = list(_levels(n))
    found = ranked(parts, [_rank(percent, n) for percent in levels])
    for percent, (value_ns, count) in zip(levels, found, strict=True):
        if count == n:
            yield value_ns, 1.0, n
            return
        yield value_ns, percent / 100, count


def _levels(n: int) -> Iterator[float]:
    """HdrHistogram's percentages, from 0 until only the largest value is left, and 100."""
    percent = 0.0
    while percent < 100 * (n - 1) / n:
        yield percent
        halvings = math.floor(math.log2(100 / (100 - percent))) + 1
        percent += 100 / (TICKS * 2**halvings)
    yield 100.0


def _rank(percent: float, n: int) -> int:
    """The first rank, counted from 0, up to which so many per cent of all values lie."""
    count = max(math.ceil(percent * n / 100), 1)
    if count > 1 and 100 * (count - 1) / n >= percent:  # the product was rounded up
        count -= 1
    return min(count, n) - 1


def _footer(parts: Callable[[], Iterable[Nanoseconds]], n: int, metric: str) -> list[str]:
    mean = sum(int(part.sum()) for part in parts()) / n
    squares = sum(float(((part - mean) ** 2).sum()) for part in parts())
    most = max(int(part.max(initial=0)) for part in parts())
    spread = math.sqrt(squares / n) / _MS
    return [
        f"#[Mean    = {mean / _MS:12.3f}, StdDeviation   = {spread:12.3f}]",
        f"#[Max     = {most / _MS:12.3f}, Total count    = {n:12d}]",
        f"#[{metric} in milliseconds: {MEASURES[metric]}]",
        "#[Each value is exact: the smallest that this share of all does not exceed]",
    ]
