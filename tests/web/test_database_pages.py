"""The database's pages, asked by ASGI: what they show, where they lead, what they refuse."""

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from browsing import HOST, HOSTILE, LAST, Browsing, a_database, browsing
from datasette.utils import tilde_decode
from synthetic import capture, write

from analyzer.analyze import analyze
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.report.parts import Table
from analyzer.report.queries import QUERIES
from analyzer.store import TABLES, VIEWS, Store, read_analysis
from analyzer.telemetry.prometheus import exposition
from analyzer.web import faults
from analyzer.web.database import LONGEST_VALUE
from analyzer.web.describing import ASKING, MOST_ASKED, questions, slug
from analyzer.web.drawings import DRAWINGS
from analyzer.web.links import KEYS, LINKS

RELATIONS = tuple(one.name for one in (*TABLES, *VIEWS))
COLUMNS = {one.name: {column.name for column in one.columns} for one in (*TABLES, *VIEWS)}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_database(tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def pages(database: Path) -> Iterator[Browsing]:
    with browsing(database) as opened:
        yield opened


def links(markup: str) -> list[str]:
    return re.findall(r'<a href="([^"]+)"', markup)


@pytest.fixture(scope="module")
def shown(pages: Browsing) -> dict[str, httpx.Response]:
    """The page of every table and view, its first rows on it."""
    return {name: pages.get(f"/db/{name}?_size=2") for name in RELATIONS}


def primary_key(db: sqlite3.Connection, table: str) -> tuple[str, ...]:
    found = db.execute(f"PRAGMA table_info({table})").fetchall()
    return tuple(row[1] for row in sorted(found, key=lambda row: row[5]) if row[5])


def test_every_relation_is_a_page_and_json_with_the_values_as_they_are(
    shown: dict[str, httpx.Response], pages: Browsing, database: Path
) -> None:
    with closing(sqlite3.connect(database)) as db:
        for name, page in shown.items():
            said = pages.get(f"/db/{name}.json?_shape=arrays&_size=3&_labels=off").json()
            rows = db.execute(f"SELECT * FROM {name}").fetchall()

            assert page.status_code == 200, name
            assert said["filtered_table_rows_count"] == len(rows), name
            assert all(tuple(row) in rows for row in said["rows"]), name


@pytest.mark.parametrize("name", ["events", "turn_latency", "exchanges"])
def test_csv_of_all_rows_comes_whole_and_as_it_is(
    name: str, pages: Browsing, database: Path
) -> None:
    with closing(sqlite3.connect(database)) as db:
        stored = db.execute(f"SELECT * FROM {name}").fetchall()
    text = pages.get(f"/db/{name}.csv?_stream=on&_size=5&_labels=off").text
    head, *rows = csv.reader(io.StringIO(text, newline=""))

    assert set(head) == COLUMNS[name]
    assert sorted(rows) == sorted(
        ["" if value is None else str(value) for value in row] for row in stored
    )


def test_a_gap_leads_to_its_event_its_exchange_and_its_connection(pages: Browsing) -> None:
    capture, exchange, gap, seq = pages.get(
        "/db.json?sql=SELECT+capture,exchange_id,gap,seq+FROM+gaps+JOIN+exchanges+x+"
        "USING+(capture,exchange_id)+WHERE+client_connection+IS+NOT+NULL+LIMIT+1&_shape=arrays"
    ).json()["rows"][0]
    event = f"/db/events/{capture},{exchange},{seq}"
    at = f"/db/exchanges/{capture},{exchange}"

    assert event in links(pages.get(f"/db/gaps/{capture},{exchange},{gap}").text)
    assert at in links(pages.get(event).text)

    over = [one for one in links(pages.get(at).text) if one.startswith("/db/connections/")]

    trail = re.findall(
        r'href="([^"]+)"',
        pages.get(f"/db/gaps/{capture},{exchange},{gap}").text.split('"trail"')[1],
    )[:5]

    assert set(over) == set(trail[2:4])
    assert trail == [event, at, *trail[2:4], f"/db/captures/{capture}"]
    assert f"capture={capture}&amp;client_connection=" in pages.get(over[0]).text
    assert f"/db/gaps?capture={capture}&amp;exchange_id={exchange}" in pages.get(at).text


def test_no_cell_leads_to_a_row_that_is_not_there(
    shown: dict[str, httpx.Response], database: Path
) -> None:
    found = {
        (table, tuple(map(tilde_decode, key.split(","))))
        for page in shown.values()
        for table, key in re.findall(r'<a href="/db/(\w+)/([^"?]+)"', page.text)
    }

    assert {table for table, _ in found} >= {"exchanges", "events", "connections"}
    with closing(sqlite3.connect(database)) as db:
        for table, key in found:
            asked = " AND ".join(f"{column} = ?" for column in primary_key(db, table))

            assert db.execute(f"SELECT 1 FROM {table} WHERE {asked}", key).fetchone(), (table, key)


def test_links_know_every_foreign_key_and_the_keys_of_what_they_lead_to(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        for table, key in KEYS.items():
            assert key == primary_key(db, table)
        for table in TABLES:
            keys: dict[int, list[tuple[str, str]]] = {}
            for row in db.execute(f"PRAGMA foreign_key_list({table.name})"):
                keys.setdefault(row[0], []).append((row[2], row[3]))
            for columns in keys.values():
                target, last = columns[-1]

                assert LINKS[last].target == target.replace("turns", "exchanges"), table.name
    assert set(LINKS) <= set().union(*COLUMNS.values())


def test_moments_stand_as_times_and_keep_their_number(pages: Browsing) -> None:
    sent_ns = pages.get(f"/db/exchanges/1,{LAST}.json?_shape=objects").json()["rows"][0]["sent_ns"]
    row = pages.get(f"/db/exchanges/1,{LAST}").text

    # The capture's clock began at 2025-10-09 08:53:20 UTC.
    assert sent_ns == 130_000_000_000
    assert "<i>2025-10-09</i> 08:55:30.000000</time>" in row
    assert 'title="130000000000 ns, capture clock"' in row
    assert ">60.0 ms</span>" in row


def test_every_question_is_answered_and_the_ten_stand_first(pages: Browsing) -> None:
    home = pages.get("/").text
    asked = [f"/db/{slug(one.question)}" for one in questions()]

    assert len(set(asked)) == len(QUERIES) + len(ASKING)
    assert [one for one in links(home) if one in asked] == asked
    assert len(MOST_ASKED) == 10
    for address in asked:
        answered = pages.get(address)

        assert answered.status_code == 200
        assert 'role="alert"' not in answered.text, address


def test_a_question_can_ask_back(pages: Browsing) -> None:
    found = pages.get(f"/db/{slug(ASKING[0].question)}.json?text=onerror&_shape=objects").json()

    assert {row["exchange_id"] for row in found["rows"]} == {LAST}


def test_captured_text_is_text_on_every_page(pages: Browsing) -> None:
    where = (
        f"/db/exchanges/1,{LAST}",
        f"/db/turns/1,{LAST}",
        f"/db/events?exchange_id={LAST}",
        f"/db/event_times?exchange_id={LAST}",
        "/db/conversations",
        "/db/transcript",
        f"/db/{slug(ASKING[0].question)}?text=onerror",
        "/db/exchanges?path=" + HOSTILE.replace("&", "%26").replace("#", "%23")[:60],
    )
    for path in where:
        said = pages.get(path).text

        assert "onerror=alert(1)" in said, path
        assert "<img src=x" not in said, path
        assert "<script>alert" not in said, path
        assert "\x1b" not in said
        assert "49javascript" not in said


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO gaps SELECT * FROM gaps",
        "DELETE FROM gaps",
        "WITH a AS (SELECT 1) DELETE FROM gaps",
        "ATTACH DATABASE '/tmp/other.db' AS other",
        "PRAGMA writable_schema = 1",
        "PRAGMA query_only = 0",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_journal_mode('wal')",
        "CREATE TEMP TABLE t (a)",
        "VACUUM INTO '/tmp/other.db'",
        "SELECT 1; DELETE FROM gaps",
        "EXPLAIN DELETE FROM gaps",
    ],
)
def test_a_query_can_only_read(sql: str, pages: Browsing, database: Path) -> None:
    before = database.read_bytes()
    answered = pages.ask("GET", "/db.json", params={"sql": sql})

    assert answered.status_code >= 400 or not answered.json()["ok"]
    assert database.read_bytes() == before


