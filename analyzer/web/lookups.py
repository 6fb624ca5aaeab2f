"""What is known of the rows that others lead to: their names, and whether they are there."""

from collections.abc import Callable
from typing import Any

import msgspec

from analyzer.web.cells import Anchor
from analyzer.web.database import ReadDatabase, Stamp
from analyzer.web.links import KEYS

MOST = 50_000
"""Rows of a table whose names are kept; a table with more is linked to without names."""

_NAMES = {
    "captures": "replace(file, rtrim(file, replace(file, '/', '')), '')",
    "exchanges": "method || ' ' || path",
    "connections": "side || ' ' || protocol",
    "credentials": "kind",
    "pagination_walks": "style || ' ' || endpoint",
    "page_requests": "''",
    "conversations": "coalesce(title, '')",
    "messages": "''",
    "duets": "''",
    "duet_turns": "''",
}
"""What a row is called beside its number. Of other tables every key is taken to be there."""


class Lookups(msgspec.Struct, frozen=True):
    """``names``: by table and key; a table that has too many rows is not in it."""

    anchors: dict[int, Anchor]
    names: dict[str, dict[tuple[Any, ...], str]]

    def label(self, target: str, key: tuple[Any, ...]) -> str | None:
        """The row's name, perhaps empty; None if there is no such row."""
        known = self.names.get(target)
        return "" if known is None else known.get(key)


class LookupKeeper:
    """Reads them once for each state of the database."""

    def __init__(self, database: ReadDatabase) -> None:
        self._database = database
        self._stamp: Stamp | None = None
        self._kept = Lookups({}, {})

    async def now(self) -> Lookups:
        stamp = self._database.stamp()
        if stamp != self._stamp:
            self._kept = await self._database.execute_fn(_read)
            self._stamp = stamp
        return self._kept


def _read(connection: Any) -> Lookups:
    run: Callable[..., Any] = connection.execute
    anchors = {
        row[0]: Anchor(row[1], row[2])
        for row in run("SELECT capture, wall_ns, mono_ns FROM captures")
    }
    names = {}
    for table, name in _NAMES.items():
        key = KEYS[table]
        sql = f"SELECT {', '.join(key)}, {name} FROM {table} LIMIT {MOST + 1}"  # noqa: S608 - ours
        rows = run(sql).fetchall()
        if len(rows) <= MOST:
            names[table] = {tuple(row[: len(key)]): str(row[len(key)]) for row in rows}
    if len(anchors) == 1:
        names["captures"] = dict.fromkeys(names["captures"], "")  # one needs no telling apart
    return Lookups(anchors, names)
