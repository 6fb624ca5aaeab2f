"""Both walks through one list, at growing depth."""

import statistics
import time
from functools import partial
from typing import Protocol

from analyzer.analyses.pagination.fit import FIT_LEAST, Line, fit_line
from analyzer.experiment.basics import ExperimentError, Say, spread, timed
from analyzer.experiment.pagination.advice import advise
from analyzer.experiment.pagination.on_postgres import PostgresList
from analyzer.experiment.pagination.on_sqlite import CACHE_KIB, SqliteList
from analyzer.experiment.pagination.results import (
    LEAST_REPEATS,
    STYLES,
    Examined,
    PaginationResult,
    Place,
    Point,
    Settings,
    Style,
    WholeList,
)
from analyzer.experiment.pagination.table import Items
from analyzer.experiment.postgres import temporary_schema
from analyzer.experiment.sqlite import temporary_sqlite
from analyzer.model import Unmeasurable

_SHARES = (0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)
"""Depths that are measured, as shares of the list."""

ENOUGH_NS = 3_000_000_000
"""Once a depth has taken so long, it is repeated no more than `LEAST_REPEATS` times."""

OBSERVED_DEPTHS = 8
"""Most depths that are taken over from a capture."""


class PagedList(Protocol):
    """A list in a database. ``cache`` says what is in memory while it is measured."""

    database: str
    cache: str

    def table_bytes(self) -> int: ...
    def ids(self, style: Style, place: Place, /) -> list[int]: ...
    def examine(self, style: Style, place: Place, /) -> Examined: ...


def run_pagination(database: str, settings: Settings, say: Say) -> PaginationResult:
    """Build the list in ``sqlite`` or at a PostgreSQL address, measure it, remove it.

    Raises:
        ExperimentError: the database can't be used, or a walk brings other rows than it must.
    """
    began = time.perf_counter_ns()
    items = Items(settings)
    if database == "sqlite":
        with temporary_sqlite(CACHE_KIB) as sqlite:
            return measure(SqliteList(sqlite, items, say), items, began, say)
    with temporary_schema(database) as postgres:
        return measure(PostgresList(postgres, items, say), items, began, say)


def measure(paged: PagedList, items: Items, began_ns: int, say: Say) -> PaginationResult:
    """Every depth by both styles; ``began_ns`` is when building began."""
    built_ns = time.perf_counter_ns()
    points: list[Point] = []
    for depth in depths(items.settings):
        say(f"{paged.database}: pages at depth {depth:,} of {items.settings.rows:,}")
        points += _pages(paged, items, depth)
    offset, keyset = (_line([p for p in points if p.style == style]) for style in STYLES)
    result = PaginationResult(
        settings=items.settings,
        database=paged.database,
        cache=paged.cache,
        build_ns=built_ns - began_ns,
        table_bytes=paged.table_bytes(),
        points=tuple(points),
        offset=offset,
        keyset=keyset,
        whole=_whole(items.settings, offset, keyset),
        took_ns=time.perf_counter_ns() - began_ns,
    )
    return advise(result)


def depths(settings: Settings) -> list[int]:
    """Depths of pages that are full, those that the capture shows among them."""
    last = settings.rows - settings.page
    chosen = {round(last * share) for share in _SHARES}
    if settings.observed:
        seen = sorted({depth for depth, _ in settings.observed.points if depth <= last})
        step = max(len(seen) / OBSERVED_DEPTHS, 1)
        chosen.update(seen[int(number * step)] for number in range(int(len(seen) / step)))
    return sorted(chosen)


def _pages(paged: PagedList, items: Items, depth: int) -> list[Point]:
    """The page at this depth by both styles, in turns; the first of each is not timed."""
    place = items.place(depth)
    for style in STYLES:
        if paged.ids(style, place) != items.ids(depth):
            raise ExperimentError(
                f"{paged.database}: the {style} page at depth {depth} brings other rows than "
                f"the list has there; its figures would mean nothing"
            )
    times: dict[Style, list[int]] = {style: [] for style in STYLES}
    for repeat in range(items.settings.repeats):
        if repeat >= LEAST_REPEATS and sum(map(sum, times.values())) > ENOUGH_NS:
            break
        for style in STYLES:
            times[style].append(timed(partial(paged.ids, style, place)))
    return [
        Point(style, depth, paged.examine(style, place), spread(times[style])) for style in STYLES
    ]


def _line(points: list[Point]) -> Line | Unmeasurable:
    waits_ms = [point.wall.median_ns / 1e6 for point in points]
    line = fit_line([point.depth for point in points], waits_ms, statistics.median(waits_ms))
    return line or Unmeasurable(f"fewer than {FIT_LEAST} depths give no line")


def _whole(
    settings: Settings, offset: Line | Unmeasurable, keyset: Line | Unmeasurable
) -> WholeList | Unmeasurable:
    if isinstance(offset, Unmeasurable):
        return offset
    if isinstance(keyset, Unmeasurable):
        return keyset
    starts = range(0, settings.rows, settings.page)
    # A line's mean over evenly spaced depths is its value at the middle one.
    middle = starts[-1] / 2
    return WholeList(
        len(starts),
        *(
            round(len(starts) * (line.base_ms + line.slope * middle) * 1e6)
            for line in (offset, keyset)
        ),
    )