def test_nothing_can_be_posted_to_a_table_or_a_question(pages: Browsing) -> None:
    own = {"origin": f"http://{HOST}"}

    for path in ("/db/gaps", f"/db/{slug(MOST_ASKED[0])}", "/db", "/-/streamscope/refresh"):
        assert pages.ask("POST", path, own, data={"sql": "DELETE FROM gaps"}).status_code >= 400


def test_the_report_and_metrics_are_those_of_the_command_line(
    pages: Browsing, database: Path
) -> None:
    figures = pick(read_analysis(database))
    home = pages.get("/").text

    assert pages.get("/-/streamscope/report.json").content == report_json(figures)
    assert pages.get("/metrics").content == exposition(figures)
    assert pages.get("/-/streamscope/report.json?capture=1").status_code == 200
    assert pages.get("/-/streamscope/report?capture=2").status_code == 404
    assert pages.get("/-/streamscope/report.md").text.startswith("#")
    (table, *_) = build_report(figures).sections[0].blocks

    assert isinstance(table, Table)
    for pair in table.rows:
        assert all(cell.text in home for cell in pair)


def test_a_chart_needs_only_columns_that_its_table_has(pages: Browsing) -> None:
    for name, drawing in DRAWINGS.items():
        assert set(drawing.needs) <= COLUMNS[name], name
        assert pages.get(f"/-/streamscope/drawing/{name}.json").json()["spec"] == drawing.spec
    assert pages.get("/-/streamscope/drawing/captures.json").status_code == 404


