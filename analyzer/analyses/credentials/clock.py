"""The capture's clock beside wall clocks: its own anchor, and what services say of theirs."""

import statistics
from collections.abc import Sequence

import msgspec

from analyzer.analyses.credentials.rows import ClockSkew
from analyzer.model import CaptureHead, Unmeasurable

SECOND_NS = 1_000_000_000

UNMEASURED_NS = 60 * SECOND_NS
"""How far apart the clocks may be where nothing measured them."""

SAMPLES_LIMIT = 10_000
"""Samples of one service that its median is made of; the bounds use all."""


class WallClock(msgspec.Struct, frozen=True):
    """Capture clock to wall clock and back, by the anchor of the capture's head."""

    mono_ns: int
    wall_ns: int
    has_times: bool = True

    @classmethod
    def of(cls, head: CaptureHead) -> "WallClock":
        return cls(head.mono_ns, head.wall_ns, head.clock != "none")

    def wall_at(self, at_ns: int) -> int:
        """Wall time in ns since 1970."""
        return self.wall_ns + at_ns - self.mono_ns

    def wall_s(self, at_ns: int | None) -> float | None:
        """Unix seconds; None if the moment is unknown, or the capture has no times."""
        return None if at_ns is None or not self.has_times else self.wall_at(at_ns) / SECOND_NS

    def moment(self, wall_s: float) -> int:
        """The capture's clock at Unix seconds, as if its own wall clock had made them."""
        return round(wall_s * SECOND_NS) - self.wall_ns + self.mono_ns


class Offset(msgspec.Struct, frozen=True):
    """How far a service's clock is ahead: between two bounds, in ns.

    ``assumed`` is what times are corrected by: clocks count as equal unless they can't be.
    """

    at_least_ns: int = -UNMEASURED_NS
    at_most_ns: int = UNMEASURED_NS

    @property
    def assumed_ns(self) -> int:
        return min(max(0, self.at_least_ns), self.at_most_ns)


UNMEASURED = Offset()


class SkewMeter:
    """Collects what one service says of its clock.

    A Date header names whole seconds, cut off: with D between request sent and response
    headers, the service is ahead by D − headers at least and by D + 1 s − sent at most.
    An ``iat`` bounds it from below alone: a credential may be older than its response.
    """

    def __init__(self) -> None:
        self.n = 0
        self._middles: list[int] = []
        self._least_ns: int | None = None
        self._most_ns: int | None = None

    def add(self, second_ns: int, sent_ns: int, answered_ns: int) -> None:
        """A stamp in whole seconds (ns), and the wall times that it was made between."""
        self.n += 1
        least, most = second_ns - answered_ns, second_ns + SECOND_NS - sent_ns
        self._least_ns = least if self._least_ns is None else max(self._least_ns, least)
        self._most_ns = most if self._most_ns is None else min(self._most_ns, most)
        if len(self._middles) < SAMPLES_LIMIT:
            self._middles.append((least + most) // 2)

    def offset(self) -> Offset:
        """The bounds that all samples leave; where they contradict each other, between them."""
        if self._least_ns is None or self._most_ns is None:
            return UNMEASURED
        low, high = sorted((self._least_ns, self._most_ns))
        return Offset(low, high)

    def by_date(self, authority: str) -> ClockSkew:
        """To be asked once there is a sample."""
        offset, middles = self.offset(), self._middles
        consistent = (self._least_ns or 0) <= (self._most_ns or 0)
        return ClockSkew(
            authority,
            "Date",
            self.n,
            round(statistics.median(middles)),
            min(middles),
            max(middles),
            offset.at_least_ns,
            offset.at_most_ns,
            consistent,
        )


def skew_by_iat(authority: str, leasts: Sequence[int]) -> ClockSkew:
    """The same by credentials' ``iat``, each with the wall time at which it first came.

    ``leasts``: iat − arrival, in ns. The middle of the cut-off second is half a second on.
    """
    middles = [least + SECOND_NS // 2 for least in leasts[:SAMPLES_LIMIT]]
    reason = "an iat may be older than the response that brings it"
    return ClockSkew(
        authority,
        "iat",
        len(leasts),
        round(statistics.median(middles)),
        min(middles),
        max(middles),
        max(leasts),
        Unmeasurable(reason),
        True,
    )
