"""The decoder against a literal transcription of the standards, on generated streams.

The oracle works on the whole decoded text and shares no code with the decoder.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model import Problem, WireEvent
from analyzer.wire import interpreter, lines, sse

# --------------------------------------------------------------------------- oracle


def utf8_decode(stream: bytes) -> Iterator[tuple[str, int, bool]]:
    """WHATWG Encoding, "UTF-8 decoder": code point, offset of its bytes, whether an error."""
    needed, seen, point, lower, upper, start = 0, 0, 0, 0x80, 0xBF, 0
    position = 0
    while position < len(stream):
        byte = stream[position]
        if needed == 0:
            start = position
            position += 1
            if byte <= 0x7F:
                yield chr(byte), start, False
            elif 0xC2 <= byte <= 0xDF:
                needed, point = 1, byte & 0x1F
            elif 0xE0 <= byte <= 0xEF:
                lower = 0xA0 if byte == 0xE0 else lower
                upper = 0x9F if byte == 0xED else upper
                needed, point = 2, byte & 0xF
            elif 0xF0 <= byte <= 0xF4:
                lower = 0x90 if byte == 0xF0 else lower
                upper = 0x8F if byte == 0xF4 else upper
                needed, point = 3, byte & 0x7
            else:
                yield "\ufffd", start, True
        elif not lower <= byte <= upper:
            needed, seen, point, lower, upper = 0, 0, 0, 0x80, 0xBF
            yield "\ufffd", start, True  # and the byte is looked at again
        else:
            lower, upper = 0x80, 0xBF
            point = point << 6 | byte & 0x3F
            seen += 1
            position += 1
            if seen == needed:
                yield chr(point), start, False
                needed, seen, point = 0, 0, 0
    if needed:
        yield "\ufffd", start, True


class Oracle:
    """HTML, "Interpreting an event stream", over the lines of the whole text."""

    def __init__(self, stream: bytes) -> None:
        self.events: list[tuple[str, str, str, int | None, int, int]] = []
        self.comments = 0
        points = list(utf8_decode(stream))
        if points and points[0][0] == "\ufeff":
            del points[0]
        self.data = self.event_type = self.last_event_id = ""
        self.retry: int | None = None
        self.block_start: int | None = None
        self.first_error: int | None = None
        rest = self._lines(points)
        self.unfinished = self.block_start
        if self.unfinished is None and rest and rest[0][0] != ":":
            self.unfinished = rest[0][1]

    def _lines(self, points: list[tuple[str, int, bool]]) -> list[tuple[str, int, bool]]:
        line: list[tuple[str, int, bool]] = []
        position = 0
        while position < len(points):
            character, offset, _ = points[position]
            position += 1
            if character not in "\r\n":
                line.append(points[position - 1])
                continue
            self._process(line, offset)
            line = []
            if character == "\r" and position < len(points) and points[position][0] == "\n":
                position += 1
        return line

    def _process(self, line: list[tuple[str, int, bool]], end: int) -> None:
        for _, offset, is_error in line:
            if is_error and self.first_error is None:
                self.first_error = offset
        text = "".join(character for character, _, _ in line)
        if text == "":
            self._dispatch(end)
            return
        if text[0] == ":":
            self.comments += 1
            return
        if self.block_start is None:
            self.block_start = line[0][1]
        if ":" in text:
            colon = text.index(":")
            field, value = text[:colon], text[colon + 1 :]
            if value[:1] == " ":
                value = value[1:]
        else:
            field, value = text, ""
        if field == "event":
            self.event_type = value
        elif field == "data":
            self.data += value
            self.data += "\n"
        elif field == "id":
            if "\0" not in value:
                self.last_event_id = value
        elif field == "retry" and value and all(character in "0123456789" for character in value):
            self.retry = int(value)

    def _dispatch(self, end: int) -> None:
        start, self.block_start = self.block_start, None
        if self.data == "":
            self.event_type = ""
            return
        assert start is not None
        data = self.data.removesuffix("\n")
        kind = self.event_type or "message"
        self.events.append((kind, data, self.last_event_id, self.retry, start, end))
        self.data = self.event_type = ""
        self.retry = None


def expected_events(oracle: Oracle, reads: list[bytes]) -> list[WireEvent]:
    """The oracle's events with the times of the reads; read n comes at 3 n ns."""
    ends = list(accumulate(map(len, reads)))
    return [
        WireEvent(
            seq,
            3 * bisect_right(ends, start),
            3 * bisect_right(ends, end),
            bisect_right(ends, end),
            kind,
            data,
            event_id,
            retry,
            start,
            end + 1 - start,
        )
        for seq, (kind, data, event_id, retry, start, end) in enumerate(oracle.events)
    ]


