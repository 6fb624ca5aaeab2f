"""Figures in buckets, counted as OpenTelemetry and Prometheus want them."""

import numpy as np

from analyzer.telemetry.tally import BOUNDS_NS, BOUNDS_S, Tally, tally


def test_the_bounds_are_those_of_the_genai_conventions() -> None:
    assert list(BOUNDS_S) == [
        *(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64),
        *(1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
    ]


def test_a_figure_on_a_bound_belongs_to_the_bucket_that_it_ends() -> None:
    found = tally([np.array([10_000_000, 10_000_001]), np.array([81_920_000_001])])

    assert found.counts == (1, 1, *[0] * 12, 1)
    assert (found.n, found.sum_ns) == (3, 81_940_000_002)
    assert (found.least_ns, found.most_ns) == (10_000_000, 81_920_000_001)


def test_parts_count_as_if_they_were_one() -> None:
    values = np.arange(1, 20_000_000_000, 7_654_321)

    assert tally(np.array_split(values, 13)) == tally([values])


def test_nothing_is_no_figure() -> None:
    assert tally([np.array([], dtype=np.int64)]) == Tally((0,) * (len(BOUNDS_NS) + 1), 0, 0, 0, 0)
