"""A growing journal is read as it grows, and never a byte of another file."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.follow import BLOCK, follow
from analyzer.journal import encode
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureError,
    CaptureHead,
    ConnectionEnd,
    Problem,
)

HEAD = CaptureHead("c", "proxy", "test", "chunk", 1, mono_ns=5, wall_ns=10)
END = CaptureEnd(9)


def polls(path: Path, *between: Callable[[], object]) -> list[list[AnyRecord | Problem]]:
    """What each poll brings while ``between`` happens, one step a pause."""
    steps = iter(between)
    found: list[list[AnyRecord | Problem]] = []

    class Enough(Exception):  # noqa: N818 - ends the iteration, is no error
        pass

    def pause(_: float) -> None:
        step = next(steps, None)
        if step is None:
            raise Enough
        step()

    with contextlib.suppress(Enough):
        for poll in follow(path, 0.25, pause):
            found.append(poll)  # noqa: PERF402 - keep what came before Enough
    return found


def append(path: Path, data: bytes) -> Callable[[], object]:
    def step() -> None:
        with path.open("ab") as file:
            file.write(data)

    return step


def test_records_come_with_the_poll_that_saw_their_end(tmp_path: Path) -> None:
    path = tmp_path / "j"
    line = encode(END)
    path.write_bytes(encode(HEAD))
    found = polls(path, append(path, line[:7]), append(path, line[7:]), append(path, b""))

    assert found == [[HEAD], [], [END], []]


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "j"
    found = polls(path, append(path, encode(HEAD)))

    assert found == [[], [HEAD]]


def test_there_is_no_pause_while_more_stands_in_the_file(tmp_path: Path) -> None:
    """And no read takes more than a block at once."""
    path = tmp_path / "j"
    ends = [ConnectionEnd(n, n, "x" * 1000) for n in range(2 * BLOCK // 1000)]
    path.write_bytes(encode(HEAD) + b"".join(map(encode, ends)))
    found = polls(path)

    assert len(found) == 3
    assert [record for poll in found for record in poll] == [HEAD, *ends]


def test_the_pause_is_the_interval(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(encode(HEAD))
    pauses: list[float] = []
    following = follow(path, 0.125, pauses.append)
    next(following)
    next(following)

    assert pauses == [0.125]


def test_a_moved_file_is_followed_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(encode(HEAD))
    moved = tmp_path / "k"

    def move() -> None:
        path.rename(moved)

    assert polls(path, move, append(moved, encode(END))) == [[HEAD], [], [END]]


def test_another_file_in_its_place_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(encode(HEAD))

    def replace() -> None:
        (tmp_path / "new").write_bytes(encode(HEAD) * 3)
        (tmp_path / "new").rename(path)

    found = polls(path, replace, append(path, b""))

    assert [p.code for poll in found for p in poll if isinstance(p, Problem)] == [
        "capture_replaced"
    ]
    assert len(found) == 2


def test_a_file_cut_short_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(encode(HEAD))
    found = polls(path, lambda: path.write_bytes(b""), append(path, b""))

    assert [p.code for poll in found for p in poll if isinstance(p, Problem)] == ["capture_cut"]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"data: x\n\n")

    with pytest.raises(CaptureError, match="not a streamscope capture"):
        next(follow(path))
