"""Inversions and Kendall's tau against brute force, and against scipy."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from analyzer.analyses.kendall import Agreement, compare_orders, count_inversions

RANKS = st.integers(-(2**62), 2**62) | st.integers(0, 6)
PAIRS = st.lists(st.tuples(RANKS, RANKS), max_size=60)


def an_array(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("values", "inversions"),
    [([], 0), ([1], 0), ([1, 2], 0), ([2, 1], 1), ([1, 1], 0), ([3, 1, 2], 2), ([4, 3, 2, 1], 6)],
)
def test_inversions_of_small_orders(values: list[int], inversions: int) -> None:
    assert count_inversions(an_array(values)) == inversions


@given(st.lists(RANKS, max_size=80))
def test_inversions_are_what_looking_at_every_pair_gives(values: list[int]) -> None:
    assert count_inversions(an_array(values)) == sum(a > b for a, b in combinations(values, 2))


@given(PAIRS)
def test_pairs_are_told_apart_as_by_looking_at_each(pairs: list[tuple[int, int]]) -> None:
    signs = [((a > c) - (a < c)) * ((b > d) - (b < d)) for (a, b), (c, d) in combinations(pairs, 2)]
    found = compare_orders(an_array([a for a, _ in pairs]), an_array([b for _, b in pairs]))

    assert (found.concordant, found.discordant) == (signs.count(1), signs.count(-1))


@settings(deadline=None)
@given(PAIRS)
def test_tau_is_the_tau_b_of_scipy(pairs: list[tuple[int, int]]) -> None:
    first, second = an_array([a for a, _ in pairs]), an_array([b for _, b in pairs])
    found = compare_orders(first, second).tau
    # scipy compares as floats, which can't tell large neighbours apart: it gets their ranks.
    ranks = [np.unique(values, return_inverse=True)[1] for values in (first, second)]
    expected = float(kendalltau(*ranks).statistic) if len(pairs) > 1 else float("nan")

    assert (float("nan") if found is None else found) == pytest.approx(expected, nan_ok=True)


def test_a_reversed_order_of_many_has_every_inversion() -> None:
    n = 300_000
    rising = np.arange(n, dtype=np.int64)

    found = compare_orders(rising, rising[::-1].copy())

    assert found == Agreement(n, 0, n * (n - 1) // 2, -1.0)


def test_where_all_tie_there_is_no_tau() -> None:
    assert compare_orders(an_array([1, 1, 1]), an_array([1, 2, 3])).tau is None
