"""A database says exactly what the analysis said, once, and only in a file of ours."""

import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from making import (
    Text,
    a_call,
    a_head,
    a_result,
    an_analysis,
    measured,
    ns,
    passed_on,
    with_stream,
)
from sqlite_utils import Database

from analyzer.analyses.results import CaptureResult
from analyzer.model import Delta, Lost, Marker, Observer, Problem, Reads, WireEvent
from analyzer.store import Store, StoreError, is_database, read_analysis
from analyzer.store.migrations import APPLICATION_ID, NEWEST, STEPS, migrations

READS = [
    Reads(1, (ns(100), ns(140)), (30, 0), b"x" * 30, (20, 9)),
    Reads(1, (ns(200),), (12,), b"y" * 12),
]
EVENTS = [
    WireEvent(0, ns(100), ns(100), 0, "delta", '{"v":"Hi"}', "7", 3000, 0, 30),
    WireEvent(1, ns(140), ns(200), 2, "message", "[DONE]", "7", None, 30, 12),
]
DELTAS = [Delta(0, ns(100), 0, "answer", "Hi"), Delta(0, ns(100), 0, "title", "Hello")]


def a_capture(**fields: object) -> CaptureResult:
    """A turn with every kind of figure, one without text, a call, and all that can go wrong."""
    passed = passed_on([(100, 30), (150, 3), (200, 12)], [(0, 100, 0), (1, 200, 2)])
    turn = measured(
        Text(100, 0), Text(500, 2), exchange=1, passed=passed,
        request_headers=(("accept", "text/event-stream"), ("accept", "*/*")),
        turn={
            "title": "Tides", "server_ttft_ms": 88.5, "model": "gpt-x",
            "markers": (Marker("last_token/last", 1, ns(500)),),
        },
    )  # fmt: skip
    given: dict[str, object] = {
        "observations": [
            Observer(ns(600), ns(600), 30, 9, ns(300), (ns(500),), (ns(300),), 3, 6, 9, 1)
        ],
        "problems": (
            Problem("unfinished_event", "body of exchange 1", "cut", 42, 1),
            Problem("torn_tail", "first.jsonl", "the last record is cut", 9_999),
        ),
        "lost": (Lost(ns(3), "reads", 3, "the queue was full", 4096, 1),),
    }
    ones = (
        with_stream(turn, reads=3, events=2, coalesced=0, first_byte_ns=ns(100)),
        a_call(2),
        measured(exchange=3, how="unfinished", ended_ns=None, http_version="HTTP/3"),
    )
    return a_result(*ones, **{**given, **fields})  # type: ignore[arg-type] # fields of a_result


def keep(
    path: Path,
    result: CaptureResult,
    reads: Sequence[Reads] = READS,
    events: Sequence[WireEvent] = EVENTS,
    deltas: Sequence[Delta] = DELTAS,
) -> None:
    with Store(path).capture(result.head, result.file, result.stall_ns) as kept:
        for one in reads:
            kept.reads(one)
        kept.events(1, events, deltas)
        kept.result(result)


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [line for line in connection.iterdump() if "_sqlite_migrations" not in line]
    finally:
        connection.close()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "first.db"


def test_what_was_analysed_is_read_back_exactly(path: Path) -> None:
    result = a_capture()
    keep(path, result)

    assert read_analysis(path) == an_analysis(result)


def test_reads_and_events_are_rows(path: Path) -> None:
    keep(path, a_capture())

    assert rows(path, "SELECT * FROM reads") == [
        (1, 1, "response", 0, ns(100), 30, 20, 1),
        (1, 1, "response", 1, ns(140), 0, 9, 1),
        (1, 1, "response", 2, ns(200), 12, 12, 1),
    ]
    assert rows(path, "SELECT * FROM events") == [
        (1, 1, 0, ns(100), ns(100), 0, "delta", "7", 3000, 0, 30, "answer", 7, '{"v":"Hi"}', 1),
        (1, 1, 1, ns(140), ns(200), 2, "message", "7", None, 30, 12, None, 0, "[DONE]", 1),
    ]


