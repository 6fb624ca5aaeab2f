"""The capture format: what is written is read again, and damage costs only itself."""

import contextlib
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import journal, model
from analyzer.model import AnyRecord, CaptureError, Problem

HEAD = model.CaptureHead("c1", "test", "tests", "chunk", 1, 1_000, 1_700_000_000_000_000_000)
READS = model.Reads(1, (10, 15, 15), (3, 0, 2), b"ab\xff\xfe\n", (2, 1, 1))
RECORDS: list[AnyRecord] = [
    HEAD,
    model.Connection(1, 5, "client", "h2", "127.0.0.1:1", "host", "TLSv1.3", 1, 4),
    model.RequestHead(
        1, 6, "GET", "https", "h", "/p?q=ü", "HTTP/2.0", (("a", "b"), ("a", "\udc80"[:0])), 1, "f"
    ),
    model.RequestEnd(1, 7),
    model.ResponseHead(1, 9, 200, "HTTP/2.0", (("x", "y"),), "OK", 2, True),
    READS,
    model.Reads(1, (), (), b""),
    model.Reads(2, (2**62,), (4,), "ü\u2028".encode()[:4], (), "request"),
    model.Body(1, 12, "response", 5, b'\x00\n\r"\\', 9, "because"),
    model.Body(1, 12, "request", 0),
    model.WebSocketMessage(1, 13, True, False, b"\xf0", 1),
    model.Credential(1, 14, "cred:1", "bearer", "query x", 9, "x", 1.5, 2.5, 60),
    model.Observer(15, 10, 3, 1, 2, (3,), (4,), 5, 6, 7, 8),
    model.Lost(16, "reads", 2, "full", 9, 1),
    model.ExchangeEnd(1, 17, "client_abort", "gone"),
    model.ConnectionEnd(1, 18, "err"),
    model.CaptureEnd(19),
]
JOURNAL = b"".join(map(journal.encode, RECORDS))


def read(*parts: bytes) -> list[AnyRecord | Problem]:
    decoder = journal.Decoder("capture.jsonl")
    found = [record for part in parts for record in decoder.feed(part)]
    return found + decoder.finish()


def test_every_kind_of_record_is_read_as_it_was_written() -> None:
    assert read(JOURNAL) == RECORDS
    kinds = {kind.__name__ for kind in AnyRecord.__value__.__args__}
    assert {type(record).__name__ for record in RECORDS} == kinds


def test_it_reads_the_same_byte_by_byte() -> None:
    assert read(*(JOURNAL[i : i + 1] for i in range(len(JOURNAL)))) == RECORDS


@given(st.lists(st.integers(0, len(JOURNAL)), max_size=8))
def test_it_reads_the_same_in_any_pieces(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(JOURNAL)]

    assert read(*(JOURNAL[a:b] for a, b in pairwise(bounds))) == RECORDS


@given(st.integers(len(journal.encode(HEAD)), len(JOURNAL)))
def test_cut_short_it_keeps_every_whole_record(end: int) -> None:
    """A killed recorder leaves a torn tail: reported with its place, and all before it read."""
    found = read(JOURNAL[:end])
    whole = JOURNAL[:end].count(b"\n")
    torn = end - (JOURNAL[:end].rfind(b"\n") + 1)

    assert found[:whole] == RECORDS[:whole]
    if torn:
        (problem,) = found[whole:]
        assert isinstance(problem, Problem)
        assert (problem.code, problem.offset) == ("torn_tail", end - torn)
    else:
        assert len(found) == whole


def test_a_damaged_line_costs_only_itself_and_names_its_place() -> None:
    head, bad, end = (
        journal.encode(HEAD),
        b'{"t":"reads","exchange":\n',
        journal.encode(RECORDS[-1]),
    )
    found = read(head + bad + end)

    assert found[0] == HEAD
    assert found[2] == RECORDS[-1]
    problem = found[1]
    assert isinstance(problem, Problem)
    assert (problem.code, problem.offset, problem.place) == (
        "damaged_record",
        len(head),
        "capture.jsonl",
    )