# --------------------------------------------------------------------------- streams

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
VALUES = st.one_of(
    st.sampled_from(["", " ", "a", '{"v":" the"}', "é€😀", "a\0b", "12", "007", "x" * 40, ":"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8),
)
NAMES = st.sampled_from(["data", "data", "data", "event", "id", "retry", "", "foo", " data", "dat"])


@st.composite
def field_lines(draw: st.DrawFn) -> bytes:
    name = draw(NAMES)
    separator = draw(st.sampled_from([": ", ":", "", ":  "]))
    return (name + separator + (draw(VALUES) if separator else "")).encode()


@st.composite
def blocks(draw: st.DrawFn) -> bytes:
    end = draw(LINE_ENDS)
    value = draw(VALUES).encode()
    return draw(
        st.sampled_from(
            [
                b"data: " + value + end * 2,
                b"event: delta" + end + b"data: " + value + end * 2,
                b": ping" + end * 2,
                draw(field_lines()) + end + draw(field_lines()) + end * 2,
                draw(field_lines()) + draw(LINE_ENDS),
                draw(LINE_ENDS),
            ]
        )
    )


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Mostly proper streams, of which some are damaged."""
    bom = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"\xef\xbb"]))
    stream = bytearray(bom + b"".join(draw(st.lists(blocks(), max_size=12))))
    for _ in range(draw(st.integers(0, 3))):
        if stream:
            at = draw(st.integers(0, len(stream) - 1))
            junk = st.sampled_from([b"", b"\n", b"\r", b":", b"\xff", b"\xe2\x82", b"\0", b"data"])
            stream[at : at + draw(st.integers(0, 2))] = draw(junk)
    return bytes(stream)


@st.composite
def cut_streams(draw: st.DrawFn) -> list[bytes]:
    """Reads of a stream, empty ones among them."""
    stream = draw(st.one_of(streams(), st.binary(max_size=60)))
    bounds = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[start:end] for start, end in pairwise([0, *bounds, len(stream)])]


def run(reads: list[bytes]) -> tuple[list[WireEvent], list[Problem], int]:
    decoder = sse.Decoder()
    events = [event for n, data in enumerate(reads) for event in decoder.feed(3 * n, data)]
    return events, decoder.finish(), decoder.comments


def run_batches(reads: list[bytes], size: int) -> tuple[list[WireEvent], list[Problem], int]:
    decoder = sse.Decoder()
    events = []
    for start in range(0, len(reads), size):
        batch = reads[start : start + size]
        times = range(3 * start, 3 * (start + len(batch)), 3)
        events += decoder.feed_reads(times, [len(read) for read in batch], b"".join(batch))
    return events, decoder.finish(), decoder.comments


# --------------------------------------------------------------------------- properties

# A time limit on one example would measure the machine's other work.
unhurried = settings(deadline=None)


@unhurried
@given(cut_streams(), st.integers(1, 8))
def test_every_cut_gives_the_standards_events_with_their_times(
    reads: list[bytes], batch: int
) -> None:
    oracle = Oracle(b"".join(reads))
    events, problems, comments = run(reads)
    offsets = {problem.code: problem.offset for problem in problems}

    assert events == expected_events(oracle, reads)
    assert run_batches(reads, batch) == (events, problems, comments)
    assert comments == oracle.comments
    assert offsets.pop("unfinished_event", None) == oracle.unfinished
    assert offsets.pop("bad_utf8", None) == oracle.first_error
    assert offsets == {}


@unhurried
@given(streams())
def test_any_two_cuts_give_the_same_events_apart_from_times(stream: bytes) -> None:
    whole, problems, comments = run([stream])
    one_by_one = run([bytes([byte]) for byte in stream])

    assert [(e.type, e.data, e.id, e.retry, e.offset, e.size) for e in one_by_one[0]] == [
        (e.type, e.data, e.id, e.retry, e.offset, e.size) for e in whole
    ]
    assert one_by_one[1:] == (problems, comments)


@unhurried
@given(cut_streams())
def test_times_and_places_run_forward(reads: list[bytes]) -> None:
    events = run(reads)[0]

    assert [event.seq for event in events] == list(range(len(events)))
    assert all(event.first_ns <= event.at_ns for event in events)
    for before, after in pairwise(events):
        assert before.at_ns <= after.first_ns
        assert before.read <= after.read
        assert before.offset + before.size <= after.offset


@unhurried
@given(cut_streams(), st.integers(1, 8))
def test_limits_change_no_rule(reads: list[bytes], batch: int) -> None:
    """With tiny limits everything goes through the slow way, or is skipped: nothing raises."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sse, "UNDIVIDED_BYTES", 4)
        patch.setattr(sse, "UNDIVIDED_READS", 2)
        if batch > 4:
            assert run(reads)[0] == expected_events(Oracle(b"".join(reads)), reads)
            assert run_batches(reads, batch) == run(reads)
            return
        for module in (lines, interpreter, sse):
            patch.setattr(module, "LINE_LIMIT", 12)
        patch.setattr(interpreter, "EVENT_LIMIT", 12)
        events, problems, _ = run(reads)

        assert run_batches(reads, batch) == run(reads)
        assert all(len(line) <= 12 for e in events for line in e.data.split("\n"))
        assert {problem.code for problem in problems} <= {
            "line_too_long",
            "event_too_large",
            "retry_too_long",
            "unfinished_event",
            "bad_utf8",
        }
