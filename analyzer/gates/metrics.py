"""The metrics that a threshold can be set on: each one's meaning, unit and aggregates."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec

from analyzer.gates import measuring
from analyzer.gates.readings import Aggregate, Reading
from analyzer.gates.scope import Scope
from analyzer.model import Unmeasurable

type Unit = Literal["time", "share", "count", "per second"]

FIGURES = ("p", "med", "avg", "min", "max", "count")
"""Aggregates of a metric that has one figure a turn, a gap or a connection."""

SHARES = ("rate", "count")
COUNTS = ("count",)
TURN = ("protocol", "model", "host", "capture")
CAPTURE = ("capture",)


class Metric(msgspec.Struct, frozen=True):
    """``unit`` is that of its figures: a ``count`` is one and a ``rate`` a share, whatever it is.

    ``tags`` are what it can be chosen by.
    """

    name: str
    meaning: str
    read: Callable[[Scope], Reading | Unmeasurable]
    aggregates: tuple[str, ...] = COUNTS
    unit: Unit = "count"
    tags: tuple[str, ...] = TURN

    def unit_of(self, aggregate: Aggregate) -> Unit:
        match aggregate.name:
            case "rate":
                return "share"
            case "count":
                return "count"
            case _:
                return self.unit


def _pooled(name: str, meaning: str) -> Metric:
    """A time that a `Pool` has under the same name."""
    return Metric(name, meaning, partial(measuring.pooled, name), FIGURES, "time")


_TIMES = (
    _pooled("time_to_headers", "from request sent to the response's headers"),
    _pooled("time_to_first_byte", "from request sent to the body's first byte"),
    _pooled("time_to_first_event", "from request sent to the first whole event"),
    _pooled("ttft", "from request sent to the first text, answer or reasoning"),
    _pooled("ttfo", "from request sent to the first text of the answer"),
    _pooled("icl", "every gap from one arrival of text to the next, pooled"),
    _pooled("itl", "a turn's time per estimated token, from first to last text"),
    Metric("tpot", "end-to-end without TTFT, per estimated token", measuring.tpot, FIGURES, "time"),
    _pooled("e2el", "from request sent to the last text"),
    _pooled("tail", "from the last text to the stream's end"),
    Metric("longest_gap", "a turn's longest gap", measuring.longest_gap, FIGURES, "time"),
    Metric("pace", "estimated tokens a second", measuring.pace, FIGURES, "per second"),
    Metric(
        "handshake",
        "connections to the service: opened to ready, transport and TLS",
        measuring.handshake,
        FIGURES,
        "time",
        ("protocol", "capture"),
    ),
)
_COUNTED = (
    Metric(
        "stalls",
        "gaps as long as a stall: their count, their share of all gaps (rate), together (total), "
        "the longest (max)",
        measuring.stalls,
        ("count", "rate", "total", "max"),
        "time",
    ),
    Metric("stalled_turns", "turns with a stall in them", measuring.stalled_turns, SHARES),
    Metric("turns", "chat turns", measuring.turns),
    Metric("failed", "turns that were cut or ended in an error", measuring.failed, SHARES),
    Metric(
        "goodput",
        "turns that keep every limit of --good (rate)",
        measuring.goodput,
        SHARES,
        tags=(),
    ),
    Metric("coalesced", "events that share a read with one before", measuring.coalesced, SHARES),
    Metric("http_errors", "answers with a status of 400 or above", measuring.http_errors, SHARES),
)
_WHOLE = (
    Metric(
        "refusals",
        "requests that were refused for their credential: 401, 403, or masked",
        measuring.refusals,
        SHARES,
        tags=CAPTURE,
    ),
    Metric(
        "used_after_expiry",
        "requests with a credential after its end; n counts credentials whose end is known",
        measuring.used_after_expiry,
        tags=CAPTURE,
    ),
    Metric(
        "time_lost",
        "from refusal to recovery, what overlaps counted once",
        measuring.time_lost,
        ("total", "count"),
        "time",
        CAPTURE,
    ),
    Metric(
        "duplicate_rows",
        "rows of lists that had come before; rate: of all rows",
        measuring.duplicate_rows,
        SHARES,
        tags=CAPTURE,
    ),
    Metric(
        "missed_rows",
        "rows of lists that slipped past; n counts walks of which that is known",
        measuring.missed_rows,
        tags=CAPTURE,
    ),
    Metric("problems", "what was malformed", measuring.problems, tags=CAPTURE),
    Metric("lost", "what the recorder could not keep", measuring.lost, tags=CAPTURE),
)

METRICS = {one.name: one for one in (*_TIMES, *_COUNTED, *_WHOLE)}


def metrics_help() -> str:
    """A line a metric: name, meaning, and its aggregates."""
    width = max(map(len, METRICS)) + 2
    return "\n".join(
        f"  {one.name:<{width}}{one.meaning}; {_shown(one)}" for one in METRICS.values()
    )


def _shown(metric: Metric) -> str:
    return ", ".join("p(N)" if name == "p" else name for name in metric.aggregates)
