"""What is put on the shelf comes back, from memory or from the file."""

from hypothesis import given
from hypothesis import strategies as st

from analyzer.shelf import Shelf


@given(st.lists(st.binary(max_size=40)), st.integers(0, 200))
def test_bytes_come_back_in_any_order(things: list[bytes], held: int) -> None:
    shelf = Shelf(held)
    put = [shelf.put(thing) for thing in things]

    taken = [one if isinstance(one, bytes) else one() for one in reversed(put)]

    assert taken == things[::-1]


def test_what_does_not_fit_is_not_held() -> None:
    shelf = Shelf(10)

    assert shelf.put(b"ten bytes.") == b"ten bytes."
    assert callable(shelf.put(b"one more"))
