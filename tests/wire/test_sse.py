"""Every rule of the standard's event-stream section, each case whole, byte by byte and at cuts."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from analyzer.model import StreamError, WireEvent
from analyzer.wire import interpreter, lines, sse

type Expected = tuple[str, str, str, int | None]
"""Type, data, last event id, reconnection time."""

MESSAGE = "message"

# name, stream, events
CASES: list[tuple[str, bytes, list[Expected]]] = [
    ("one line of data", b"data: a\n\n", [(MESSAGE, "a", "", None)]),
    ("lines end in CR", b"data: a\rdata: b\r\r", [(MESSAGE, "a\nb", "", None)]),
    ("lines end in CRLF", b"data: a\r\ndata: b\r\n\r\n", [(MESSAGE, "a\nb", "", None)]),
    (
        "line ends are mixed",
        b"data: a\rdata: b\ndata: c\r\n\ndata: d\n\r\ndata: e\r\n\rdata: f\n\n",
        [
            (MESSAGE, "a\nb\nc", "", None),
            (MESSAGE, "d", "", None),
            (MESSAGE, "e", "", None),
            (MESSAGE, "f", "", None),
        ],
    ),
    (
        "LF CR ends a line and a blank one",
        b"data: a\n\rdata: b\n\r",
        [(MESSAGE, "a", "", None), (MESSAGE, "b", "", None)],
    ),
    (
        "a lone CR inside a CRLF stream ends its line",
        b"data: a\rdata: b\r\n\r\n",
        [(MESSAGE, "a\nb", "", None)],
    ),
    (
        "other line separators are text",
        "data: a\x0b\x0c\x1c\x85\u2028b\n\n".encode(),
        [(MESSAGE, "a\x0b\x0c\x1c\x85\u2028b", "", None)],
    ),
    (
        "blank lines make no events",
        b"\n\n\r\r\n\ndata: a\n\n\n\n\r\n\r\n",
        [(MESSAGE, "a", "", None)],
    ),
    ("one byte order mark is dropped", b"\xef\xbb\xbfdata: a\n\n", [(MESSAGE, "a", "", None)]),
    (
        "a second byte order mark is part of the field name",
        b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n",
        [],
    ),
    (
        "a byte order mark later on is text",
        b"data: a\n\n\xef\xbb\xbfdata: b\n\ndata: \xef\xbb\xbfc\n\n",
        [(MESSAGE, "a", "", None), (MESSAGE, "\ufeffc", "", None)],
    ),
    (
        "a byte order mark before a comment",
        b"\xef\xbb\xbf: hi\ndata: a\n\n",
        [(MESSAGE, "a", "", None)],
    ),
    (
        "half a byte order mark is bad UTF-8",
        b"\xef\xbbdata: a\n\ndata: b\n\n",
        [(MESSAGE, "b", "", None)],
    ),
    (
        "comments are no data",
        b": ping\n\n:\n:data: x\ndata: a\n: in between\ndata: b\n\n",
        [(MESSAGE, "a\nb", "", None)],
    ),
    (
        "a field without a colon has an empty value",
        b"data\n\ndata\ndata\n\n",
        [(MESSAGE, "", "", None), (MESSAGE, "\n", "", None)],
    ),
    (
        "empty data is dispatched",
        b"data:\n\ndata: \n\n",
        [(MESSAGE, "", "", None), (MESSAGE, "", "", None)],
    ),
    ("no data, no event", b"event: e\nid: 1\n\ndata: a\n\n", [(MESSAGE, "a", "1", None)]),
    (
        "one space is dropped",
        b"data:a\n\ndata:  a\n\ndata:\ta\n\ndata: a \n\n",
        [
            (MESSAGE, "a", "", None),
            (MESSAGE, " a", "", None),
            (MESSAGE, "\ta", "", None),
            (MESSAGE, "a ", "", None),
        ],
    ),
    (
        "a colon in the value stays",
        b"data: a: b:c\n\nevent:: e\ndata::\n\n",
        [(MESSAGE, "a: b:c", "", None), (": e", ":", "", None)],
    ),
    (
        "field names are exact",
        b" data: a\nData: b\ndata : c\ndatax: d\ndata: e\n\n",
        [(MESSAGE, "e", "", None)],
    ),
    ("unknown fields are ignored", b"foo: bar\nbaz\ndata: a\n\n", [(MESSAGE, "a", "", None)]),
    (
        "the type counts once",
        b"event: e\ndata: a\n\ndata: b\n\n",
        [("e", "a", "", None), (MESSAGE, "b", "", None)],
    ),
    (
        "the last type counts",
        b"event: e\nevent: f\ndata: a\n\nevent: e\nevent\ndata: b\n\n",
        [("f", "a", "", None), (MESSAGE, "b", "", None)],
    ),
    ("the type may follow the data", b"data: a\nevent: e\n\n", [("e", "a", "", None)]),
    (
        "an empty type is message",
        b"event:\ndata: a\n\nevent: \ndata: b\n\n",
        [(MESSAGE, "a", "", None), (MESSAGE, "b", "", None)],
    ),
    (
        "the type of a block without data is dropped",
        b"event: e\n\ndata: a\n\n",
        [(MESSAGE, "a", "", None)],
    ),
    (
        "the id stays",
        b"id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n",
        [(MESSAGE, "a", "1", None), (MESSAGE, "b", "1", None), (MESSAGE, "c", "2", None)],
    ),
    (
        "an empty id resets it",
        b"id: 1\ndata: a\n\nid\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\n",
        [
            (MESSAGE, "a", "1", None),
            (MESSAGE, "b", "", None),
            (MESSAGE, "c", "2", None),
            (MESSAGE, "d", "", None),
        ],
    ),
    (
        "an id with NUL is ignored",
        b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid: \0\nid: 3\ndata: c\n\n",
        [(MESSAGE, "a", "1", None), (MESSAGE, "b", "1", None), (MESSAGE, "c", "3", None)],
    ),
    ("NUL elsewhere is text", b"data: a\0b\nevent: \0\n\n", [("\0", "a\0b", "", None)]),
    (
        "retry is told with the next event",
        b"retry: 1500\n\ndata: a\n\ndata: b\n\nretry:007\ndata: c\n\n",
        [(MESSAGE, "a", "", 1500), (MESSAGE, "b", "", None), (MESSAGE, "c", "", 7)],
    ),
    (
        "retry is ASCII digits only",
        "retry: 1 \nretry: +1\nretry: -1\nretry: 1.0\nretry: ١\nretry: ²\nretry: 1_0\n"
        "retry:\nretry\nretry:  5\ndata: a\n\n".encode(),
        [(MESSAGE, "a", "", None)],
    ),
    (
        "the last good retry counts",
        b"retry: 1\nretry: x\nretry: 2\ndata: a\n\n",
        [(MESSAGE, "a", "", 2)],
    ),
    ("retry of zero", b"retry: 000\ndata: a\n\n", [(MESSAGE, "a", "", 0)]),
    ("an unfinished event is discarded", b"data: a\n\ndata: b\n", [(MESSAGE, "a", "", None)]),
    ("an unfinished line is discarded", b"data: a\n\ndata: b\ndata: c", [(MESSAGE, "a", "", None)]),
    (
        "the standard's stock example",
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [(MESSAGE, "YHOO\n+2\n10", "", None)],
    ),
    (
        "the standard's four blocks",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
        b"data:  third event\n\n",
        [
            (MESSAGE, "first event", "1", None),
            (MESSAGE, "second event", "", None),
            (MESSAGE, " third event", "", None),
        ],
    ),
    (
        "the standard's empty data",
        b"data\n\ndata\ndata\n\ndata:",
        [(MESSAGE, "", "", None), (MESSAGE, "\n", "", None)],
    ),
    (
        "text of every UTF-8 length",
        "event: é\ndata: aé€😀\nid: ß\n\n".encode(),
        [("é", "aé€😀", "ß", None)],
    ),
    (
        "bad bytes become U+FFFD, one for each maximal subpart",
        b"data: \xff|\xc3|\xe2\x82|\xf0\x9f\x98|\xed\xa0\x80|\xc0\xaf|\xf5\x80|\x80\n\n",
        [
            (
                MESSAGE,
                "\ufffd|\ufffd|\ufffd|\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd|\ufffd\ufffd|\ufffd",
                "",
                None,
            )
        ],
    ),
    (
        "a sequence cut by a line end",
        b"data: \xe2\x82\ndata: \xac\n\nevent: \xe2\ndata: b\n\n",
        [(MESSAGE, "\ufffd\n\ufffd", "", None), ("\ufffd", "b", "", None)],
    ),
    ("padding stays", b"data: {}   \n\n", [(MESSAGE, "{}   ", "", None)]),
    (
        "the two plain shapes beside each other",
        b"event: delta\ndata: a\n\ndata: b\n\nevent: delta\r\ndata: c\r\n\r\ndata: d\r\n\r\n",
        [
            ("delta", "a", "", None),
            (MESSAGE, "b", "", None),
            ("delta", "c", "", None),
            (MESSAGE, "d", "", None),
        ],
    ),
    ("nothing at all", b"", []),
]

IDS = [name for name, _, _ in CASES]


def cut(stream: bytes, bounds: list[int]) -> list[bytes]:
    return [stream[start:end] for start, end in pairwise([0, *bounds, len(stream)])]


def cuttings(stream: bytes) -> Iterator[list[bytes]]:
    """Whole, byte by byte, in two at every place, and at random places."""
    yield [stream]
    yield cut(stream, list(range(1, len(stream))))
    for bound in range(1, len(stream)):
        yield cut(stream, [bound])
    rng = random.Random(len(stream))
    for _ in range(20):
        bounds = sorted(rng.choices(range(len(stream) + 1), k=rng.randint(1, 6)))
        yield cut(stream, bounds)


def decode(reads: list[bytes]) -> list[WireEvent]:
    """One `feed` for each read; read n comes at n ns."""
    decoder = sse.Decoder()
    return [event for at_ns, data in enumerate(reads) for event in decoder.feed(at_ns, data)]


def decode_batch(reads: list[bytes]) -> list[WireEvent]:
    decoder = sse.Decoder()
    return decoder.feed_reads(range(len(reads)), [len(read) for read in reads], b"".join(reads))


def told(events: list[WireEvent]) -> list[Expected]:
    return [(event.type, event.data, event.id, event.retry) for event in events]


@pytest.mark.parametrize(("name", "stream", "expected"), CASES, ids=IDS)
def test_a_stream_gives_its_events_however_it_is_cut(
    name: str, stream: bytes, expected: list[Expected]
) -> None:
    for reads in cuttings(stream):
        assert told(decode(reads)) == expected, reads
        assert told(decode_batch(reads)) == expected, reads


@pytest.mark.parametrize(("name", "stream", "expected"), CASES, ids=IDS)
def test_what_follows_a_stream_does_not_change_its_events(
    name: str, stream: bytes, expected: list[Expected]
) -> None:
    """A decoder that looks ahead would tell them late or not at all."""
    for trailing in (b"data: later", b"\n", b"\r", b"\xff", b": c\n"):
        decoder = sse.Decoder()

        assert told(decoder.feed(1, stream)) == expected
        assert len(decoder.feed(2, trailing)) <= 1  # an unfinished event may end here


@pytest.mark.parametrize(("name", "stream", "expected"), CASES, ids=IDS)
def test_a_stream_goes_on_after_any_other(
    name: str, stream: bytes, expected: list[Expected]
) -> None:
    decoder = sse.Decoder()
    decoder.feed(1, stream)
    decoder.feed(2, b"\n\n")  # ends what is open
    later = decoder.feed(3, b"event: e\ndata: later\n\n")

    assert [(event.type, event.data) for event in later] == [("e", "later")]


def test_times_are_those_of_the_first_field_byte_and_of_the_blank_line() -> None:
    reads = [b": c\n", b"da", b"ta: a\n", b"", b"\nda", b"ta: b\n\n"]
    first, second = decode(reads)

    assert first == WireEvent(0, 1, 4, 4, "message", "a", offset=4, size=9)
    assert second == WireEvent(1, 4, 5, 5, "message", "b", offset=13, size=9)
    assert decode_batch(reads) == [first, second]


def test_comments_and_blank_lines_before_a_block_are_not_its_beginning() -> None:
    (event,) = decode([b"\n", b": c\n", b"\r", b"\r\n", b"id: 1\n: c\n", b"data: a\n", b"\n"])

    assert (event.first_ns, event.at_ns, event.offset, event.size) == (4, 6, 8, 19)


def test_the_byte_order_mark_is_not_the_beginning_of_a_block() -> None:
    (event,) = decode([b"\xef", b"\xbb", b"\xbf", b"data: a\n\n"])

    assert (event.first_ns, event.offset, event.size) == (3, 3, 9)


def test_cr_completes_an_event_in_its_own_read() -> None:
    """Waiting for a possible LF would stamp the event one read late."""
    decoder = sse.Decoder()
    first = decoder.feed(1, b"data: a\r\n\r")
    second = decoder.feed(2, b"\ndata: b\r\r")

    assert [(event.data, event.at_ns, event.size) for event in first] == [("a", 1, 10)]
    assert [(event.data, event.first_ns, event.offset) for event in second] == [("b", 2, 11)]


def test_events_of_one_read_share_it() -> None:
    events = decode([b"data: a\n\ndata: b\n\nda", b"ta: c\n\n"])

    assert [(event.seq, event.read, event.first_ns) for event in events] == [
        (0, 0, 0),
        (1, 0, 0),
        (2, 1, 0),
    ]


def test_reads_without_bytes_are_counted_and_stamp_nothing() -> None:
    reads = [b"", b"da", b"", b"", b"ta: a\n\n", b"", b"data: b\n", b"", b"\n"]
    events = decode(reads)

    assert [(event.first_ns, event.at_ns, event.read) for event in events] == [(1, 4, 4), (6, 8, 8)]
    assert decode_batch(reads) == events


def test_comments_are_counted() -> None:
    decoder = sse.Decoder()
    decoder.feed(1, b": a\n\n:\n\ndata: x\n: b\n\n: c\n: d")
    decoder.finish()

    assert decoder.comments == 4


@pytest.mark.parametrize("rest", [b"data: a", b"data: a\n", b"event: e\n", b"x", b"id: 4\r"])
def test_an_unfinished_event_is_reported(rest: bytes) -> None:
    decoder = sse.Decoder()
    decoder.feed(1, b"data: whole\n\n: c\n" + rest)
    (problem,) = decoder.finish()

    assert (problem.code, problem.offset) == ("unfinished_event", 17)


@pytest.mark.parametrize("rest", [b"", b": ping", b": ping\n", b"\n", b"\r"])
def test_what_holds_no_field_is_not_reported_as_unfinished(rest: bytes) -> None:
    decoder = sse.Decoder()
    decoder.feed(1, b"data: whole\n\n" + rest)

    assert decoder.finish() == []


def test_bad_utf8_is_reported_once_with_its_place() -> None:
    decoder = sse.Decoder()
    decoder.feed(1, b"data: good\n\nevent: e\ndata: a\xffb\n\ndata: \xff\n\n: \xff\n\n")
    (problem,) = decoder.finish()

    assert (problem.code, problem.offset) == ("bad_utf8", 28)
    assert problem.detail == "bytes that are no UTF-8 became U+FFFD (and 2 more)"


def test_bad_utf8_in_a_type_is_reported_before_that_in_its_data() -> None:
    decoder = sse.Decoder()
    decoder.feed(1, b"event: \xff\ndata: \xff\n\n")
    (problem,) = decoder.finish()

    assert problem.offset == 7


def test_a_line_of_the_greatest_length_is_taken() -> None:
    value = b"x" * (lines.LINE_LIMIT - len(b"data: "))
    decoder = sse.Decoder()
    (event,) = decoder.feed(1, b"data: " + value + b"\n\n")

    assert len(event.data) == len(value)
    assert decoder.finish() == []


@pytest.mark.parametrize("size", [1_000_003, 7_000_000, 2**25])
def test_a_line_over_the_limit_costs_its_event_alone(size: int) -> None:
    value = b"x" * (lines.LINE_LIMIT - len(b"data: ") + 1)
    stream = b"data: a\n\nid: 7\ndata: 1\ndata: " + value + b"\ndata: 2\n\ndata: b\n\n"
    decoder = sse.Decoder()
    events = [
        event
        for start in range(0, len(stream), size)
        for event in decoder.feed(1, stream[start : start + size])
    ]

    assert told(events) == [(MESSAGE, "a", "", None), (MESSAGE, "b", "7", None)]
    assert [(problem.code, problem.offset) for problem in decoder.finish()] == [
        ("line_too_long", 23)
    ]


def test_a_comment_over_the_limit_costs_no_event() -> None:
    decoder = sse.Decoder()
    stream = b"data: a\n:" + b"x" * lines.LINE_LIMIT + b"\ndata: b\n\n"
    (event,) = decoder.feed(1, stream)

    assert (event.data, decoder.comments) == ("a\nb", 1)
    assert [problem.code for problem in decoder.finish()] == ["line_too_long"]


def test_an_event_over_the_limit_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "EVENT_LIMIT", 40)
    fits = b"data: " + b"x" * 14 + b"\n"
    decoder = sse.Decoder()
    events = decoder.feed(1, fits * 2 + b"\n" + fits * 2 + b"data: x\n\ndata: b\n\n")

    assert [len(event.data) for event in events] == [29, 1]
    assert [(problem.code, problem.offset) for problem in decoder.finish()] == [
        ("event_too_large", 85)
    ]


def test_a_line_never_exceeds_what_an_event_may_hold() -> None:
    """Plain blocks are held against the line's limit alone."""
    assert lines.LINE_LIMIT <= interpreter.EVENT_LIMIT


