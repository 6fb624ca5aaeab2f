"""Captures that grow: read again when asked, and shown without a new start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import HOST, Browsing, browsing
from synthetic import capture, write

from analyzer.analyze import analyze
from analyzer.store import Store


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[Browsing]:
    """Pages made of a capture of two turns that by now has three."""
    path = write(tmp_path / "growing.jsonl", capture(turns=2, chunks=3))
    analyze([path], sink=Store(tmp_path / "0.db"))
    write(path, capture(turns=3, chunks=3))
    options = {"private": True, "rereads": (path,), "live": True}
    with browsing(tmp_path / "0.db", **options) as opened:
        yield opened


def turns(pages: Browsing) -> int:
    return int(pages.get("/db/turns.json").json()["filtered_table_rows_count"])


def test_captures_are_read_again_when_asked(grown: Browsing, tmp_path: Path) -> None:
    rereading = grown.state.rereading
    assert rereading is not None
    before = turns(grown)
    asked = grown.ask("POST", "/-/streamscope/refresh", {"origin": f"http://{HOST}"})
    grown.wait(rereading.wait())

    assert (before, turns(grown)) == (2, 3)
    assert (asked.status_code, asked.json()["running"]) == (202, True)
    assert grown.get("/-/streamscope/refresh").json()["running"] is False
    assert [one.name for one in tmp_path.glob("*.db")] == ["1.db"]
    assert len(grown.get("/-/streamscope/report.json").json()["turns"]) == 3


def test_the_first_page_reads_grown_captures_again_once_its_data_is_old(grown: Browsing) -> None:
    rereading = grown.state.rereading
    assert rereading is not None
    fresh = grown.get("/").text
    was_running = rereading.is_running
    rereading._seen = (0,)
    rereading.read_at -= 60
    old = grown.get("/").text
    is_running = rereading.is_running
    grown.wait(rereading.close())

    assert "The captures were read" in fresh
    assert not was_running
    assert "being read again" in old
    assert is_running


def test_what_fails_is_said_and_the_old_data_stays(grown: Browsing, tmp_path: Path) -> None:
    rereading = grown.state.rereading
    assert rereading is not None
    (tmp_path / "growing.jsonl").write_bytes(b"no capture\n")
    grown.ask("POST", "/-/streamscope/refresh", {"origin": f"http://{HOST}"})
    grown.wait(rereading.wait())

    assert "growing.jsonl" in grown.get("/-/streamscope/refresh").json()["fault"]
    assert turns(grown) == 2
    assert "Reading them again failed" in grown.get("/").text
