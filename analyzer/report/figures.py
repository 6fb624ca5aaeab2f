"""Pick what a report says, once: every renderer shows these numbers and no others."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from analyzer.analyses.gaps import CAUSES, PHASES, Cause, Gaps, Phase
from analyzer.analyses.measured import Measured
from analyzer.analyses.observer import ObserverSummary, summarise_observer
from analyzer.analyses.pooled import Goodput, Pool, Threshold, by_protocol, goodput, pool
from analyzer.analyses.reading import Reading, Readings, all_readings, read_along
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.analyses.statistics import Distribution, histogram, log_edges
from analyzer.model import Unmeasurable
from analyzer.report.parts import Source
from analyzer.report.spots import ALL, Spots, find_spots

SLOWEST = 10
"""Gaps that are listed; the database has them all."""

PROTOCOL_NAMES = {"h1": "HTTP/1.1", "h2": "HTTP/2", "h3": "HTTP/3"}


class SlowGap(msgspec.Struct, frozen=True):
    """One gap, ready to be listed. ``ended_ns`` counts from request sent."""

    capture: str
    exchange: int
    gap_ns: int
    ended_ns: int | Unmeasurable
    lag_ns: int
    cause: Cause
    phase: Phase
    read: int
    seq: int


class Figures(msgspec.Struct, frozen=True):
    """The numbers of a report.

    ``edges_ns`` and ``gap_counts`` are the gaps' histogram, per protocol;
    ``observers`` runs parallel to the captures. ``reading``: how readers of the turns fared.
    ``spots``: the exchanges where the percentiles lie, by protocol (or `ALL`) and metric.
    """

    analysis: Analysis
    all: Pool
    protocols: dict[str, Pool]
    edges_ns: tuple[int, ...]
    gap_counts: dict[str, tuple[int, ...]]
    slowest: tuple[SlowGap, ...]
    goodput: Goodput | Unmeasurable
    observers: tuple[ObserverSummary | Unmeasurable, ...]
    reading: Readings | Unmeasurable
    spots: dict[str | None, dict[str, Spots]]

    @property
    def has_lag(self) -> bool:
        """A proxy measured how late it was itself."""
        return any(isinstance(one, ObserverSummary) for one in self.observers)

    def turns(self) -> Iterator[tuple[CaptureResult, Measured]]:
        for capture in self.analysis.captures:
            for one in capture.turns:
                yield capture, one

    def other_streams(self) -> Iterator[tuple[CaptureResult, Measured]]:
        """Event streams that are no chat turns."""
        return ((capture, one) for capture, one in self.calls() if one.exchange.streamed)

    def calls(self) -> Iterator[tuple[CaptureResult, Measured]]:
        for capture in self.analysis.captures:
            for one in capture.calls:
                yield capture, one


def pick(analysis: Analysis, thresholds: Sequence[Threshold] = ()) -> Figures:
    """Compute everything a report needs from the result of an analysis."""
    turns = [one for capture in analysis.captures for one in capture.turns]
    together = pool(turns)
    protocols = {name: pool(group) for name, group in by_protocol(turns).items()}
    icl = together.icl
    edges = log_edges(icl.min, icl.max) if isinstance(icl, Distribution) else ()
    return Figures(
        analysis=analysis,
        all=together,
        protocols=protocols,
        edges_ns=edges,
        gap_counts={
            name: histogram((gaps.gap_ns for gaps in one.gaps), edges).counts if edges else ()
            for name, one in protocols.items()
        },
        slowest=_slowest(analysis),
        goodput=goodput(turns, thresholds),
        observers=tuple(summarise_observer(one.observations) for one in analysis.captures),
        reading=all_readings(map(reading_of, turns)),
        spots=find_spots(_with_sources(analysis), dict([(ALL, together), *protocols.items()])),
    )


def reading_of(one: Measured) -> Reading | Unmeasurable:
    """How a reader of the turn fared."""
    if one.latency is None:
        return Unmeasurable("the exchange is no chat turn")
    return read_along(one.latency)


def _with_sources(analysis: Analysis) -> list[tuple[Source, Measured]]:
    return [
        (Source(number, one.exchange.exchange), one)
        for number, capture in enumerate(analysis.captures, 1)
        for one in capture.turns
    ]


def _slowest(analysis: Analysis) -> tuple[SlowGap, ...]:
    """The longest gaps of all captures; of equal ones the earlier first."""
    found: list[SlowGap] = []
    for capture in analysis.captures:
        for one in capture.turns:
            gaps = one.latency.gaps if one.latency else None
            if isinstance(gaps, Gaps):
                gap_ns = gaps.gap_ns
                if len(found) == SLOWEST and gap_ns.max(initial=0) <= found[-1].gap_ns:
                    continue
                longest = np.argsort(-gap_ns, kind="stable")[:SLOWEST]
                found += [_slow_gap(capture, one, gaps, int(row)) for row in longest]
                found = sorted(found, key=lambda one: -one.gap_ns)[:SLOWEST]
    return tuple(found)


def _slow_gap(capture: CaptureResult, one: Measured, gaps: Gaps, row: int) -> SlowGap:
    at_ns, asked_ns = int(gaps.at_ns[row]), one.asked_ns
    return SlowGap(
        capture=capture.head.capture_id,
        exchange=one.exchange.exchange,
        gap_ns=int(gaps.gap_ns[row]),
        ended_ns=Unmeasurable("request sent is unknown") if asked_ns is None else at_ns - asked_ns,
        lag_ns=int(gaps.lag_ns[row]),
        cause=CAUSES[gaps.cause[row]],
        phase=PHASES[gaps.phase[row]],
        read=int(gaps.read[row]),
        seq=int(gaps.seq[row]),
    )
