"""A database of made captures in which every question has found something."""

from pathlib import Path

import pytest
from asked import HEAD
from everything import recorded
from stored import rows, says_what_captures_say
from synthetic import capture, write

from analyzer.analyze import analyze
from analyzer.report.queries import QUERIES, Query
from analyzer.store import TABLES, VIEWS, Store


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("made")
    return [
        write(directory / "made.jsonl", [HEAD, *recorded(1), *recorded(2)]),
        write(directory / "synthetic.jsonl", capture(turns=8, lost=True)),
    ]


@pytest.fixture(scope="module")
def database(captures: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / "made.db"
    analyze(captures, sink=Store(path))
    return path


def test_a_database_says_what_its_captures_say(captures: list[Path], tmp_path: Path) -> None:
    says_what_captures_say(tmp_path / "made.db", captures)


@pytest.mark.parametrize("name", [one.name for one in (*TABLES, *VIEWS)])
def test_every_table_and_view_has_rows(database: Path, name: str) -> None:
    assert rows(database, f"SELECT * FROM {name} LIMIT 1")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_every_query_has_an_answer(database: Path, query: Query) -> None:
    assert rows(database, query.sql)
