"""The database as Datasette reads it: nothing can write, and what is read may be exchanged."""

import asyncio
import sqlite3
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database

from analyzer.model import StreamscopeError

LONGEST_VALUE = 64 * 1024 * 1024
"""Bytes of one value that a query may make, and of all that it may return at once."""

COUNTED_MS = 1_000
"""How long a page may count its rows; after that it says that they are many."""

_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})
"""Never run, whatever this SQLite was built with."""

_PRAGMAS = frozenset(
    {
        "collation_list",
        "compile_options",
        "database_list",
        "foreign_key_list",
        "function_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "module_list",
        "pragma_list",
        "schema_version",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
_ASKED = frozenset({"schema_version"})
"""Of these a value would be set."""


type Stamp = tuple[int, int, int]


class ReadDatabase(Database):  # type: ignore[misc] # ships no types
    """One of our databases, opened for reading in each of Datasette's threads.

    ``private``: nobody else has the file, so that SQLite needs no locks and Datasette may count
    once. Any other file can be written to by `streamscope analyze` at any moment: opened as
    immutable it could be read half old and half new.
    """

    def __init__(self, datasette: Datasette, path: Path, *, private: bool) -> None:
        super().__init__(datasette, path=str(path), is_mutable=not private)
        self.path: str = str(path)
        self.generation = 0
        self._lock = threading.Lock()
        self._local = threading.local()

    def exchange(self, path: Path) -> Path:
        """Read another file from the next query on; returns the one before, to be removed."""
        with self._lock:
            before, self.path = Path(self.path), str(path)
            self.generation += 1
            self._cached_table_counts = self.cached_size = None
        return before

    def stamp(self) -> Stamp:
        """Another one whenever the file was written to, replaced or exchanged.

        Raises StreamscopeError if it is gone.
        """
        return (*self._file(), Path(self.path).stat().st_mtime_ns)

    def _file(self) -> tuple[int, int]:
        try:
            return self.generation, Path(self.path).stat().st_ino
        except OSError as error:
            raise StreamscopeError(f"{self.path}: the database is gone: {error.strerror}") from None

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A connection on which only reading is allowed, by the file's mode and by SQLite."""
        if write:
            raise sqlite3.OperationalError("the database is open for reading only")
        mode = "mode=ro" if self.is_mutable else "immutable=1"
        uri = f"{Path(self.path).absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(_authorize)
        self._all_file_connections.append(connection)
        return connection

    async def execute_fn[Result](self, fn: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run it in one of Datasette's threads, on that thread's connection to today's file."""

        def run() -> Result:
            return fn(self._connection())

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, run)

    async def execute(self, *args: Any, **options: Any) -> Any:
        """As Datasette does, but what is wrong with a query is told to who asked it alone."""
        if args[0].startswith("select count(*) ") and not options.get("truncate"):  # a page's own
            options.setdefault("custom_time_limit", COUNTED_MS)
        return await super().execute(*args, **{**options, "log_sql_errors": False})

    @property
    def hash(self) -> None:
        """None: Datasette would read all of the file for the colour of a heading."""
        return None

    def _connection(self) -> sqlite3.Connection:
        with self._lock:
            file = self._file()
            if getattr(self._local, "file", None) == file:
                connection: sqlite3.Connection = self._local.connection
                return connection
            before = getattr(self._local, "connection", None)
            connection = self.connect()
            self.ds._prepare_connection(connection, self.name)
            connection.row_factory = _Rows()
            self._local.connection, self._local.file = connection, file
        if before is not None:
            before.close()
            self._all_file_connections.remove(before)
        return connection


class _Rows:
    """Makes the rows of one connection, until a query's are more than memory should hold."""

    def __init__(self) -> None:
        self._cursor: weakref.ref[sqlite3.Cursor] | None = None
        self._left = 0

    def __call__(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        if self._cursor is None or self._cursor() is not cursor:
            self._cursor, self._left = weakref.ref(cursor), LONGEST_VALUE
        self._left -= sum(len(value) for value in values if isinstance(value, str | bytes))
        if self._left < 0:
            raise sqlite3.OperationalError(
                f"the rows are larger than {LONGEST_VALUE >> 20} MiB in all: ask for fewer"
            )
        return sqlite3.Row(cursor, values)


def _authorize(
    action: int, first: str | None, second: str | None, schema: str | None, inner: str | None
) -> int:
    """SQLite asks before it compiles each step of a statement; whatever does not read is refused.

    Actions and their arguments: https://sqlite.org/c3ref/c_alter_table.html
    """
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_DENY if second in _FUNCTIONS else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA:
        name = (first or "").lower()
        sets = name in _ASKED and second is not None
        return sqlite3.SQLITE_OK if name in _PRAGMAS and not sets else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY
