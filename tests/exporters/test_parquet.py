"""The event table as Parquet beside the one that SQLite gets from the same capture."""

import io
import sqlite3
from pathlib import Path
from typing import Any

import everything
import pytest
import synthetic
from making import a_head
from pyarrow import parquet as arrow

from analyzer.analyses.results import VERSION
from analyzer.analyze import analyze
from analyzer.exporters import parquet
from analyzer.importers import read_capture
from analyzer.model import Reads, ResponseHead, StreamscopeError
from analyzer.store import Store

FACTS = ("method", "authority", "path", "protocol", "status")


def written(capture: Path) -> io.BytesIO:
    file = io.BytesIO()
    parquet.write(read_capture(capture), file)
    file.seek(0)
    return file


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "a.jsonl", [a_head(), *everything.recorded(1)])


def test_rows_and_columns_are_those_of_the_table_in_sqlite(tmp_path: Path, capture: Path) -> None:
    analyze([capture], sink=Store(tmp_path / "a.db"))
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.row_factory = sqlite3.Row
        order = "ORDER BY exchange_id, seq"
        kept: list[dict[str, Any]] = [
            dict(row)
            for row in db.execute(
                f"SELECT events.*, capture_id, {', '.join(FACTS)} FROM events "
                f"JOIN captures USING (capture) JOIN exchanges USING (capture, exchange_id) {order}"
            )
        ]
    db.close()
    table = arrow.read_table(written(capture))
    rows = sorted(table.to_pylist(), key=lambda row: (row["exchange_id"], row["seq"]))
    for row in kept:
        del row["capture"]
    for row in rows:
        del row["at"]

    assert len(kept) > 100
    assert rows == [{name: row[name] for name in rows[0]} for row in kept]
    assert set(kept[0]) == set(rows[0])


def test_at_is_the_wall_clock_to_the_nanosecond(tmp_path: Path) -> None:
    path = synthetic.write(tmp_path / "a.jsonl", synthetic.capture(1, 3))
    table = arrow.read_table(written(path))
    wall = table.column("at").cast("int64").to_pylist()
    clock = table.column("at_ns").to_pylist()

    assert str(table.schema.field("at").type) == "timestamp[ns, tz=UTC]"
    assert {at - own for at, own in zip(wall, clock, strict=True)} == {
        synthetic.WALL_NS - synthetic.START_NS
    }


def test_the_file_says_where_its_times_come_from(capture: Path) -> None:
    about = arrow.read_schema(written(capture)).metadata

    assert about[b"streamscope.capture_id"] == b"4fd1"
    assert about[b"streamscope.clock"] == b"chunk"
    assert about[b"streamscope.resolution_ns"] == b"41"
    assert about[b"streamscope.redaction"] == b"secrets"
    assert about[b"streamscope.analysis"] == str(VERSION).encode()


def test_rows_come_in_groups_and_without_a_clock_no_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 40)
    _, *records = synthetic.capture(2, 60)
    path = synthetic.write(tmp_path / "a.jsonl", [a_head(clock="none"), *records])
    file = arrow.ParquetFile(written(path))

    assert file.metadata.num_row_groups > 3
    assert max(file.metadata.row_group(n).num_rows for n in range(3)) == 40
    for column in ("at", "first_ns", "at_ns"):
        assert file.read().column(column).null_count == file.metadata.num_rows


def test_a_stream_whose_arrivals_are_unknown_has_no_times_and_others_have() -> None:
    head, *records = synthetic.capture(2, 9)
    untimed = [
        everything.changed(one, timed=False)
        if isinstance(one, ResponseHead) and one.exchange == 1
        else one
        for one in records
    ]
    file = io.BytesIO()
    parquet.write([head, *untimed], file)
    table = arrow.read_table(file).select(["exchange_id", "at_ns"])
    timed = {row["exchange_id"]: row["at_ns"] is not None for row in table.to_pylist()}

    assert timed[1] is False
    assert set(timed.values()) == {True, False}


def test_without_a_wall_clock_there_is_no_wall_time() -> None:
    """Counted from 1970 the capture's own clock would be a date that nobody told."""
    head, *records = synthetic.capture(1, 3)
    file = io.BytesIO()
    parquet.write([everything.changed(head, wall_ns=0), *records], file)
    table = arrow.read_table(file)

    assert table.column("at").null_count == table.num_rows > 0
    assert table.column("at_ns").null_count == 0


def test_a_time_beyond_64_bits_gets_a_sentence(tmp_path: Path) -> None:
    head, *records = synthetic.capture(1, 3)
    beyond = [
        everything.changed(one, at_ns=tuple(at + 2**63 for at in one.at_ns))
        if isinstance(one, Reads)
        else one
        for one in records
    ]

    with pytest.raises(StreamscopeError, match="more than 64 bits"):
        parquet.write([head, *beyond], io.BytesIO())
