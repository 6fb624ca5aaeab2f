"""Which events of two sequences are the same ones: by their place and what they say."""

from bisect import bisect_left
from difflib import SequenceMatcher

import msgspec
import numpy as np

from analyzer.analyses.statistics import Nanoseconds

SEARCHED = 500
"""Most events of a stretch in which the same ones are looked for one by one."""


class Pairs(msgspec.Struct, frozen=True):
    """``a`` and ``b`` are the places of the same events, in order and in parallel.

    ``other`` counts places that both have with other data, ``only_a`` and ``only_b`` what
    the other does not have at all.
    """

    a: Nanoseconds
    b: Nanoseconds
    other: int = 0
    only_a: int = 0
    only_b: int = 0


def pair_events(a: Nanoseconds, b: Nanoseconds) -> Pairs:
    """Pair two sequences of digests, one to one and in order; what differs costs only itself.

    Where one lacks some of several equal events in a row, the earlier ones are paired.
    """
    if len(a) == len(b) and bool((a == b).all()):
        places = np.arange(len(a))
        return Pairs(places, places)
    pairing = _Pairing(a, b)
    pairing.run()
    columns = np.array(sorted(pairing.found), dtype=np.int64).reshape(-1, 2)
    return Pairs(columns[:, 0], columns[:, 1], pairing.other, pairing.only_a, pairing.only_b)


type _Stretch = tuple[int, int, int, int]
"""From and to in A, from and to in B."""


class _Pairing:
    """Works through stretches that are still to be compared, each shorter than where it came from.

    A stack, not recursion: how deep it goes is up to the data.
    """

    def __init__(self, a: Nanoseconds, b: Nanoseconds) -> None:
        self._a = a
        self._b = b
        self._open: list[_Stretch] = [(0, len(a), 0, len(b))]
        self.found: list[tuple[int, int]] = []
        self.other = self.only_a = self.only_b = 0

    def run(self) -> None:
        while self._open:
            from_a, to_a, from_b, to_b = self._trim(*self._open.pop())
            if from_a == to_a or from_b == to_b:
                self._count(to_a - from_a, to_b - from_b)
            elif max(to_a - from_a, to_b - from_b) <= SEARCHED:
                self._search(from_a, to_a, from_b, to_b)
            else:
                self._divide(from_a, to_a, from_b, to_b)

    def _trim(self, from_a: int, to_a: int, from_b: int, to_b: int) -> _Stretch:
        """Pair what the stretches begin with and what they end with; return the middle."""
        begin = _same(self._a[from_a:to_a], self._b[from_b:to_b])
        self._pair(from_a, from_b, begin)
        from_a, from_b = from_a + begin, from_b + begin
        end = _same(self._a[from_a:to_a][::-1], self._b[from_b:to_b][::-1])
        self._pair(to_a - end, to_b - end, end)
        return from_a, to_a - end, from_b, to_b - end

    def _pair(self, from_a: int, from_b: int, length: int) -> None:
        self.found.extend((from_a + n, from_b + n) for n in range(length))

    def _count(self, of_a: int, of_b: int) -> None:
        """Stretches of equal length are other data; of unequal ones one side lacks something."""
        if of_a == of_b:
            self.other += of_a
        else:
            self.only_a += of_a
            self.only_b += of_b

    def _search(self, from_a: int, to_a: int, from_b: int, to_b: int) -> None:
        a, b = self._a[from_a:to_a].tolist(), self._b[from_b:to_b].tolist()
        matcher = SequenceMatcher(None, a, b, autojunk=False)
        for tag, at_a, end_a, at_b, end_b in matcher.get_opcodes():
            if tag == "equal":
                self._pair(from_a + at_a, from_b + at_b, end_a - at_a)
            else:
                self._count(end_a - at_a, end_b - at_b)

    def _divide(self, from_a: int, to_a: int, from_b: int, to_b: int) -> None:
        """At events that stand once in each; where there are none, nothing more is paired."""
        anchors = _anchors(self._a[from_a:to_a], self._b[from_b:to_b])
        if not anchors:
            self._count(to_a - from_a, to_b - from_b)
            return
        at_a, at_b = from_a, from_b
        for place_a, place_b in anchors:
            self._pair(from_a + place_a, from_b + place_b, 1)
            self._open.append((at_a, from_a + place_a, at_b, from_b + place_b))
            at_a, at_b = from_a + place_a + 1, from_b + place_b + 1
        self._open.append((at_a, to_a, at_b, to_b))


def _same(a: Nanoseconds, b: Nanoseconds) -> int:
    """How many the two have in common from the beginning."""
    shorter = min(len(a), len(b))
    differing = np.flatnonzero(a[:shorter] != b[:shorter])
    return int(differing[0]) if len(differing) else shorter


def _anchors(a: Nanoseconds, b: Nanoseconds) -> list[tuple[int, int]]:
    """What stands once in each, as much of it as stands in the same order in both."""
    places_a, places_b = _once(a), _once(b)
    common = np.array(
        [place_b for digest in places_a if (place_b := places_b.get(digest)) is not None],
        dtype=np.int64,
    )
    of_a = [place for digest, place in places_a.items() if digest in places_b]
    return [(of_a[n], int(common[n])) for n in _rising(common)]


def _once(values: Nanoseconds) -> dict[int, int]:
    digests, first, counts = np.unique(values, return_index=True, return_counts=True)
    single = counts == 1
    order = np.argsort(first[single])
    return dict(zip(digests[single][order].tolist(), first[single][order].tolist(), strict=True))


def _rising(values: Nanoseconds) -> list[int]:
    """The places of a longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values.tolist()):
        pile = bisect_left(tops, value)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            piles.append(place)
        else:
            tops[pile], piles[pile] = value, place
    chain: list[int] = []
    place = piles[-1] if piles else -1
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]
