"""Opening captures: what a wrong file says, and what a cut one still gives."""

from pathlib import Path

import pytest

from analyzer import journal, model
from analyzer.importers import read_capture

HEAD = model.CaptureHead("c0ffee", "test", "test", "chunk", 1, 10, 20)
SENT = model.RequestEnd(exchange=1, at_ns=12)


def test_a_capture_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "any name"
    path.write_bytes(journal.encode(HEAD) + journal.encode(SENT))

    assert list(read_capture(path)) == [HEAD, SENT]


def test_a_cut_capture_gives_everything_before_the_cut_and_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(journal.encode(HEAD) + journal.encode(SENT) + journal.encode(SENT)[:9])

    *records, problem = read_capture(path)

    assert records == [HEAD, SENT]
    assert isinstance(problem, model.Problem)
    assert problem.code == "torn_tail"


@pytest.mark.parametrize(
    "content",
    [b"\n", b"hello\n", b"\x00\xff" * 99, b"{}\n", b'{"format":"x",\n"version":1,"capture":{}}'],
)
def test_a_file_that_is_no_capture_is_named_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)

    with pytest.raises(
        model.CaptureError, match=r"holiday\.jpg: not a capture that streamscope reads"
    ):
        list(read_capture(path))


def test_an_empty_file_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(model.CaptureError, match="empty: the file is empty"):
        read_capture(tmp_path / "empty")


def test_a_newer_journal_says_what_to_update(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(journal.encode(HEAD).replace(b'"version":1', b'"version":99'))

    with pytest.raises(model.CaptureError, match=r"version 99 is newer.*update streamscope"):
        list(read_capture(path))


def test_a_wrong_path_fails_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(model.CaptureError, match="No such file"):
        read_capture(tmp_path / "absent")
    with pytest.raises(model.CaptureError, match="is a directory"):
        read_capture(tmp_path)
