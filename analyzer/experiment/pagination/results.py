"""What the pagination experiment is asked, and what it answers."""

from typing import Literal

import msgspec

from analyzer.analyses.pagination.fit import Line
from analyzer.experiment.basics import Spread
from analyzer.model import Unmeasurable

type Order = Literal["updated", "created", "id"]
type Style = Literal["offset", "keyset"]

STYLES: tuple[Style, Style] = ("offset", "keyset")
LEAST_REPEATS = 3
BUDGET_NS = 500_000_000
"""A page that takes longer has passed the budget: the default of the pagination analysis."""


class Observed(msgspec.Struct, frozen=True):
    """One walk of a capture: what the experiment is laid beside.

    ``points`` are (depth in rows, the service's time in ns, inferred or stated by it).
    """

    endpoint: str
    style: str
    ordering: str | None
    page: int | None
    row_bytes: int | None
    history_rows: int | None
    points: tuple[tuple[int, int], ...]
    time_source: str
    verdict: str
    base_ms: float | Unmeasurable
    slope_ms_per_1000_rows: float | Unmeasurable
    slope_low: float | Unmeasurable
    slope_high: float | Unmeasurable


class Settings(msgspec.Struct, frozen=True):
    """The table and the walks; ``observed`` is what they were taken from."""

    rows: int = 1_000_000
    page: int = 28
    order: Order = "updated"
    index: bool = True
    row_bytes: int = 300
    repeats: int = 7
    observed: Observed | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a page begins: ``depth`` rows into the list, after the row ``after``.

    ``after`` is that row's place in the order: its sorted column and its id, or its id alone
    in a list by id; empty at the beginning of the list.
    """

    depth: int
    after: tuple[int, ...]


class Examined(msgspec.Struct, frozen=True):
    """What the database itself counts for one page.

    ``pages_touched`` are database pages that were asked for, ``pages_read`` those of them
    that were not in the database's cache. ``vm_steps`` are SQLite's only.
    """

    rows_visited: int
    pages_touched: int
    pages_read: int
    plan: str
    vm_steps: int | None = None


class Point(msgspec.Struct, frozen=True):
    """One page of the list: how it was reached, what that took."""

    style: Style
    depth: int
    examined: Examined
    wall: Spread


class WholeList(msgspec.Struct, frozen=True):
    """Every page of the list once, calculated from the fitted lines."""

    pages: int
    offset_ns: int
    keyset_ns: int


class PaginationResult(msgspec.Struct, frozen=True):
    """One database's answer. ``points`` alternate offset and keyset, by growing depth."""

    settings: Settings
    database: str
    cache: str
    build_ns: int
    table_bytes: int
    points: tuple[Point, ...]
    offset: Line | Unmeasurable
    keyset: Line | Unmeasurable
    whole: WholeList | Unmeasurable
    took_ns: int
    advice: tuple[str, ...] = ()

    def of(self, style: Style) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.style == style)
