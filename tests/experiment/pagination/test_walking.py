"""Pages by offset and keyset on real databases: what they visit, and what is left behind."""

import tempfile
from pathlib import Path
from typing import Any

import apsw
import msgspec
import psycopg
import pytest
from experiments import an_observed_walk

from analyzer.experiment.basics import ExperimentError
from analyzer.experiment.pagination import walking
from analyzer.experiment.pagination.on_sqlite import CACHE_KIB, SqliteList
from analyzer.experiment.pagination.results import (
    Examined,
    Order,
    PaginationResult,
    Place,
    Settings,
    Style,
)
from analyzer.experiment.pagination.table import Items, Statements
from analyzer.experiment.pagination.walking import depths, measure, run_pagination
from analyzer.experiment.sqlite import Sqlite, temporary_sqlite

ROWS, PAGE = 20_000, 28
SMALL = Settings(rows=ROWS, page=PAGE, row_bytes=120, repeats=3)


def quiet(_: str) -> None:
    pass


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite"
    return str(request.getfixturevalue("postgres_url"))


def visited(result: PaginationResult, style: Style) -> dict[int, int]:
    return {point.depth: point.examined.rows_visited for point in result.of(style)}


@pytest.mark.parametrize("order", ["updated", "created", "id"])
def test_offset_visits_what_it_skips_and_keyset_a_page(database: str, order: Order) -> None:
    """Sorted times have ties of two, which a search by time alone may look at, too.

    PostgreSQL may sort the whole table where the page lies deep: then it visits all rows.
    """
    result = run_pagination(database, _with(order=order), quiet)

    for depth, rows in visited(result, "offset").items():
        assert rows == depth + PAGE or (database != "sqlite" and rows == ROWS)
    ties = 0 if order == "id" or database != "sqlite" else 2
    assert all(PAGE <= rows <= PAGE + ties for rows in visited(result, "keyset").values())


def test_without_an_index_every_page_visits_every_row(database: str) -> None:
    result = run_pagination(database, _with(index=False), quiet)

    assert set(visited(result, "offset").values()) == {ROWS}
    assert set(visited(result, "keyset").values()) == {ROWS}
    assert "first make an index" in result.advice[0]


def test_the_counting_function_agrees_with_sqlites_own_counter() -> None:
    """SQLite counts the steps of a full scan: one less than the rows that it stood on."""
    items = Items(SMALL)
    with temporary_sqlite(CACHE_KIB) as sqlite:
        listed = SqliteList(sqlite, items, quiet)
        steps: list[int] = []
        for depth in (0, 5, 1_000, 19_000):
            place = items.place(depth)
            steps.append(full_scan_steps(sqlite, *Statements("updated", PAGE).offset(place)))

            assert listed.examine("offset", place).rows_visited == steps[-1] + 1 == depth + PAGE


def full_scan_steps(sqlite: Sqlite, sql: str, bindings: tuple[int, ...]) -> int:
    found: list[int] = []

    def profiled(event: dict[str, dict[str, int]]) -> None:
        found.append(event["stmt_status"]["SQLITE_STMTSTATUS_FULLSCAN_STEP"])

    sqlite.connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, profiled, id="test")
    sqlite.connection.execute(sql, bindings).fetchall()
    sqlite.connection.trace_v2(0, None, id="test")
    return found[-1]


def test_deep_offset_pages_read_more_of_the_file() -> None:
    result = run_pagination("sqlite", SMALL, quiet)
    offset = [point.examined.pages_read for point in result.of("offset")]
    keyset = [point.examined.pages_read for point in result.of("keyset")]

    assert offset[-1] > offset[0] + 50
    assert max(keyset) - min(keyset) < 10
    assert "USING INDEX items_in_order (updated_ms<?)" in result.of("keyset")[-1].examined.plan


def test_nothing_is_left_behind(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others run experiments too

    def stop(line: str) -> None:
        if "depth" in line:
            raise KeyboardInterrupt

    for database in ("sqlite", postgres_url):
        with pytest.raises(KeyboardInterrupt):
            run_pagination(database, SMALL, stop)

    assert list(tmp_path.iterdir()) == []
    with psycopg.connect(postgres_url) as connection:
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'streamscope%'"
        assert connection.execute(schemas).fetchall() == []


def test_a_walk_that_brings_other_rows_ends_the_experiment() -> None:
    class Wrong:
        database, cache = "a database", "none"

        def table_bytes(self) -> int:
            return 0

        def ids(self, style: Style, place: Place) -> list[int]:
            return []

        def examine(self, style: Style, place: Place) -> Examined:
            raise NotImplementedError

    with pytest.raises(ExperimentError, match="other rows"):
        measure(Wrong(), Items(SMALL), 0, quiet)


def test_a_server_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"PostgreSQL refuses: .*--database"):
        run_pagination(f"postgresql:///none?host={tmp_path}", SMALL, quiet)


def test_slow_pages_are_repeated_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "ENOUGH_NS", 0)
    result = run_pagination("sqlite", _with(repeats=9), quiet)

    assert {point.wall.n for point in result.points} == {3}


def test_depths_of_the_capture_are_measured_too() -> None:
    observed = an_observed_walk(points=((0, 1), (28, 1), (56, 1), (10**9, 1)))

    assert set(depths(_with(observed=observed))) >= {0, 28, 56, ROWS - PAGE}
    assert max(depths(_with(observed=observed))) == ROWS - PAGE


def _with(**fields: Any) -> Settings:
    return msgspec.structs.replace(SMALL, **fields)
