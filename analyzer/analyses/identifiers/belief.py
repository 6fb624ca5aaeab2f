"""Which decoded times are to be believed: chance puts a time into any random text."""

from collections.abc import Mapping
from typing import NamedTuple

from analyzer.analyses.identifiers.moments import EARLIEST_US, US, iso
from analyzer.analyses.identifiers.shapes import Kind, Reading, look_at
from analyzer.model import Unmeasurable

NEAR_CREATION_US = 5 * 60 * US
"""A time agrees with the creation time that the service states if it is no farther from it."""

BEFORE_CAPTURE_US = 24 * 3600 * US
"""Where none is stated, it agrees from so long before the capture on ..."""

AFTER_CAPTURE_US = 5 * 60 * US
"""... until so long after it, as clocks differ."""

SEVERAL = 3
"""Identifiers of one scheme that have to agree before any of their times is believed."""

_NEED_BELIEF: frozenset[Kind] = frozenset({"chatgpt_conversation", "snowflake"})
"""Schemes that their look does not tell from others: only their times do."""


class Span(NamedTuple):
    """When the capture was made, in µs since 1970."""

    begins_us: int
    ends_us: int


class Decided(NamedTuple):
    """What an identifier is; ``embedded`` None if its scheme carries no time."""

    kind: Kind
    embedded: int | Unmeasurable | None
    resolution_us: int
    why: str


class _Tally:
    def __init__(self) -> None:
        self.agree = 0
        self.contradict = 0

    def believed(self, *, is_choice: bool) -> bool:
        """Of a choice, as of a Snowflake's epochs, the wrong ones contradict by nature."""
        return self.agree >= SEVERAL and (is_choice or self.agree >= self.contradict)

    def __str__(self) -> str:
        return f"{self.agree} agree, {self.contradict} contradict"


def decide(values: Mapping[str, int | None], span: Span) -> dict[str, Decided]:
    """Say of each value what it is; ``values`` holds when the service says it was created."""
    tallies: dict[tuple[Kind, int], _Tally] = {}
    looked = {value: _readings(value) for value in values}
    for value, created_us in values.items():
        for index, reading in enumerate(looked[value]):
            verdict = _verdict(reading, created_us, span)
            tally = tallies.setdefault((reading.kind, index), _Tally())
            tally.agree += verdict == "agrees"
            tally.contradict += verdict == "contradicts"
    return {
        value: _decide(looked[value], created_us, span, tallies)
        for value, created_us in values.items()
    }


def _readings(value: str) -> tuple[Reading, ...]:
    look = look_at(value)
    return look.readings if look else (Reading("opaque"),)


def _verdict(reading: Reading, created_us: int | None, span: Span) -> str:
    """``silent``: it may be, as it lies before the capture, and nothing says when it was."""
    at_us = reading.at_us
    if at_us is None:
        return "none"
    if created_us is not None:
        near = abs(at_us - created_us) <= NEAR_CREATION_US + reading.resolution_us
        return "agrees" if near else "contradicts"
    if not EARLIEST_US <= at_us <= span.ends_us + AFTER_CAPTURE_US:
        return "contradicts"
    return "agrees" if at_us >= span.begins_us - BEFORE_CAPTURE_US else "silent"


def _decide(
    readings: tuple[Reading, ...],
    created_us: int | None,
    span: Span,
    tallies: Mapping[tuple[Kind, int], _Tally],
) -> Decided:
    choice = len(readings) > 1
    keys = [(reading.kind, index) for index, reading in enumerate(readings)]
    index = max(
        range(len(readings)),
        key=lambda i: (
            _verdict(readings[i], created_us, span) == "agrees",
            tallies[keys[i]].agree,
        ),
    )
    reading, tally = readings[index], tallies[keys[index]]
    believed, verdict = tally.believed(is_choice=choice), _verdict(reading, created_us, span)
    if reading.at_us is None:
        return Decided(reading.kind, None, reading.resolution_us, "its scheme carries no time")
    why = str(tally) if not choice else f"{tally.agree} agree on this epoch"
    if believed and verdict == "agrees":
        return Decided(reading.kind, reading.at_us, reading.resolution_us, why)
    is_kind = believed if reading.kind in _NEED_BELIEF else True
    if (not is_kind or verdict == "contradicts") and reading.otherwise != reading.kind:
        return Decided(reading.otherwise, None, reading.resolution_us, _NO_SCHEME)
    doubt = _doubt(reading.at_us, created_us, verdict, why)
    return Decided(reading.kind, Unmeasurable(doubt), reading.resolution_us, why)


_NO_SCHEME = "no time in it that agrees with capture or service"


def _doubt(at_us: int, created_us: int | None, verdict: str, why: str) -> str:
    decoded = f"it decodes to {iso(at_us)}"
    if verdict == "agrees":
        return f"{decoded}, but of its scheme {why}; {SEVERAL} must agree, and most"
    if verdict == "silent":
        return f"{decoded}, long before the capture, and no creation time is stated beside it"
    if created_us is not None:
        return f"{decoded}, but the service states {iso(created_us)}"
    return f"{decoded}, when it can't have been made"
