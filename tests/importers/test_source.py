"""A file to be read forward: its wrappings undone, its first bytes at hand."""

import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import journal
from analyzer.importers import read_capture
from analyzer.importers.source import BLOCK, STANDARD_INPUT, WRAPPINGS_LIMIT, Source
from analyzer.model import CaptureEnd, CaptureError, CaptureHead, Problem

JOURNAL = journal.encode(CaptureHead("c0ffee", "test", "test", "chunk", 1, 10, 20))
JOURNAL += journal.encode(CaptureEnd(at_ns=12))

Wrap = Callable[[bytes], bytes]
WRAPS: list[Wrap] = [gzip.compress, zstandard.compress]


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_plain_file_shows_its_first_bytes_and_they_stay_to_be_read(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8192
    path = put(tmp_path / "a", content)
    with Source(path) as source:
        assert source.head == content[:BLOCK]
        assert source.path == path
        assert source.file.read() == content
        assert source.problems() == []


@given(st.lists(st.sampled_from(WRAPS), max_size=WRAPPINGS_LIMIT), st.binary(max_size=200))
@settings(deadline=None)
def test_wrappings_around_each_other_are_undone(
    tmp_path_factory: pytest.TempPathFactory, wraps: list[Wrap], content: bytes
) -> None:
    content = b"x" + content  # else it could be a wrapping itself
    wrapped = content
    for wrap in wraps:
        wrapped = wrap(wrapped)
    path = put(tmp_path_factory.mktemp("nested") / "a", wrapped)
    with Source(path) as source:
        assert source.head == content
        assert source.file.read() == content
        assert source.path == (None if wraps else path)


def test_more_wrappings_than_anybody_makes_are_not_undone(tmp_path: Path) -> None:
    wrapped = b"x"
    for _ in range(WRAPPINGS_LIMIT + 1):
        wrapped = gzip.compress(wrapped)
    with Source(put(tmp_path / "a", wrapped)) as source:
        assert source.head == gzip.compress(b"x") or source.head.startswith(b"\x1f\x8b")


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_wrapped_capture_is_read_like_a_plain_one(tmp_path: Path, wrap: Wrap) -> None:
    plain = list(read_capture(put(tmp_path / "plain", JOURNAL)))

    assert list(read_capture(put(tmp_path / "wrapped", wrap(JOURNAL)))) == plain
    assert list(read_capture(put(tmp_path / "twice", wrap(wrap(JOURNAL))))) == plain


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_cut_wrapping_is_one_problem_behind_what_was_there(tmp_path: Path, wrap: Wrap) -> None:
    parts = wrap(JOURNAL) + wrap(JOURNAL)
    *records, problem = read_capture(put(tmp_path / "cut", parts[:-6]))

    assert records[:2] == list(read_capture(put(tmp_path / "plain", JOURNAL)))
    assert isinstance(problem, Problem)
    assert problem.code == "damaged_wrapping"


@pytest.mark.parametrize("wrap", WRAPS)
def test_a_wrapping_of_which_nothing_is_left_is_called_damaged_and_not_empty(
    tmp_path: Path, wrap: Wrap
) -> None:
    with pytest.raises(CaptureError, match=r"cut: too little is left of it: .* damaged or cut"):
        read_capture(put(tmp_path / "cut", wrap(JOURNAL)[:12]))


def test_standard_input_is_read_to_the_end_however_little_comes_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was read of it already comes first."""
    reading, writing = os.pipe()
    os.write(writing, b"lo, ")
    os.write(writing, b"world")
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with Source(STANDARD_INPUT, b"hel") as source:
            assert (source.name, source.path) == ("standard input", None)
            assert source.head == b"hello, world"
            assert source.file.read() == b"hello, world"


def test_a_file_has_one_name_whatever_its_path(tmp_path: Path) -> None:
    ids = []
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        with Source(put(tmp_path / name, content)) as source:
            ids.append(source.capture_id("har"))

    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("har-")


def test_what_cannot_be_opened_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="No such file"):
        Source(tmp_path / "absent")


@pytest.mark.parametrize("stdin", [None, "terminal"])
def test_standard_input_by_which_nothing_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, stdin: str | None
) -> None:
    leader, follower = os.openpty()
    with os.fdopen(leader), os.fdopen(follower) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal if stdin else None)

        with pytest.raises(CaptureError, match=r"standard input is \w.*; pipe a capture into it"):
            Source(STANDARD_INPUT)
