"""Keys in PostgreSQL: a heap and the B-tree of its primary key."""

from collections.abc import Sequence
from typing import Literal

from analyzer.experiment.basics import ExperimentError, Say, spread, timed
from analyzer.experiment.identifiers.arrivals import Milliseconds
from analyzer.experiment.identifiers.keys import Key, is_time_ordered, out_of_order
from analyzer.experiment.identifiers.on_sqlite import LOOKS
from analyzer.experiment.identifiers.results import (
    BATCH,
    LATEST,
    NAMES,
    Growth,
    Latest,
    Scheme,
    Settings,
)
from analyzer.experiment.identifiers.steps import in_steps
from analyzer.experiment.postgres import Explained, Postgres
from analyzer.model import Unmeasurable

LAYOUT = "heap + primary key"
_INSERT = (
    "INSERT INTO items SELECT id, created_ms, body FROM arriving "
    "WHERE n >= %s AND n < %s ORDER BY n"
)


def grow(
    postgres: Postgres,
    scheme: Scheme,
    keys: Sequence[Key],
    at_ms: Milliseconds,
    settings: Settings,
    say: Say,
) -> Growth:
    """Fill a new table from rows that wait in a temporary one; EXPLAIN counts each insert."""
    _prepare(postgres, scheme, keys, at_ms, settings, say)
    did: list[Explained] = []

    def insert(begin: int, end: int) -> None:
        did.append(postgres.explain(_INSERT, (begin, end), wal=True))

    step_ns = in_steps(
        settings.rows,
        BATCH,
        insert,
        lambda done: say(
            f"{postgres.version}, {NAMES[scheme]}: {done:,} of {settings.rows:,} rows"
        ),
    )
    leaf_fill = _leaf_fill(postgres)
    postgres.run("VACUUM ANALYZE items")
    sizes = postgres.row("SELECT pg_relation_size('items_pkey'), pg_total_relation_size('items')")
    growth = Growth(
        step_ns=step_ns,
        out_of_order=out_of_order(keys),
        pages_written=sum(one.dirtied for one in did),
        wal_bytes=sum(one.wal_bytes for one in did),
        cache_misses=sum(one.misses for one in did),
        leaf_fill=leaf_fill,
        key_bytes=int(sizes[0]),
        total_bytes=int(sizes[1]),
        latest=_latest(postgres, scheme, at_ms),
    )
    postgres.run("DROP TABLE arriving, items")
    return growth


def _prepare(
    postgres: Postgres,
    scheme: Scheme,
    keys: Sequence[Key],
    at_ms: Milliseconds,
    settings: Settings,
    say: Say,
) -> None:
    """The empty table, and all rows in order of arrival in a temporary one, which logs nothing."""
    say(f"{postgres.version}, {NAMES[scheme]}: {settings.rows:,} rows in waiting")
    kind = _type(scheme, settings)
    columns = f"id {kind} PRIMARY KEY, created_ms bigint NOT NULL, body text NOT NULL"
    postgres.run(f"CREATE TABLE items ({columns})")
    postgres.run(f"CREATE TEMP TABLE arriving (n bigint, id {kind}, created_ms bigint, body text)")
    body = "x" * settings.row_bytes
    with (
        postgres.connection.cursor() as cursor,
        cursor.copy("COPY arriving FROM STDIN") as copy,
    ):
        for number, (key, ms) in enumerate(zip(keys, at_ms.tolist(), strict=True)):
            # A uuid is read from its 32 hexadecimal digits.
            shown = key.hex() if isinstance(key, bytes) else key
            copy.write_row((number, shown, ms, body))
    postgres.run("CREATE INDEX ON arriving (n)")
    postgres.run("ANALYZE arriving")
    # Each table begins with the same distance to the next checkpoint, where we may ask for it.
    postgres.try_to("CHECKPOINT")


def _type(scheme: Scheme, settings: Settings) -> str:
    if scheme == "integer":
        return "bigint"
    return "uuid" if settings.storage == "blob" else 'text COLLATE "C"'


def _leaf_fill(postgres: Postgres) -> float | Unmeasurable:
    """By pgstattuple, which is made in our own schema where the server has none.

    That goes with the schema, so the user's database keeps the extensions it had.
    """
    found = (
        "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pgstattuple'"
    )
    if not postgres.rows(found):
        postgres.try_to(f"CREATE EXTENSION pgstattuple SCHEMA {postgres.schema}")
    schemas = postgres.rows(found)
    if not schemas:
        return Unmeasurable("the server has no pgstattuple, or this user may not create it")
    # S608: the server's own quoted name of a schema.
    density = f"SELECT avg_leaf_density FROM {schemas[0][0]}.pgstatindex('items_pkey')"  # noqa: S608
    return float(postgres.row(density)[0]) / 100


def _latest(postgres: Postgres, scheme: Scheme, at_ms: Milliseconds) -> Latest:
    by: Literal["key", "created_ms"] = "key" if is_time_ordered(scheme) else "created_ms"
    order = "id" if by == "key" else by
    sql = f"SELECT id, created_ms, body FROM items ORDER BY {order} DESC LIMIT {LATEST}"  # noqa: S608 - our own names
    if sorted(row[1] for row in postgres.rows(sql)) != at_ms[-LATEST:].tolist():
        raise ExperimentError(
            f"{postgres.version}: the newest {LATEST} rows by {NAMES[scheme]} are not the newest; "
            f"their cost would mean nothing"
        )
    wall = spread([timed(lambda: postgres.rows(sql)) for _ in range(LOOKS)])
    did = postgres.explain(sql)
    return Latest(by, did.plan, did.rows_visited, did.hits + did.misses, wall)
