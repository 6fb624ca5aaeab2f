"""How many spans lie over each other, against counting them moment by moment."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.transport.intervals import Interval, Overlaps

MOMENTS = 30
SPANS = st.lists(
    st.tuples(st.integers(0, MOMENTS), st.integers(0, 9)).map(lambda one: (one[0], sum(one))),
    max_size=12,
)


def counted(spans: list[Interval]) -> list[int]:
    """Over each moment; a span's end is no part of it."""
    return [sum(begin <= at < end for begin, end in spans) for at in range(MOMENTS + 10)]


@given(SPANS)
def test_over_a_moment_lie_the_spans_that_have_begun_and_not_ended(spans: list[Interval]) -> None:
    moments = np.arange(-1, MOMENTS + 10)

    assert Overlaps(spans).over(moments).tolist() == [0, *counted(spans)]


@given(SPANS, st.integers(1, 3), st.integers(0, MOMENTS), st.integers(0, 9))
def test_time_with_many_is_counted_within_what_is_asked_about(
    spans: list[Interval], least: int, begin: int, length: int
) -> None:
    edges = np.array([begin]), np.array([begin + length])
    within = counted(spans)[begin : begin + length]

    assert Overlaps(spans).time_with(least, *edges).tolist() == [sum(n >= least for n in within)]


@given(SPANS)
def test_most_at_once_is_the_highest_count_and_one_where_spans_are_empty(
    spans: list[Interval],
) -> None:
    assert Overlaps(spans).most() == (max(counted(spans)) or min(len(spans), 1))


@given(SPANS, st.integers(0, MOMENTS), st.integers(1, 9))
def test_spans_that_meet_another_share_a_moment_with_it(
    spans: list[Interval], begin: int, length: int
) -> None:
    real = [span for span in spans if span[0] < span[1]]
    meeting = sum(one < begin + length and end > begin for one, end in real)

    assert Overlaps(real).meeting((begin, begin + length)) == meeting
