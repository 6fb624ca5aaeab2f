"""Which exchange of one capture is which of the other.

Ids that the service gave decide first. Else two exchanges can be the same if they ask the
same, with the same body, and got the same status; which of several is which is told by time.
Without times it is told by their order and what came back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from statistics import median

import msgspec

from analyzer.analyses.alignment.likeness import (
    agree,
    asks,
    first_time,
    same_status,
    shift_between,
)
from analyzer.analyses.alignment.results import MatchedBy
from analyzer.analyses.alignment.runs import Run, Seen
from analyzer.analyses.alignment.timing import match_by_time

ORDERED = 2_000
"""Most exchanges that ask the same of which the order is compared, without times."""

REASONED = 200
"""Most exchanges that ask the same which are looked at for why one is in one capture only."""


class Match(msgspec.Struct, frozen=True):
    a: Seen
    b: Seen
    by: MatchedBy


class Matching(msgspec.Struct, frozen=True):
    """What is in both, in A's order; what only one has, each with the reason."""

    matches: tuple[Match, ...]
    only_a: tuple[tuple[Seen, str], ...]
    only_b: tuple[tuple[Seen, str], ...]


def match_exchanges(a: Run, b: Run) -> Matching:
    """Match one to one."""
    matches = _by_id(a.exchanges, b.exchanges)
    left_a, left_b = _left(a, b, matches)
    if a.timed and b.timed:
        pairs = match_by_time(left_a, left_b, _shifts(matches))
        matches += [Match(one, other, "request and time") for one, other in pairs]
        left_a, left_b = (
            [one for one in left if first_time(one) is None] for left in _left(a, b, matches)
        )
    matches += _by_order(left_a, left_b)
    matches.sort(key=lambda one: one.a.order)
    left_a, left_b = _left(a, b, matches)
    shifts = _shifts(matches)
    shift_ns = round(median(shifts)) if shifts else None
    why_a = _Reasons(b, shift_ns)
    why_b = _Reasons(a, None if shift_ns is None else -shift_ns)
    return Matching(
        tuple(matches),
        tuple((one, why_a.why(one)) for one in left_a),
        tuple((one, why_b.why(one)) for one in left_b),
    )


def _shifts(matches: Iterable[Match]) -> list[int]:
    return [shift for one in matches if (shift := shift_between(one.a, one.b)) is not None]


def _left(a: Run, b: Run, matches: Iterable[Match]) -> tuple[list[Seen], list[Seen]]:
    taken = [(one.a.order, one.b.order) for one in matches]
    orders_a, orders_b = {order for order, _ in taken}, {order for _, order in taken}
    return (
        [one for one in a.exchanges if one.order not in orders_a],
        [one for one in b.exchanges if one.order not in orders_b],
    )


def _by_id(of_a: Sequence[Seen], of_b: Sequence[Seen]) -> list[Match]:
    """By an id that one exchange of each has alone."""
    named_a, named_b = _named(of_a), _named(of_b)
    matches: dict[int, Match] = {}
    taken: set[int] = set()
    for name, a in named_a.items():
        b = named_b.get(name)
        if b is None or a.order in matches or b.order in taken:
            continue
        if (a.method, a.path) == (b.method, b.path) and same_status(a, b):
            matches[a.order] = Match(a, b, "request id")
            taken.add(b.order)
    return list(matches.values())


def _named(seen: Sequence[Seen]) -> dict[tuple[str, str], Seen]:
    count = Counter(name for one in seen for name in one.ids)
    return {name: one for one in seen for name in sorted(one.ids) if count[name] == 1}


def _by_order(left_a: Sequence[Seen], left_b: Sequence[Seen]) -> list[Match]:
    """Those that ask the same in their order; where one capture lacks some, by what came back."""
    groups_a: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    groups_b: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for groups, left in ((groups_a, left_a), (groups_b, left_b)):
        for one in left:
            groups[asks(one)].append(one)
    return [
        Match(a, b, "request and order")
        for question, group in groups_a.items()
        for a, b in _in_order(group[:ORDERED], groups_b.get(question, [])[:ORDERED])
        if agree(a, b)
    ]


def _in_order(of_a: list[Seen], of_b: list[Seen]) -> Iterator[tuple[Seen, Seen]]:
    if len(of_a) == len(of_b):
        yield from zip(of_a, of_b, strict=True)
        return
    answers_a, answers_b = ([_answer(one) for one in of] for of in (of_a, of_b))
    matcher = SequenceMatcher(None, answers_a, answers_b, autojunk=False)
    for tag, at_a, end_a, at_b, end_b in matcher.get_opcodes():
        if tag in ("equal", "replace"):
            yield from zip(of_a[at_a:end_a], of_b[at_b:end_b], strict=False)


def _answer(one: Seen) -> tuple[object, ...]:
    return one.request, one.status, one.response, one.events.tobytes()


class _Reasons:
    """Why a capture has not what another has; ``shift_ns`` brings times to its clock."""

    def __init__(self, run: Run, shift_ns: int | None) -> None:
        self._shift_ns = shift_ns
        self._groups: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
        for one in run.exchanges:
            self._groups[asks(one)].append(one)
        times = [at for one in run.exchanges for at in one.times if at is not None]
        self._span = (min(times), max(times)) if times else None

    def why(self, one: Seen) -> str:
        at_ns = first_time(one)
        if at_ns is not None and self._span and self._shift_ns is not None:
            if at_ns + self._shift_ns < self._span[0]:
                return "before the other's first exchange"
            if at_ns + self._shift_ns > self._span[1]:
                return "after the other's last exchange"
        group = self._groups.get(asks(one), [])[:REASONED]
        if not group:
            return "the other has no such request"
        if not any(same_status(one, each) for each in group):
            return "the other has it with another status"
        if not any(agree(one, each) for each in group):
            return "the other has it with another request body"
        return "the other has fewer of this request"
