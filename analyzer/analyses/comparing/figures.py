"""What can be compared: one figure a turn or a connection, and the gaps turn by turn."""

from collections.abc import Hashable, Iterable

import msgspec
import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Nanoseconds
from analyzer.model import Unmeasurable

TIMES = {
    "time_to_headers": "headers",
    "time_to_first_byte": "first byte",
    "time_to_first_event": "first event",
    "ttft": "TTFT",
    "ttfo": "TTFO",
    "icl": "ICL",
    "itl": "ITL (est.)",
    "e2el": "E2EL",
    "tail": "tail",
    "handshake": "handshake",
}
"""The times that are compared, by the names that pools and thresholds have for them.

Headers, first byte and first event are times from request sent, as on an exchange's card."""

GAPS = "icl"
"""The one that has many figures a turn."""

OF_CONNECTIONS = "handshake"


class Group(msgspec.Struct, frozen=True):
    """What is compared as one: a name and captures, or the part of them that is meant."""

    name: str
    captures: tuple[CaptureResult, ...]

    @property
    def turns(self) -> tuple[Measured, ...]:
        return tuple(one for capture in self.captures for one in capture.turns)


def whole(values: Iterable[float | Unmeasurable]) -> Nanoseconds:
    """The measured ones of these figures, rounded as a pool rounds them."""
    return np.asarray(
        [round(one) for one in values if not isinstance(one, Unmeasurable)], dtype=np.int64
    )


def figures_of(name: str, turns: Iterable[Measured]) -> Nanoseconds:
    """One figure a turn of a time that a pool has, where it could be measured; not of gaps."""
    chosen = [(one, one.latency) for one in turns if one.latency is not None]
    if name.startswith("time_to_"):
        return whole(getattr(one.times, f"{name}_ns") for one, _ in chosen)
    return whole(getattr(latency, f"{name}_ns") for _, latency in chosen)


def handshakes(captures: Iterable[CaptureResult]) -> Nanoseconds:
    """Of connections to the service: opened to ready."""
    return whole(
        row.handshake_ns
        for capture in captures
        for row in capture.answers.transport.connections
        if row.side == "server"
    )


def gaps_of(turns: Iterable[Measured]) -> list[Nanoseconds]:
    """The gaps of each turn that has any."""
    latencies = [one.latency for one in turns if one.latency is not None]
    return [one.gaps.gap_ns for one in latencies if isinstance(one.gaps, Gaps)]


def connections_under(group: Group) -> int:
    """Connections that the turns came over; a turn whose connection isn't known has its own."""
    found: set[Hashable] = set()
    for capture in group.captures:
        for one in capture.turns:
            number = one.exchange.server_connection
            alone = one.exchange.exchange if number is None else None
            found.add((capture.head.capture_id, number, alone))
    return len(found)
