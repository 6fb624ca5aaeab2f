"""The description of the database and the database say the same, and views count right."""

import io
from collections.abc import Iterator

import pytest
from making import Text, a_call, a_result, another_stream, measured, ns, passed_on, with_stream
from rich.console import Console
from sqlite_utils import Database

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import by_protocol, pool
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Distribution
from analyzer.model import Delta, Lost, Observer, Problem, Reads, WireEvent
from analyzer.report.schema import print_schema
from analyzer.store import TABLES, VIEWS, Store
from analyzer.store.migrations import migrations


def turns() -> list[Measured]:
    """Thirty turns over two protocols with different waits, some with stalls."""
    passed = passed_on([(ms, 9) for ms in (100, 120, 400)], [(0, 100, 0), (1, 400, 2)])
    found = []
    for number in range(30):
        version = "HTTP/3" if number % 3 else "HTTP/2.0"
        texts = (Text(100 + 7 * number, 0), Text(140 + 11 * number, 2), Text(400 + 13 * number, 3))
        one = measured(
            *texts, exchange=number, passed=passed, http_version=version,
            turn={"server_ttft_ms": 60.0},
        )  # fmt: skip
        found.append(with_stream(one, reads=4, events=3, first_byte_ns=ns(99)))
    return found


def a_capture() -> CaptureResult:
    return a_result(
        *turns(),
        a_call(40, status=401),
        measured(exchange=41),
        another_stream(42, (300, 0), (330, 1)),
        observations=[Observer(ns(900), ns(900), 9, 1, ns(7), (ns(120),), (ns(7),), 1, 1, 1, 1)],
        problems=(Problem("torn_tail", "first.jsonl", "cut", 9),),
        lost=(Lost(ns(5), "reads", 3, "the queue was full", 64),),
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database in which every view has something to show."""
    result, path = a_capture(), tmp_path_factory.mktemp("filled") / "first.db"
    with Store(path).capture(result.head, result.file, result.stall_ns) as kept:
        for number in range(30):
            first = Reads(number, (ns(100), ns(140)), (30, 20), b"x" * 50)
            events = [
                WireEvent(seq, ns(100 + seq), ns(100 + 600 * seq), seq // 2, "delta", "{}", size=9)
                for seq in range(4)
            ]
            kept.reads(first)
            kept.events(number, events, [Delta(1, 5, 0, "answer", "Hi")])
        kept.result(result)
    db = Database(path)
    yield db
    db.close()


def test_every_table_view_and_column_is_described_and_no_other() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    described = {one.name: [column.name for column in one.columns] for one in (*TABLES, *VIEWS)}
    real = {
        name: [column.name for column in db.table(name).columns]
        for name in db.table_names()
        if name not in ("_sqlite_migrations", "sqlite_sequence")
    } | {name: [column.name for column in db.view(name).columns] for name in db.view_names()}

    assert described == real


def test_a_column_in_nanoseconds_or_milliseconds_says_so() -> None:
    for relation in (*TABLES, *VIEWS):
        for column in relation.columns:
            if column.name.endswith("_ns"):
                assert column.unit.startswith("ns"), (relation.name, column.name)
            if column.name.endswith("_ms"):
                assert column.unit == "ms", (relation.name, column.name)
            assert column.meaning, (relation.name, column.name)


def row(db: Database, sql: str) -> dict[str, object]:
    return next(iter(db.query(sql)))


def test_latency_by_protocol_gives_the_reports_percentiles(filled: Database) -> None:
    names = {"TTFT": "ttft", "E2EL": "e2el", "ICL": "icl", "time to headers": "time_to_headers"}
    for protocol, group in by_protocol(turns()).items():
        pooled = pool(group)
        for metric, field in names.items():
            figure = getattr(pooled, field)
            assert isinstance(figure, Distribution)
            found = row(
                filled,
                f"SELECT * FROM latency_by_protocol "
                f"WHERE protocol = '{protocol}' AND metric = '{metric}' AND n > 1",
            )

            # The turn without text counts for the headers alone.
            assert found["n"] == figure.n + (metric == "time to headers" and protocol == "h2")
            if found["n"] == figure.n:
                assert found["p50_ms"] == pytest.approx(figure.p50 / 1e6, abs=1e-6)
                assert found["p95_ms"] == pytest.approx(figure.p95 / 1e6, abs=1e-6)
                assert found["max_ms"] == figure.max / 1e6
                p99 = None if figure.p99 is None else pytest.approx(figure.p99 / 1e6, abs=1e-6)
                assert found["p99_ms"] == p99


def test_wall_clock_times_are_the_anchor_plus_what_passed(filled: Database) -> None:
    first = row(filled, "SELECT * FROM event_times WHERE exchange_id = 2 AND seq = 1")

    assert first["at"] == "2025-10-09T08:53:20.700Z"
    assert first["since_sent_ms"] == 700.0
    assert first["since_event_ms"] == 600.0
    assert row(filled, "SELECT at, late_ms FROM proxy_lag") == {
        "at": "2025-10-09T08:53:20.120Z",
        "late_ms": 7.0,
    }


def test_a_stall_is_shown_from_its_beginning(filled: Database) -> None:
    stall = row(filled, "SELECT * FROM stalls WHERE exchange_id = 3")

    assert stall["stall_ms"] == 266.0
    assert stall["since_sent_ms"] == 173.0
    assert stall["began_at"] == "2025-10-09T08:53:20.173Z"


def test_a_captures_summary_counts_it(filled: Database) -> None:
    found = row(filled, "SELECT * FROM capture_summary")

    assert {name: found[name] for name in ("exchanges", "streams", "turns", "problems")} == {
        "exchanges": 33, "streams": 32, "turns": 31, "problems": 1,
    }  # fmt: skip
    assert (found["lost"], found["events"], found["duration_s"]) == (3, 92, 60.0)


def test_the_printed_schema_has_every_column_with_its_meaning() -> None:
    with io.StringIO() as file:
        print_schema(Console(file=file, width=400))
        lines = file.getvalue().splitlines()

    for relation in (*TABLES, *VIEWS):
        start = lines.index(f"{relation.name}  {relation.kind}")
        block = lines[start : start + len(relation.columns) + 2]
        for column, line in zip(relation.columns, block[2:], strict=True):
            assert line.split() == [
                *column.name.split(), *column.unit.split(), *column.meaning.split()
            ]  # fmt: skip
