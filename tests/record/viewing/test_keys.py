"""Bytes of a keyboard become keys, however they are cut; what is no key is nothing."""

import pytest

from analyzer.record.viewing.keys import PENDING_LIMIT, Keys

KNOWN = [
    (b"j", "j"),
    (b"G", "G"),
    (b"?", "?"),
    (b"\r", "enter"),
    (b"\n", "enter"),
    (b"\t", "tab"),
    (b" ", "space"),
    (b"\x1b[A", "up"),
    (b"\x1b[B", "down"),
    (b"\x1b[C", "right"),
    (b"\x1b[D", "left"),
    (b"\x1bOA", "up"),
    (b"\x1bOM", "enter"),
    (b"\x1b[1;5B", "down"),
    (b"\x1b[H", "home"),
    (b"\x1bOF", "end"),
    (b"\x1b[1~", "home"),
    (b"\x1b[8~", "end"),
    (b"\x1b[5~", "pgup"),
    (b"\x1b[6;2~", "pgdn"),
    (b"\x1b[Z", "backtab"),
]
UNKNOWN = [
    b"\x1b[15~",  # F5
    b"\x1bOP",  # F1
    b"\x1b[200~",  # a paste begins
    b"\x1b[<0;10;5M",  # a mouse
    b"\x1b[I",  # the window has the focus
    b"\x1bj",  # Alt and j
    b"\x1b]11;rgb:0000/0000/0000\x07",  # a terminal tells its colour
    b"\x1bP1+r\x1b\\",
    b"\x01",
    b"\xff",
    b"\xc3\xa4",
    b"\x7f",
    b"\x1b[9999999A",
]


@pytest.mark.parametrize(("data", "key"), KNOWN)
def test_a_key_is_known_whole_and_byte_by_byte(data: bytes, key: str) -> None:
    whole, slow = Keys(), Keys()

    assert whole.feed(data) == [key]
    assert [found for one in data for found in slow.feed(bytes([one]))] == [key]
    assert not whole.is_pending
    assert not slow.is_pending


@pytest.mark.parametrize("data", UNKNOWN)
def test_what_is_no_key_is_passed_over(data: bytes) -> None:
    keys, slow = Keys(), Keys()

    assert keys.feed(data + b"q") == ["q"]
    assert [found for one in data + b"q" for found in slow.feed(bytes([one]))] == ["q"]


def test_keys_come_in_their_order() -> None:
    assert Keys().feed(b"j\x1b[A\x1b[Bq") == ["j", "up", "down", "q"]


def test_esc_alone_is_a_key_once_nothing_follows() -> None:
    keys = Keys()

    pressed = keys.feed(b"\x1b")
    waits = keys.is_pending

    assert (pressed, waits) == ([], True)
    assert [keys.flush(), keys.flush()] == [["esc"], []]


def test_esc_twice_is_one_at_once_and_one_to_be_waited_for() -> None:
    keys = Keys()

    assert keys.feed(b"\x1b\x1b") == ["esc"]
    assert keys.flush() == ["esc"]


def test_a_piece_of_a_sequence_is_no_key() -> None:
    keys = Keys()

    assert keys.feed(b"\x1b[1;") == []
    assert keys.flush() == []
    assert keys.feed(b"j") == ["j"]


def test_a_sequence_without_an_end_is_dropped() -> None:
    keys = Keys()

    assert keys.feed(b"\x1b]" + b"x" * PENDING_LIMIT) == []
    assert not keys.is_pending
    assert keys.feed(b"q") == ["q"]
