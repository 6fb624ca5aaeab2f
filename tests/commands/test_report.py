"""`streamscope analyze` and `streamscope report`: what they say to wrong input."""

import json
import os
import sys
import threading
from pathlib import Path

import pytest
import synthetic

from analyzer import cli
from analyzer.commands.report import read


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "first.jsonl", synthetic.capture(4, 12))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["streamscope", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_another_stall_threshold_counts_for_a_database_too(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was made with the default; all its gaps are in it."""
    database = capture.with_suffix(".db")
    run(monkeypatch, "analyze", capture, "--db", database)
    capsys.readouterr()
    found = []
    for source in (capture, database):
        assert run(monkeypatch, "report", source, "--stall", 20, "--json", "-") == 0
        found.append(json.loads(capsys.readouterr().out))

    assert found[0] == found[1]
    assert found[0]["captures"][0]["stall_ns"] == 20_000_000
    assert run(monkeypatch, "report", database, "--json", "-") == 0
    usual = json.loads(capsys.readouterr().out)
    assert usual["captures"][0]["stall_ns"] == 250_000_000
    assert usual["all"]["stalls"]["count"] < found[0]["all"]["stalls"]["count"]


@pytest.mark.parametrize("stall", ["nan", "inf", "0", "-1", "1e300", "soon"])
def test_a_threshold_that_is_none_is_wrong_usage(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stall: str
) -> None:
    assert run(monkeypatch, "report", capture, f"--stall={stall}") == 2
    assert "--stall" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["text.txt", "first.jsonl", "nowhere/first.db"])
def test_a_place_for_the_database_that_is_none_gets_a_sentence(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A capture named as the database by mistake is left as it is."""
    before = capture.read_bytes()
    (capture.parent / "text.txt").write_text("hello")
    place = capture.parent / name

    assert run(monkeypatch, "analyze", capture, "--db", place) == 1
    assert capsys.readouterr().err.startswith(f"streamscope: {place}")
    assert capture.read_bytes() == before


def test_a_pipe_is_read_from_its_beginning(tmp_path: Path) -> None:
    """As the shell's ``<(...)``: looking whether it is a database would take that from it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    records = synthetic.write(tmp_path / "c", synthetic.capture(1, 5)).read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=[records])
    writer.start()
    found = read((pipe,))
    writer.join()

    assert [one.file for one in found.captures] == [str(pipe)]


def test_what_cannot_be_read_in_a_directory_is_said_and_the_rest_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = synthetic.write(tmp_path / "a.jsonl", synthetic.capture(1, 5)).read_bytes()
    newer = tmp_path / "b.jsonl"
    newer.write_bytes(whole.replace(b'"version":1', b'"version":99', 1))
    found = read((tmp_path,))

    assert [Path(one.file).name for one in found.captures] == ["a.jsonl"]
    assert capsys.readouterr().err.startswith(f"passed over: {newer}: journal version 99 is newer")
