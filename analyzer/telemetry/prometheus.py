"""The figures as Prometheus reads them, written by its own client (group ``web``).

A scrape says what the captures hold: counters and histograms grow with them, not with time.
Spans are in seconds, in the same buckets as those sent to OpenTelemetry.
"""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Pool, pool
from analyzer.report.figures import Figures
from analyzer.telemetry.counts import CaptureCounts, counts_of
from analyzer.telemetry.measures import MEASURES, grouped, values_of
from analyzer.telemetry.tally import BOUNDS_S, Tally, tally
from analyzer.telemetry.words import model_of, spoken

LABELS = ("protocol", "model")

_POOLED = {
    "turns": ("turns", "chat turns"),
    "stalls": ("stalls", "gaps at or above the threshold of a stall"),
    "stalled_turns": ("stalled_turns", "turns that have a stall"),
    "events": ("events", "server-sent events of the turns"),
    "coalesced": ("coalesced_events", "events that share their read with an event before them"),
    "arrivals": ("arrivals", "arrivals of text"),
}
"""Counters: field of a `Pool` → name and meaning."""


def exposition(figures: Figures) -> bytes:
    """All figures in the text format of Prometheus, as UTF-8."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        groups = grouped(self._figures, lambda _, one: (spoken(one), model_of(one)))
        yield from _histograms(groups)
        yield from _counters({labels: pool(turns) for labels, turns in groups.items()})
        yield from _of_captures([counts_of(one) for one in self._figures.analysis.captures])


type _Groups = dict[tuple[str, str], list[Measured]]


def _histograms(groups: _Groups) -> Iterator[Metric]:
    for name, meaning in MEASURES.items():
        family = HistogramMetricFamily(
            f"streamscope_{name}_seconds", f"{name}: {meaning}", labels=LABELS
        )
        for labels, turns in groups.items():
            counted = tally(values_of(name, turns))
            if counted.n:
                family.add_metric(labels, _buckets(counted), counted.sum_ns / 1e9)
        yield family


def _buckets(counted: Tally) -> list[tuple[str, float]]:
    """Cumulative, as Prometheus has them: each counts all below its bound."""
    names = [*map(str, BOUNDS_S), "+Inf"]
    return list(zip(names, map(float, accumulate(counted.counts)), strict=True))


def _counters(pools: dict[tuple[str, str], Pool]) -> Iterator[Metric]:
    for field, (name, meaning) in _POOLED.items():
        family = CounterMetricFamily(f"streamscope_{name}", meaning, labels=LABELS)
        for labels, one in pools.items():
            family.add_metric(labels, getattr(one, field))
        yield family
    stalled = CounterMetricFamily(
        "streamscope_stalled_seconds", "all stalls together", labels=LABELS
    )
    for labels, one in pools.items():
        stalled.add_metric(labels, one.stalled_ns / 1e9)
    yield stalled


def _of_captures(captures: list[CaptureCounts]) -> Iterator[Metric]:
    yield GaugeMetricFamily("streamscope_captures", "captures", value=len(captures))
    for name, meaning in CaptureCounts.MEANINGS.items():
        total = sum(getattr(one, name) for one in captures)
        yield CounterMetricFamily(f"streamscope_{name}", meaning, value=total)
