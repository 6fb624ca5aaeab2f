"""`streamscope convert`: what is written, where, and what is said of it."""

import errno
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
import synthetic
import zstandard
from click.testing import CliRunner, Result

from analyzer.commands.convert import convert
from analyzer.exporters import journal as journal_exporter
from analyzer.exporters.losses import Loss
from analyzer.importers.source import BLOCK
from analyzer.model import StreamscopeError


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "in.jsonl", synthetic.capture(2, 9))


def run(*arguments: str | Path) -> Result:
    """Errors come as they are: the command line's own `main` says them."""
    result = CliRunner().invoke(convert, [str(one) for one in arguments], standalone_mode=False)
    if isinstance(result.exception, StreamscopeError | click.ClickException):
        raise result.exception
    return result


def test_the_file_is_private_whole_and_alone(tmp_path: Path, capture: Path) -> None:
    target = tmp_path / "out.jsonl"
    result = run(capture, target)

    assert (result.exit_code, result.output) == (0, "")
    assert target.read_bytes() == capture.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.stat().st_nlink == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_what_the_format_cannot_hold_is_listed(tmp_path: Path, capture: Path) -> None:
    result = run(capture, tmp_path / "out.events.jsonl")

    assert result.stdout == ""
    assert result.stderr.startswith("lost, because the format (JSON Lines of events)")
    assert "4 bodies: a line holds an event" in result.stderr


def test_a_damaged_file_is_written_as_far_as_it_goes(tmp_path: Path, capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-9])
    result = run(capture, tmp_path / "out.jsonl")

    assert (tmp_path / "out.jsonl").stat().st_size > 0
    assert "torn_tail: the last record is cut" in result.stderr
    assert "1 problems of the file" in result.stderr


def test_endings_compress_and_read_back(tmp_path: Path, capture: Path) -> None:
    run(capture, tmp_path / "out.jsonl.gz")
    run(tmp_path / "out.jsonl.gz", tmp_path / "out.jsonl.zst")
    run(tmp_path / "out.jsonl.zst", tmp_path / "again.jsonl")
    plain = capture.read_bytes()

    assert gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()) == plain
    decoder = zstandard.ZstdDecompressor().decompressobj()
    assert decoder.decompress((tmp_path / "out.jsonl.zst").read_bytes()) == plain
    assert (tmp_path / "again.jsonl").read_bytes() == plain


def test_nothing_is_overwritten_unless_forced(tmp_path: Path, capture: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("mine")
    with pytest.raises(StreamscopeError, match=r"exists already; name another file, or give --f"):
        run(capture, target)
    assert target.read_text() == "mine"
    run(capture, target, "--force")

    assert json.loads(target.read_bytes())["displayTimeUnit"] == "ms"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_capture_may_be_written_over_itself(capture: Path) -> None:
    before = capture.read_bytes()
    run(capture, capture, "--force")

    assert capture.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out.txt", "its ending names no format"),
        (".", "is a directory; name a file in it"),
        ("none/out.jsonl", "there is no directory .*none; make it"),
        ("in.jsonl/out.jsonl", "Not a directory"),
    ],
)
def test_a_bad_target_gets_a_sentence_and_leaves_nothing(
    tmp_path: Path, capture: Path, name: str, said: str
) -> None:
    with pytest.raises(StreamscopeError, match=f"{tmp_path}.*{said}"):
        run(capture, tmp_path / name, *(["--to", "journal"] if name == "." else []))

    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_device_is_never_replaced(capture: Path) -> None:
    with pytest.raises(StreamscopeError, match="no regular file"):
        run(capture, "/dev/null", "--to", "journal", "--force")

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("hello")
    with pytest.raises(StreamscopeError, match="not a capture"):
        run(tmp_path / "text.txt", tmp_path / "out.har")

    assert [one.name for one in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.parametrize(
    ("code", "said"), [(errno.ENOSPC, "No space left"), (errno.EFBIG, "File too large")]
)
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, capture: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    def write(*_: object) -> list[Loss]:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(journal_exporter, "write", write)
    with pytest.raises(StreamscopeError, match=rf"out\.jsonl: cannot be written whole: {said}"):
        run(capture, tmp_path / "out.jsonl")

    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]


def test_standard_output_needs_a_format(capture: Path) -> None:
    with pytest.raises(click.UsageError, match="--to"):
        run(capture, "-")


def test_a_pipe_goes_through_and_ctrl_c_removes_what_was_begun(
    tmp_path: Path, capture: Path
) -> None:
    command = "from analyzer.cli import main; main()"
    data = capture.read_bytes()
    through = subprocess.run(
        [sys.executable, "-c", command, "convert", "-", "-", "--to", "journal"],
        input=data, capture_output=True, check=True,
    )  # fmt: skip
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", command, "convert", "-", str(tmp_path / "out.jsonl")],
        stdin=reading,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(reading)
        records = data[data.index(b"\n") + 1 :]
        rest = memoryview(data + records * (BLOCK * 2 // len(records)))
        while rest:  # over a block: a pipe's first is awaited whole
            rest = rest[os.write(writing, rest) :]
        while not list(tmp_path.glob(".out.jsonl.*.part")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.wait(30)
        os.close(writing)

    assert through.stdout == data
    assert process.returncode == 130
    assert [one.name for one in tmp_path.iterdir()] == ["in.jsonl"]
