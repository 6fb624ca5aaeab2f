"""The pace of an event stream whose text no dialect knows: arrivals of events instead."""

from collections.abc import Sequence

import numpy as np

from analyzer.analyses.statistics import Distribution, Nanoseconds, distribution
from analyzer.model import Clock, Exchange, Unmeasurable

_NO_CLOCK = Unmeasurable("the capture holds no times")
_UNTIMED = Unmeasurable("the capture has this stream's bytes and no arrival times of them")
_UNREADABLE = Unmeasurable(
    "the capture holds how many bytes came, and none that can be read, so no event is known"
)
_ONE_ARRIVAL = Unmeasurable("events came in less than two arrivals, so there is no gap")


def measure_event_gaps(
    exchange: Exchange,
    clock: Clock,
    at_ns: Sequence[int] | Nanoseconds,
    read: Sequence[int] | Nanoseconds,
) -> Distribution | Unmeasurable | None:
    """Summarise the gaps between arrivals of events, in nanoseconds.

    ``at_ns`` and ``read`` run in parallel, one entry an event. Events that share a
    read, or a moment of a coarse clock, are one arrival.
    Returns: None if the exchange is no event stream, or a chat turn: there the
    gaps are those of its text.
    """
    if not exchange.streamed or exchange.turn is not None:
        return None
    if clock == "none":
        return _NO_CLOCK
    if not exchange.timed:
        return _UNTIMED
    times, reads = np.asarray(at_ns, dtype=np.int64), np.asarray(read, dtype=np.int64)
    if not len(times):
        stream = exchange.stream
        if stream.wire_bytes and not stream.bytes:
            return _UNREADABLE
        return _ONE_ARRIVAL
    latest = np.maximum.accumulate(times)
    begins = (reads[1:] != reads[:-1]) & (times[1:] > latest[:-1])
    gaps_ns = np.diff(times[np.flatnonzero(np.append(True, begins))])
    return distribution(gaps_ns) if len(gaps_ns) else _ONE_ARRIVAL
