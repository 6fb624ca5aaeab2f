"""What is measured of turns, a name a metric: the single figures that a report's are made of."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.latency import Latency, Span
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Nanoseconds
from analyzer.report.definitions import DEFINITIONS
from analyzer.report.figures import Figures
from analyzer.report.overview import METRICS

MEASURES: dict[str, str] = {
    field: DEFINITIONS[shown.removesuffix(" (estimated)")] for shown, field in METRICS
}
"""Name → what it is. All are spans of time; each turn has one of them, but for ``icl``: that is
every gap between two arrivals of text."""

_OF_EXCHANGE = {"time_to_headers", "time_to_first_byte", "time_to_first_event"}


def values_of(name: str, turns: Iterable[Measured]) -> Iterator[Nanoseconds]:
    """Every figure of that name that the turns have, in parts; those that have none give none."""
    if name == "icl":
        for one in turns:
            if one.latency is not None and isinstance(one.latency.gaps, Gaps):
                yield one.latency.gaps.gap_ns
        return
    spans = (span_of(name, one, one.latency) for one in turns if one.latency is not None)
    yield np.array([span for span in spans if isinstance(span, int)], dtype=np.int64)


def span_of(name: str, one: Measured, latency: Latency) -> Span:
    """One turn's figure, of a metric that has one a turn."""
    if name in _OF_EXCHANGE:
        found: float | Span = getattr(one.times, f"{name}_ns")
    else:
        found = getattr(latency, f"{name}_ns")
    return round(found) if isinstance(found, float) else found


def grouped[Key](
    figures: Figures, key: Callable[[CaptureResult, Measured], Key]
) -> dict[Key, list[Measured]]:
    """The turns that share a key, in the order in which the keys come first."""
    groups: dict[Key, list[Measured]] = {}
    for capture, one in figures.turns():
        groups.setdefault(key(capture, one), []).append(one)
    return groups
