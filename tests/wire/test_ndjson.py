"""JSON lines and growing arrays: events and their times, in reads of any size, against Python's
own `json` over the whole text.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.model import Problem, StreamError, WireEvent
from analyzer.wire import elements, lines, ndjson

FIXTURES = Path(__file__).parents[1] / "fixtures"


def cut(data: bytes, *places: int) -> list[bytes]:
    return [data[begin:end] for begin, end in pairwise((0, *sorted(places), len(data)))]


def fed(reads: list[bytes], *, at_once: bool = False) -> tuple[list[WireEvent], list[Problem]]:
    """Decode reads of which the n-th came at 10 n."""
    decoder = ndjson.Decoder()
    if at_once:
        times = [10 * n for n in range(len(reads))]
        events = decoder.feed_reads(times, [len(read) for read in reads], b"".join(reads))
    else:
        events = [event for n, read in enumerate(reads) for event in decoder.feed(10 * n, read)]
    return events + decoder.end(), decoder.finish()


def data_of(*reads: bytes) -> list[str]:
    return [event.data for event in fed(list(reads))[0]]


def codes(*reads: bytes) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.offset) for problem in fed(list(reads))[1]]


def test_each_line_is_an_event_timed_by_its_first_byte_and_the_one_that_ended_it() -> None:
    events, problems = fed([b'{"a"', b": 1}\n\n[2", b"]\r", b"\n"])

    assert problems == []
    assert events == [
        WireEvent(0, 0, 10, 1, "message", '{"a": 1}', offset=0, size=9),
        WireEvent(1, 10, 20, 2, "message", "[2]", offset=10, size=4),
    ]


def test_a_last_line_needs_no_line_feed() -> None:
    """It came with the last byte of the stream."""
    events, problems = fed([b'{"a":1}\n{"b', b'":2}', b""])

    assert problems == []
    assert [(event.data, event.at_ns, event.read) for event in events] == [
        ('{"a":1}', 0, 0),
        ('{"b":2}', 10, 1),
    ]


def test_a_cut_last_line_is_no_event() -> None:
    assert data_of(b'{"a":1}\n{"b') == ['{"a":1}']
    assert codes(b'{"a":1}\n{"b') == [("unfinished_event", 8)]


def test_what_is_no_json_is_skipped_and_said() -> None:
    stream = b'{"a":1}\nerror: overloaded\n{"b":2}\nNaN\n{"c":3}\n'

    assert data_of(stream) == ['{"a":1}', '{"b":2}', '{"c":3}']
    assert codes(stream) == [("bad_json", 8)]
    assert "(and 1 more)" in fed([stream])[1][0].detail


def test_separators_of_json_sequences_and_a_byte_order_mark_are_passed_over() -> None:
    assert data_of(b'\xef\xbb\xbf\x1e{"a":1}\n\x1e{"b":2}\n\x1e') == ['{"a":1}', '{"b":2}']


def test_half_a_surrogate_pair_is_json_and_bad_utf8_is_replaced() -> None:
    assert data_of(b'{"v":"\\ud83d"}\n') == ['{"v":"\\ud83d"}']
    assert data_of(b'{"v":"\xff"}\n') == ['{"v":"\ufffd"}']
    assert codes(b'{"v":"\xff"}\n') == [("bad_utf8", 6)]


@pytest.mark.parametrize("deep", [b"[" * 100_000 + b"]" * 100_000, b'{"\\u0061":' * 50_000])
def test_a_value_nested_without_end_is_no_event(deep: bytes) -> None:
    assert data_of(b'{"a":1}\n' + deep + b"\n2\n") == ['{"a":1}', "2"]


def test_the_elements_of_an_array_that_grows_are_events() -> None:
    """As Gemini sends it: the first line is no whole value."""
    events, problems = fed([b'[{\n "a": "]}, \\""', b"\n}\n", b",\n", b'{"b":[1,{}]}', b"\n]\n"])

    assert problems == []
    assert events == [
        WireEvent(0, 0, 10, 1, "message", '{\n "a": "]}, \\""\n}', offset=1, size=18),
        WireEvent(1, 30, 30, 3, "message", '{"b":[1,{}]}', offset=22, size=12),
    ]


def test_scalars_in_an_array_end_where_the_next_begins() -> None:
    events, problems = fed([b"[1", b"2 ", b',\n"a,b"', b",true]"])

    assert problems == []
    assert [(e.data, e.first_ns, e.at_ns) for e in events] == [
        ("12", 0, 20),
        ('"a,b"', 20, 30),
        ("true", 30, 30),
    ]


def test_an_array_that_stands_whole_in_its_line_is_one_value() -> None:
    assert data_of(b"[1,2]\n[3]\n") == ["[1,2]", "[3]"]
    assert data_of(b"[1,", b"2]") == ["[1,2]"]


def test_an_array_may_begin_between_two_elements_and_another_may_follow() -> None:
    assert data_of(b',\n{"b":2}\n]\n[{"c":3}\n]') == ['{"b":2}', '{"c":3}']


def test_a_cut_array_says_what_is_missing() -> None:
    assert codes(b'[{"a":1}\n,{"b') == [("unfinished_event", 10)]
    assert codes(b'[{"a":1}\n,') == [("unfinished_array", None)]


@pytest.mark.parametrize("wrong", [b"}", b'{"\n"}', b"]x"])
def test_behind_brackets_that_do_not_fit_nothing_more_is_read(wrong: bytes) -> None:
    stream = b'[{"a":1}\n,{"b":2},' + wrong + b',{"c":3}]'

    assert data_of(stream) == ['{"a":1}', '{"b":2}']
    assert [code for code, _ in codes(stream)] == ["broken_array"]


def test_an_element_that_is_no_json_costs_only_itself() -> None:
    assert data_of(b'[{"a":1}\n,{"b" 2},{"c":3}]') == ['{"a":1}', '{"c":3}']


def test_a_value_over_the_limit_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lines, elements, ndjson):
        monkeypatch.setattr(module, "LINE_LIMIT", 20)
    exactly, over = b'"' + b"x" * 18 + b'"', b'"' + b"x" * 19 + b'"'
    for stream in (exactly + b"\n" + over + b"\n7\n", b"[\n" + exactly + b"," + over + b",7]"):
        assert data_of(stream) == [exactly.decode(), "7"]
        assert [code for code, _ in codes(stream)] == ["line_too_long"]
        assert data_of(*cut(stream, *range(1, len(stream)))) == [exactly.decode(), "7"]


def test_reads_that_disagree_with_their_bytes_are_refused() -> None:
    with pytest.raises(StreamError, match="disagree"):
        ndjson.Decoder().feed_reads([1, 2], [3], b"abc")


def test_a_real_array_in_three_pieces_is_one_stream() -> None:
    """It was taken before its last bracket."""
    pieces = [(FIXTURES / f"gemini_json_array_split_{n}.bin").read_bytes() for n in (1, 2, 3)]
    events, problems = fed(pieces)

    assert [problem.code for problem in problems] == ["unfinished_array"]
    assert [json.loads(e.data) for e in events] == json.loads(b"".join(pieces) + b"]")
    assert [event.read for event in events] == [0, 1, 2, 2]


# --------------------------------------------------------------------------- generated streams


def refuse(constant: str) -> None:
    raise ValueError(constant)


def is_value(text: bytes) -> bool:
    try:
        json.loads(text.decode(errors="replace"), parse_constant=refuse)
    except ValueError:
        return False
    return True


def oracle(stream: bytes) -> list[str] | None:
    """The lines that are JSON; None for a growing array."""
    rows = [row.strip(b"\x1e") for row in stream.removeprefix(b"\xef\xbb\xbf").splitlines()]
    rows = [row for row in rows if row.strip(b" \t\x1e")]
    first = rows[0].lstrip(b" \t\x1e\xef\xbb\xbf").rstrip(b" \t\x1e") if rows else b""
    if first[:1] == b"," or (first[:1] == b"[" and not is_value(first)):
        return None
    return [row.decode(errors="replace") for row in rows if is_value(row)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
COMPACT = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only).encode(
        errors="surrogatepass"
    ),
    VALUES,
    st.booleans(),
)
ODD = st.sampled_from(
    [b"", b" ", b"\x1e", b"[", b",", b"{", b'"', b"\xff", b"[1,", b"1 2", b"NaN", b"\xef\xbb\xbf"]
)
STREAMS = st.lists(
    st.tuples(COMPACT | ODD, st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b""])), max_size=6
).map(lambda rows: b"".join(part for row in rows for part in row))
PLACES = st.lists(st.integers(0, 200), max_size=8)


def all_ways(stream: bytes, places: list[int]) -> Iterator[list[bytes]]:
    yield [stream]
    yield cut(stream, *range(1, len(stream)))
    yield cut(stream, *(place for place in places if place < len(stream)))


@settings(deadline=None)
@given(STREAMS, PLACES)
@example(b"\xef\xbb\xbf[1]\n[2]", [1, 2, 4])
@example(b" \n[1,\n2]", [1, 3])
@example(b"[null]\xef\xbb\xbf\n", [])
def test_any_lines_are_what_pythons_json_says_however_they_are_cut(
    stream: bytes, places: list[int]
) -> None:
    whole, problems = fed([stream])
    expected = oracle(stream)

    if expected is not None:
        assert [event.data for event in whole] == expected
    for event in whole:
        written = stream[event.offset : event.offset + event.size].decode(errors="replace")
        assert event.data in written
    for reads in all_ways(stream, places):
        ends = [sum(map(len, reads[: n + 1])) for n in range(len(reads))]
        for at_once in (False, True):
            events, found = fed(reads, at_once=at_once)

            assert [(e.data, e.offset, e.size) for e in events] == [
                (e.data, e.offset, e.size) for e in whole
            ]
            assert [(p.code, p.offset) for p in found] == [(p.code, p.offset) for p in problems]
            for event in events:
                first = next(n for n, end in enumerate(ends) if end > event.offset)
                assert (event.first_ns, event.at_ns) == (10 * first, 10 * event.read)


@settings(deadline=None)
@given(
    st.lists(VALUES, min_size=1, max_size=5),
    st.sampled_from([None, 1]),
    st.sampled_from([",", "\n,\n", " , "]),
    PLACES,
)
def test_a_growing_array_gives_its_elements_however_it_is_cut(
    values: list[object], indent: int | None, between: str, places: list[int]
) -> None:
    parts = [json.dumps(value, indent=indent) for value in values]
    stream = f"[\n{between.join(parts)}\n]".encode()

    for reads in all_ways(stream, places):
        events, problems = fed(reads)
        assert problems == []
        assert [event.data for event in events] == parts


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_what_precedes_a_mutated_or_missing_byte_is_there(
    values: list[object], data: st.DataObject
) -> None:
    """Of lines and of arrays; nothing raises."""
    rows = [json.dumps({"v": value}).encode() for value in values]
    for stream in (b"\n".join(rows) + b"\n", b"[\n" + b"\n,\n".join(rows) + b"\n]"):
        place = data.draw(st.integers(2, len(stream) - 1))
        whole, _ = fed([stream])
        before = [e.data for e in whole if e.offset + e.size < place]
        mutated = stream[:place] + data.draw(st.binary(max_size=2)) + stream[place + 1 :]

        assert data_of(stream[:place])[: len(before)] == before
        assert data_of(mutated)[: len(before)] == before
