"""`streamscope demo` as a user runs it: whole, without a browser, interrupted."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from analyzer.demo.script import DUET_TURNS, EXPORT_LIMIT, EXPORT_PAGES

DEMO = [sys.executable, "-m", "analyzer.cli", "demo", "--time-scale", "0.02"]


class Run:
    """A demonstration in a process; its mark in the environment finds what it started."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._mark = f"STREAMSCOPE_TEST_MARK={uuid.uuid4()}"
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            [*DEMO, "--out", str(directory), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {name: value},
            text=True,
            start_new_session=True,
        )

    def left(self) -> list[str]:
        """Command lines of processes that still run for this demonstration."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self._mark.encode() in (
                    (entry / "environ").read_bytes().split(b"\0")
                ):
                    found.append((entry / "cmdline").read_text())
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found

    def wait_for(self, words: str) -> None:
        """Return once the progress on standard error has said these words."""
        assert self.process.stderr is not None
        seen = ""
        for line in self.process.stderr:
            seen += line
            if words in line:
                return
        pytest.fail(f"the demonstration ended without saying {words!r}: {seen}")


def check_files(directory: Path) -> None:
    report = msgspec.json.decode((directory / "report.json").read_bytes())
    assert {turn["protocol"] for turn in report["turns"]} == {"h2", "h3"}
    asked = [turn for turn in report["turns"] if turn["ttft_ns"] is not None]
    assert {turn["protocol"] for turn in asked} == {"h2", "h3"}
    assert all(turn["ttft_ns"] > 0 for turn in asked)
    assert (directory / "capture.db").read_bytes().startswith(b"SQLite format 3")
    assert (directory / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert (directory / "capture.jsonl").stat().st_mode & 0o777 == 0o600


def check_answers(directory: Path) -> None:
    """With a browser the session has something for every question, over both protocols."""
    report = msgspec.json.decode((directory / "report.json").read_bytes())
    (capture,) = report["captures"]
    found = capture["answers"]
    walks = found["pagination"]["pagination_walks"]
    exports = [walk for walk in walks if walk["page_size"] == EXPORT_LIMIT]
    kinds = {row["kind"] for row in found["identifiers"]["identifier_order"]}
    talks = [row for row in found["conversations"]["conversations"] if row["variants"]]
    incidents = found["credentials"]["credential_incidents"]

    assert [(walk["pages"], walk["duplicates"]) for walk in exports] == [(EXPORT_PAGES, 1)] * 2
    assert {"uuid4", "uuid7", "ulid"} <= kinds
    assert [(row["edits"], row["ratings"]) for row in talks] == [(1, 1)] * 2
    assert all(row["resumed"] == row["handoffs"] == 3 for row in talks)
    assert [row["turns"] for row in found["duets"]["duets"]] == [DUET_TURNS] * 2
    assert any(row["recovered_ns"] is not None for row in incidents)
    assert {row["protocol"] for row in found["transport"]["connections"]} >= {"h2", "h3"}
    assert capture["problems"] == []


def test_a_place_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = Run(tmp_path / "file" / "out", "--no-browser")
    _, err = run.process.communicate(timeout=60)

    assert run.process.returncode == 1
    assert "cannot be made (Not a directory); name another --out" in err
    assert "Traceback" not in err


@pytest.mark.browser
def test_two_at_once_do_not_collide_and_each_says_who_drove_it(
    browser_path: Path, tmp_path: Path
) -> None:
    """One by Chromium, one by HTTP clients, as where there is no browser."""
    drivers = {"browser": "Driven by Chromium", "clients": "not by a browser"}
    options = {"browser": (), "clients": ("--no-browser",)}
    runs = {name: Run(tmp_path / name, *options[name]) for name in drivers}
    for name, run in runs.items():
        out, err = run.process.communicate(timeout=180)

        assert run.process.returncode == 0, err
        assert "HTTP/2 beside HTTP/3" in out
        assert drivers[name] in out
        for file in ("capture.jsonl", "capture.db", "report.json"):
            assert str(tmp_path / name / file) in out
        assert out.endswith(f"with charts: {tmp_path / name / 'report.html'}\n")
        check_files(tmp_path / name)
        assert run.left() == []
    check_answers(tmp_path / "browser")


def ctrl_c(run: Run) -> None:
    """As a terminal does it: for every process of the foreground group."""
    os.killpg(run.process.pid, signal.SIGINT)


def terminate(run: Run) -> None:
    run.process.terminate()


@pytest.mark.browser
@pytest.mark.parametrize(("interrupt", "options"), [(ctrl_c, ()), (terminate, ("--no-browser",))])
def test_an_interrupted_demonstration_leaves_nothing_running(
    browser_path: Path,
    tmp_path: Path,
    interrupt: Callable[[Run], None],
    options: tuple[str, ...],
) -> None:
    run = Run(tmp_path, *options)
    run.wait_for("HTTP/2: ")
    interrupt(run)
    _, err = run.process.communicate(timeout=60)

    assert run.process.returncode == 130, err
    assert "Traceback" not in err
    assert run.left() == []


def test_a_directory_that_holds_a_demonstration_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "capture.jsonl").write_text("of before")
    run = Run(tmp_path, "--no-browser")
    _, err = run.process.communicate(timeout=60)

    assert run.process.returncode == 1
    assert "capture.jsonl exists, and is not overwritten; name another --out" in err
    assert (tmp_path / "capture.jsonl").read_text() == "of before"
