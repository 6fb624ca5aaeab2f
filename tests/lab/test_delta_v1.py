"""Delta encoding v1, byte for byte."""

from analyzer.lab.delta_v1 import DeltaV1Encoder
from analyzer.lab.moves import Change, Done, Failure, Move, Note, Op, Open
from analyzer.lab.plan import frame_payload

PART = "/message/content/parts/0"


def encode(*moves: Move, escaped: bool = False) -> list[str]:
    encoder = DeltaV1Encoder("conv", escaped=escaped)
    return [frame_payload(payload).decode() for move in moves for payload in encoder.encode(move)]


def test_a_stream_begins_by_naming_its_encoding() -> None:
    (payload,) = DeltaV1Encoder("conv").start()

    assert frame_payload(payload) == b'event: delta_encoding\ndata: "v1"\n\n'


def test_a_run_of_words_carries_path_operation_and_channel() -> None:
    words = [Change(0, (Op("append", PART, word),)) for word in ("The", " wörd", " ist")]

    assert encode(*words) == [
        'event: delta\ndata: {"p":"/message/content/parts/0","o":"append","v":"The","c":0}\n\n',
        'event: delta\ndata: {"v":" wörd"}\n\n',
        'event: delta\ndata: {"v":" ist"}\n\n',
    ]


def test_a_second_message_carries_the_path_and_operation_of_the_first() -> None:
    assert encode(Open(0, {"id": "a"}), Open(1, {"id": "b"})) == [
        'event: delta\ndata: {"p":"","o":"add","v":{"message":{"id":"a"},'
        '"conversation_id":"conv","error":null},"c":0}\n\n',
        'event: delta\ndata: {"v":{"message":{"id":"b"},'
        '"conversation_id":"conv","error":null},"c":1}\n\n',
    ]


def test_what_stands_in_a_patch_is_not_carried() -> None:
    """After a patch, the carry is the patch's own path and operation."""
    word = Op("append", PART, "x")

    assert encode(
        Change(0, (word, Op("replace", "/message/status", "done"))), Change(0, (word,))
    ) == [
        'event: delta\ndata: {"p":"","o":"patch","v":[{"p":"/message/content/parts/0",'
        '"o":"append","v":"x"},{"p":"/message/status","o":"replace","v":"done"}],"c":0}\n\n',
        'event: delta\ndata: {"p":"/message/content/parts/0","o":"append","v":"x"}\n\n',
    ]


def test_returning_to_another_channel_names_it_again() -> None:
    here, there = Change(2, (Op("append", PART, "a"),)), Change(1, (Op("append", PART, "b"),))

    assert encode(here, there, here)[1:] == [
        'event: delta\ndata: {"v":"b","c":1}\n\n',
        'event: delta\ndata: {"v":"a","c":2}\n\n',
    ]


def test_a_removal_has_no_value() -> None:
    assert encode(Change(0, (Op("remove", "/message/x"),))) == [
        'event: delta\ndata: {"p":"/message/x","o":"remove","c":0}\n\n'
    ]


def test_notes_and_failures_are_unnamed_events() -> None:
    assert encode(Note({"type": "message_marker"}), Failure("Oh no"), Done()) == [
        'data: {"type":"message_marker"}\n\n',
        'data: {"type":"error","error":{"message":"Oh no","type":"server_error",'
        '"code":"internal_error"},"conversation_id":"conv"}\n\n',
        "data: [DONE]\n\n",
    ]


def test_escaped_json_is_ascii_with_spaces() -> None:
    (event,) = encode(Change(0, (Op("append", "/t", "é🙂"),)), escaped=True)

    assert event == (
        'event: delta\ndata: {"p": "/t", "o": "append", "v": "\\u00e9\\ud83d\\ude42", "c": 0}\n\n'
    )
