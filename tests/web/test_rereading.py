"""Captures that grow: read again when asked, and shown without a new start."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import HOST, Browsing, browsing
from synthetic import capture, write

from analyzer.analyze import analyze
from analyzer.store import Store
from analyzer.web import rereading


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[Browsing]:
    """Pages made of a capture of two turns that by now has three."""
    path = write(tmp_path / "growing.jsonl", capture(turns=2, chunks=3))
    analyze([path], sink=Store(tmp_path / "0.db"))
    write(path, capture(turns=3, chunks=3))
    options = {"private": True, "rereads": (path,), "live": True}
    with browsing(tmp_path / "0.db", **options) as opened:
        yield opened


def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the command, which has its own tests, one that ends at once."""
    said = "import sys; sys.exit('Reading\\nError: growing.jsonl is no capture')"
    monkeypatch.setattr(rereading, "ANALYZE", (sys.executable, "-ISc", said))


def turns(pages: Browsing) -> int:
    return int(pages.get("/db/turns.json").json()["filtered_table_rows_count"])


def test_captures_are_read_again_when_asked(grown: Browsing, tmp_path: Path) -> None:
    again = grown.state.rereading
    assert again is not None
    before = turns(grown)
    asked = grown.ask("POST", "/-/streamscope/refresh", {"origin": f"http://{HOST}"})
    grown.wait(again.wait())

    assert (before, turns(grown)) == (2, 3)
    assert (asked.status_code, asked.json()["running"]) == (202, True)
    assert grown.get("/-/streamscope/refresh").json()["running"] is False
    assert [one.name for one in tmp_path.glob("*.db")] == ["1.db"]
    assert len(grown.get("/-/streamscope/report.json").json()["turns"]) == 3


def test_the_first_page_reads_grown_captures_again_once_its_data_is_old(
    grown: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch)
    again = grown.state.rereading
    assert again is not None
    fresh = grown.get("/").text
    was_running = again.is_running
    again._seen = (0,)
    again.read_at -= 60
    old = grown.get("/").text
    is_running = again.is_running
    grown.wait(again.close())

    assert "The captures were read" in fresh
    assert not was_running
    assert "being read again" in old
    assert is_running


def test_what_fails_is_said_and_the_old_data_stays(
    grown: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch)
    again = grown.state.rereading
    assert again is not None
    grown.ask("POST", "/-/streamscope/refresh", {"origin": f"http://{HOST}"})
    grown.wait(again.wait())

    fault = grown.get("/-/streamscope/refresh").json()["fault"]

    assert fault == "Error: growing.jsonl is no capture"
    assert turns(grown) == 2
    assert "Reading them again failed" in grown.get("/").text
