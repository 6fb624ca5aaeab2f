"""Times of a flow file on one clock.

mitmproxy stamps heads and ends with the wall clock, in float seconds since 1970; the recorder
stamps chunks with a monotonic clock that it anchors to the wall clock once. A file may hold
flows of several recordings; the first one's clock is the capture's.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from analyzer.importers.flows import tnetstrings
from analyzer.importers.flows.facts import TIMELINE, timeline
from analyzer.importers.flows.tnetstrings import MalformedError

RESOLUTION_NS = 239
"""A float of seconds steps by 2**-22 s in these decades."""

LATEST_S = 2**32
"""Seconds since 1970 that are taken for a time: up to the year 2106."""

LOOK_AHEAD = 64 * 1024 * 1024
"""Bytes of standard input, or of a compressed file, in which a timeline is looked for."""

_NAME = b"%d:%s;" % (len(TIMELINE), TIMELINE.encode())
_BLOCK = 1024 * 1024
_PREFIX = re.compile(rb"([0-9]{1,9}):")


class Anchor(NamedTuple):
    """The monotonic and the wall clock, read together."""

    mono_ns: int
    wall_ns: int


class Moments:
    """Turns times into those of the capture's clock."""

    def __init__(self, mono_ns: int, wall_ns: int) -> None:
        self.mono_ns = mono_ns
        self.wall_ns = wall_ns

    def of_wall(self, seconds: object) -> int | None:
        """mitmproxy's time; None for what is none, and for the zero that stands for it."""
        wall_ns = wall_nanoseconds(seconds)
        return None if wall_ns is None else self.mono_ns + wall_ns - self.wall_ns

    def shift_ns(self, mono_ns: int, wall_ns: int) -> int:
        """What to add to times of a recording with this anchor; 0 for the capture's own."""
        return (self.mono_ns - mono_ns) - (self.wall_ns - wall_ns)


def wall_nanoseconds(seconds: object) -> int | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not 0 < seconds < LATEST_S:
        return None
    whole = int(seconds)
    return whole * 10**9 + round((seconds - whole) * 1e9)


class Seekable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, /) -> int: ...


def first_anchor(file: Seekable) -> Anchor | None:
    """The clocks of the first timeline that stands anywhere in the file's flows."""
    for offset in _places(file):
        file.seek(offset)
        prefix = _PREFIX.match(file.read(16))
        if prefix is None or int(prefix[1]) > tnetstrings.FLOW_LIMIT:
            continue
        file.seek(offset)
        try:
            value = tnetstrings.loads(file.read(prefix.end() + int(prefix[1]) + 1))
        except MalformedError:
            continue
        if found := timeline({TIMELINE: value}):
            return Anchor(found.mono_ns, found.wall_ns)
    return None


def _places(file: Seekable) -> Iterator[int]:
    """Where the timeline's name ends, wherever it stands."""
    offset = 0
    kept = b""
    while True:
        file.seek(offset + len(kept))
        block = file.read(_BLOCK)
        if not block:
            return
        data = kept + block
        at = data.find(_NAME)
        while at >= 0:
            yield offset + at + len(_NAME)
            at = data.find(_NAME, at + 1)
        kept = data[-(len(_NAME) - 1) :]
        offset += len(data) - len(kept)
