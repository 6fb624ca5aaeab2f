"""How far the difference of two percentiles would wander if the same were measured again.

The bootstrap (Efron, 1979): both groups are drawn again from themselves, with replacement, and
the percentiles' difference is taken each time; the interval holds the middle of these
differences. Figures that are independent are not drawn one by one: a percentile of a resample
is one of the sample's own order statistics, and which one follows a beta distribution, so that
is drawn (exact, and it costs the same for ten figures as for a million). Gaps of one turn are
not independent: there whole turns are drawn, with all their gaps.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.analyses.statistics import Nanoseconds

type Draws = npt.NDArray[np.float64]

DRAWS = 9_999
"""Resamples where figures are independent."""

TURN_DRAWS = 2_000
"""Resamples of turns with their gaps."""

SEED = 20_240_229
"""The same figures always get the same interval."""

LEVEL, STRICT = 0.95, 0.99
"""Of the interval that is shown, and of the one that a difference has to leave 0 out of."""

MOST_STEPS = 4_096
"""Different values of gaps that are told apart while turns are drawn; further ones are joined
by rank, so that a percentile moves by 1/4096 of the ranks at most."""

MOST_CELLS = 1 << 23
"""Numbers that are held at once: 64 MB of them."""


class Interval(msgspec.Struct, frozen=True):
    """Where a difference lies, at 95 % and at 99 %; ``p_value`` is where 0 would just be left out.

    In the unit of the figures; a whole number where they are whole.
    """

    low: float
    high: float
    strict_low: float
    strict_high: float
    p_value: float

    @property
    def leaves_out_zero(self) -> bool:
        return self.low > 0 or self.high < 0

    @property
    def strictly_leaves_out_zero(self) -> bool:
        return self.strict_low > 0 or self.strict_high < 0


def interval(first: Draws, second: Draws, widened: float = 1.0) -> Interval:
    """The interval of second − first, of draws that belong to each other at random."""
    differences = second - first
    if widened != 1.0:
        middle = np.median(differences)
        differences = middle + (differences - middle) * widened
    outer, inner = (1 - STRICT) / 2, (1 - LEVEL) / 2
    places = np.quantile(differences, [inner, 1 - inner, outer, 1 - outer])
    n = len(differences)
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    # One more than counted: the figures themselves are one of the ways to draw them.
    p_value = min(1.0, 2 * (min(below, above) + 1) / (n + 1))
    low, high, strict_low, strict_high = map(float, places)
    return Interval(low, high, strict_low, strict_high, p_value)


def draw_percentile(values: Nanoseconds, percentile: float, seed: int) -> Draws:
    """The percentile (type 7) of `DRAWS` resamples of independent figures; at least one."""
    dice = np.random.default_rng([SEED, seed])
    ascending = np.sort(values)
    n = len(ascending)
    place = (n - 1) * (percentile / 100)
    rank = int(place)
    # The rank-th smallest of n uniform numbers is beta distributed, and the one after it the
    # smallest of those that are left above it.
    low = dice.beta(rank + 1, n - rank, size=DRAWS)
    below = ascending[np.minimum((low * n).astype(np.int64), n - 1)].astype(np.float64)
    if place == rank:
        return below
    high = low + (1 - low) * dice.beta(1, n - rank - 1, size=DRAWS)
    above = ascending[np.minimum((high * n).astype(np.int64), n - 1)]
    drawn: Draws = below + (place - rank) * (above - below)
    return drawn


def draw_turns(
    turns: Sequence[Nanoseconds], percentiles: Sequence[float], seed: int
) -> dict[float, Draws]:
    """Percentiles of all gaps together, for `TURN_DRAWS` resamples of turns that have gaps."""
    dice = np.random.default_rng([SEED, seed])
    steps, counts = _counted(turns)
    found: dict[float, list[Draws]] = {one: [] for one in percentiles}
    batch = max(1, MOST_CELLS // max(len(steps), len(turns)))
    for begin in range(0, TURN_DRAWS, batch):
        size = min(batch, TURN_DRAWS - begin)
        weights = dice.multinomial(len(turns), np.full(len(turns), 1 / len(turns)), size=size)
        upto = np.cumsum(weights.astype(np.float64) @ counts, axis=1)
        for percentile in percentiles:
            found[percentile].append(_weighted(steps, upto, percentile))
    return {one: np.concatenate(parts) for one, parts in found.items()}


def widening(first: int, second: int) -> float:
    """By how much draws of few turns spread too little, as Student's t widens a normal interval."""
    from scipy.special import stdtrit  # scipy's import is not for who compares nothing

    few = min(first, second)
    wider: float = stdtrit(first + second - 2, 0.975) / 1.96 * (few / (few - 1)) ** 0.5
    return wider


def _counted(turns: Sequence[Nanoseconds]) -> tuple[Nanoseconds, Draws]:
    """The values that gaps have, and how many of each a turn has (a row a turn)."""
    joined = np.concatenate(turns)
    steps = np.unique(joined)
    most = max(64, min(MOST_STEPS, MOST_CELLS // len(turns)))
    if len(steps) > most:
        ranks = np.linspace(0, len(joined) - 1, most).astype(np.int64)
        steps = np.unique(np.sort(joined)[ranks])
    counts = np.zeros((len(turns), len(steps)))
    for row, gaps in enumerate(turns):
        places = np.searchsorted(steps, gaps)
        counts[row] = np.bincount(places, minlength=len(steps))
    return steps, counts


def _weighted(steps: Nanoseconds, upto: Draws, percentile: float) -> Draws:
    """The percentile of each row, of which ``upto`` counts the values up to each step."""
    place = (upto[:, -1] - 1) * (percentile / 100)
    rank = np.floor(place)
    below = steps[(upto <= rank[:, None]).sum(axis=1)]
    next_rank = np.minimum(rank + 1, upto[:, -1] - 1)
    above = steps[(upto <= next_rank[:, None]).sum(axis=1)]
    drawn: Draws = below + (place - rank) * (above - below)
    return drawn
