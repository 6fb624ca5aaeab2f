"""Which events are the same: by place and data, whatever one side lacks."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.analyses.alignment import pairing
from analyzer.analyses.alignment.pairing import Pairs, pair_events


def pair(a: str | list[int], b: str | list[int]) -> Pairs:
    columns = [np.array([ord(x) if isinstance(x, str) else x for x in of]) for of in (a, b)]
    return pair_events(columns[0].astype(np.int64), columns[1].astype(np.int64))


def found(a: str, b: str) -> tuple[list[tuple[int, int]], int, int, int]:
    pairs = pair(a, b)
    places = list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))
    return places, pairs.other, pairs.only_a, pairs.only_b


def test_equal_events_pair_by_place() -> None:
    assert found("aab", "aab") == ([(0, 0), (1, 1), (2, 2)], 0, 0, 0)


def test_a_cut_side_costs_what_it_lacks() -> None:
    assert found("abcd", "ab") == ([(0, 0), (1, 1)], 0, 2, 0)
    assert found("", "ab") == ([], 0, 0, 2)


def test_after_missing_events_it_finds_its_way_again() -> None:
    assert found("abcdef", "abef") == ([(0, 0), (1, 1), (4, 2), (5, 3)], 0, 2, 0)


def test_other_data_at_the_same_place_is_told_from_missing_data() -> None:
    assert found("abc", "axc") == ([(0, 0), (2, 2)], 1, 0, 0)
    assert found("abbc", "axc") == ([(0, 0), (3, 2)], 0, 2, 1)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_pairs_are_equal_in_order_and_nothing_is_left_uncounted(a: list[int], b: list[int]) -> None:
    for searched in (0, 500):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pairing, "SEARCHED", searched)
            pairs = pair(a, b)
        places_a, places_b = pairs.a.tolist(), pairs.b.tolist()

        assert [a[place] for place in places_a] == [b[place] for place in places_b]
        assert places_a == sorted(set(places_a))
        assert places_b == sorted(set(places_b))
        assert len(a) == len(places_a) + pairs.other + pairs.only_a
        assert len(b) == len(places_b) + pairs.other + pairs.only_b


@settings(deadline=None)
@given(st.integers(1, 3_000), st.sets(st.integers(0, 2_999)), st.sets(st.integers(0, 2_999)))
def test_of_events_that_are_all_different_exactly_the_common_ones_pair(
    n: int, without_a: set[int], without_b: set[int]
) -> None:
    a = [value for value in range(n) if value not in without_a]
    b = [value for value in range(n) if value not in without_b]
    pairs = pair(a, b)

    assert [a[place] for place in pairs.a.tolist()] == sorted(set(a) & set(b))
    assert [b[place] for place in pairs.b.tolist()] == sorted(set(a) & set(b))


def test_long_streams_that_differ_all_over_are_paired_in_bounded_time() -> None:
    """A hundred thousand events of ten kinds, one in a hundred missing."""
    dice = random.Random(1)
    a = [dice.randrange(10) if n % 3 else n + 100 for n in range(100_000)]
    b = [value for value in a if dice.random() > 0.01]
    pairs = pair(a, b)

    assert len(pairs.a) > 0.98 * len(b)
