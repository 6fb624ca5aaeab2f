"""The intervals: drawn as a plain bootstrap draws, and as often wrong as they say."""

import numpy as np
import pytest

from analyzer.analyses.comparing import bootstrap
from analyzer.analyses.comparing.bootstrap import (
    Draws,
    draw_percentile,
    draw_turns,
    interval,
    widening,
)
from analyzer.analyses.statistics import Nanoseconds

MS = 1_000_000


def some_waits(dice: np.random.Generator, n: int) -> Nanoseconds:
    """Skewed as waits are: half of them below 400 ms, one in twenty above 900."""
    return (dice.lognormal(6, 0.5, n) * MS).astype(np.int64)


def apart(one: Draws, other: Draws) -> float:
    """How far two distributions are apart at most (Kolmogorov and Smirnov)."""
    places = np.concatenate((one, other))
    shares = [
        np.searchsorted(np.sort(ones), places, side="right") / len(ones) for ones in (one, other)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize(("n", "percentile"), [(1, 50), (8, 50), (9, 50), (30, 95), (61, 95)])
def test_order_statistics_are_drawn_as_whole_resamples_are(n: int, percentile: int) -> None:
    dice = np.random.default_rng(1)
    values = some_waits(dice, n)
    plain = np.percentile(values[dice.integers(0, n, (9_999, n))], percentile, axis=1)

    # Of two such samples from one distribution 0.1 % are further apart than 0.028.
    assert apart(draw_percentile(values, percentile, seed=1), plain) < 0.028


def test_turns_are_drawn_whole() -> None:
    """With all their gaps, as a plain bootstrap of turns does it."""
    dice = np.random.default_rng(2)
    turns = [some_waits(dice, size) // level for level, size in ((1, 9), (3, 30), (1, 4), (9, 17))]
    plain = [
        np.percentile(np.concatenate([turns[one] for one in row]), (50, 95))
        for row in dice.integers(0, 4, (2_000, 4))
    ]

    drawn = draw_turns(turns, (50, 95), seed=1)

    # As above, for 2,000 of each.
    assert apart(drawn[50], np.asarray(plain)[:, 0]) < 0.062
    assert apart(drawn[95], np.asarray(plain)[:, 1]) < 0.062


def test_values_that_are_joined_move_a_percentile_little(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(3)
    turns = [some_waits(dice, 100) for _ in range(10)]
    every = draw_turns(turns, (50,), seed=1)[50]
    monkeypatch.setattr(bootstrap, "MOST_STEPS", 500)

    joined = draw_turns(turns, (50,), seed=1)[50]

    assert np.abs(joined / every - 1).max() < 0.01


def test_the_same_figures_get_the_same_interval() -> None:
    dice = np.random.default_rng(4)
    first, second = some_waits(dice, 40), some_waits(dice, 40)

    once, again = (
        interval(draw_percentile(first, 50, 0), draw_percentile(second, 50, 1)) for _ in range(2)
    )

    assert once == again


def test_figures_that_never_vary_have_an_interval_of_no_length() -> None:
    same = np.full(20, 7 * MS)
    found = interval(draw_percentile(same, 50, 0), draw_percentile(same + MS, 50, 1))

    assert (found.low, found.high) == (MS, MS)
    assert found.strictly_leaves_out_zero


def test_intervals_of_few_turns_are_widened() -> None:
    draws = np.arange(1_000, dtype=np.float64)
    plain = interval(np.zeros(1_000), draws)
    wider = interval(np.zeros(1_000), draws, widened=1.2)

    assert widening(8, 8) == pytest.approx(1.17, abs=0.01)
    assert widening(200, 200) == pytest.approx(1.005, abs=0.002)
    assert wider.high - wider.low == pytest.approx(1.2 * (plain.high - plain.low))


@pytest.mark.parametrize(
    ("n", "percentile", "factor"), [(12, 50, 1.0), (60, 95, 1.0), (40, 50, 1.3)]
)
def test_intervals_hold_the_true_difference_as_often_as_they_say(
    monkeypatch: pytest.MonkeyPatch, n: int, percentile: int, factor: float
) -> None:
    """95 and 99 times of 100; of 300 pairs of samples six standard errors are left for chance."""
    monkeypatch.setattr(bootstrap, "DRAWS", 999)
    dice = np.random.default_rng(5)
    true = (factor - 1) * np.exp(6 + 0.5 * {50: 0.0, 95: 1.6449}[percentile]) * MS
    held = strictly = 0
    for number in range(300):
        first = some_waits(dice, n)
        second = (some_waits(dice, n) * factor).astype(np.int64)
        found = interval(
            draw_percentile(first, percentile, 2 * number),
            draw_percentile(second, percentile, 2 * number + 1),
        )
        held += found.low <= true <= found.high
        strictly += found.strict_low <= true <= found.strict_high

    assert 0.91 <= held / 300 <= 1
    assert 0.965 <= strictly / 300 <= 1
