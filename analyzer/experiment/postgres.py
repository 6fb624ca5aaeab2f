"""A schema of our own in a PostgreSQL database, and the counters that EXPLAIN gives."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec

from analyzer.experiment.basics import ExperimentError

if TYPE_CHECKING:
    import psycopg

type Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMES = ("postgresql://", "postgres://")


class Explained(msgspec.Struct, frozen=True):
    """What one executed statement did.

    ``rows_visited`` sums what the scans looked at, kept or not; pages are of shared
    buffers: ``hits`` were there, ``misses`` were read.
    """

    plan: str
    rows_visited: int
    hits: int
    misses: int
    dirtied: int
    wal_bytes: int


class Postgres:
    """A connection whose search path is the experiment's own schema."""

    def __init__(self, connection: "Connection", schema: str) -> None:
        self.connection = connection
        self.schema = schema
        version, buffers, database = self.row(
            "SELECT current_setting('server_version'), current_setting('shared_buffers'), "
            "current_database()"
        )
        self.version = f"PostgreSQL {version.split()[0]}"
        self.shared_buffers = str(buffers)
        self.database = str(database)

    def run(self, sql: str, bindings: tuple[object, ...] = ()) -> None:
        self.connection.execute(_ours(sql), bindings)

    def rows(self, sql: str, bindings: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(_ours(sql), bindings).fetchall()

    def row(self, sql: str, bindings: tuple[object, ...] = ()) -> tuple[Any, ...]:
        return self.rows(sql, bindings)[0]

    def try_to(self, sql: str) -> None:
        """Do what the server may not let this user do."""
        from psycopg import DatabaseError

        with suppress(DatabaseError):
            self.run(sql)

    def explain(
        self, sql: str, bindings: tuple[object, ...] = (), *, wal: bool = False
    ) -> Explained:
        """Execute the statement under EXPLAIN (ANALYZE, BUFFERS)."""
        options = "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON" + (", WAL" if wal else "")
        return read_explained(self.row(f"EXPLAIN ({options}) {sql}", bindings)[0])


def read_explained(document: list[dict[str, Any]]) -> Explained:
    """Read EXPLAIN's JSON: the pages of the whole, the rows of its scans."""
    top = document[0]["Plan"]
    nodes = list(_nodes(top))
    plan = " ← ".join(_named(node) for node in nodes)
    if "JIT" in document[0]:
        plan += " (compiled: JIT)"
    return Explained(
        plan,
        sum(_visited(node) for node in nodes if _visits_rows(node["Node Type"])),
        top["Shared Hit Blocks"],
        top["Shared Read Blocks"],
        top["Shared Dirtied Blocks"],
        top.get("WAL Bytes", 0),
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _named(node: dict[str, Any]) -> str:
    on = node.get("Index Name") or node.get("Relation Name")
    return f"{node['Node Type']} {on}" if on else str(node["Node Type"])


def _visits_rows(kind: str) -> bool:
    """A bitmap's index scan only notes places; the rows are visited by the heap scan above."""
    return kind.endswith("Scan") and kind != "Bitmap Index Scan"


def _visited(node: dict[str, Any]) -> int:
    """A node's rows are an average over its loops (workers count as loops)."""
    kept = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    looked: float = kept + node.get("Rows Removed by Index Recheck", 0)
    loops: int = node["Actual Loops"]
    return round(looked * loops)


@contextmanager
def temporary_schema(url: str) -> Iterator[Postgres]:
    """Yield a connection to a schema that is dropped afterwards with all that is in it.

    Parallel scans are off: their counts of rows are rounded averages.

    Raises:
        ExperimentError: no driver, no connection, or what the server refuses.
    """
    try:
        import psycopg
    except ModuleNotFoundError as error:
        raise ExperimentError(
            "PostgreSQL needs psycopg, which is not installed: "
            "pip install 'streamscope[experiment,postgres]'"
        ) from error
    schema = f"streamscope_experiment_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
            connection.execute(_ours(f"CREATE SCHEMA {schema}"))
            try:
                connection.execute(_ours(f"SET search_path TO {schema}, public"))
                connection.execute("SET max_parallel_workers_per_gather = 0")
                yield Postgres(connection, schema)
            finally:
                _drop(url, connection, schema)
    except psycopg.Error as error:
        raise ExperimentError(
            f"PostgreSQL refuses: {' '.join(str(error).split())}; --database names the server"
        ) from error


def _drop(url: str, used: "Connection", schema: str) -> None:
    """By a connection of its own: the one that was interrupted may be of no more use."""
    import psycopg

    used.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_ours(f"DROP SCHEMA {schema} CASCADE"))


def _ours(sql: str) -> LiteralString:
    """psycopg's types admit literals only: every text here is made of our own names."""
    return sql
