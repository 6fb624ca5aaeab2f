"""Rank tests: whether two groups of figures differ by more than noise, in words."""

import math
from collections.abc import Sequence
from statistics import median

import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.analyses.transport.rows import Ratio, Span
from analyzer.model import Unmeasurable

LEAST = 8
"""Figures that each group must have. Of two groups of four no rank test can get below 0.02."""

EXACT_MOST = 8
"""Figures up to which the test of two groups is exact if none are equal."""

EXACT_PAIRS = 100_000
"""Beyond so many pairs counting every order takes a while, and changes nothing."""

ALPHA = 0.01
"""Below this a difference is called more than noise: about five metrics are tested at once."""

_EFFECTS = ((0.147, "negligible"), (0.33, "small"), (0.474, "medium"), (2.0, "large"))
"""Upper bounds of |Cliff's delta| (Romano and others, 2006)."""


class Difference(msgspec.Struct, frozen=True):
    """How a second group differs from a first.

    ``smaller_share``: the chance that a figure of the second is smaller than one of the
    first, ties counted half.
    """

    median_first_ns: Span
    median_second_ns: Span
    difference_ns: Span
    p_value: Ratio
    smaller_share: Ratio
    verdict: str


def middle(values: Sequence[int]) -> Span:
    return round(median(values)) if values else Unmeasurable("nothing was measured")


def compare(first: Sequence[int], second: Sequence[int], name: str, where: str = "") -> Difference:
    """Compare groups by Mann–Whitney's U, two-sided.

    ``name`` is the second's; ``where`` limits what a difference is said to hold for.
    """
    before, after = middle(first), middle(second)
    if isinstance(before, Unmeasurable) or isinstance(after, Unmeasurable):
        none = Unmeasurable("one of the two has no figures")
        return Difference(before, after, none, none, none, "nothing to compare")
    why = _too_few(min(len(first), len(second)))
    if why:
        return Difference(before, after, after - before, why, why, f"too few: {why.reason}")
    if len({*first, *second}) == 1:
        return Difference(before, after, 0, 1.0, 0.5, "no difference")
    p_value, u = _tested(first, second)
    share = u / (len(first) * len(second))
    verdict = _verdict(p_value, 1 - 2 * share, name, where)
    return Difference(before, after, after - before, p_value, share, verdict)


def _tested(first: Sequence[int], second: Sequence[int]) -> tuple[float, float]:
    """The p-value, and U of the first group.

    What `scipy.stats.mannwhitneyu` gives, without the second that its import takes.
    """
    n, m = len(first), len(second)
    joined = np.concatenate((first, second))
    _, place, counts = np.unique(joined, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    u = float(ranks[place[:n]].sum()) - n * (n + 1) / 2
    if min(n, m) <= EXACT_MOST and n * m <= EXACT_PAIRS and len(counts) == n + m:
        return _exact(n, m, u), u
    return _approximated(n, m, u, counts), u


def _exact(n: int, m: int, u: float) -> float:
    """How often U is as far from its middle where every order of the figures is as likely.

    The orders are counted by U with Mann and Whitney's generating function: the product of
    (1 − q^(m + i)) / (1 − q^i) for i from 1 to n.
    """
    few, many = sorted((n, m))
    ways = [1] + [0] * (n * m)
    for i in range(1, few + 1):
        for at in range(n * m, many + i - 1, -1):
            ways[at] -= ways[at - many - i]
        for at in range(i, n * m + 1):
            ways[at] += ways[at - i]
    furthest = int(max(u, n * m - u))
    return min(1.0, 2 * sum(ways[furthest:]) / math.comb(n + m, n))


def _approximated(n: int, m: int, u: float, counts: npt.NDArray[np.int64]) -> float:
    """By the normal approximation, corrected for ties (``counts`` of each value) and continuity."""
    from scipy.special import ndtr

    ties = int((counts**3 - counts).sum())
    deviation = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    away = max(abs(u - n * m / 2) - 0.5, 0.0)
    return float(2 * ndtr(-away / deviation))


def compare_pairs(differences: Sequence[int], name: str) -> tuple[Ratio, str]:
    """Whether paired differences centre on zero (Wilcoxon's signed ranks, two-sided)."""
    why = _too_few(len(differences))
    if why:
        return why, f"too few: {why.reason}"
    if not any(differences):
        return 1.0, "no difference"
    from scipy.stats import wilcoxon  # It takes a second to import.

    p_value = float(wilcoxon(differences, zero_method="zsplit").pvalue)
    above = sum(one > 0 for one in differences) - sum(one < 0 for one in differences)
    return p_value, _verdict(p_value, above / len(differences), name)


def _too_few(n: int) -> Unmeasurable | None:
    return Unmeasurable(f"n = {n}, {LEAST} of each are needed") if n < LEAST else None


def _verdict(p_value: float, delta: float, name: str, where: str = "") -> str:
    """``delta`` is above zero where the named group's figures are the larger ones."""
    if p_value >= ALPHA:
        return "within noise"
    way = "longer" if delta > 0 else "shorter"
    return f"{name} {way}{where}: {effect_of(delta)} effect"


def effect_of(delta: float) -> str:
    """How large a Cliff's delta (−1 to 1) is, in a word."""
    return next(word for bound, word in _EFFECTS if abs(delta) < bound)
