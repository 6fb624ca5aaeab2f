"""The journal's file: the owner's alone, appended to, never overwritten."""

import os
import stat
from pathlib import Path

import pytest

from addons.journal_file import JournalFile
from analyzer.model import CaptureError


def test_it_is_created_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        JournalFile(tmp_path / "c.jsonl").close()
    finally:
        os.umask(old)

    assert stat.S_IMODE((tmp_path / "c.jsonl").stat().st_mode) == 0o600


def test_an_empty_file_is_taken_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.touch(0o644)
    JournalFile(path).append(b"a\n")

    assert path.read_bytes() == b"a\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_are_appended(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "c.jsonl")
    file.append(b"a\n")
    file.append(b"b\nc\n")
    file.close()

    assert file.path.read_bytes() == b"a\nb\nc\n"


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text("precious")
    with pytest.raises(CaptureError, match=r"holds something already.*choose another"):
        JournalFile(path)

    assert path.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_told_with_its_remedy(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    cases = {
        tmp_path: "it is a directory",
        tmp_path / "no" / "c.jsonl": "directory does not exist",
        tmp_path / "pipe": "is not a file",
        Path("/proc/1/nothing"): "cannot record here",
    }
    for path, sentence in cases.items():
        with pytest.raises(CaptureError, match=sentence) as caught:
            JournalFile(path)
        assert str(path) in str(caught.value)
    os.close(reader)


def test_after_a_write_that_broke_off_the_next_line_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk takes half a line; the record after it must not be glued to it."""
    file = JournalFile(tmp_path / "c.jsonl")
    write = os.write
    answers: list[int | None] = [3, None]

    def full_disk(fd: int, data: memoryview) -> int:
        taken = answers.pop(0)
        if taken is None:
            raise OSError(28, "No space left on device")
        return write(fd, data[:taken])

    monkeypatch.setattr(os, "write", full_disk)
    with pytest.raises(OSError, match="No space"):
        file.append(b"first line\n")
    monkeypatch.undo()
    file.append(b"second\n")
    file.append(b"third\n")

    assert file.path.read_bytes() == b"fir\nsecond\nthird\n"
