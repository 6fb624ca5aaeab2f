"""What the identifiers experiment is asked, and what it answers."""

from typing import Literal

import msgspec

from analyzer.experiment.basics import Spread
from analyzer.experiment.identifiers.arrivals import EVERY_MS, Arrivals
from analyzer.model import Unmeasurable

type Scheme = Literal["integer", "uuid7", "ulid", "uuid4"]
type Storage = Literal["text", "blob"]

SCHEMES: tuple[Scheme, ...] = ("integer", "uuid7", "ulid", "uuid4")
NAMES: dict[Scheme, str] = {
    "integer": "integer",
    "uuid7": "UUIDv7",
    "ulid": "ULID",
    "uuid4": "UUIDv4",
}
STEPS = 20
"""The insert rate is taken for every 5 % of the rows."""

BATCH = 1_000
"""Rows in a transaction."""

LATEST = 20
"""Rows that a list shows first."""

LEAST_DIFFERENCE = 0.05
"""A smaller difference of rates is called none, however quiet the machine was."""

STEPS_AGREE = 15
"""Of `STEPS`, so many must point one way: a sign test at 95 %."""


class Settings(msgspec.Struct, frozen=True):
    """``row_bytes`` is what a row holds beside its key. ``cache_mb`` is SQLite's alone."""

    rows: int = 1_000_000
    storage: Storage = "text"
    row_bytes: int = 100
    cache_mb: int = 8
    repeats: int = 2
    arrivals: Arrivals = EVERY_MS


class Latest(msgspec.Struct, frozen=True):
    """The newest `LATEST` rows: through the key where its order is the time's.

    Otherwise by the column with the time, which has no index of its own.
    ``pages_touched``: database pages that were asked for.
    """

    by: Literal["key", "created_ms"]
    plan: str
    rows_visited: int
    pages_touched: int
    wall: Spread


class Growth(msgspec.Struct, frozen=True):
    """One table, filled once. ``step_ns`` has the wall time of every 5 % of the rows.

    ``pages_written``: SQLite, into the write-ahead log or by a spilling cache; PostgreSQL,
    pages made dirty. ``cache_misses``: pages that had to be read while inserting. ``key_bytes``
    and ``leaf_fill`` are of the tree that the key orders. ``out_of_order``: neighbours in
    the order of arrival that the key puts the other way round.
    """

    step_ns: tuple[int, ...]
    out_of_order: int
    pages_written: int
    wal_bytes: int
    cache_misses: int
    leaf_fill: float | Unmeasurable
    key_bytes: int
    total_bytes: int
    latest: Latest


class Tree(msgspec.Struct, frozen=True):
    """One scheme in one layout, over all repeats.

    ``rates`` are inserts/s for every 5 % of the rows, medians of the repeats;
    ``repeats_per_s`` those of whole repeats, ascending. The counters are the last repeat's.
    """

    layout: str
    scheme: Scheme
    rates: tuple[int, ...]
    repeats_per_s: tuple[int, ...]
    per_s: int
    last: Growth

    @property
    def spread(self) -> float:
        """By how much the repeats differ, as a part of their median."""
        return (self.repeats_per_s[-1] - self.repeats_per_s[0]) / self.per_s


class IdentifiersResult(msgspec.Struct, frozen=True):
    """One database's answer."""

    settings: Settings
    database: str
    cache: str
    trees: tuple[Tree, ...]
    took_ns: int
    advice: tuple[str, ...] = ()

    def layouts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tree.layout for tree in self.trees))

    def of(self, layout: str) -> tuple[Tree, ...]:
        return tuple(tree for tree in self.trees if tree.layout == layout)
