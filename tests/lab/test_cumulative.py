"""The cumulative form, byte for byte."""

from analyzer.lab.cumulative import CumulativeEncoder
from analyzer.lab.moves import Change, Comment, Done, Failure, Move, Note, Op, Open
from analyzer.lab.plan import frame_payload

PART = "/message/content/parts/0"
MESSAGE = {"id": "a", "content": {"parts": [""]}}


def encode(*moves: Move) -> list[bytes]:
    encoder = CumulativeEncoder("conv")
    assert encoder.start() == []
    return [frame_payload(payload) for move in moves for payload in encoder.encode(move)]


def test_each_event_repeats_the_message_so_far() -> None:
    words = [Change(0, (Op("append", PART, word),)) for word in ("Hällo", " wor", "ld")]

    assert encode(Open(0, MESSAGE), *words, Done()) == [
        b'data: {"message":{"id":"a","content":{"parts":["' + text.encode() + b'"]}},'
        b'"conversation_id":"conv","error":null}\n\n'
        for text in ("", "Hällo", "Hällo wor", "Hällo world")
    ] + [b"data: [DONE]\n\n"]


def test_a_message_that_was_opened_is_left_as_it_was() -> None:
    encode(Open(0, MESSAGE), Change(0, (Op("append", PART, "x"),)))

    assert MESSAGE == {"id": "a", "content": {"parts": [""]}}


def test_only_titles_of_the_notes_were_known_to_it() -> None:
    assert encode(
        Note({"type": "message_marker"}),
        Note({"type": "title_generation", "title": "T"}),
        Comment("ping"),
    ) == [b'data: {"type":"title_generation","title":"T"}\n\n', b": ping\n\n"]


def test_an_error_stands_where_the_message_would() -> None:
    assert encode(Failure("Oh no")) == [
        b'data: {"message":null,"conversation_id":"conv","error":"Oh no"}\n\n'
    ]
