"""What Datasette is told of our database: meanings, units, questions. The schema is the source."""

import re
from typing import Any

from datasette.utils import tilde_encode

from analyzer.report.queries import QUERIES, Query
from analyzer.store.schema import PARTS, TABLES, VIEWS, Column, Relation

DATABASE = "db"
"""Its name in addresses, whatever file it is: /db/turns."""

RELATIONS: dict[str, Relation] = {one.name: one for one in (*TABLES, *VIEWS)}

MOST_ASKED = (
    "Which turns kept one waiting longest for the first text?",
    "Is HTTP/3 faster than HTTP/2 here?",
    "Where did the answer stand still, and what came over the wire meanwhile?",
    "What exactly came around the longest gap?",
    "How far is the service's own time to its first visible token from ours?",
    "Which refusals cost how much time, and why were they refused?",
    "Does a page take longer the deeper it lies, and what would the whole history cost?",
    "Which conversations passed, and how long did each keep one waiting?",
    "Which connections were opened, why over that protocol, and did anything wait for them?",
    "Can the figures be trusted: was anything lost, malformed or unmeasurable?",
)
"""The ten that stand first."""

ASKING = (
    Query(
        "Where does a text occur in the events?",
        """
SELECT capture, exchange_id, seq, type, kind, substr(data, max(1, instr(data, :text) - 60), 160)
    AS data
FROM events
WHERE :text <> '' AND instr(data, :text) > 0
ORDER BY capture, exchange_id, seq
LIMIT 200;
""",
    ),
    Query(
        "What came on one exchange, moment by moment?",
        """
SELECT capture, exchange_id, seq, since_sent_ms, since_event_ms, read, type, kind, data
FROM event_times
WHERE (capture, exchange_id) = (
    SELECT capture, exchange_id FROM turns
    WHERE capture = coalesce(nullif(:capture, ''), capture)
        AND exchange_id = coalesce(nullif(:exchange_id, ''), exchange_id)
    ORDER BY capture DESC, exchange_id DESC LIMIT 1
)
ORDER BY seq;
""",
    ),
)
"""Those that ask back; left empty, the second takes the newest turn."""

_SORTED = {"gaps": "gap_ns", "identifiers": "exchanges", "reads": "length"}
"""What one looks for in a table first: the largest of this column."""

_WORDS = re.compile(r"[^a-z0-9]+")
_ENDINGS = {
    "_per_s": "1/s",
    "_ns": "ns",
    "_ms": "ms",
    "_bytes": "bytes",
    "_percent": "%",
    "_s": "s",
}


def questions() -> tuple[Query, ...]:
    """The ten most asked, those that ask back, then the others."""
    by_text = {one.question: one for one in QUERIES}
    first = [by_text.pop(text) for text in MOST_ASKED]
    return (*first, *ASKING, *by_text.values())


def slug(question: str) -> str:
    """A question as a part of an address: its first words."""
    return "-".join(_WORDS.sub(" ", question.lower().replace("'", "")).split()[:9])


def address(table: str, key: tuple[Any, ...]) -> str:
    """Where a row stands."""
    parts = ",".join(tilde_encode(str(part)) for part in key)
    return f"/{DATABASE}/{table}/{parts}"


def unit_of(relation: str | None, column: str) -> str:
    """The unit of a column; of a query's, what all columns of this name have, or its ending says.

    `CLOCK` and `WALL` among them; empty if it has none.
    """
    if relation in RELATIONS:
        return _UNITS[relation].get(column, "")
    if column in _COMMON:
        return _COMMON[column]
    return next((unit for ending, unit in _ENDINGS.items() if column.endswith(ending)), "")


def metadata(title: str) -> dict[str, Any]:
    """Titles, descriptions, canned queries and what is hidden, as Datasette wants them."""
    tables: dict[str, Any] = {name: _table(one) for name, one in RELATIONS.items()}
    tables["_sqlite_migrations"] = {"hidden": True}
    queries = {
        slug(one.question): {"sql": one.sql.strip(), "title": one.question} for one in questions()
    }
    described = {"title": title, "tables": tables, "queries": queries}
    return {"title": "streamscope", "databases": {DATABASE: described}}


def _table(relation: Relation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": relation.meaning,
        "columns": {one.name: _described(one) for one in relation.columns},
    }
    if relation.name in _SORTED:
        told["sort_desc"] = _SORTED[relation.name]
    return told


def _described(column: Column) -> str:
    return f"{column.meaning} ({column.unit})" if column.unit else column.meaning


def _common() -> dict[str, str]:
    units: dict[str, set[str]] = {}
    for relation in RELATIONS.values():
        for column in relation.columns:
            units.setdefault(column.name, set()).add(column.unit)
    return {name: next(iter(found)) for name, found in units.items() if len(found) == 1}


_UNITS = {
    name: {column.name: column.unit for column in one.columns} for name, one in RELATIONS.items()
}
_COMMON = _common()


def groups() -> tuple[tuple[str, tuple[Relation, ...]], ...]:
    """Tables and views by what they are about, as the schema's parts have them."""
    return tuple(
        (_TITLES[part.__name__.rpartition(".")[2]], (*part.TABLES, *part.VIEWS)) for part in PARTS
    )


_TITLES = {
    "passed": "What passed, and how long it took",
    "credentials": "Credentials",
    "pagination": "Lists read page by page",
    "identifiers": "Identifiers",
    "conversations": "Conversations",
    "transport": "Connections and endpoints",
    "duets": "Bots that talk to each other",
}
