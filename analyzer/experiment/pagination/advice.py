"""What follows from the measured figures, in sentences; nothing that they don't say."""

import msgspec

from analyzer.analyses.pagination.fit import GROWS
from analyzer.experiment.pagination.results import BUDGET_NS, PaginationResult, Point
from analyzer.model import Unmeasurable
from analyzer.report.units import duration


def advise(result: PaginationResult) -> PaginationResult:
    """The same result with its advice."""
    return msgspec.structs.replace(
        result, advice=(*_growth(result), *_difference(result), *_whole(result), *_traffic(result))
    )


def apart_from(result: PaginationResult) -> int | None:
    """The depth from which on offset is slower than keyset by more than the repeats differ.

    Slower means: the quartiles of the repeats don't overlap, there and at every greater depth.
    """
    apart: int | None = None
    for offset, keyset in reversed(
        list(zip(result.of("offset"), result.of("keyset"), strict=True))
    ):
        if offset.wall.low_ns <= keyset.wall.high_ns:
            break
        apart = offset.depth
    return apart


def _growth(result: PaginationResult) -> tuple[str, ...]:
    line = result.offset
    if isinstance(line, Unmeasurable):
        return (f"No line through the offset pages: {line.reason}.",)
    settings = result.settings
    if line.verdict != GROWS:
        return (f"Offset, with depth: {line.verdict}.{_unindexed(result)}",)
    per_1000 = duration(line.slope * 1000 * 1e6)
    said = f"Offset: {per_1000} more for every 1,000 rows before the page"
    passes = (BUDGET_NS / 1e6 - line.base_ms) / line.slope
    budget = duration(BUDGET_NS)
    if passes < 0:
        said += f"; every page is over the budget of {budget}."
    elif passes < settings.rows:
        said += f"; pages pass {budget} from {round(passes):,} rows on."
    else:
        said += f"; no page of {settings.rows:,} rows passes {budget} for one reader alone."
    return (said + _unindexed(result),)


def _unindexed(result: PaginationResult) -> str:
    """Without an index it is the sorting that costs, in both styles."""
    deepest = result.of("keyset")[-1]
    if deepest.examined.rows_visited < result.settings.rows // 2:
        return ""
    return (
        f" A keyset page, too, visits {deepest.examined.rows_visited:,} rows, as nothing is "
        f"sorted in advance: first make an index on the sorted column and the id."
    )


def _difference(result: PaginationResult) -> tuple[str, ...]:
    first, last = result.of("keyset")[0], result.of("keyset")[-1]
    offset = result.of("offset")[-1]
    apart = apart_from(result)
    if apart is None:
        return (
            f"No difference at your size: even at depth {last.depth:,} the repeats of both "
            f"overlap ({_times(offset)} by offset, {_times(last)} by keyset).",
        )
    ratio = offset.wall.median_ns / last.wall.median_ns
    return (
        f"Keyset: {_times(first)} at the beginning, {_times(last)} at depth {last.depth:,}, "
        f"where offset takes {_times(offset)}, {ratio:,.1f} times as long; from depth {apart:,} "
        f"on the difference is more than the noise.",
    )


def _whole(result: PaginationResult) -> tuple[str, ...]:
    whole = result.whole
    if isinstance(whole, Unmeasurable):
        return ()
    if whole.keyset_ns <= 0 or whole.offset_ns < 2 * whole.keyset_ns:
        return ()
    return (
        f"Whoever fetches the whole list ({whole.pages:,} pages) waits about "
        f"{duration(whole.offset_ns)} by offset, {duration(whole.keyset_ns)} by keyset "
        f"(calculated from the lines).",
    )


def _traffic(result: PaginationResult) -> tuple[str, ...]:
    observed = result.settings.observed
    if observed is None or not observed.points:
        return ()
    deepest = max(depth for depth, _ in observed.points)
    apart = apart_from(result)
    if apart is None or deepest < apart:
        return (
            f"Your traffic went {deepest:,} rows deep: so far there is no difference in time. "
            f"What keyset still changes is that rows which move are not seen twice or missed.",
        )
    near = max((p for p in result.of("offset") if p.depth <= deepest), key=lambda p: p.depth)
    seen = next(ns for depth, ns in observed.points if depth == deepest)
    return (
        f"Your traffic went {deepest:,} rows deep and waited {duration(seen)} there; here "
        f"the database needs {_times(near)} at depth {near.depth:,} by offset.",
    )


def _times(point: Point) -> str:
    return duration(point.wall.median_ns)