def test_pages_load_nothing_from_elsewhere_and_say_so(pages: Browsing) -> None:
    for path in ("/", "/db", "/db/gaps", "/db/captures/1", "/db?sql=select+1", "/nothing/here"):
        answered = pages.get(path)
        sources = re.findall(r'(?:src|rel="(?:icon|stylesheet)" href)="([^"]+)"', answered.text)

        assert sources
        assert all(source.startswith("/-/") for source in sources), path
        assert all(pages.get(source).status_code == 200 for source in sources)
        assert "<style" not in answered.text
        assert " style=" not in answered.text
        assert "default-src 'none'" in answered.headers["content-security-policy"]
        assert answered.headers["referrer-policy"] == "no-referrer"
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["cache-control"] == "no-store"


def test_a_query_that_takes_too_long_ends(pages: Browsing) -> None:
    endless = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT max(x) FROM a"
    answered = pages.ask("GET", "/db", params={"sql": endless, "_timelimit": "20"})

    assert answered.status_code == 400
    assert "took longer" in answered.text
    assert "<script>" not in answered.text


def test_a_query_cannot_fill_the_memory(pages: Browsing) -> None:
    rows = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a)"

    for sql in (
        f"{rows} SELECT zeroblob(20000000) FROM a",
        f"SELECT zeroblob({LONGEST_VALUE + 1})",
    ):
        answered = pages.ask("GET", "/db.json", params={"sql": sql})

        assert answered.status_code == 400
        assert re.search("larger than 64 MiB|too big", answered.json()["error"])


def test_a_database_that_another_program_writes_or_removes_is_said_in_a_sentence(
    tmp_path: Path,
) -> None:
    path = tmp_path / "session.db"
    analyze([write(tmp_path / "one.jsonl", capture(turns=1, chunks=2))], sink=Store(path))
    with browsing(path) as opened:
        assert opened.get("/db/turns.json").json()["filtered_table_rows_count"] == 1

        analyze(
            [write(tmp_path / "two.jsonl", capture(turns=2, chunks=2))], sink=Store(tmp_path / "n")
        )
        (tmp_path / "n").replace(path)

        assert opened.get("/db/turns.json").json()["filtered_table_rows_count"] == 2

        path.unlink()
        gone = opened.get("/db/turns")

        assert gone.status_code == 500
        assert "the database is gone" in gone.text


def test_while_another_program_writes_one_is_asked_to_come_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with (
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer,
        closing(sqlite3.connect(path, timeout=0)) as reader,
    ):
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as busy:
            reader.execute("SELECT * FROM sqlite_master")
    status, _, sentence = faults.said(busy.value)

    assert status == 503
    assert "Another program is writing" in sentence


def test_a_long_text_is_cut_on_the_page_alone(pages: Browsing) -> None:
    sql = "SELECT printf('%.*c', 50000, 'x') AS data"
    page = pages.ask("GET", "/db", params={"sql": sql}).text
    whole = pages.ask("GET", "/db.json", params={"sql": sql, "_shape": "arrayfirst"}).json()

    assert "50,000 characters, of which a page shows 20,000" in page
    assert len(page) < 30_000
    assert whole == ["x" * 50_000]


def test_what_datasette_tells_of_the_machine_is_not_told(pages: Browsing) -> None:
    for name in (
        "databases",
        "versions",
        "threads",
        "settings",
        "plugins",
        "metadata",
        "actor",
        "permissions",
        "messages",
        "allow-debug",
        "patterns",
        "logout",
        "config",
    ):
        for path in (f"/-/{name}", f"/-/{name}.json", f"/%2d/{name}", f"//-/{name}"):
            assert pages.get(path).status_code in (302, 404), path
    assert pages.get("/_internal").status_code == 403
