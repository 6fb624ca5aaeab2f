"""What both experiments share: their error, how they report progress, and repeated timing."""

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from analyzer.model import StreamscopeError

type Say = Callable[[str], None]
"""Takes a line about what is being done."""

CHUNK = 10_000
"""Rows between two lines of progress."""


class ExperimentError(StreamscopeError):
    """An experiment can't be made as asked, or its database gave up."""


class Spread(msgspec.Struct, frozen=True):
    """Repeated wall times of one thing: the median and the quartiles, in nanoseconds."""

    n: int
    median_ns: int
    low_ns: int
    high_ns: int


def spread(times_ns: Sequence[int]) -> Spread:
    low, median, high = (round(float(part)) for part in np.percentile(times_ns, (25, 50, 75)))
    return Spread(len(times_ns), median, low, high)


def timed(call: Callable[[], object]) -> int:
    """Wall time of one call, in nanoseconds."""
    began = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - began
