"""What a metric comes to over the turns and captures that a threshold chooses."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Pooled
from analyzer.analyses.statistics import (
    PERCENTILES,
    POINTS_BELOW,
    Distribution,
    Nanoseconds,
    distribution_of,
    ranked,
)
from analyzer.model import Unmeasurable

type OfOne = Callable[[Measured], Nanoseconds]

ONE_OF_THEM = ("p", "med", "min", "max")
"""Aggregates that are one of the figures, or lie between two of them."""

LAST_OF_FEW = 95
"""The highest percentile that is shown of fewer figures than `POINTS_BELOW`."""


class Aggregate(msgspec.Struct, frozen=True):
    """How many figures become one: ``p`` with its percentile (0 to 100), or a word."""

    name: str
    percentile: float = 0.0

    def __str__(self) -> str:
        return f"p({self.percentile:g})" if self.name == "p" else self.name


class Reading(msgspec.Struct, frozen=True):
    """One metric, measured on ``n`` things of the name ``noun``.

    ``given`` are the aggregates that are known as they are. A metric of many figures has them
    in ``parts``, which is called for each passage through them, and summed up in ``pooled``;
    ``of_one`` gives those of one exchange, where they are of exchanges.
    """

    n: int
    noun: str
    given: dict[str, float] = {}  # msgspec copies an empty default
    parts: Callable[[], Iterable[Nanoseconds]] | None = None
    pooled: Pooled = Unmeasurable("nothing was measured")
    of_one: OfOne | None = None

    @classmethod
    def of_figures(
        cls,
        parts: Callable[[], Iterable[Nanoseconds]],
        noun: str,
        pooled: Pooled | None = None,
        of_one: OfOne | None = None,
    ) -> "Reading":
        summed = distribution_of(parts) if pooled is None else pooled
        return cls(
            n=summed.n if isinstance(summed, Distribution) else 0,
            noun=noun,
            parts=parts,
            pooled=summed,
            of_one=of_one,
        )

    @classmethod
    def of_share(cls, count: int, n: int, noun: str) -> "Reading":
        """``count`` of ``n`` are so."""
        return cls(n, noun, {"count": count} | ({"rate": count / n} if n else {}))

    def value(self, aggregate: Aggregate) -> float | Unmeasurable:
        """The metric as one number: nanoseconds, a share of 1, or a count."""
        if aggregate.name in self.given:
            return self.given[aggregate.name]
        if self.parts is None:
            return Unmeasurable(f"there is no {self.noun} to take a share of")
        summed = self.pooled
        if isinstance(summed, Unmeasurable):
            return summed
        match aggregate.name:
            case "min":
                return summed.min
            case "max":
                return summed.max
            case "count":
                return summed.n
            case "avg":
                return sum(int(part.sum()) for part in self.parts()) / summed.n
            case "med":
                return summed.p50
            case _:
                return _percentile(summed, self.parts, aggregate.percentile)


def _percentile(
    summed: Distribution, parts: Callable[[], Iterable[Nanoseconds]], percentile: float
) -> float | Unmeasurable:
    """By the rule of `statistics`: the report's own figure where it has that percentile."""
    if percentile > LAST_OF_FEW and summed.n < POINTS_BELOW:
        return Unmeasurable(
            f"n = {summed.n} is too few for p({percentile:g}): {POINTS_BELOW} are needed"
        )
    if percentile in PERCENTILES:
        known = getattr(summed, f"p{percentile:g}")
        if isinstance(known, int):
            return known
    place = (summed.n - 1) * (percentile / 100)
    rank = int(place)
    # Gone through rank by rank, for a million gaps aren't held at once.
    (below, _), (above, _) = ranked(parts, (rank, min(rank + 1, summed.n - 1)))
    return round(below + (place - rank) * (above - below))


def why_none(values: Sequence[object], otherwise: str) -> Unmeasurable:
    """The reason that all of them share, or this one."""
    reasons = {one.reason for one in values if isinstance(one, Unmeasurable)}
    return Unmeasurable(reasons.pop() if len(reasons) == 1 else otherwise)
