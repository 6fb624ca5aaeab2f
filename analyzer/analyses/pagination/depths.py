"""The waits of one walk in a few steps of growing depth, to draw them."""

import statistics
from collections.abc import Sequence

import msgspec

from analyzer.analyses.pagination.rows import PageRequest


class Step(msgspec.Struct, frozen=True):
    """Pages that follow each other in depth: the first one's depth, and their median wait."""

    depth: int
    ttfb_ns: int
    pages: int


def waits_by_depth(requests: Sequence[PageRequest], steps: int) -> list[Step]:
    """At most so many steps of equally many pages; a failed request or unknown wait is none."""
    known = sorted(
        (one.depth, one.ttfb_ns)
        for one in requests
        if one.role != "failed" and isinstance(one.depth, int) and isinstance(one.ttfb_ns, int)
    )
    steps = min(steps, len(known))
    groups = [
        known[len(known) * step // steps : len(known) * (step + 1) // steps]
        for step in range(steps)
    ]
    return [
        Step(group[0][0], round(statistics.median(wait for _, wait in group)), len(group))
        for group in groups
    ]
