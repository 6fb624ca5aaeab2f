"""Where a row leads: from a gap to its event, to its exchange, to its connection.

Datasette follows foreign keys of one column. Ours have two and more, a view has none, and a query
may return any columns; so a column's name says what it leads to, wherever the row also has the
other columns of that key.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Row(Protocol):
    def get(self, name: str, /) -> Any:
        """The value of a column; None if the row doesn't have it."""


class Link(msgspec.Struct, frozen=True):
    """``columns`` of a row hold the primary key of ``target``, in its order.

    One that begins with ``=`` is no column but stands for itself.
    """

    target: str
    columns: tuple[str, ...]

    def key(self, row: Row) -> tuple[Any, ...] | None:
        """The key that this row leads to; None if it doesn't have all of it."""
        found = tuple(name[1:] if name.startswith("=") else row.get(name) for name in self.columns)
        return None if None in found or "" in found else found

    def named(self) -> tuple[str, ...]:
        """The columns alone."""
        return tuple(name for name in self.columns if not name.startswith("="))


KEYS = {
    "captures": ("capture",),
    "exchanges": ("capture", "exchange_id"),
    "turns": ("capture", "exchange_id"),
    "events": ("capture", "exchange_id", "seq"),
    "reads": ("capture", "exchange_id", "side", "read"),
    "gaps": ("capture", "exchange_id", "gap"),
    "connections": ("capture", "connection_id"),
    "credentials": ("capture", "fingerprint"),
    "pagination_walks": ("capture", "walk_id"),
    "page_requests": ("capture", "walk_id", "page"),
    "conversations": ("capture", "conversation_id"),
    "messages": ("capture", "message"),
    "duets": ("capture", "duet"),
    "duet_turns": ("capture", "duet", "turn"),
}
"""Primary keys of what is led to."""

_EXCHANGES = (
    "exchange_id",
    "announcement_id",
    "detail_exchange_id",
    "prompt_exchange_id",
    "recovered_exchange_id",
    "stop_exchange_id",
    "title_exchange_id",
)
_CONNECTIONS = (
    "connection_id",
    "client_connection",
    "client_connection_id",
    "server_connection",
    "server_connection_id",
)

LINKS: dict[str, Link] = {
    "capture": Link("captures", ("capture",)),
    **{name: Link("exchanges", ("capture", name)) for name in _EXCHANGES},
    **{name: Link("connections", ("capture", name)) for name in _CONNECTIONS},
    "seq": Link("events", ("capture", "exchange_id", "seq")),
    "read": Link("reads", ("capture", "exchange_id", "=response", "read")),
    "gap": Link("gaps", ("capture", "exchange_id", "gap")),
    "credential": Link("credentials", ("capture", "credential")),
    "fingerprint": Link("credentials", ("capture", "fingerprint")),
    "walk_id": Link("pagination_walks", ("capture", "walk_id")),
    "page": Link("page_requests", ("capture", "walk_id", "page")),
    "conversation_id": Link("conversations", ("capture", "conversation_id")),
    "message": Link("messages", ("capture", "message")),
    "duet": Link("duets", ("capture", "duet")),
    "turn": Link("duet_turns", ("capture", "duet", "turn")),
    "repeated_of": Link("duet_turns", ("capture", "duet", "repeated_of")),
}
"""What a column of this name leads to."""


class Reference(msgspec.Struct, frozen=True):
    """A relation whose rows lead to a row: ``column`` is the one that does."""

    relation: str
    kind: str
    column: str
    filters: tuple[tuple[str, Any], ...]


def references(
    target: str, key: tuple[Any, ...], relations: Mapping[str, tuple[str, tuple[str, ...]]]
) -> list[Reference]:
    """What leads to the row of ``target`` with this primary key.

    ``relations``: kind and columns of each, by name.
    """
    return [
        Reference(name, kind, column, filters)
        for name, (kind, columns) in relations.items()
        for column, link in LINKS.items()
        if name != target and _leads(link, target) and set(link.named()) <= set(columns)
        if (filters := _filters(link, key)) is not None
    ]


def _leads(link: Link, target: str) -> bool:
    """A turn is an exchange: what leads to the one leads to the other."""
    return link.target == ("exchanges" if target == "turns" else target)


def _filters(link: Link, key: tuple[Any, ...]) -> tuple[tuple[str, Any], ...] | None:
    """Columns and their values in rows that lead to the key; None if none can."""
    found = []
    for name, value in zip(link.columns, key, strict=True):
        if not name.startswith("="):
            found.append((name, value))
        elif name[1:] != str(value):
            return None
    return tuple(found)
