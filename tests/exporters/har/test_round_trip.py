"""Out and in again: the same records and findings; what does not come back is named."""

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import everything
import pytest
import synthetic
from anything import USUAL
from har_files import KEY, of_kind, read_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer import journal
from analyzer.analyze import analyze
from analyzer.exporters import har
from analyzer.exporters.losses import Loss
from analyzer.importers import read_capture
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Credential,
    Problem,
    Reads,
    RequestHead,
    WebSocketMessage,
)
from analyzer.redact import Redactor, Where
from analyzer.wire import sse

HEAD = CaptureHead("c", "proxy", "test", "chunk", 41, 5, 1_760_000_000_000_000_000)


def written(records: Iterable[AnyRecord | Problem]) -> tuple[bytes, list[Loss]]:
    file = io.BytesIO()
    losses = har.write(records, file)
    return file.getvalue(), losses


def again(records: Iterable[AnyRecord | Problem]) -> list[AnyRecord | Problem]:
    return read_bytes(written(records)[0])


def counted(records: Iterable[AnyRecord | Problem]) -> Counter[Any]:
    """Records, the reads of each exchange as one: where batches end is nobody's fact."""
    joined: dict[tuple[int, str], Reads] = {}
    rest: list[Any] = []
    for record in records:
        if not isinstance(record, Reads):
            rest.append(record)
            continue
        key = record.exchange, record.side
        if (before := joined.get(key)) is None:
            wire = record.wire_lengths or record.lengths
            joined[key] = replace(record, wire_lengths=wire)
        else:
            joined[key] = replace(
                before,
                at_ns=before.at_ns + record.at_ns,
                lengths=before.lengths + record.lengths,
                data=before.data + record.data,
                wire_lengths=before.wire_lengths + (record.wire_lengths or record.lengths),
            )
    return Counter([*rest, *(one for one in joined.values() if one.at_ns)])


def as_kept(records: Iterable[AnyRecord | Problem]) -> list[AnyRecord]:
    """As a journal would hold them: redacted, and without what JSON has no word for."""
    redactor = Redactor(KEY)
    where = Where(1, 0, "response")
    decoder = journal.Decoder("made")
    kept: list[AnyRecord] = []
    for record in records:
        if isinstance(record, Problem):
            continue
        if isinstance(record, Body | WebSocketMessage | Reads):
            record = replace(record, data=redactor.body(record.data, where))
        kept.append(record)
    found = decoder.feed(b"".join(map(journal.encode, [HEAD, *kept])))
    return [one for one in found[1:] if not isinstance(one, Problem)]


def distinct(parts: list[list[AnyRecord]]) -> list[AnyRecord]:
    return [
        everything.changed(record, exchange=number)
        for number, part in enumerate(parts, 1)
        for record in part
    ]


@settings(deadline=None, max_examples=25)  # what they are made of takes its time
@given(st.lists(USUAL, max_size=3).map(distinct))
def test_what_is_not_lost_comes_back_as_it_was(records: list[AnyRecord]) -> None:
    sent = as_kept(records)
    data, losses = written([HEAD, *sent])
    found = counted(read_bytes(data))
    expected = counted([HEAD, *sent])

    assert not of_kind(Problem, found)
    missing = expected - found
    assert sum(missing.values()) <= sum(loss.count for loss in losses)
    assert {type(one) for one in found - expected} <= {Credential}  # of two letters, say


SESSION = [HEAD, *everything.recorded(0)]


@pytest.mark.parametrize("records", [list(synthetic.capture(lost=True)), SESSION])
def test_a_session_comes_back_record_for_record(records: list[AnyRecord]) -> None:
    data, losses = written(records)

    assert counted(read_bytes(data)) == counted(records)
    assert losses == []


def test_a_session_analyses_to_the_same(tmp_path: Path) -> None:
    first = synthetic.write(tmp_path / "capture.jsonl", SESSION)
    second = tmp_path / "capture.har"
    with second.open("wb") as file:
        har.write(read_capture(first), file)
    (one,), (other,) = analyze([first]).captures, analyze([second]).captures

    assert replace(other, file=one.file) == one


def test_entries_taken_out_or_edited_leave_the_others_as_they_were() -> None:
    records = list(synthetic.capture(2))
    data, _ = written(records)
    lines = data.splitlines()
    lines[1] = lines[1].replace(b"delta_encoding", b"delta")  # its length no longer fits
    found = read_bytes(b"\n".join(lines))

    assert [one.code for one in of_kind(Problem, found)] == ["har_edited"]
    whole, changed = counted(records), counted(found)
    assert {one.exchange for one in changed if isinstance(one, RequestHead)} == {2, 3, 4, 2**40 + 1}
    kept = {one for one in whole if getattr(one, "exchange", 1) != 1}
    assert kept - set(changed) == set()


def test_a_file_without_our_members_is_read_as_any_browsers() -> None:
    records = list(synthetic.capture(3))
    data, _ = written(records)
    stripped = data.replace(b'"_streamscope', b'"_other')
    found = read_bytes(stripped)
    head = found[0]

    assert isinstance(head, CaptureHead)
    assert (head.source, head.clock, head.tool.split()[0]) == ("har", "event", "streamscope")
    sent, back = counted(records), counted(found)
    assert [one.path for one in sent if isinstance(one, RequestHead)] == [
        one.path for one in back if isinstance(one, RequestHead)
    ]
    offset = head.mono_ns - synthetic.START_NS + synthetic.WALL_NS - head.wall_ns
    for one, other in zip(of_kind(Reads, sent), of_kind(Reads, back), strict=True):
        before, after = events_of(one), events_of(other)

        assert [data for _, data in after] == [data for _, data in before]
        assert all(abs(b[0] - a[0] - offset) <= 1_000 for a, b in zip(before, after, strict=True))


def events_of(reads: Reads) -> list[tuple[int, str]]:
    found = sse.Decoder().feed_reads(reads.at_ns, reads.lengths, reads.data)
    return [(event.at_ns, event.data) for event in found]
