"""Figures of many turns together: per protocol, per capture, or all; and goodput."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec
import numpy as np

from analyzer.analyses.gaps import CAUSES, Cause, Gaps, Stalls
from analyzer.analyses.latency import WENT_ON, Latency, Span
from analyzer.analyses.measured import Measured
from analyzer.analyses.statistics import Distribution, distribution, distribution_of
from analyzer.model import StreamscopeError, Unmeasurable

type Pooled = Distribution | Unmeasurable


class CauseTotal(msgspec.Struct, frozen=True):
    """All gaps of one cause: how many, how long together, and the longest."""

    cause: Cause
    count: int
    total_ns: int
    longest_ns: int


class Pool(msgspec.Struct, frozen=True):
    """The turns of one group together.

    ``gaps`` are those of every turn; all of them together are the ICL. An
    aborted or failed turn takes part with what it has; each distribution's
    ``n`` says how many turns (for ICL: gaps) had the figure. A turn that came by several
    streams counts once in ``turns``, with the last of them; one that was handed off
    before any text and not gone on with is not counted. ``coalesced`` are events that
    share their read with an event before them.
    """

    turns: int
    reads: int
    events: int
    coalesced: int
    chunks: int
    arrivals: int
    time_to_headers: Pooled
    time_to_first_byte: Pooled
    time_to_first_event: Pooled
    ttft: Pooled
    ttfo: Pooled
    icl: Pooled
    itl: Pooled
    e2el: Pooled
    tail: Pooled
    stalls: int
    stalled_turns: int
    stalled_ns: int
    longest_stall_ns: int
    causes: tuple[CauseTotal, ...]
    gaps: tuple[Gaps, ...]


def pool(turns: Iterable[Measured]) -> Pool:
    """Pool the turns' figures; the order of turns makes no difference."""
    chosen = [(one, one.latency) for one in turns if one.latency is not None]
    latencies = [latency for _, latency in chosen]
    streams = [one.exchange.stream for one, _ in chosen]
    gaps = tuple(one.gaps for one in latencies if isinstance(one.gaps, Gaps))
    stalls = [one.stalls for one in latencies if isinstance(one.stalls, Stalls)]
    return Pool(
        turns=sum(1 for one, _ in chosen if _answered(one) is not None),
        reads=sum(stream.reads for stream in streams),
        events=sum(stream.events for stream in streams),
        coalesced=sum(stream.coalesced for stream in streams),
        chunks=sum(one.chunks for one in latencies),
        arrivals=sum(one.arrivals for one in latencies if isinstance(one.arrivals, int)),
        time_to_headers=_spans(one.times.time_to_headers_ns for one, _ in chosen),
        time_to_first_byte=_spans(one.times.time_to_first_byte_ns for one, _ in chosen),
        time_to_first_event=_spans(one.times.time_to_first_event_ns for one, _ in chosen),
        ttft=_spans(one.ttft_ns for one in latencies),
        ttfo=_spans(one.ttfo_ns for one in latencies),
        icl=distribution_of(lambda: (one.gap_ns for one in gaps)),
        itl=_spans(_rounded(one) for one in latencies),
        e2el=_spans(one.e2el_ns for one in latencies),
        tail=_spans(one.tail_ns for one in latencies),
        stalls=sum(one.count for one in stalls),
        stalled_turns=sum(1 for one in stalls if one.count),
        stalled_ns=sum(one.total_ns for one in stalls),
        longest_stall_ns=max((one.longest_ns for one in stalls), default=0),
        causes=_by_cause(gaps),
        gaps=gaps,
    )


def is_turn(one: Measured) -> bool:
    """Whether a pool counts it as a turn: its figures don't stand with another stream."""
    return _answered(one) is not None


def _answered(one: Measured) -> Latency | None:
    """The turn's figures; None if they stand elsewhere, or it was handed off before any text."""
    turn, latency = one.exchange.turn, one.latency
    if latency is None or latency.ttft_ns == WENT_ON:
        return None
    handed_off = turn is not None and turn.status == "handoff"
    return None if handed_off and not latency.chunks else latency