def test_a_figure_that_cannot_be_known_is_null_and_says_why(path: Path) -> None:
    keep(path, a_capture())

    assert rows(
        path, "SELECT ttft_ns, unmeasurable ->> 'ttft_ns' FROM turns ORDER BY exchange_id"
    ) == [(ns(100), None), (None, "no text came")]


def test_analysing_again_replaces_and_never_doubles(path: Path) -> None:
    keep(path, a_capture())
    once = dump(path)
    keep(path, a_capture())

    assert dump(path) == once


def test_another_capture_is_added_beside(path: Path) -> None:
    other = a_capture(head=a_head(capture_id="other", wall_ns=1_770_000_000_000_000_000))
    keep(path, a_capture())
    keep(path, other)
    keep(path, a_capture(file="moved.jsonl"))

    assert read_analysis(path) == an_analysis(a_capture(file="moved.jsonl"), other)
    assert rows(path, "SELECT capture, capture_id FROM captures") == [(1, "4fd1"), (2, "other")]


def test_a_failure_keeps_what_was_there(path: Path) -> None:
    keep(path, a_capture())
    once = dump(path)

    with pytest.raises(StoreError, match="UNIQUE constraint failed"):
        keep(path, a_capture(), READS, [EVENTS[0], EVENTS[0]])

    assert dump(path) == once


def test_more_rows_than_a_batch_arrive_in_full(path: Path) -> None:
    many = [WireEvent(n, n, n, n, "message", str(n)) for n in range(12_345)]
    reads = [Reads(1, (n,), (1,), b"x") for n in range(5_001)]
    keep(path, a_capture(), reads, many, [])

    assert rows(path, "SELECT count(*), max(seq), max(data) FROM events") == [
        (12_345, 12_344, "9999")
    ]
    assert rows(path, "SELECT count(*), max(read) FROM reads") == [(5_001, 5_000)]


