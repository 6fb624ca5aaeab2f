"""What comparing two captures of one run came to. Differences are B − A, in nanoseconds."""

from typing import Literal

import msgspec

from analyzer.analyses.statistics import Distribution
from analyzer.model import Clock, Unmeasurable

type Side = Literal["a", "b"]

type MatchedBy = Literal["request id", "request and time", "request and order"]


class Capture(msgspec.Struct, frozen=True):
    """One of the two. ``wall_ns`` is what its times are anchored to."""

    file: str
    capture_id: str
    source: str
    tool: str
    clock: Clock
    resolution_ns: int
    wall_ns: int
    exchanges: int
    streams: int
    events: int
    problems: int
    lost: int
    left_out: int
    redaction: str = "secrets"


class Unmatched(msgspec.Struct, frozen=True):
    """An exchange that only one capture has, and why."""

    side: Side
    exchange: int
    method: str
    authority: str
    path: str
    status: int | None
    reason: str


class Matched(msgspec.Struct, frozen=True):
    """One exchange in both. ``a`` and ``b`` are its numbers there.

    ``events`` stand in both with the same data; ``other_events`` at the same place with
    other data; ``only_a`` and ``only_b`` in one only. ``same_text`` is None where neither
    knows the text of a turn, ``same_body`` where a body is not in both. ``event_ns`` is the
    difference for each event.
    """

    a: int
    b: int
    by: MatchedBy
    method: str
    authority: str
    path: str
    http_version: str
    status_a: int | None
    status_b: int | None
    streamed: bool
    events: int
    other_events: int
    only_a: int
    only_b: int
    same_text: bool | None
    same_body: bool | None
    event_ns: Distribution | Unmeasurable

    @property
    def same_events(self) -> bool:
        return not (self.other_events or self.only_a or self.only_b)


class Offset(msgspec.Struct, frozen=True):
    """How far B's times lie behind A's, over ``n`` of ``moment``, which came in ``arrivals``.

    ``low_ns`` and ``high_ns`` are the quartiles.
    """

    moment: str
    n: int
    arrivals: int
    median_ns: int
    low_ns: int
    high_ns: int


class Drift(msgspec.Struct, frozen=True):
    """How the difference grew over ``span_ns``: Theil–Sen slope in parts per million, 95 %."""

    n: int
    span_ns: int
    slope_ppm: float
    low_ppm: float
    high_ppm: float


class Moment(msgspec.Struct, frozen=True):
    name: str
    difference_ns: Distribution | Unmeasurable


class Alignment(msgspec.Struct, frozen=True):
    """``same_*`` speak of the whole run: no exchange, event or text that only one has.

    ``same_text`` is None where there is no text to compare. ``resolution_ns`` is the coarser
    clock's: a difference below it is none. ``jitter_ns`` are the distances of each event's
    difference from the median.
    """

    a: Capture
    b: Capture
    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    same_exchanges: bool
    same_events: bool
    same_text: bool | None
    resolution_ns: int
    offset: Offset | Unmeasurable
    moments: tuple[Moment, ...]
    jitter_ns: Distribution | Unmeasurable
    drift: Drift | Unmeasurable