@pytest.mark.parametrize(
    "line",
    [
        b'{"t":"unheard_of"}',
        b"",
        b"\xff\xfe",
        b"null",
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[1,2],"data":{"text":"abc"}}',
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[2],"data":{"text":"abc"}}',
        b'{"t":"reads","exchange":1,"at":[1,2],"lengths":[-1,4],"data":{"text":"abc"}}',
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[3],"wire":[1,2],"data":{"text":"abc"}}',
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[3],"wire":[-3],"data":{"text":"abc"}}',
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[1],"data":{"base64":"!"}}',
        b'{"t":"reads","exchange":1,"at":[1],"lengths":[1],"data":{"base64":"\xc3\xbc"}}',
        pytest.param(b'{"t":"end","at_ns":1,"x":' + b"[" * 200_000, id="nested without end"),
        b'{"t":"end","at_ns":1e400}',
    ],
)
def test_what_is_no_record_is_a_problem_and_no_exception(line: bytes) -> None:
    found = read(journal.encode(HEAD) + line + b"\n" + journal.encode(RECORDS[-1]))

    assert [getattr(item, "code", None) for item in found] == [None, "damaged_record", None]


@given(st.data())
def test_a_mutated_journal_never_raises_anything_but_our_error(data: st.DataObject) -> None:
    mutated = bytearray(JOURNAL)
    for _ in range(data.draw(st.integers(1, 10))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CaptureError):
        read(bytes(mutated))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"PK\x03\x04",
        b'{"log":{}}\n',
        b"[1]\n",
        b"\xff\n",
        b'{"format":"streamscope-journal","version":1,"capture":{}}\n',
        b'{"format":"other","version":1,"capture":{}}\n',
        pytest.param(
            b'{"format":"streamscope-journal","version":1,"capture":' + b"[" * 200_000 + b"\n",
            id="nested without end",
        ),
        JOURNAL[:30],
    ],
)
def test_another_file_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CaptureError, match=r"^capture\.jsonl: not a streamscope capture; "):
        read(data)


def test_a_newer_version_is_refused_by_its_number() -> None:
    newer = journal.encode(HEAD).replace(b'"version":1', b'"version":7')

    with pytest.raises(CaptureError, match="version 7 is newer"):
        read(newer)


def test_a_line_over_the_limit_is_skipped_without_being_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "LINE_LIMIT", 1000)
    long = journal.encode(model.Body(1, 2, "response", 5000, b"x" * 5000))
    head, end = journal.encode(HEAD), journal.encode(RECORDS[-1])
    for step in (1, 700, 10_000):
        data = head + long + end
        found = read(*(data[i : i + step] for i in range(0, len(data), step)))

        assert [getattr(item, "code", None) for item in found] == [None, "record_too_long", None]


def test_unknown_fields_of_a_later_minor_version_are_ignored() -> None:
    line = journal.encode(RECORDS[-1]).replace(b'"at_ns"', b'"new":[1],"at_ns"')

    assert read(journal.encode(HEAD) + line) == [HEAD, RECORDS[-1]]


def test_it_begins_with_its_magic() -> None:
    assert JOURNAL.startswith(journal.MAGIC)


@given(
    st.lists(
        st.tuples(st.integers(0, 2**40), st.binary(max_size=20), st.integers(0, 50)), max_size=20
    )
)
def test_reads_survive_the_round_trip_whatever_their_bytes(reads: list[Any]) -> None:
    record = model.Reads(
        3,
        tuple(at for at, _, _ in reads),
        tuple(len(part) for _, part, _ in reads),
        b"".join(part for _, part, _ in reads),
        tuple(wire for _, _, wire in reads),
    )

    assert read(journal.encode(HEAD) + journal.encode(record)) == [HEAD, record]


@given(st.text(max_size=50), st.binary(max_size=50))
def test_text_and_bytes_survive_the_round_trip(text: str, data: bytes) -> None:
    records: list[AnyRecord] = [
        HEAD,
        model.ExchangeEnd(1, 2, "error", text),
        model.Body(1, 2, "response", 9, data),
    ]

    line = b"".join(map(journal.encode, records))
    assert read(line) == records
    assert line.count(b"\n") == 3
    assert all(msgspec.json.decode(part) for part in line.splitlines())
