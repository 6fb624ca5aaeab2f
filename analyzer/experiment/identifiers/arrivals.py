"""When rows arrive: as a capture shows it, or a stated pattern."""

import msgspec
import numpy as np

from analyzer.analyses.identifiers.rows import Identifier, IdentifiersFound

LEAST_IDS = 20
"""Fewer identifiers with a time give no pattern."""

BEGIN_MS = 1_760_000_000_000

type Milliseconds = np.ndarray[tuple[int], np.dtype[np.int64]]


class Arrivals(msgspec.Struct, frozen=True):
    """Gaps between arrivals in whole ms, repeated from the beginning as often as needed."""

    gaps_ms: tuple[int, ...]
    described: str

    def at_ms(self, rows: int) -> Milliseconds:
        """Unix times of so many arrivals, ascending."""
        gaps = np.resize(np.asarray(self.gaps_ms, dtype=np.int64), rows)
        return BEGIN_MS + np.cumsum(gaps)


EVERY_MS = Arrivals(
    (8, *(0,) * 7, *(1,) * 92), "one per millisecond; every 100th a burst of 8 in one millisecond"
)


def observed_arrivals(found: IdentifiersFound) -> Arrivals:
    """The arrivals of the identifiers of one kind in one field: of the most that have times."""
    believed = {(one.field, one.kind) for one in found.identifier_order if one.believed}
    groups: dict[tuple[str, str], list[Identifier]] = {}
    for one in found.identifiers:
        if one.is_first:
            groups.setdefault((one.field, one.kind), []).append(one)
    timed = {key: _times_ms(ones, embedded=key in believed) for key, ones in groups.items()}
    best = max(timed, key=lambda key: len(timed[key]), default=None)
    if best is None or len(timed[best]) < LEAST_IDS:
        most = len(timed[best]) if best else 0
        return msgspec.structs.replace(
            EVERY_MS,
            described=f"{EVERY_MS.described} (the capture has at most {most} identifiers of one "
            f"field with a time, a pattern needs {LEAST_IDS})",
        )
    field, kind = best
    times = np.sort(np.asarray(timed[best], dtype=np.int64))
    gaps = tuple(int(gap) for gap in np.diff(times))
    together = sum(1 for gap in gaps if gap == 0)
    described = (
        f"the {len(times)} {kind} of {field} in the capture, over and over: a median gap of "
        f"{int(np.median(gaps)):,} ms, {together} in the same millisecond as the one before"
    )
    return Arrivals(gaps, described)


def _times_ms(ones: list[Identifier], *, embedded: bool) -> list[int]:
    """The time inside where that is believed, else when they were first seen."""
    if embedded:
        return [one.embedded_at // 1_000 for one in ones if isinstance(one.embedded_at, int)]
    return [one.first_seen_ns // 1_000_000 for one in ones if isinstance(one.first_seen_ns, int)]
