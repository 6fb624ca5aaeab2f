"""Paths to files: what a directory stands for, and what a wrong path says before any is read."""

import gzip
import os
import resource
import sys
from pathlib import Path

import pytest

from analyzer import journal
from analyzer.analyze import analyze
from analyzer.importers import find_captures, recognised
from analyzer.importers.source import STANDARD_INPUT
from analyzer.model import CaptureEnd, CaptureError, CaptureHead


def a_journal(name: str = "c0ffee") -> bytes:
    head = CaptureHead(name, "test", "test", "chunk", 1, 10, 20)
    return journal.encode(head) + journal.encode(CaptureEnd(at_ns=12))


JOURNAL = a_journal()
UNREADABLE = JOURNAL.replace(b'"version":1', b'"version":99')
"""Recognised by how it begins; read, it is a newer one's."""


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_directory_stands_for_the_captures_in_it(tmp_path: Path) -> None:
    """At any depth, in order; what is hidden or no capture is passed over."""
    (tmp_path / "deep").mkdir()
    found = [
        put(tmp_path / "a", JOURNAL),
        put(tmp_path / "deep" / "b.gz", gzip.compress(JOURNAL)),
        put(tmp_path / "e", b"data: x\n\n"),
    ]
    put(tmp_path / ".hidden", JOURNAL)
    put(tmp_path / "a.toml", b'name = "x"\n')
    put(tmp_path / "notes.md", b"# Notes\n")
    put(tmp_path / "empty", b"")

    assert find_captures([tmp_path]) == found
    assert find_captures([found[2], tmp_path / "deep"]) == [found[2], found[1]]
    assert recognised(found[1]) == "a streamscope capture"
    assert recognised(tmp_path / "notes.md") == recognised(tmp_path / "absent") == ""


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    capture = put(tmp_path / "a", JOURNAL)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "other name").symlink_to(capture)

    assert find_captures([tmp_path]) == [capture, tmp_path / "other name"]


def test_a_directory_without_a_capture_gets_a_sentence(tmp_path: Path) -> None:
    put(tmp_path / "notes.md", b"# Notes\n")

    with pytest.raises(CaptureError, match="no capture is in this directory"):
        find_captures([tmp_path])


@pytest.mark.parametrize("wrong", [b"It was a dark night.\n", b"", None])
def test_a_wrong_path_is_told_of_before_anything_is_read(
    tmp_path: Path, wrong: bytes | None
) -> None:
    right = put(tmp_path / "a", JOURNAL)
    if wrong is not None:
        put(tmp_path / "thesis", wrong)

    with pytest.raises(CaptureError, match="thesis"):
        find_captures([right, tmp_path / "thesis"])


def test_standard_input_can_be_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        assert find_captures([STANDARD_INPUT]) == [STANDARD_INPUT]
        with pytest.raises(CaptureError, match="named twice"):
            find_captures([STANDARD_INPUT, STANDARD_INPUT])


def test_of_a_pipe_nothing_is_taken_before_it_is_read(tmp_path: Path) -> None:
    """As of a shell's ``<(...)``: what is read of it is gone."""
    reading, writing = os.pipe()
    os.write(writing, JOURNAL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = analyze([Path(f"/dev/fd/{pipe.fileno()}")])

    assert [one.head.capture_id for one in found.captures] == ["c0ffee"]


def test_more_captures_than_files_may_be_open_are_read(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(one.name) for one in Path("/dev/fd").iterdir())
    for number in range(60):
        put(tmp_path / f"{number}", a_journal(f"{number:06}"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 10, hard))
    try:
        found = analyze([tmp_path])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert len(found.captures) == 60


def test_what_cannot_be_read_in_a_directory_is_told_of_and_costs_only_itself(
    tmp_path: Path,
) -> None:
    """A file that is named itself, or a directory with nothing else, is an error as ever."""
    bad = put(tmp_path / "a", UNREADABLE)
    told: list[CaptureError] = []
    with pytest.raises(CaptureError, match="version 99"):
        analyze([tmp_path], passed_over=told.append)
    put(tmp_path / "b", JOURNAL)
    found = analyze([tmp_path], passed_over=told.append)

    assert [one.head.capture_id for one in found.captures] == ["c0ffee"]
    assert [str(bad) in str(one) for one in told] == [True, True]
    with pytest.raises(CaptureError, match="version 99"):
        analyze([tmp_path, bad], passed_over=told.append)
    with pytest.raises(CaptureError, match="version 99"):
        analyze([tmp_path])
