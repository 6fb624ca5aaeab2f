"""Keys in SQLite's B-trees."""

from collections.abc import Sequence
from typing import Literal

from analyzer.experiment.basics import ExperimentError, Say, spread, timed
from analyzer.experiment.identifiers.arrivals import Milliseconds
from analyzer.experiment.identifiers.keys import Key, is_time_ordered, out_of_order
from analyzer.experiment.identifiers.results import (
    BATCH,
    LATEST,
    NAMES,
    Growth,
    Latest,
    Scheme,
    Settings,
)
from analyzer.experiment.identifiers.steps import in_steps
from analyzer.experiment.sqlite import FRAME_BYTES, VERSION, Sqlite, temporary_sqlite

type Layout = Literal["rowid table + index", "WITHOUT ROWID"]

LAYOUTS: tuple[Layout, Layout] = ("rowid table + index", "WITHOUT ROWID")
LOOKS = 5
"""How often the newest rows are fetched."""

_FILL = (
    "SELECT 1 - 1.0 * sum(unused) / sum(pgsize) FROM dbstat WHERE name = ? AND pagetype = 'leaf'"
)
_SIZE = "SELECT sum(pgsize) FROM dbstat WHERE name = ?"
_ALL = "SELECT sum(pgsize) FROM dbstat"


def grow(
    layout: Layout,
    scheme: Scheme,
    keys: Sequence[Key],
    at_ms: Milliseconds,
    settings: Settings,
    say: Say,
) -> Growth:
    """Fill a new table of this layout, then look at what has grown."""
    with temporary_sqlite(settings.cache_mb * 1_000) as sqlite:
        tree = _create(sqlite, layout, scheme, settings)
        body = "x" * settings.row_bytes
        sqlite.count_pages()

        def insert(begin: int, end: int) -> None:
            times = at_ms[begin:end].tolist()
            rows = [(key, ms, body) for key, ms in zip(keys[begin:end], times, strict=True)]
            with sqlite.connection:
                sqlite.connection.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)

        step_ns = in_steps(
            settings.rows, BATCH, insert, lambda done: say(_line(layout, scheme, done, settings))
        )
        counted = sqlite.count_pages()
        return Growth(
            step_ns=step_ns,
            out_of_order=out_of_order(keys),
            pages_written=counted.written,
            wal_bytes=sqlite.frames * FRAME_BYTES,
            cache_misses=counted.misses,
            leaf_fill=float(_value(sqlite, _FILL, tree)),
            key_bytes=int(_value(sqlite, _SIZE, tree)),
            total_bytes=int(_value(sqlite, _ALL)),
            latest=_latest(sqlite, scheme, at_ms),
        )


def _create(sqlite: Sqlite, layout: Layout, scheme: Scheme, settings: Settings) -> str:
    """Make the table and return the name of the tree that the key orders."""
    kind = "INTEGER" if scheme == "integer" else settings.storage.upper()
    columns = "created_ms INTEGER NOT NULL, body TEXT NOT NULL"
    if layout == "WITHOUT ROWID":
        sqlite.connection.execute(
            f"CREATE TABLE items (id {kind} PRIMARY KEY, {columns}) STRICT, WITHOUT ROWID"
        )
        return "items"
    if scheme == "integer":
        # An integer key is the rowid: the table is its tree, and no index is needed.
        sqlite.connection.execute(f"CREATE TABLE items (id INTEGER PRIMARY KEY, {columns}) STRICT")
        return "items"
    sqlite.connection.execute(f"CREATE TABLE items (id {kind} NOT NULL, {columns}) STRICT")
    sqlite.connection.execute("CREATE UNIQUE INDEX items_by_id ON items (id)")
    return "items_by_id"


def _latest(sqlite: Sqlite, scheme: Scheme, at_ms: Milliseconds) -> Latest:
    by: Literal["key", "created_ms"] = "key" if is_time_ordered(scheme) else "created_ms"
    sql = _newest(by)
    fetch = sqlite.connection.execute
    newest = sorted(int(str(row[1])) for row in fetch(sql))
    if newest != at_ms[-LATEST:].tolist():
        raise ExperimentError(
            f"{VERSION}: the newest {LATEST} rows by {NAMES[scheme]} are not the newest; "
            f"their cost would mean nothing"
        )
    wall = spread([timed(lambda: fetch(sql).fetchall()) for _ in range(LOOKS)])
    sqlite.empty_cache()
    sqlite.count_pages()
    fetch(sql).fetchall()
    pages = sqlite.count_pages()
    sqlite.visited = 0
    fetch(_newest(by, "WHERE visited(id) ")).fetchall()
    return Latest(by, sqlite.plan(sql, ()), sqlite.visited, pages.hits + pages.misses, wall)


def _newest(by: str, where: str = "") -> str:
    order = "id" if by == "key" else by
    return f"SELECT id, created_ms, body FROM items {where}ORDER BY {order} DESC LIMIT {LATEST}"  # noqa: S608 - our own names


def _value(sqlite: Sqlite, sql: str, *bindings: str) -> float:
    value = sqlite.connection.execute(sql, bindings).fetchall()[0][0]
    assert isinstance(value, int | float)
    return value


def _line(layout: Layout, scheme: Scheme, done: int, settings: Settings) -> str:
    return f"{VERSION}, {layout}, {NAMES[scheme]}: {done:,} of {settings.rows:,} rows"
