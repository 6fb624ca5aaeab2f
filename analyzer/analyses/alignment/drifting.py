"""Whether one clock runs faster than the other."""

import numpy as np

from analyzer.analyses.alignment.results import Drift
from analyzer.analyses.statistics import POINTS_BELOW, Nanoseconds
from analyzer.model import Unmeasurable

LEAST_SPAN_NS = 10_000_000_000
"""In a shorter run a clock that is wrong by 100 ppm drifts by less than a millisecond."""

GROUPS = 300
"""Most points that are fitted, medians of as many stretches: the work grows with the square."""

CONFIDENCE = 0.95


def measure_drift(at_ns: Nanoseconds, difference_ns: Nanoseconds) -> Drift | Unmeasurable:
    """Theil–Sen slope of the difference over A's time, which gaps and outliers do not bend.

    Source: Sen 1968, as scipy.stats.theilslopes computes it.
    """
    n = len(at_ns)
    if n < POINTS_BELOW:
        return Unmeasurable(f"{n} events in both are too few for a drift")
    order = np.argsort(at_ns, kind="stable")
    since = (at_ns[order] - at_ns[order[0]]).astype(np.float64)
    span_ns = int(since[-1])
    if span_ns < LEAST_SPAN_NS:
        return Unmeasurable("the run is too short for a drift: under 10 s")
    from scipy.stats import theilslopes  # it takes half a second to load: only here

    differences = (difference_ns - difference_ns[order[0]])[order].astype(np.float64)
    groups = np.array_split(np.arange(n), min(n, GROUPS))
    found = theilslopes(
        [float(np.median(differences[group])) for group in groups],
        [float(np.median(since[group])) for group in groups],
        alpha=CONFIDENCE,
    )
    slope, low, high = (float(found[place]) * 1e6 for place in (0, 2, 3))
    return Drift(n, span_ns, slope, low, high)
