"""Where pooled figures come from: the exchange at, or nearest to, each percentile."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.latency import Span
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Pool
from analyzer.analyses.statistics import Distribution, Nanoseconds
from analyzer.model import Unmeasurable
from analyzer.report.parts import Source

ALL = None
"""Of turns of every protocol together. No text: a capture may name a protocol anything."""

TOGETHER = 1 << 16
"""Gaps that are looked at at once."""

type Turns = Sequence[tuple[Source, Measured]]


class Spots(msgspec.Struct, frozen=True):
    """Of one distribution: its percentiles' exchanges, and those of its points where it has any."""

    p50: Source
    p90: Source
    p95: Source
    p99: Source | None
    max: Source
    points: tuple[Source, ...] = ()


def find_spots(
    turns: Turns, pools: Mapping[str | None, Pool]
) -> dict[str | None, dict[str, Spots]]:
    """By group and metric, as a `Pool` names it. ``pools``: by protocol, and `ALL` together."""
    found = {
        group: _of_turns([one for one in turns if group in (ALL, one[1].protocol)], pool)
        for group, pool in pools.items()
    }
    for group, spots in _of_gaps(turns, pools).items():
        found[group]["icl"] = spots
    return found


def _of_turns(turns: Turns, pool: Pool) -> dict[str, Spots]:
    spots = {}
    for name, value_of in _FIGURES.items():
        figure = getattr(pool, name)
        given = ((value_of(one), source) for source, one in turns)
        measured = [(value, source) for value, source in given if isinstance(value, int)]
        if isinstance(figure, Distribution) and measured:
            spots[name] = _spots(figure, measured)
    return spots


def _spots(figure: Distribution, measured: list[tuple[int, Source]]) -> Spots:
    values = np.array([value for value, _ in measured], dtype=np.int64)
    nearest = [
        None if target is None else measured[int(np.abs(values - target).argmin())][1]
        for target in _targets(figure)
    ]
    ordered = sorted(measured, key=lambda one: one[0]) if figure.points else []
    return _made(nearest, tuple(source for _, source in ordered))


def _targets(figure: Distribution) -> tuple[int | None, ...]:
    return figure.p50, figure.p90, figure.p95, figure.p99, figure.max


def _made(nearest: Sequence[Source | None], points: tuple[Source, ...]) -> Spots:
    p50, p90, p95, p99, most = nearest
    if p50 is None or p90 is None or p95 is None or most is None:
        raise AssertionError("only a p99 can be missing")
    return Spots(p50, p90, p95, p99, most, points)


class _Nearest:
    """The gaps nearest to some lengths, over turns that come one after the other."""

    def __init__(self, figure: Distribution) -> None:
        self._figure = figure
        self._targets = np.array([-1 if one is None else one for one in _targets(figure)])
        self._away = np.full(len(self._targets), np.iinfo(np.int64).max)
        self._sources: list[Source | None] = [None] * len(self._targets)
        self._points: list[tuple[int, Source]] = []

    def add(self, source: Source, gap_ns: Nanoseconds) -> None:
        away = np.abs(gap_ns[:, None] - self._targets).min(axis=0)
        for place in np.flatnonzero(away < self._away).tolist():
            self._sources[place] = source
        self._away = np.minimum(away, self._away)
        if self._figure.points:
            self._points += [(gap, source) for gap in gap_ns.tolist()]

    def spots(self) -> Spots:
        p99 = None if self._figure.p99 is None else self._sources[3]
        ordered = sorted(self._points, key=lambda one: one[0])
        sources = [*self._sources[:3], p99, self._sources[4]]
        return _made(sources, tuple(source for _, source in ordered))


def _of_gaps(turns: Turns, pools: Mapping[str | None, Pool]) -> dict[str | None, Spots]:
    """Every gap is looked at once, whatever groups its turn is in."""
    nearest = {
        group: _Nearest(pool.icl)
        for group, pool in pools.items()
        if isinstance(pool.icl, Distribution)
    }
    for source, one in turns:
        for part in _parts(one):
            for group in (ALL, one.protocol):
                if group in nearest:
                    nearest[group].add(source, part)
    return {group: one.spots() for group, one in nearest.items()}


def _parts(one: Measured) -> Iterator[Nanoseconds]:
    gaps = one.latency.gaps if one.latency else None
    if isinstance(gaps, Gaps):
        gap_ns = gaps.gap_ns
        for begin in range(0, len(gap_ns), TOGETHER):
            yield gap_ns[begin : begin + TOGETHER]


def _rounded(one: Measured) -> Span:
    itl = one.latency.itl_ns if one.latency else _NO_TURN
    return itl if isinstance(itl, Unmeasurable) else round(itl)


_NO_TURN = Unmeasurable("the exchange is no chat turn")

_FIGURES: dict[str, Callable[[Measured], Span]] = {
    "time_to_headers": lambda one: one.times.time_to_headers_ns,
    "time_to_first_byte": lambda one: one.times.time_to_first_byte_ns,
    "time_to_first_event": lambda one: one.times.time_to_first_event_ns,
    "ttft": lambda one: one.latency.ttft_ns if one.latency else _NO_TURN,
    "ttfo": lambda one: one.latency.ttfo_ns if one.latency else _NO_TURN,
    "itl": _rounded,
    "e2el": lambda one: one.latency.e2el_ns if one.latency else _NO_TURN,
    "tail": lambda one: one.latency.tail_ns if one.latency else _NO_TURN,
}
