"""The lab's conversations and messages in one SQLite file.

Times are Unix seconds (REAL). Methods block; the server calls them from one
worker thread, so that a deep offset never delays a stream that is being sent.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from analyzer.model import StreamscopeError

type Order = Literal["updated", "created"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    create_time REAL NOT NULL,
    update_time REAL NOT NULL,
    current_node TEXT NOT NULL,
    model TEXT NOT NULL,
    turns INTEGER NOT NULL,
    has_messages INTEGER NOT NULL,
    is_archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    parent_id TEXT NOT NULL,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    create_time REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS feedback (
    message_id TEXT PRIMARY KEY REFERENCES messages (id),
    rating TEXT NOT NULL,
    text TEXT NOT NULL,
    create_time REAL NOT NULL
) STRICT;
"""
# Made after seeding: filling a table is several times faster without them.
_INDEX = """
CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (conversation_id, create_time);
"""
_LIST_INDEXES = """
CREATE INDEX IF NOT EXISTS conversations_by_update
    ON conversations (is_archived, update_time DESC, id DESC);
CREATE INDEX IF NOT EXISTS conversations_by_creation
    ON conversations (is_archived, create_time DESC, id DESC);
"""
_NO_LIST_INDEXES = """
DROP INDEX IF EXISTS conversations_by_update;
DROP INDEX IF EXISTS conversations_by_creation;
"""
_COLUMNS = (
    "id, title, create_time, update_time, current_node, model, turns, has_messages, is_archived"
)
_ORDER_COLUMN: dict[Order, str] = {"updated": "update_time", "created": "create_time"}


class ConversationRow(msgspec.Struct, frozen=True, array_like=True):
    """``has_messages`` is False for a seeded conversation that nobody opened yet."""

    id: str
    title: str
    create_time: float
    update_time: float
    current_node: str
    model: str
    turns: int
    has_messages: bool = True
    is_archived: bool = False


class MessageRow(msgspec.Struct, frozen=True, array_like=True):
    id: str
    conversation_id: str
    parent_id: str
    role: str
    text: str
    status: str
    create_time: float


class Database:
    """One connection; use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        try:
            self._count: int | None = None
            self._connection = sqlite3.connect(path, check_same_thread=False, autocommit=True)
            self._connection.executescript(_SCHEMA)
            self._connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;"
            )
        except sqlite3.Error as error:
            raise StreamscopeError(
                f"{path} can't be used as the lab's database ({error}); name a new file."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.close()

    def add_conversations(self, rows: Iterable[ConversationRow]) -> None:
        added = list(rows)
        with self._transaction() as connection:
            connection.executemany(
                f"INSERT INTO conversations ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",  # noqa: S608 - constant
                map(msgspec.structs.astuple, added),
            )
        if self._count is not None:
            self._count += sum(not row.is_archived for row in added)

    def add_messages(self, rows: Iterable[MessageRow]) -> None:
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO messages VALUES (?,?,?,?,?,?,?)", map(msgspec.structs.astuple, rows)
            )

    def add_indexes(self, *, lists: bool) -> None:
        """Make the indexes; without ``lists`` each page of a list sorts the whole table."""
        self._connection.executescript(_INDEX + (_LIST_INDEXES if lists else _NO_LIST_INDEXES))

    def count(self) -> int:
        """Return the number of conversations that are not archived (counted once, then kept up)."""
        if self._count is None:
            query = "SELECT count(*) FROM conversations WHERE is_archived = 0"
            (self._count,) = self._connection.execute(query).fetchone()
        return self._count or 0

    def page_at(self, order: Order, offset: int, limit: int) -> list[ConversationRow]:
        """Return rows by position, newest first: they move between pages while one chats."""
        return self._rows(order, "", (), limit, offset)

    def page_after(
        self, order: Order, after: tuple[float, str] | None, limit: int
    ) -> list[ConversationRow]:
        """Return rows that come after a (time, id), newest first; None starts at the newest."""
        if after is None:
            return self._rows(order, "", (), limit, 0)
        return self._rows(order, f"AND ({_ORDER_COLUMN[order]}, id) < (?, ?)", after, limit, 0)

    def conversation(self, conversation_id: str) -> ConversationRow | None:
        query = f"SELECT {_COLUMNS} FROM conversations WHERE id = ?"  # noqa: S608 - a constant
        row = self._connection.execute(query, (conversation_id,)).fetchone()
        return None if row is None else _conversation(row)

    def messages(self, conversation_id: str) -> list[MessageRow]:
        query = "SELECT * FROM messages WHERE conversation_id = ? ORDER BY create_time, rowid"
        rows = self._connection.execute(query, (conversation_id,))
        return [MessageRow(*row) for row in rows]

    def has_message(self, message_id: str) -> bool:
        query = "SELECT 1 FROM messages WHERE id = ?"
        return self._connection.execute(query, (message_id,)).fetchone() is not None

    def touch(self, conversation_id: str, node: str, at_s: float, turns: int) -> None:
        """A turn began or ended: move the conversation to the top of its list."""
        self._connection.execute(
            "UPDATE conversations SET current_node = ?, update_time = ?, turns = turns + ?,"
            " has_messages = 1 WHERE id = ?",
            (node, at_s, turns, conversation_id),
        )

    def set_title(self, conversation_id: str, title: str) -> None:
        query = "UPDATE conversations SET title = ? WHERE id = ?"
        self._connection.execute(query, (title, conversation_id))

    def mark_opened(self, conversation_id: str) -> None:
        query = "UPDATE conversations SET has_messages = 1 WHERE id = ?"
        self._connection.execute(query, (conversation_id,))

    def add_feedback(self, message_id: str, rating: str, text: str, at_s: float) -> None:
        query = "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)"
        self._connection.execute(query, (message_id, rating, text, at_s))

    def _rows(
        self,
        order: Order,
        condition: str,
        values: tuple[float, str] | tuple[()],
        limit: int,
        offset: int,
    ) -> list[ConversationRow]:
        column = _ORDER_COLUMN[order]
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM conversations WHERE is_archived = 0 {condition}"  # noqa: S608
            f" ORDER BY {column} DESC, id DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [_conversation(row) for row in rows]

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)


class _Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN")
        return self._connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._connection.execute("COMMIT" if error is None else "ROLLBACK")


def _conversation(row: tuple[object, ...]) -> ConversationRow:
    return msgspec.convert(row, ConversationRow, strict=False)