def test_a_retry_over_the_limit_is_ignored_and_reported() -> None:
    decoder = sse.Decoder()
    stream = b"retry: 9007199254740991\ndata: a\n\nretry: 9007199254740992\nretry: %b\ndata: b\n\n"
    events = decoder.feed(1, stream % (b"9" * 5000))

    assert told(events) == [(MESSAGE, "a", "", 2**53 - 1), (MESSAGE, "b", "", None)]
    assert [problem.code for problem in decoder.finish()] == ["retry_too_long"]


def test_what_is_kept_undivided_is_bounded() -> None:
    decoder = sse.Decoder()
    for at_ns in range(20_000):
        decoder.feed(at_ns, b"data: x\n" if at_ns % 2 else b"")

        assert len(decoder._undivided) <= sse.UNDIVIDED_READS

    (event,) = decoder.feed(20_000, b"\n")

    assert (event.first_ns, event.read, event.data.count("x")) == (1, 20_000, 10_000)


def test_reads_that_disagree_with_their_bytes_break_the_stream() -> None:
    decoder = sse.Decoder()

    with pytest.raises(StreamError, match="2 times, 1 lengths and 3 bytes") as caught:
        decoder.feed_reads([1, 2], [3], b"abc")
    assert caught.value.code == "reads_disagree"
