"""A robust line through waits at growing depth, and what it says in words."""

from collections.abc import Sequence

import msgspec
import numpy as np

FIT_LEAST = 5
"""Fewest depths for a slope. Four waits rise in a row by chance once in 24, which is no 95 %."""

FIT_MOST = 400
"""Most points that are fitted; of more, medians of as many groups of like depth.

Theil and Sen compare every two points, so their work grows with the square.
"""

CONFIDENCE = 0.95

FLAT_SHARE = 0.1
"""A rise over all depths seen that is surely below this part of the median wait is none."""

GROWS, FALLS, FLAT = "grows", "falls", "flat"
NOISE = "the data can't tell a slope from noise"
TOO_FEW = "too few points"
UNTIMED = "no waits are known"


class Line(msgspec.Struct, frozen=True):
    """``base_ms`` at depth 0; ``slope``, ``low`` and ``high`` in ms per row (95 % interval)."""

    base_ms: float
    slope: float
    low: float
    high: float
    verdict: str


def fit_line(depths: Sequence[int], waits_ms: Sequence[float], typical_ms: float) -> Line | None:
    """Theil–Sen over the points; None where fewer than `FIT_LEAST` depths were seen.

    A walk that only goes deeper goes later, too: what changed meanwhile is in the slope.
    ``typical_ms``: the whole wait of a page, to judge whether a rise would be felt at all.
    Source: Sen 1968, as scipy.stats.theilslopes computes it (interval for slopes, ties too).
    """
    if len(set(depths)) < FIT_LEAST:
        return None
    from scipy.stats import theilslopes  # it takes half a second to load: only here

    rows, waits = _thinned(
        np.asarray(depths, dtype=np.float64), np.asarray(waits_ms, dtype=np.float64)
    )
    found = theilslopes(waits, rows, alpha=CONFIDENCE)
    slope, low, high = float(found[0]), float(found[2]), float(found[3])
    span = float(rows.max() - rows.min())
    return Line(float(found[1]), slope, low, high, _verdict(low, high, span, typical_ms))


def _verdict(low: float, high: float, span: float, typical_ms: float) -> str:
    if max(abs(low), abs(high)) * span <= FLAT_SHARE * typical_ms:
        return FLAT
    if low > 0:
        return GROWS
    return FALLS if high < 0 else NOISE


type _Column = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _thinned(rows: _Column, waits: _Column) -> tuple[_Column, _Column]:
    """Medians of groups that follow each other in depth, where there are too many points."""
    if len(rows) <= FIT_MOST:
        return rows, waits
    # Equal depths in one order, whatever order they came in.
    order = np.lexsort((waits, rows))
    groups = np.array_split(order, FIT_MOST)
    return (
        np.array([np.median(rows[group]) for group in groups]),
        np.array([np.median(waits[group]) for group in groups]),
    )