def test_reads_whose_exchange_is_missing_are_dropped(path: Path) -> None:
    """A damaged capture can hold the middle of a stream whose head is gone."""
    keep(path, a_capture(), [*READS, Reads(99, (5,), (1,), b"x")])

    assert rows(path, "SELECT DISTINCT exchange_id FROM reads") == [(1,)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_a_row_without_its_exchange_is_refused(path: Path) -> None:
    result = a_capture(problems=(Problem("code", "place", "detail", None, 77),))

    with pytest.raises(StoreError, match="FOREIGN KEY constraint failed"):
        keep(path, result)


def test_every_table_is_strict_and_names_its_analysis(path: Path) -> None:
    keep(path, a_capture())
    tables = rows(path, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
    ours = {name: strict for name, strict in tables if name in TABLE_NAMES}

    assert ours == dict.fromkeys(TABLE_NAMES, 1)
    for name in TABLE_NAMES:
        assert set(rows(path, f"SELECT analysis FROM {name}")) == {(1,)}, name


TABLE_NAMES = {
    "captures", "exchanges", "reads", "events", "turns", "gaps", "problems", "lost",
    "observations",
}  # fmt: skip


def test_text_that_utf8_cannot_hold_is_replaced(path: Path) -> None:
    """JSON may escape half of a surrogate pair."""
    result = a_result(measured(Text(1, 0), turn={"answer": "half \ud83d", "title": "\udc00"}))
    keep(path, result, [], [], [])

    assert rows(path, "SELECT answer, title FROM turns") == [("half ?", "?")]
    assert read_analysis(path) == an_analysis(result)


def test_a_huge_reconnection_time_is_kept_as_the_largest(path: Path) -> None:
    event = WireEvent(0, 1, 1, 0, "message", "x", retry=10**30)
    keep(path, a_capture(), READS, [event], [])

    assert rows(path, "SELECT retry_ms FROM events") == [(2**63 - 1,)]


def test_nobody_else_may_read_the_database(path: Path) -> None:
    keep(path, a_capture())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_file_says_whose_it_is(path: Path) -> None:
    keep(path, a_capture())

    assert rows(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows(path, "PRAGMA user_version") == [(NEWEST,)]
    assert is_database(path)
    assert not is_database(path.parent)
    assert not is_database(path.parent / "nothing")


def test_the_newest_version_is_the_last_migrations() -> None:
    db = Database(memory=True)
    migrations.apply(db)

    assert len(migrations.applied(db)) == NEWEST
    assert db.execute("PRAGMA user_version").fetchone() == (NEWEST,)


def test_a_database_of_the_first_version_is_brought_up_to_date(path: Path) -> None:
    old = Database(path)
    migrations.apply(old, stop_before="m002_views")
    old.close()

    with pytest.raises(StoreError, match="made by an older streamscope"):
        read_analysis(path)
    keep(path, a_capture())

    assert read_analysis(path) == an_analysis(a_capture())


def make(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_text("my thesis")

    with pytest.raises(StoreError, match=r"first\.db is not an SQLite database; name another"):
        keep(path, a_capture())
    assert path.read_text() == "my thesis"


@pytest.mark.parametrize("application", [0, 42])
def test_somebody_elses_database_is_left_alone(path: Path, application: int) -> None:
    make(path, "CREATE TABLE recipes (name)", f"PRAGMA application_id = {application}")
    before = path.read_bytes()

    for use in (lambda: keep(path, a_capture()), lambda: read_analysis(path)):
        with pytest.raises(StoreError, match="but not one of streamscope's"):
            use()
    assert path.read_bytes() == before


def test_a_database_of_a_newer_streamscope_is_left_alone(path: Path) -> None:
    keep(path, a_capture())
    make(path, "PRAGMA user_version = 99")

    for use in (lambda: keep(path, a_capture()), lambda: read_analysis(path)):
        with pytest.raises(StoreError, match=r"newer streamscope .* update streamscope"):
            use()


def test_a_damaged_database_gets_a_sentence(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)

    with pytest.raises(StoreError, match=r"first\.db: SQLite refuses: "):
        keep(path, a_capture())
    with pytest.raises(StoreError, match=r"first\.db: SQLite refuses: "):
        read_analysis(path)


def test_a_database_that_is_not_there_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such database; make it with"):
        read_analysis(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "is a directory; name a file in it"), ("no/such/first.db", "No such file or directory")],
)
def test_a_place_that_cannot_be_written_gets_a_sentence(
    tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(StoreError, match=sentence):
        keep(tmp_path / name, a_capture())


def test_a_directory_without_write_permission_gets_a_sentence(tmp_path: Path) -> None:
    """Root may write anywhere, so a place where nobody may stands in for it."""
    place = tmp_path / "locked"
    place.mkdir(mode=0o500)
    forbidden = place if os.geteuid() else Path("/proc")

    with pytest.raises(StoreError, match=r"the database cannot be written there: .*; name another"):
        keep(forbidden / "first.db", a_capture())


def test_a_database_in_use_gets_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.store.database.WAIT_S", 0.05)
    keep(path, a_capture())
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")

    try:
        with pytest.raises(StoreError, match="database is locked"):
            keep(path, a_capture())
    finally:
        other.close()


def test_old_rows_and_views_survive_the_renaming_of_their_exchange(path: Path) -> None:
    """Version 3 called the column ``exchange``."""
    db = Database(path)
    for _, sql in STEPS[:3]:
        db.executescript(sql)
    db.table("captures").insert(
        dict.fromkeys(("capture", "resolution_ns", "mono_ns", "wall_ns", "stall_ns"), 1)
        | dict.fromkeys(("capture_id", "file", "source", "tool", "clock", "redaction"), "x")
        | {"scope": "[]", "started_at": "", "analysis": 1}
    )
    db.table("problems").insert(
        {"capture": 1, "problem": 0, "code": "torn", "place": "", "detail": "", "analysis": 1}
    )
    for _, sql in STEPS[3:]:
        db.executescript(sql)

    assert "exchange_id" in _columns(db, "problems")
    assert [row["code"] for row in db.query("SELECT * FROM problems")] == ["torn"]
    for view in db.view_names():
        db.execute(f"SELECT * FROM {view}").fetchall()
    db.close()


def _columns(db: Database, table: str) -> list[str]:
    return [column.name for column in db.table(table).columns]
