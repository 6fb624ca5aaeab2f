"""A capture's figures as OpenTelemetry's metric data.

Histograms are counted here and handed to the SDK's exporter whole: recording a million gaps one
by one through an instrument takes seconds, and would stamp them with the time of sending.
"""

from collections.abc import Iterator

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Pool, pool
from analyzer.analyses.results import CaptureResult
from analyzer.telemetry.conventions import (
    ERROR,
    HISTOGRAMS,
    Attributes,
    WallTime,
    attributes_of,
    extent,
)
from analyzer.telemetry.counts import CaptureCounts, counts_of
from analyzer.telemetry.measures import values_of
from analyzer.telemetry.tally import BOUNDS_S, tally

type Groups = list[tuple[Attributes, list[Measured]]]

_POOLED = {
    "turns": ("turns", "{turn}", "chat turns"),
    "stalls": ("stalls", "{stall}", "gaps at or above the threshold of a stall"),
    "stalled_turns": ("stalled_turns", "{turn}", "turns that have a stall"),
    "events": ("events", "{event}", "server-sent events of the turns"),
    "coalesced": (
        "coalesced_events",
        "{event}",
        "events that share their read with an event before them",
    ),
}
"""Field of a `Pool` → name, unit and meaning."""


def metrics_data(
    captures: list[tuple[CaptureResult, Resource]], scope: InstrumentationScope
) -> MetricsData:
    """One resource a capture, over the time that the capture lasted."""
    return MetricsData(
        [
            ResourceMetrics(
                resource, [ScopeMetrics(scope, list(_metrics(capture)), "")], schema_url=""
            )
            for capture, resource in captures
        ]
    )


def _metrics(capture: CaptureResult) -> Iterator[Metric]:
    wall = WallTime(capture)
    first, last = extent(capture)
    span = wall.at(first), wall.at(last)
    groups = _groups(capture)
    for name in HISTOGRAMS:
        # An error is told of what ended with it: a first text that came had none.
        chosen = groups if name == "e2el" else _without_error(groups)
        if (metric := _histogram(name, chosen, span)) is not None:
            yield metric
    pools = [(attributes, pool(turns)) for attributes, turns in groups]
    for field, (name, unit, meaning) in _POOLED.items():
        counted = [(attributes, getattr(one, field)) for attributes, one in pools]
        yield _sum(name, unit, meaning, counted, span)
    yield _sum("stalled_time", "s", "all stalls together", _stalled(pools), span)
    counts = counts_of(capture)
    for field, meaning in CaptureCounts.MEANINGS.items():
        yield _sum(field, "1", meaning, [({}, getattr(counts, field))], span)


def _stalled(pools: list[tuple[Attributes, Pool]]) -> list[tuple[Attributes, float]]:
    return [(attributes, one.stalled_ns / 1e9) for attributes, one in pools]


def _groups(capture: CaptureResult) -> Groups:
    """The capture's turns by what their figures are told apart by."""
    found: dict[tuple[object, ...], tuple[Attributes, list[Measured]]] = {}
    for one in capture.turns:
        attributes = attributes_of(one)
        found.setdefault(tuple(attributes.items()), (attributes, []))[1].append(one)
    return list(found.values())


def _without_error(groups: Groups) -> Groups:
    found: dict[tuple[object, ...], tuple[Attributes, list[Measured]]] = {}
    for attributes, turns in groups:
        rest = {name: value for name, value in attributes.items() if name != ERROR}
        found.setdefault(tuple(rest.items()), (rest, []))[1].extend(turns)
    return list(found.values())


def _histogram(name: str, groups: Groups, span: tuple[int, int]) -> Metric | None:
    points = []
    for attributes, turns in groups:
        counted = tally(values_of(name, turns))
        if counted.n:
            points.append(
                HistogramDataPoint(
                    attributes=attributes,
                    start_time_unix_nano=span[0],
                    time_unix_nano=span[1],
                    count=counted.n,
                    sum=counted.sum_ns / 1e9,
                    bucket_counts=counted.counts,
                    explicit_bounds=BOUNDS_S,
                    min=counted.least_ns / 1e9,
                    max=counted.most_ns / 1e9,
                )
            )
    if not points:
        return None
    sent_as, meaning = HISTOGRAMS[name]
    return Metric(sent_as, meaning, "s", Histogram(points, AggregationTemporality.CUMULATIVE))


def _sum(
    name: str,
    unit: str,
    meaning: str,
    counted: list[tuple[Attributes, float]],
    span: tuple[int, int],
) -> Metric:
    points = [NumberDataPoint(attributes, *span, value) for attributes, value in counted]
    data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
    return Metric(f"streamscope.{name}", meaning, unit, data)
