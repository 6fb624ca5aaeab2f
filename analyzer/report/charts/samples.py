"""The figures behind the pooled ones, gathered once for all charts that draw them."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import TOGETHER, Nanoseconds
from analyzer.report.figures import Figures
from analyzer.report.parts import Source


class TurnSeen(NamedTuple):
    """A turn, where its exchange stands, and which capture it is of."""

    source: Source
    capture: CaptureResult
    one: Measured


class Sample(msgspec.Struct, frozen=True):
    """All figures of one metric over one protocol, ascending; ``n`` of them there are.

    Where there are more than can be held at once, every so many-th is: see `thinned`.
    """

    values: Nanoseconds
    n: int

    @property
    def thinned(self) -> bool:
        return len(self.values) < self.n

    def at(self, shares: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[float]:
        """The values below which these shares lie, as `statistics.METHOD` says."""
        return [float(value) for value in np.quantile(self.values, shares)]


def turns_of(figures: Figures) -> Iterator[TurnSeen]:
    for number, capture in enumerate(figures.analysis.captures, 1):
        for one in capture.turns:
            yield TurnSeen(Source(number, one.exchange.exchange), capture, one)


def gap_samples(figures: Figures) -> dict[str, Sample]:
    """Every gap between texts, by protocol."""
    return {
        name: sample
        for name, pool in figures.protocols.items()
        if (sample := _joined(pool.gaps)) is not None
    }


def _joined(gaps: tuple[Gaps, ...]) -> Sample | None:
    n = sum(map(len, gaps))
    if not n:
        return None
    if n <= TOGETHER:
        return Sample(np.sort(np.concatenate([one.gap_ns for one in gaps])), n)
    # Sorted within each turn, so that every turn and both ends of it are in what is kept.
    every = -(-n // TOGETHER)
    kept = [np.sort(one.gap_ns)[(len(one) - 1) % every :: every] for one in gaps if len(one)]
    return Sample(np.sort(np.concatenate(kept)), n)


def ttft_samples(figures: Figures) -> dict[str, Sample]:
    """The TTFT of every turn, by protocol."""
    found: dict[str, list[int]] = {}
    for seen in turns_of(figures):
        latency = seen.one.latency
        if latency is not None and isinstance(latency.ttft_ns, int):
            found.setdefault(seen.one.protocol, []).append(latency.ttft_ns)
    return {
        name: Sample(np.sort(np.array(found[name], dtype=np.int64)), len(found[name]))
        for name in figures.protocols
        if name in found
    }
