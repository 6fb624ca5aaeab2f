"""What depth costs: the fit of a walk's waits, and the whole history by offset and by keyset.

The model of one page is ``network + base + slope × depth``: an offset makes the service walk
over every row before the page, so the pages of a whole history cost a sum that grows with the
square of their number. By keyset every page costs what the first one does.
"""

import statistics
from collections.abc import Sequence

import msgspec

from analyzer.analyses.pagination.fit import (
    FALLS,
    FIT_LEAST,
    FLAT,
    GROWS,
    TOO_FEW,
    UNTIMED,
    Line,
    fit_line,
)
from analyzer.analyses.pagination.waits import Wait
from analyzer.model import Unmeasurable

BUDGET_MS = 500.0
"""A page that takes longer is felt as waiting."""

ESTIMATOR = "Theil-Sen"
HISTORY_LIMIT = 1_000_000_000
"""A stated total above it is not believed."""

BY_ROW = ("offset", "page")
"""Styles whose depth the service has to walk over."""


class Fit(msgspec.Struct, frozen=True):
    """The line of one walk, in ms and rows, and the network's part of a wait."""

    n: int
    deepest_rows: int | Unmeasurable
    source: str
    network_ms: float | Unmeasurable
    base_ms: float | Unmeasurable
    slope: float | Unmeasurable
    low: float | Unmeasurable
    high: float | Unmeasurable
    verdict: str


class History(msgspec.Struct, frozen=True):
    """What all rows cost at this page size, if they were fetched one page after the other.

    ``offset_low_ms`` and ``offset_high_ms`` are the costs at the ends of the slope's interval.
    """

    rows: int | Unmeasurable
    offset_ms: float | Unmeasurable
    offset_low_ms: float | Unmeasurable
    offset_high_ms: float | Unmeasurable
    keyset_ms: float | Unmeasurable
    offset_rows: int | Unmeasurable
    keyset_rows: int | Unmeasurable


def fit_walk(points: Sequence[tuple[int | Unmeasurable, Wait]]) -> Fit:
    """The fit of what a walk's answered requests waited at their depths.

    Only points with one kind of server time are fitted: the stated ones where all have it.
    """
    timed = [
        (depth, wait.server_ns / 1e6, wait.ttfb_ns / 1e6, wait.source)
        for depth, wait in points
        if isinstance(depth, int)
        and isinstance(wait.server_ns, int)
        and isinstance(wait.ttfb_ns, int)
    ]
    sources = {source for *_, source in timed}
    deepest = max((d for d, _ in points if isinstance(d, int)), default=None)
    rows = Unmeasurable("no depth is known") if deepest is None else deepest
    if not timed:
        why = _why_untimed(points)
        waited = any(isinstance(wait.ttfb_ns, int) for _, wait in points)
        return Fit(0, rows, "", why, why, why, why, why, TOO_FEW if waited else UNTIMED)
    if len(sources) > 1:
        # A stated time lacks what an inferred one holds: take the one that is on most pages.
        most = statistics.mode(source for *_, source in timed)
        timed = [point for point in timed if point[3] == most]
        sources = {most}
    network = statistics.median(ttfb - server for _, server, ttfb, _ in timed)
    line = fit_line(
        [depth for depth, *_ in timed],
        [server for _, server, *_ in timed],
        statistics.median(ttfb for _, _, ttfb, _ in timed),
    )
    return _fit(len(timed), rows, sources.pop(), network, line)


def _fit(n: int, rows: int | Unmeasurable, source: str, network: float, line: Line | None) -> Fit:
    if line is None:
        why = Unmeasurable(
            f"a slope with a 95 % interval needs waits at {FIT_LEAST} or more depths"
        )
        return Fit(n, rows, source, network, why, why, why, why, TOO_FEW)
    return Fit(
        n, rows, source, network, line.base_ms, line.slope, line.low, line.high, line.verdict
    )


def _why_untimed(points: Sequence[tuple[int | Unmeasurable, Wait]]) -> Unmeasurable:
    for depth, wait in points:
        for figure in (depth, wait.ttfb_ns, wait.server_ns):
            if isinstance(figure, Unmeasurable):
                return figure
    return Unmeasurable("no page was answered")


def budget_rows(
    fit: Fit, slope: float | Unmeasurable, style: str, budget_ms: float
) -> int | Unmeasurable:
    """The depth from which on a page takes longer than the budget, by one slope of the fit."""
    if isinstance(slope, Unmeasurable) or isinstance(fit.base_ms, Unmeasurable):
        return _of(slope, fit.base_ms)
    if isinstance(fit.network_ms, Unmeasurable):
        return fit.network_ms
    spare = budget_ms - fit.network_ms - fit.base_ms
    if spare <= 0:
        return 0
    if style not in BY_ROW:
        return Unmeasurable("by cursor no page lies deeper than another")
    if fit.verdict == GROWS and slope > 0:
        return round(spare / slope)
    if fit.verdict in (FLAT, FALLS):
        return Unmeasurable("the wait does not grow with depth as far as it was seen")
    return Unmeasurable(fit.verdict)


def history_of(
    rows: int | Unmeasurable, page_size: int | Unmeasurable, fit: Fit, style: str
) -> History:
    if isinstance(rows, Unmeasurable) or isinstance(page_size, Unmeasurable):
        why = _of(rows, page_size)
        return History(rows, why, why, why, why, why, why)
    if rows > HISTORY_LIMIT:
        why = Unmeasurable(f"a list of {rows:,} rows is not believed")
        return History(rows, why, why, why, why, why, why)
    pages = max(-(-rows // page_size), 1)
    # Page i walks over i × size rows before it brings its own.
    skipped = page_size * pages * (pages - 1) // 2
    if isinstance(fit.base_ms, Unmeasurable) or isinstance(fit.network_ms, Unmeasurable):
        why = _of(fit.base_ms, fit.network_ms)
        return History(rows, why, why, why, why, skipped + rows, rows)
    keyset = pages * (fit.network_ms + max(fit.base_ms, 0.0))
    at, low, high = (
        _offset_ms(fit, slope, style, keyset, skipped) for slope in (fit.slope, fit.low, fit.high)
    )
    return History(rows, at, low, high, keyset, skipped + rows, rows)


def _offset_ms(
    fit: Fit, slope: float | Unmeasurable, style: str, keyset_ms: float, skipped: int
) -> float | Unmeasurable:
    if style not in BY_ROW:
        return Unmeasurable("the walk goes by cursor: what an offset costs is not in the traffic")
    if isinstance(slope, Unmeasurable):
        return slope
    if fit.verdict not in (GROWS, FLAT):
        return Unmeasurable(
            "the wait falls with depth here, which can't go on"
            if fit.verdict == FALLS
            else fit.verdict
        )
    return keyset_ms + max(slope, 0.0) * skipped


def _of(*figures: object) -> Unmeasurable:
    """The first reason among the figures."""
    return next(figure for figure in figures if isinstance(figure, Unmeasurable))
