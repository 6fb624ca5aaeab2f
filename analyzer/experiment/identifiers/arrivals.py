"""When rows arrive: as a capture shows it, or a stated pattern."""

import math

import msgspec
import numpy as np

from analyzer.analyses.identifiers.rows import Identifier, IdentifiersFound

LEAST_IDS = 20
"""Fewer identifiers with a time give no pattern."""

BEGIN_MS = 1_760_000_000_000

LONGEST_MS = 3_000_000_000_000
"""About 95 years."""

type Milliseconds = np.ndarray[tuple[int], np.dtype[np.int64]]


class Arrivals(msgspec.Struct, frozen=True):
    """Gaps between arrivals in whole ms, repeated from the beginning as often as needed."""

    gaps_ms: tuple[int, ...]
    described: str

    def at_ms(self, rows: int) -> Milliseconds:
        """Unix times of so many arrivals, ascending.

        Where they would take longer than `LONGEST_MS`, all gaps are shortened alike: the
        formats end, and a tree sees the order and what is equal, not how long the gaps are.
        """
        gaps = np.resize(np.asarray(self.gaps_ms, dtype=np.int64), rows)
        shorter = max(math.ceil(float(gaps.sum(dtype=np.float64)) / LONGEST_MS), 1)
        if shorter > 1:
            gaps = np.where(gaps > 0, np.maximum(gaps // shorter, 1), 0)
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
    # A page of a list brings many at once: when they were seen says little of their making.
    best = max(
        timed,
        key=lambda key: (
            len(timed[key][0]) >= LEAST_IDS,
            timed[key][1] != SEEN,
            len(timed[key][0]),
        ),
        default=None,
    )
    times_ms, how = timed[best] if best else ([], SEEN)
    if best is None or len(times_ms) < LEAST_IDS:
        return msgspec.structs.replace(
            EVERY_MS,
            described=f"{EVERY_MS.described} (the capture has at most {len(times_ms)} identifiers "
            f"of one field with a time, a pattern needs {LEAST_IDS})",
        )
    field, kind = best
    gaps = tuple(int(gap) for gap in np.diff(np.sort(np.asarray(times_ms, dtype=np.int64))))
    together = sum(1 for gap in gaps if gap == 0)
    described = (
        f"the {len(times_ms):,} {kind} of {field} in the capture over and over, by {how}: a "
        f"median gap of {int(np.median(gaps)):,} ms, {together:,} in the same millisecond as the "
        f"one before"
    )
    return Arrivals(gaps, described)


SEEN = "when they were first seen"


def _times_ms(ones: list[Identifier], *, embedded: bool) -> tuple[list[int], str]:
    """When they were made, as it stands beside them or is believed of them; else when seen."""
    stated = [one.created_at // 1_000 for one in ones if isinstance(one.created_at, int)]
    if len(stated) >= LEAST_IDS:
        return stated, "their stated creation"
    if embedded:
        inside = [one.embedded_at // 1_000 for one in ones if isinstance(one.embedded_at, int)]
        return inside, "the time inside them"
    seen = [one.first_seen_ns // 1_000_000 for one in ones if isinstance(one.first_seen_ns, int)]
    return seen, SEEN
