"""Keys in real B-trees: what each scheme costs them, and that nothing is left behind."""

import tempfile
from pathlib import Path

import msgspec
import psycopg
import pytest

from analyzer.experiment.identifiers.inserting import run_identifiers
from analyzer.experiment.identifiers.results import (
    SCHEMES,
    STEPS,
    Growth,
    IdentifiersResult,
    Scheme,
    Settings,
)
from analyzer.model import Unmeasurable

ROWS = 30_000
SMALL = Settings(rows=ROWS, cache_mb=1, repeats=1, row_bytes=40)


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def sqlite() -> IdentifiersResult:
    return run_identifiers("sqlite", SMALL, quiet)


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> IdentifiersResult:
    return run_identifiers(postgres_url, SMALL, quiet)


def grown(result: IdentifiersResult, layout: str) -> dict[Scheme, Growth]:
    return {tree.scheme: tree.last for tree in result.of(layout)}


@pytest.mark.parametrize("layout", ["rowid table + index", "WITHOUT ROWID"])
def test_random_keys_cost_sqlite_more_pages_and_misses(
    sqlite: IdentifiersResult, layout: str
) -> None:
    """The cache is smaller than the tree: random keys need pages that have left it."""
    trees = grown(sqlite, layout)
    ordered, random = trees["uuid7"], trees["uuid4"]

    assert random.key_bytes > 1_300_000
    assert random.cache_misses > 100
    assert ordered.cache_misses < 10
    assert random.pages_written > 3 * ordered.pages_written
    # Each page in the log has a header of 24 bytes.
    assert random.wal_bytes > 3 * ordered.wal_bytes > 3 * ordered.total_bytes // 2
    assert random.wal_bytes % 4120 == 0


@pytest.mark.parametrize("layout", ["rowid table + index", "WITHOUT ROWID"])
def test_the_newest_rows_are_found_by_a_key_in_order_of_time(
    sqlite: IdentifiersResult, layout: str
) -> None:
    trees = grown(sqlite, layout)
    by_key = [trees[scheme].latest for scheme in ("integer", "uuid7", "ulid")]

    assert [(one.by, one.rows_visited) for one in by_key] == [("key", 20)] * 3
    assert all(one.pages_touched < 60 for one in by_key)
    latest = trees["uuid4"].latest
    assert (latest.by, latest.rows_visited) == ("created_ms", ROWS)
    assert latest.pages_touched > 200


def test_postgres_counts_the_same_things(postgres: IdentifiersResult) -> None:
    trees = grown(postgres, "heap + primary key")
    ordered, random = trees["uuid7"], trees["uuid4"]

    assert random.pages_written > 2 * ordered.pages_written
    assert random.wal_bytes > ordered.wal_bytes > ROWS * 40
    assert isinstance(ordered.leaf_fill, float)
    assert isinstance(random.leaf_fill, float)
    assert random.leaf_fill < 0.85 < ordered.leaf_fill
    assert random.key_bytes > ordered.key_bytes
    assert trees["uuid4"].latest.rows_visited == ROWS
    assert trees["ulid"].latest.rows_visited == 20


def test_every_step_has_its_rate_and_every_scheme_its_tree(sqlite: IdentifiersResult) -> None:
    assert [tree.scheme for tree in sqlite.of("WITHOUT ROWID")] == list(SCHEMES)
    assert all(len(tree.rates) == STEPS and min(tree.rates) > 0 for tree in sqlite.trees)
    assert len(sqlite.trees) == 2 * len(SCHEMES)


def test_sixteen_bytes_are_smaller_than_text(sqlite: IdentifiersResult) -> None:
    """As bytes UUIDv7 and ULID have the same size; as text a ULID is ten characters shorter."""
    few = msgspec.structs.replace(SMALL, rows=2_000, storage="blob")
    blob = grown(run_identifiers("sqlite", few, quiet), "WITHOUT ROWID")
    text = grown(sqlite, "WITHOUT ROWID")

    assert blob["uuid7"].total_bytes == pytest.approx(blob["ulid"].total_bytes, rel=0.05)
    assert blob["uuid7"].total_bytes / 2_000 < 0.85 * text["uuid7"].total_bytes / ROWS
    assert text["ulid"].total_bytes < 0.95 * text["uuid7"].total_bytes


def test_uuids_are_stored_as_uuid_in_postgres(
    postgres: IdentifiersResult, postgres_url: str
) -> None:
    blob = run_identifiers(postgres_url, msgspec.structs.replace(SMALL, storage="blob"), quiet)
    one, other = (
        grown(result, "heap + primary key")["uuid7"].key_bytes for result in (blob, postgres)
    )

    assert one < 0.75 * other


def test_a_user_without_rights_gets_everything_but_the_fill(postgres_url: str) -> None:
    """pgstattuple may be made by a superuser only, and a checkpoint, too."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE plains OWNER plain")
    few = msgspec.structs.replace(SMALL, rows=1_000)
    url = postgres_url.replace("/postgres?", "/plains?").replace("user=tester", "user=plain")
    trees = run_identifiers(url, few, quiet).trees

    assert all(isinstance(tree.last.leaf_fill, Unmeasurable) for tree in trees)
    assert all(tree.last.wal_bytes > 0 for tree in trees)


def test_the_database_is_as_before(postgres: IdentifiersResult, postgres_url: str) -> None:
    """An extension that was made for the fill goes with the schema."""
    with psycopg.connect(postgres_url) as connection:
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'streamscope%'"
        extensions = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"

        assert connection.execute(schemas).fetchall() == []
        assert connection.execute(extensions).fetchall() == []


def test_an_interrupt_leaves_nothing(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others run experiments too

    def stop(line: str) -> None:
        if "UUIDv7" in line and "15,000 of" in line:
            raise KeyboardInterrupt

    for database in ("sqlite", postgres_url):
        with pytest.raises(KeyboardInterrupt):
            run_identifiers(database, SMALL, stop)

    assert list(tmp_path.iterdir()) == []
    with psycopg.connect(postgres_url) as connection:
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'streamscope%'"
        assert connection.execute(schemas).fetchall() == []
