"""What leads to a row: the other direction of every link."""

from collections.abc import Sequence
from typing import Any

import msgspec
from datasette.database import QueryInterrupted

from analyzer.report import units
from analyzer.web.cells import filters
from analyzer.web.database import ReadDatabase
from analyzer.web.describing import DATABASE, RELATIONS
from analyzer.web.links import references

COUNTED_MS = 150
"""How long counting the rows of one table may take."""

_VIEWS = frozenset({"event_times", "event_rate", "stalls", "coalesced_reads", "turn_latency"})
"""Views that are worth a link from an exchange; the others tell the tables' rows once more."""

_COLUMNS = {
    one.name: (one.kind, tuple(column.name for column in one.columns))
    for one in RELATIONS.values()
    if one.kind == "table" or one.name in _VIEWS
}


class Referring(msgspec.Struct, frozen=True):
    """``rows`` is how many rows, in words; ``role`` the column that leads here."""

    relation: str
    role: str
    rows: str
    address: str
    meaning: str


async def referring(database: ReadDatabase, table: str, key: Sequence[Any]) -> list[Referring]:
    """Everything that leads to the row, tables first; without what has no rows."""
    found = []
    for one in references(table, tuple(key), _COLUMNS):
        rows = await _rows(database, one.relation, one.filters)
        if rows is None:
            continue
        address = f"/{DATABASE}/{one.relation}?{filters(dict(one.filters))}"
        role = "" if one.column == one.filters[-1][0] == _usual(table) else one.column
        meaning = RELATIONS[one.relation].meaning
        found.append(Referring(one.relation, role, rows, address, meaning))
    return sorted(found, key=lambda one: one.relation in _VIEWS)


def _usual(table: str) -> str:
    return {"captures": "capture", "exchanges": "exchange_id", "turns": "exchange_id"}.get(
        table, ""
    )


async def _rows(database: ReadDatabase, table: str, pairs: Sequence[tuple[str, Any]]) -> str | None:
    """How many, in words; None if there are none."""
    where = " AND ".join(f"{name} = :p{number}" for number, (name, _) in enumerate(pairs))
    values = {f"p{number}": value for number, (_, value) in enumerate(pairs)}
    sql = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 - names of our schema
    try:
        result = await database.execute(sql, values, custom_time_limit=COUNTED_MS)
    except QueryInterrupted:
        return "rows"
    number = result.rows[0][0]
    return units.counted(number, "row") if number else None
