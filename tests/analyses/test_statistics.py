"""Percentiles, and when they are not shown."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.statistics import (
    Distribution,
    Histogram,
    distribution,
    distribution_of,
    histogram,
    log_edges,
)
from analyzer.model import Unmeasurable


def test_percentiles_interpolate_between_the_nearest_ranks() -> None:
    found = distribution(list(range(100, 0, -1)))

    # Rank (n - 1) * p: 49.5, 89.1, 94.05, 98.01 of the values 1 to 100, rounded.
    assert found == Distribution(n=100, p50=50, p90=90, p95=95, p99=99, min=1, max=100)


def test_few_figures_are_shown_as_points_and_have_no_p99() -> None:
    found = distribution([30, 10, 20])

    assert found == Distribution(
        n=3, p50=20, p90=28, p95=29, p99=None, min=10, max=30, points=(10, 20, 30)
    )


@pytest.mark.parametrize(("n", "has_p99"), [(19, False), (20, True)])
def test_a_p99_needs_twenty_figures(n: int, has_p99: bool) -> None:
    found = distribution([7] * n)

    assert isinstance(found, Distribution)
    assert (found.p99 is not None) is has_p99
    assert len(found.points) == (0 if has_p99 else n)


def test_nothing_is_unmeasurable_and_not_zero() -> None:
    assert distribution([]) == Unmeasurable("nothing was measured")


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=80))
def test_percentiles_ascend_and_lie_within_the_figures(values: list[int]) -> None:
    found = distribution(values)

    assert isinstance(found, Distribution)
    p99 = found.max if found.p99 is None else found.p99
    ladder = [found.min, found.p50, found.p90, found.p95, p99, found.max]
    assert ladder == sorted(ladder)
    assert (found.min, found.max) == (min(values), max(values))


def test_a_value_on_an_edge_belongs_to_the_bin_above() -> None:
    values = np.array([1_000_000, 1_999_999, 2_000_000, 9_000_000], dtype=np.int64)

    found = histogram([values], (1_000_000, 2_000_000, 5_000_000))

    assert found == Histogram((1_000_000, 2_000_000, 5_000_000), (2, 1))


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_every_value_between_the_bounds_has_a_bin(one: int, other: int) -> None:
    low, high = sorted((one, other))
    edges = log_edges(low, high)
    found = histogram([np.array([low], dtype=np.int64), np.array([high], dtype=np.int64)], edges)

    assert list(edges) == sorted(set(edges))
    assert sum(found.counts) == 2


def test_a_wide_range_gets_coarser_bins() -> None:
    fine, coarse = log_edges(20_000_000, 90_000_000), log_edges(1_000, 9_000_000_000)

    assert fine == tuple(ms * 1_000_000 for ms in (20, 30, 50, 70, 100))
    assert coarse[:4] == (1_000, 2_000, 5_000, 10_000)


@given(st.lists(st.lists(st.integers(0, 2**61)), max_size=8), st.integers(0, 8))
def test_figures_too_many_to_hold_have_the_same_percentiles(
    parts: list[list[int]], together: int
) -> None:
    columns = [np.array(part, dtype=np.int64) for part in parts]

    found = distribution_of(lambda: columns, together)

    expected = distribution([value for part in parts for value in part])
    if isinstance(expected, Distribution) and expected.n > together:
        expected = msgspec.structs.replace(expected, points=())
    assert found == expected
