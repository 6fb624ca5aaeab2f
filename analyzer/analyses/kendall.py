"""How well two orders agree: inversions and Kendall's tau, exactly, in O(n log n).

Source: W. R. Knight, "A computer method for calculating Kendall's tau with ungrouped
data", JASA 61 (1966); tau-b as M. G. Kendall, "Rank correlation methods", defines it.
"""

import math

import msgspec
import numpy as np
import numpy.typing as npt

type Numbers = npt.NDArray[np.int64]


class Agreement(msgspec.Struct, frozen=True):
    """Pairs of things, by whether two orders of them agree.

    Pairs that tie in either order are neither ``concordant`` nor ``discordant``. ``tau`` is
    Kendall's tau-b, from −1 (reversed) over 0 (unrelated) to 1 (the same); None where all tie
    in one of the orders, as then there is no second order to compare.
    """

    n: int
    concordant: int
    discordant: int
    tau: float | None


def compare_orders(first: Numbers, second: Numbers) -> Agreement:
    """Compare the orders that two equally long arrays of ranks give the same things."""
    n = len(first)
    by_first = np.lexsort((second, first))
    x, y = first[by_first], second[by_first]
    new_x, new_y = x[1:] != x[:-1], np.diff(np.sort(second)) != 0
    all_pairs = n * (n - 1) // 2
    untied_x = all_pairs - _tied(new_x, n)
    untied_y = all_pairs - _tied(new_y, n)
    tied_both = _tied(new_x | (y[1:] != y[:-1]), n)
    discordant = count_inversions(y)
    concordant = untied_x + untied_y - all_pairs + tied_both - discordant
    if not untied_x or not untied_y:
        return Agreement(n, concordant, discordant, None)
    # The root of each alone: their product can pass what a float holds exactly.
    tau = (concordant - discordant) / math.sqrt(untied_x) / math.sqrt(untied_y)
    return Agreement(n, concordant, discordant, max(-1.0, min(1.0, tau)))


def count_inversions(values: Numbers) -> int:
    """Pairs of places whose values stand in falling order; equal values are no inversion.

    The merge count of a merge sort, taken bit by bit from the top, so that each of the
    log n steps is a few passes of numpy: two values are told apart at the highest bit in
    which they differ, and there an inversion is a one before a zero.
    """
    if len(values) < 2:
        return 0
    ranks: Numbers = np.unique(values, return_inverse=True)[1].astype(np.int64)
    total = 0
    for bit in reversed(range(int(ranks.max()).bit_length())):
        place = np.arange(len(ranks))
        # Ranks that agree above this bit stand together, in their first order.
        begins = np.flatnonzero(np.diff(ranks >> (bit + 1), prepend=-1))
        start = np.repeat(begins, np.diff(begins, append=len(ranks)))
        one = (ranks >> bit) & 1
        ones = np.cumsum(one) - one
        ones_before = ones - ones[start]
        is_zero = one == 0
        total += int(ones_before[is_zero].sum())
        zeros_before = place - start - ones_before
        zeros = np.add.reduceat(1 - one, begins)
        after_zeros = start + np.repeat(zeros, np.diff(begins, append=len(ranks)))
        target = np.where(is_zero, start + zeros_before, after_zeros + ones_before)
        moved = np.empty_like(ranks)
        moved[target] = ranks
        ranks = moved
    return total


def _tied(is_new: npt.NDArray[np.bool_], n: int) -> int:
    """Pairs within runs of equal neighbours; ``is_new`` says where the next run begins."""
    if n < 2:
        return 0
    edges = np.concatenate(([0], np.flatnonzero(is_new) + 1, [n]))
    runs = np.diff(edges)
    return int((runs * (runs - 1) // 2).sum())
