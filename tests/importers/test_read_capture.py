"""Opening captures: what a wrong file says, and what a cut one still gives."""

from dataclasses import replace
from pathlib import Path

import pytest
from har_files import a_har, an_entry

from analyzer import importers, journal, model
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

    with pytest.raises(model.CaptureError, match="empty is empty"):
        read_capture(tmp_path / "empty")


def test_a_newer_journal_says_what_to_update(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(journal.encode(HEAD).replace(b'"version":1', b'"version":99'))

    with pytest.raises(model.CaptureError, match=r"version 99 is newer.*update streamscope"):
        list(read_capture(path))


def test_a_wrong_path_fails_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(model.CaptureError, match="No such file"):
        read_capture(tmp_path / "absent")
    with pytest.raises(model.CaptureError, match="no capture is in this directory"):
        read_capture(tmp_path)


def test_a_directory_is_the_one_capture_in_it(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n")
    (tmp_path / "a.jsonl").write_bytes(journal.encode(HEAD))
    found = list(read_capture(tmp_path))
    (tmp_path / "b.jsonl").write_bytes(journal.encode(HEAD))

    assert found == [HEAD]
    with pytest.raises(model.CaptureError, match=r"2 captures; name one of them, as .*a\.jsonl"):
        read_capture(tmp_path)


def test_a_body_over_the_limit_says_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option of the recorder would not help who reads somebody else's file."""
    monkeypatch.setattr(importers, "_KEEP", replace(importers._KEEP, body_limit=5))
    path = tmp_path / "a.har"
    path.write_bytes(a_har(an_entry()))
    (body,) = [one for one in read_capture(path) if isinstance(one, model.Body)]

    assert body.data == b'{"ok"'
    assert body.withheld == "only the first 5 bytes are kept; the file itself has the rest"
