"""The list in SQLite."""

import apsw

from analyzer.experiment.basics import CHUNK, Say
from analyzer.experiment.pagination.results import Examined, Place, Style
from analyzer.experiment.pagination.table import Items, Statements
from analyzer.experiment.sqlite import PAGE_BYTES, VERSION, Sqlite

CACHE_KIB = 2_000
"""SQLite's own default."""

_TABLE = """
CREATE TABLE items (
    id INTEGER PRIMARY KEY, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT
"""


class SqliteList:
    database = VERSION
    cache = (
        f"times: SQLite's own cache, {CACHE_KIB / 1000:g} MB (its default), has seen the page "
        f"once before; pages read: from an empty cache of SQLite's. The file itself is in the "
        f"system's cache."
    )

    def __init__(self, sqlite: Sqlite, items: Items, say: Say) -> None:
        self._sqlite = sqlite
        self._statements = Statements(items.settings.order, items.settings.page)
        self._steps = 0
        connection = sqlite.connection
        connection.execute(_TABLE)
        with connection:
            insert = "INSERT INTO items VALUES (?, ?, ?, ?)"
            for row in items.rows():
                connection.execute(insert, row)
                if row[0] % CHUNK == 0:
                    say(f"{VERSION}: {row[0]:,} of {items.settings.rows:,} rows")
        index = self._statements.index()
        if index is not None and items.settings.index:
            say(f"{VERSION}: the index")
            connection.execute(index)
        connection.execute("ANALYZE")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._profiled)

    def table_bytes(self) -> int:
        pages = self._sqlite.connection.execute("PRAGMA page_count").fetchall()[0][0]
        assert isinstance(pages, int)
        return pages * PAGE_BYTES

    def ids(self, style: Style, place: Place) -> list[int]:
        sql, bindings = self._statement(style, place)
        rows = self._sqlite.connection.execute(sql, bindings).fetchall()
        return [int(str(row[0])) for row in rows]

    def examine(self, style: Style, place: Place) -> Examined:
        """Pages and steps of the statement as it is; rows of one that also counts them.

        SQLite counts the rows of full scans only. A function in the condition counts the
        rows that any plan looks at; the plan stays the same.
        """
        sql, bindings = self._statement(style, place)
        self._sqlite.empty_cache()
        self._sqlite.count_pages()
        self._sqlite.connection.execute(sql, bindings).fetchall()
        pages = self._sqlite.count_pages()
        steps = self._steps
        counting, _ = self._statement(style, place, "visited(id)")
        plan = self._sqlite.plan(sql, bindings)
        assert self._sqlite.plan(counting, bindings) == plan, "counting changed the plan"
        self._sqlite.visited = 0
        self._sqlite.connection.execute(counting, bindings).fetchall()
        touched = pages.hits + pages.misses
        return Examined(self._sqlite.visited, touched, pages.misses, plan, steps)

    def _statement(
        self, style: Style, place: Place, where: str = ""
    ) -> tuple[str, tuple[int, ...]]:
        make = self._statements.offset if style == "offset" else self._statements.keyset
        return make(place, where)

    def _profiled(self, event: "dict[str, object]") -> None:
        status = event["stmt_status"]
        assert isinstance(status, dict)
        self._steps = status["SQLITE_STMTSTATUS_VM_STEP"]
