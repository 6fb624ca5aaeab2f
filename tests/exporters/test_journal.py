"""Any capture as our journal: the same records again."""

import io
from pathlib import Path

import synthetic
from anything import CAPTURES, HEADS
from hypothesis import given

from analyzer import journal as our_journal
from analyzer.exporters import journal
from analyzer.importers import read_capture
from analyzer.model import AnyRecord, CaptureHead, Problem

KEY = b"k" * 32


def read_again(data: bytes) -> list[AnyRecord | Problem]:
    decoder = our_journal.Decoder("again")
    return [*decoder.feed(data), *decoder.finish()]


@given(HEADS, CAPTURES)
def test_every_record_comes_back_as_it_was(
    head: CaptureHead, records: list[AnyRecord | Problem]
) -> None:
    """As a journal holds it: JSON has no infinite numbers."""
    kept = [one for one in records if not isinstance(one, Problem)]
    first = b"".join(map(our_journal.encode, [head, *kept]))
    problems = [one for one in records if isinstance(one, Problem)]
    written = io.BytesIO()
    losses = journal.write([*read_again(first), *problems], written)

    assert read_again(written.getvalue()) == read_again(first)
    assert sum(loss.count for loss in losses) == len(problems)


def test_a_foreign_capture_becomes_what_reading_it_gives(tmp_path: Path) -> None:
    """With one key the credentials too."""
    foreign = tmp_path / "body.sse"
    foreign.write_bytes(b'data: {"accessToken": "4fd1c0ffee4fd1c0ffee"}\n\ndata: b\n\n')
    read = list(read_capture(foreign, KEY))
    written = tmp_path / "again.jsonl"
    with written.open("wb") as file:
        journal.write(read_capture(foreign, KEY), file)

    assert list(read_capture(written)) == read
    assert b"c0ffee" not in written.read_bytes()


def test_a_journal_comes_out_byte_for_byte(tmp_path: Path) -> None:
    first = synthetic.write(tmp_path / "first.jsonl", synthetic.capture(3, 9, lost=True))
    written = io.BytesIO()
    losses = journal.write(read_capture(first), written)

    assert written.getvalue() == first.read_bytes()
    assert losses == []