def by_protocol(turns: Iterable[Measured]) -> dict[str, list[Measured]]:
    """Group by what the client spoke, in the order h1, h2, h3."""
    groups: dict[str, list[Measured]] = {}
    for one in turns:
        groups.setdefault(one.protocol, []).append(one)
    return dict(sorted(groups.items()))


def _spans(values: Iterable[Span]) -> Pooled:
    given = list(values)
    measured = [value for value in given if isinstance(value, int)]
    reasons = {value.reason for value in given if isinstance(value, Unmeasurable)}
    if not measured and len(reasons) == 1:
        return Unmeasurable(reasons.pop())
    return distribution(measured)


def _rounded(latency: Latency) -> Span:
    itl = latency.itl_ns
    return itl if isinstance(itl, Unmeasurable) else round(itl)


def _by_cause(gaps: Sequence[Gaps]) -> tuple[CauseTotal, ...]:
    """Totals of the causes that occur, the longest total first."""
    counts, totals_ns, longest_ns = ([0] * len(CAUSES) for _ in range(3))
    for one in gaps:
        gap_ns, cause = one.gap_ns, one.cause
        for index in np.unique(cause).tolist():
            those = gap_ns[cause == index]
            counts[index] += len(those)
            totals_ns[index] += int(those.sum())
            longest_ns[index] = max(longest_ns[index], int(those.max()))
    columns = zip(CAUSES, counts, totals_ns, longest_ns, strict=True)
    totals = [CauseTotal(*column) for column in columns if column[1]]
    return tuple(sorted(totals, key=lambda one: -one.total_ns))


# --------------------------------------------------------------------------- goodput

type Limited = Literal["ttft", "ttfo", "e2el", "itl", "gap"]

_LIMITED: tuple[Limited, ...] = get_args(Limited.__value__)
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


class Threshold(msgspec.Struct, frozen=True):
    """What a good turn must keep: a figure at most so long. ``gap`` is the longest gap."""

    figure: Limited
    limit_ns: int

    @classmethod
    def parse(cls, text: str) -> "Threshold":
        """Read ``ttft=800ms``: a figure, ``=``, and a number with ns, µs, ms or s."""
        found = re.fullmatch(r"(\w+)=(\d+(?:\.\d+)?)(ns|us|µs|ms|s)", text.replace(" ", ""))
        named = next((name for name in _LIMITED if found and name == found[1]), None)
        if found is None or named is None:
            raise StreamscopeError(
                f"threshold {text!r} is not understood; write one of {', '.join(_LIMITED)} "
                f"and its limit, like ttft=800ms"
            )
        return cls(named, round(float(found[2]) * _UNITS[found[3]]))

    def met_by(self, latency: Latency) -> bool:
        """A figure that the turn failed to give is not met; no gap at all is a met ``gap``."""
        figures = {
            "ttft": latency.ttft_ns,
            "ttfo": latency.ttfo_ns,
            "e2el": latency.e2el_ns,
            "itl": latency.itl_ns,
            "gap": latency.longest_gap_ns,
        }
        value = figures[self.figure]
        if isinstance(value, Unmeasurable):
            return self.figure in ("gap", "itl") and latency.arrivals == 1
        return value <= self.limit_ns


class Goodput(msgspec.Struct, frozen=True):
    """``met`` of ``n`` turns kept every threshold; turns without any clock are left out."""

    thresholds: tuple[Threshold, ...]
    met: int
    n: int

    @property
    def share(self) -> float:
        return self.met / self.n


def goodput(turns: Iterable[Measured], thresholds: Sequence[Threshold]) -> Goodput | Unmeasurable:
    """The share of turns that meet every stated threshold.

    A turn in which no text came fails, unless it was handed off and went on elsewhere;
    a turn whose capture holds no times can't be judged and is left out.
    """
    if not thresholds:
        return Unmeasurable("no threshold was stated")
    latencies = [latency for one in turns if (latency := _answered(one)) is not None]
    judged = [one for one in latencies if isinstance(one.arrivals, int)]
    if not judged:
        return Unmeasurable("no turn can be judged")
    met = sum(all(limit.met_by(latency) for limit in thresholds) for latency in judged)
    return Goodput(tuple(thresholds), met, len(judged))
