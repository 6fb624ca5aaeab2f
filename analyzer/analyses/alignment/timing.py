"""Which exchange is which by time: at the shift between the clocks where most fall together."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from analyzer.analyses.alignment.likeness import (
    SAME_STREAM,
    agree,
    alike,
    asks,
    first_time,
    shift_between,
)
from analyzer.analyses.alignment.runs import Seen

VOTING_A = 32
VOTING_B = 2_000
"""Of the exchanges that ask the same, how many of each capture are held against each other."""

SHIFT_WINDOW_NS = 200_000_000
"""Differences within this of each other speak for one shift between the clocks."""

NEAR_NS = 10_000_000_000
"""How far apart two exchanges may begin, the shift taken off; a connection may be made first."""

NEAREST = 64
"""Most exchanges that one is held against, the shift known."""

FARTHEST_NS = 1_000_000_000
"""Two exchanges that lie farther apart than this, the shift taken off, are not the same."""

TOLERANCE_NS = 200_000_000
"""The same of exchanges whose events are not the same either."""


class Candidate(msgspec.Struct, frozen=True):
    """Two exchanges that may be the same; ``alike`` is how much else speaks for it."""

    a: Seen
    b: Seen
    shift_ns: int
    alike: int


def match_by_time(
    left_a: Sequence[Seen], left_b: Sequence[Seen], known: Sequence[int]
) -> list[tuple[Seen, Seen]]:
    """Match one to one. ``known`` are the shifts of exchanges that are matched already."""
    groups = _grouped(left_b)
    shift_ns = round(median(known)) if known else _commonest_shift(left_a, groups)
    if shift_ns is None:
        return []
    # A poll that gives the same each time is told by time; what came back only where that
    # leaves it open.
    candidates = sorted(
        _candidates(left_a, groups, shift_ns),
        key=lambda one: (abs(one.shift_ns - shift_ns), -one.alike),
    )
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    chosen: list[tuple[Seen, Seen]] = []
    for one in candidates:
        if one.a.order not in taken_a and one.b.order not in taken_b:
            taken_a.add(one.a.order)
            taken_b.add(one.b.order)
            chosen.append((one.a, one.b))
    return chosen


def _grouped(left: Sequence[Seen]) -> dict[tuple[str, str, str], list[tuple[int, Seen]]]:
    """What asks the same, each with the time of its beginning, in order of that."""
    groups: dict[tuple[str, str, str], list[tuple[int, Seen]]] = defaultdict(list)
    for one in left:
        if (at_ns := first_time(one)) is not None:
            groups[asks(one)].append((at_ns, one))
    for group in groups.values():
        group.sort(key=lambda entry: entry[0])
    return groups


def _candidates(
    left_a: Sequence[Seen],
    groups: dict[tuple[str, str, str], list[tuple[int, Seen]]],
    shift_ns: int,
) -> Iterator[Candidate]:
    for a in left_a:
        at_ns, group = first_time(a), groups.get(asks(a))
        if at_ns is None or not group:
            continue
        place = bisect_left(group, at_ns + shift_ns, key=lambda entry: entry[0])
        for began_ns, b in group[max(place - NEAREST // 2, 0) : place + NEAREST // 2]:
            if abs(began_ns - at_ns - shift_ns) > NEAR_NS or not agree(a, b):
                continue
            shift = shift_between(a, b)
            if shift is None:
                continue
            one = Candidate(a, b, shift, alike(a, b))
            tolerance_ns = FARTHEST_NS if one.alike >= SAME_STREAM else TOLERANCE_NS
            if abs(shift - shift_ns) <= tolerance_ns:
                yield one


def _commonest_shift(
    left_a: Sequence[Seen], groups: dict[tuple[str, str, str], list[tuple[int, Seen]]]
) -> int | None:
    """The middle of the window into which most fall; of equals the one nearest to no shift."""
    votes = sorted(_votes(left_a, groups))
    if not votes:
        return None
    shifts = [shift for shift, _ in votes]
    sums = [0]
    for _, weight in votes:
        sums.append(sums[-1] + weight)
    best = (0, 0, 0, 0)
    for begin, shift in enumerate(shifts):
        end = bisect_left(shifts, shift + SHIFT_WINDOW_NS, begin)
        middle = shifts[(begin + end) // 2]
        best = max(best, (sums[end] - sums[begin], -abs(middle), begin, end))
    return round(median(shifts[best[2] : best[3]]))


def _votes(
    left_a: Sequence[Seen], groups: dict[tuple[str, str, str], list[tuple[int, Seen]]]
) -> Iterator[tuple[int, int]]:
    for question, of_a in _grouped(left_a).items():
        step = max(len(of_a) // VOTING_A, 1)
        for _, a in of_a[::step]:
            for _, b in groups.get(question, [])[:VOTING_B]:
                shift_ns = shift_between(a, b)
                if shift_ns is not None and agree(a, b):
                    yield shift_ns, 1 + alike(a, b)
