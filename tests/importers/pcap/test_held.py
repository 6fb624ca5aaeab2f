"""Parts of a stream, put in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.importers.pcap import held
from analyzer.importers.pcap.held import Held, Ordered, OverrunError


@given(
    st.binary(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=30),
)
def test_any_parts_in_any_order_give_the_stream_once(
    stream: bytes, cuts: list[tuple[int, int]]
) -> None:
    """Overlapping, sent again, out of order: what covers the stream gives the stream."""
    room = Held(10_000)
    ordered = Ordered(room)
    out = bytearray()
    for start, end in cuts:
        out += ordered.feed(start, stream[start : max(start, end)], fin=False)
        assert stream.startswith(out)
    out += ordered.feed(0, stream, fin=True)

    assert bytes(out) == stream
    assert ordered.ended
    assert not ordered.waits
    assert room.take(10_000)


def test_parts_wait_up_to_a_limit_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "PARTS_LIMIT", 3)
    room = Held(100)
    ordered = Ordered(room)
    for at in (5, 7, 9):
        ordered.feed(at, b"x", fin=False)

    with pytest.raises(OverrunError):
        ordered.feed(11, b"x", fin=False)
    assert room.take(100)


def test_parts_wait_up_to_a_limit_in_bytes() -> None:
    room = Held(100)
    ordered = Ordered(room)
    ordered.feed(1, b"x" * 100, fin=False)

    with pytest.raises(OverrunError):
        Ordered(room).feed(1, b"x", fin=False)
