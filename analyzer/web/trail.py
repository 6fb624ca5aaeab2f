"""What a row belongs to, in words: a gap to its event, its exchange, its connections."""

from collections.abc import Mapping
from typing import Any

import msgspec

from analyzer.report.plain import printable
from analyzer.web.database import ReadDatabase
from analyzer.web.describing import address
from analyzer.web.links import KEYS, LINKS
from analyzer.web.lookups import Lookups

_STEPS = (
    ("seq", "event"),
    ("exchange_id", "exchange"),
    ("client_connection", "client's connection"),
    ("server_connection", "connection to the service"),
    ("capture", "capture"),
)
"""Columns that lead on, from the smallest to the largest, and what each is."""


class Step(msgspec.Struct, frozen=True):
    """``name`` is what it leads to; ``label`` says what that is called."""

    name: str
    label: str
    address: str


async def trail(
    database: ReadDatabase, table: str, key: tuple[Any, ...], known: Lookups
) -> tuple[Step, ...]:
    """The steps from a row to its capture; none where the row itself is a capture."""
    row = await _row(database, table, key)
    if "exchange_id" in row and table != "exchanges":
        exchange = (row["capture"], row["exchange_id"])
        row = {**await _row(database, "exchanges", exchange), **row}
    steps = (_step(table, row, column, name, known) for column, name in _STEPS)
    return tuple(step for step in steps if step is not None)


async def _row(database: ReadDatabase, table: str, key: tuple[Any, ...]) -> Mapping[str, Any]:
    where = " AND ".join(f"{name} = ?" for name in KEYS[table])
    sql = f"SELECT * FROM {table} WHERE {where}"  # noqa: S608 - names of our schema
    found = (await database.execute(sql, key)).first()
    return dict(found) if found else {}


def _step(
    table: str, row: Mapping[str, Any], column: str, name: str, known: Lookups
) -> Step | None:
    link = LINKS[column]
    key = link.key(row)
    if key is None or link.target == table:
        return None
    label = known.label(link.target, key)
    if label is None:
        return None
    return Step(f"{name} {key[-1]}", printable(label, 60), address(link.target, key))
