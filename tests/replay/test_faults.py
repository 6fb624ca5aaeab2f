"""Pauses and cuts: what their places mean, and what is no place."""

import pytest

from analyzer.model import StreamscopeError
from analyzer.replay.faults import Cut, Place, Stall, event_offset, parse_cut, parse_stall

SSE = "text/event-stream"
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "stall"),
    [
        ("3s@2", Stall(Place(event=2), 3 * SECOND)),
        ("500ms@1.5s", Stall(Place(at_ns=SECOND + SECOND // 2), SECOND // 2)),
        ("1m@0s", Stall(Place(at_ns=0), 60 * SECOND)),
    ],
)
def test_a_stall_has_a_length_and_a_place(text: str, stall: Stall) -> None:
    assert parse_stall(text) == stall


@pytest.mark.parametrize(
    ("text", "cut"), [("@5", Cut(Place(event=5))), ("@5s", Cut(Place(at_ns=5 * SECOND)))]
)
def test_a_cut_has_a_place(text: str, cut: Cut) -> None:
    assert parse_cut(text) == cut


@pytest.mark.parametrize("text", ["", "3s", "3@2", "@2", "s@2", "3s@", "3s@0", "3s@x", "-3s@2"])
def test_no_stall_gets_a_sentence(text: str) -> None:
    with pytest.raises(StreamscopeError, match="a stall looks like 3s@2"):
        parse_stall(text)


@pytest.mark.parametrize("text", ["", "@", "@0", "@-1", "@x", "@99999d", "@100000s", "@1e9s"])
def test_no_cut_gets_a_sentence(text: str) -> None:
    with pytest.raises(StreamscopeError, match="a cut looks like @5"):
        parse_cut(text)


@pytest.mark.parametrize(("event", "offset"), [(1, 0), (2, 9 + 5), (3, 9 + 5 + 9), (4, None)])
def test_events_are_those_that_a_reader_gets(event: int, offset: int | None) -> None:
    """A comment is none, and belongs to nothing; reads may cut events anywhere."""
    body = b"data: 1\n\n: hi\n\ndata: 2\n\ndata: 3\n\n".replace(b": hi\n\n", b": h\n\n")
    parts = [body[at : at + 4] for at in range(0, len(body), 4)]

    assert event_offset(event, SSE, parts) == offset


@pytest.mark.parametrize(("line", "offset"), [(1, 0), (2, 10), (3, None)])
def test_of_json_lines_each_line_is_an_event(line: int, offset: int | None) -> None:
    parts = [b'{"a', b'":1}\n\n', b" {}\n"]

    assert event_offset(line, "application/x-ndjson", parts) == offset


def test_a_stream_that_cannot_be_decoded_has_no_such_event() -> None:
    endless = (b"data: " + b"x" * 1_000_000 for _ in range(40))

    assert event_offset(2, SSE, endless) is None
