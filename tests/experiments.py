"""Short ways to make settings and results of experiments by hand."""

from typing import Any

from analyzer.analyses.pagination.fit import GROWS, Line
from analyzer.experiment.basics import Spread
from analyzer.experiment.identifiers.results import (
    STEPS,
    Growth,
    IdentifiersResult,
    Latest,
    Scheme,
    Tree,
)
from analyzer.experiment.identifiers.results import Settings as IdentifiersSettings
from analyzer.experiment.pagination.results import (
    Examined,
    Observed,
    PaginationResult,
    Point,
    Settings,
    Style,
    WholeList,
)

US, MS = 1_000, 1_000_000


def an_observed_walk(points: tuple[tuple[int, int], ...] = (), **fields: Any) -> Observed:
    given: dict[str, Any] = {
        "endpoint": "GET /backend-api/conversations",
        "style": "offset",
        "ordering": "update_time desc",
        "page": 28,
        "row_bytes": 250,
        "history_rows": 140,
        "time_source": "inferred",
        "verdict": "too few points",
        "base_ms": 40.0,
        "slope_ms_per_1000_rows": 120.0,
        "slope_low": 80.0,
        "slope_high": 160.0,
    }
    return Observed(points=points, **{**given, **fields})


def a_point(style: Style, depth: int, us: int, rows: int = 28) -> Point:
    wall = Spread(7, us * US, us * US * 9 // 10, us * US * 11 // 10)
    return Point(style, depth, Examined(rows, 60, 12, f"plan of {style}"), wall)


def a_pagination_result(*points: Point, **fields: Any) -> PaginationResult:
    given: dict[str, Any] = {
        "settings": Settings(rows=100_000),
        "database": "SQLite 3.54.1",
        "cache": "2 MB",
        "build_ns": 400 * MS,
        "table_bytes": 33_000_000,
        "offset": Line(0.05, 0.00003, 0.000029, 0.000031, GROWS),
        "keyset": Line(0.06, 0.0, -0.000001, 0.000001, "flat"),
        "whole": WholeList(3_572, 5_900 * MS, 270 * MS),
        "took_ns": 900 * MS,
    }
    return PaginationResult(points=points, **{**given, **fields})


def a_tree(scheme: Scheme, per_s: tuple[int, ...], **last: Any) -> Tree:
    """A tree whose repeats had these rates, the same in every step."""
    median = sorted(per_s)[len(per_s) // 2]
    given: dict[str, Any] = {
        "step_ns": (MS,) * STEPS,
        "out_of_order": 0,
        "pages_written": 48_000,
        "wal_bytes": 198_000_000,
        "cache_misses": 0,
        "leaf_fill": 0.9,
        "key_bytes": 51_000_000,
        "total_bytes": 190_000_000,
        "latest": Latest("key", "SCAN", 20, 6, Spread(5, 20 * US, 19 * US, 21 * US)),
    }
    return Tree(
        "rowid table + index",
        scheme,
        (median,) * STEPS,
        tuple(sorted(per_s)),
        median,
        Growth(**{**given, **last}),
    )


def an_identifiers_result(*trees: Tree, **settings: Any) -> IdentifiersResult:
    return IdentifiersResult(
        IdentifiersSettings(**settings), "SQLite 3.54.1", "8 MB", trees, 90_000 * MS
    )
