"""Faults that are put into streamed answers: a pause, or an end in the middle."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.intake.streaming import is_json_lines
from analyzer.model import StreamError, StreamscopeError
from analyzer.wire import sse

SECOND_NS = 1_000_000_000
LONGEST_S = 86_400.0
"""A day: no pause and no moment is longer."""

_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ms|s|m)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Place:
    """Before the ``event``-th event (from 1), or ``at_ns`` after the request, as recorded."""

    event: int = 0
    at_ns: int = 0

    def __str__(self) -> str:
        return f"event {self.event}" if self.event else f"{self.at_ns / SECOND_NS:g} s"


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing is sent for ``pause_ns``, whatever the speed; all that follows comes later."""

    place: Place
    pause_ns: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The answer is broken off: RST_STREAM, RESET_STREAM, a closed connection."""

    place: Place


type Fault = Stall | Cut


def parse_stall(text: str) -> Stall:
    """``3s@2``, ``500ms@1.5s``; raises StreamscopeError for anything else."""
    pause, at, place = text.partition("@")
    pause_ns = _duration(pause)
    found = _place(place)
    if not at or pause_ns is None or found is None:
        raise StreamscopeError(
            f"a stall looks like 3s@2 (3 s before event 2) or 500ms@1.5s (1.5 s after the "
            f"request), not {text!r}"
        )
    return Stall(found, pause_ns)


def parse_cut(text: str) -> Cut:
    """``@5``, ``@5s``; raises StreamscopeError for anything else."""
    found = _place(text.removeprefix("@"))
    if found is None:
        raise StreamscopeError(
            f"a cut looks like @5 (before event 5) or @5s (5 s after the request), not {text!r}"
        )
    return Cut(found)


def _place(text: str) -> Place | None:
    if re.fullmatch(r"[0-9]{1,9}", text):
        return Place(event=int(text)) if int(text) else None
    at_ns = _duration(text)
    return None if at_ns is None else Place(at_ns=at_ns)


def _duration(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    seconds = float(found[1]) * _UNITS[found[2]]
    return round(seconds * SECOND_NS) if math.isfinite(seconds) and seconds <= LONGEST_S else None


def event_offset(event: int, content_type: str, parts: Iterable[bytes]) -> int | None:
    """Where the ``event``-th event begins, in bytes of the body; None if there are fewer.

    Events of an event stream are those that a reader gets: comments are none. In JSON lines
    each line that is not empty is one.
    """
    if is_json_lines(content_type):
        return _line_offset(event, parts)
    decoder, count = sse.Decoder(), 0
    try:
        for data in parts:
            found = decoder.feed(0, data)
            if count + len(found) >= event:
                return found[event - count - 1].offset
            count += len(found)
    except StreamError:
        return None
    return None


def _line_offset(line: int, parts: Iterable[bytes]) -> int | None:
    offset = count = 0
    fresh = True
    for data in parts:
        for byte in data:
            if byte in b"\r\n":
                fresh = True
            elif fresh and byte not in b" \t":
                fresh = False
                count += 1
                if count == line:
                    return offset
            offset += 1
    return None
