"""The list in PostgreSQL."""

from analyzer.experiment.basics import CHUNK, Say
from analyzer.experiment.pagination.results import Examined, Place, Style
from analyzer.experiment.pagination.table import COLUMNS, Items, Statements
from analyzer.experiment.postgres import Postgres

_TABLE = """
CREATE TABLE items (
    id bigint PRIMARY KEY, created_ms bigint NOT NULL, updated_ms bigint NOT NULL,
    body text NOT NULL
)
"""


class PostgresList:
    def __init__(self, postgres: Postgres, items: Items, say: Say) -> None:
        self.database = postgres.version
        self.cache = (
            f"shared_buffers {postgres.shared_buffers} have seen the page before; pages read are "
            f"those that were not in them. The files are in the system's cache."
        )
        self._postgres = postgres
        self._statements = Statements(items.settings.order, items.settings.page)
        postgres.run(_TABLE)
        with (
            postgres.connection.cursor() as cursor,
            cursor.copy(f"COPY items ({COLUMNS}) FROM STDIN") as copy,
        ):
            for row in items.rows():
                copy.write_row(row)
                if row[0] % CHUNK == 0:
                    say(f"{self.database}: {row[0]:,} of {items.settings.rows:,} rows")
        index = self._statements.index()
        if index is not None and items.settings.index:
            say(f"{self.database}: the index")
            postgres.run(index)
        postgres.run("VACUUM ANALYZE items")

    def table_bytes(self) -> int:
        return int(self._postgres.row("SELECT pg_total_relation_size('items')")[0])

    def ids(self, style: Style, place: Place) -> list[int]:
        sql, bindings = self._statement(style, place)
        return [row[0] for row in self._postgres.rows(sql, bindings)]

    def examine(self, style: Style, place: Place) -> Examined:
        sql, bindings = self._statement(style, place)
        did = self._postgres.explain(sql, bindings)
        return Examined(did.rows_visited, did.hits + did.misses, did.misses, did.plan)

    def _statement(self, style: Style, place: Place) -> tuple[str, tuple[int, ...]]:
        make = self._statements.offset if style == "offset" else self._statements.keyset
        sql, bindings = make(place)
        return sql.replace("?", "%s"), bindings
