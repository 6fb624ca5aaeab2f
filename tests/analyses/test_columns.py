"""Packed columns come out as they went in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.columns import pack

SIGNED = st.integers(-(2**63), 2**63 - 1)


@given(st.one_of(st.lists(SIGNED), st.lists(st.integers(0, 300)), st.lists(st.just(7))))
def test_a_column_is_unpacked_as_it_was(values: list[int]) -> None:
    assert pack(np.array(values, dtype=np.int64)).unpack().tolist() == values


@given(st.lists(st.integers(0, 200), min_size=1), SIGNED)
def test_rising_numbers_take_a_byte_each(steps: list[int], start: int) -> None:
    """Sequence numbers and reads rise by little, however high they are."""
    start = min(start, 2**62)
    column = start + np.cumsum(np.array(steps, dtype=np.int64))

    packed = pack(column)

    assert packed.unpack().tolist() == column.tolist()
    assert isinstance(packed.steps, bytes)
    assert len(packed.steps) <= len(column)


def test_a_column_of_one_value_takes_nothing() -> None:
    packed = pack(np.full(1_000_000, 250, dtype=np.int64))

    assert packed.steps == b""
    assert packed.unpack().sum() == 250_000_000
