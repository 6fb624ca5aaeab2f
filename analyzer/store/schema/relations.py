"""How tables, views and columns are described."""

from typing import Literal

import msgspec


class Column(msgspec.Struct, frozen=True):
    """``unit`` is empty for names, texts and counts of nothing in particular."""

    name: str
    unit: str
    meaning: str


class Relation(msgspec.Struct, frozen=True):
    name: str
    kind: Literal["table", "view"]
    meaning: str
    columns: tuple[Column, ...]


CLOCK = "ns, capture clock"
WALL = "UTC, ISO 8601"

_PARTS = {
    "capture": Column("capture", "", "the capture's number in this database"),
    "exchange_id": Column(
        "exchange_id", "", "the exchange's number in its capture, from the journal"
    ),
    "analysis": Column("analysis", "", "version of the analysis that made the row"),
    "unmeasurable": Column(
        "unmeasurable", "JSON", "for each figure that is NULL because it can't be known, why"
    ),
    "protocol": Column("protocol", "", "what the client spoke: h1, h2 or h3"),
    "cause": Column(
        "cause",
        "",
        "what passed meanwhile: silence, keepalive, partial, events, tool, proxy or unknown",
    ),
    "phase": Column("phase", "", "answer, reasoning, or switch (from one to the other)"),
}


def columns(text: str) -> tuple[Column, ...]:
    """One column a line: ``name | unit | meaning``, or the name of a shared one."""
    lines = [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]
    return tuple(_PARTS[line[0]] if len(line) == 1 else Column(*line) for line in lines)


def table(name: str, meaning: str, text: str) -> Relation:
    return Relation(name, "table", meaning, columns(text))


def view(name: str, meaning: str, text: str) -> Relation:
    return Relation(name, "view", meaning, columns(text))
