"""`streamscope watch` as a user runs it, on a capture that grows and on others."""

import contextlib
import gzip
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pseudo import PATIENCE_S, Screen

from analyzer.commands.watch import watch

CAPTURES = Path(__file__).parents[2] / "captures"
GOOD = CAPTURES / "good-h2.jsonl"
WATCH = [sys.executable, "-P", "-c", "from analyzer.cli import main; main()", "watch"]


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    return tmp_path / "growing.jsonl"


@pytest.fixture
def screen(growing: Path) -> Iterator[Screen]:
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    with contextlib.closing(Screen([*WATCH, str(growing)], env)) as screen:
        yield screen


def lines_until(text: bytes) -> tuple[bytes, bytes]:
    """The capture up to the first line that has this, and the rest."""
    lines = GOOD.read_bytes().splitlines(keepends=True)
    cut = next(i for i, line in enumerate(lines) if text in line) + 1
    return b"".join(lines[:cut]), b"".join(lines[cut:])


def test_a_capture_is_looked_at_while_it_grows(screen: Screen, growing: Path) -> None:
    """Waited for, shown as it comes, gone through by keys; the terminal is as it was before."""
    before = screen.settings()
    first, rest = lines_until(b'"t":"reads"')
    screen.read_until("waiting for a file that is not there yet")
    taken_over = screen.settings()
    growing.write_bytes(first)
    screen.read_until(r"h2 \S+conversation\s+open")
    screen.type(b"\x1b[A\r")
    screen.read_until(r"#\s+since\s+gap type\s+kind\s+text or data")
    with growing.open("ab") as file:
        file.write(rest)
    screen.read_until(r"answer \w+")
    screen.type(b"\x1b")
    screen.read_until(r"connections  ")
    for key, heading in ((b"2", "ends in"), (b"3", "waits"), (b"\x1bOB4", "handshake")):
        screen.type(key)
        screen.read_until(heading)
    screen.type(b"q")
    screen.read_until(r"growing\.jsonl: \d+ streams?, \d+ events, .* Next: streamscope report")

    assert screen.process.wait(PATIENCE_S) == 0
    assert screen.settings() == before != taken_over
    assert screen.raw.rstrip().rpartition("\x1b[?1049h")[2].count("\x1b[?1049l") == 1
    assert screen.raw.rpartition("\x1b[?25l")[2].count("\x1b[?25h") == 1


@pytest.mark.parametrize("end", [b"\x03", signal.SIGTERM])
def test_ctrl_c_and_sigterm_give_the_terminal_back(
    screen: Screen, growing: Path, end: bytes | signal.Signals
) -> None:
    before = screen.settings()
    growing.write_bytes(GOOD.read_bytes())
    screen.read_until(" ended")
    if isinstance(end, bytes):
        screen.type(end)
    else:
        screen.process.send_signal(end)
    screen.read_until(r"growing\.jsonl: 3 streams, .* Next: streamscope report")

    assert screen.process.wait(PATIENCE_S) == 0
    assert screen.settings() == before
    assert "\x1b[?1049l" in screen.raw


def run(path: Path) -> Result:
    return CliRunner().invoke(watch, [str(path)])


def test_without_a_terminal_it_prints_lines_and_ends_with_the_capture() -> None:
    done = run(GOOD)
    lines = done.output.splitlines()

    assert done.exit_code == 0
    assert any(" open: h2 localhost:" in line for line in lines)
    assert any("connection 1 open: h2 to the browser" in line for line in lines)
    assert lines[-1].startswith(f"{GOOD}: ")
    assert lines[-1].endswith(f"Next: streamscope report {GOOD}")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.har", b'{"log":{"version":"1.2","entries":[]}}', "is a HAR file; what is followed"),
        ("x.jsonl.gz", gzip.compress(GOOD.read_bytes()), "is a compressed capture; what is"),
        ("x.db", b"SQLite format 3\x00" + bytes(100), "a database, no capture"),
        ("x.txt", b"hello\n" * 100, "x.txt"),
        ("nowhere/x.jsonl", None, "is no directory, so nothing can come to be in it"),
    ],
    ids=["har", "gzip", "database", "text", "nowhere"],
)
def test_what_cannot_be_followed_is_told_what_it_is(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run(path)

    assert sentence in str(done.exception)
    assert type(done.exception).__name__ == "CaptureError"
    assert done.exit_code == 1
