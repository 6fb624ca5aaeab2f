"""Items of several exchanges brought into the order of their times."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import count

from analyzer.intake.seen import ITEM_BYTES, Item, weigh

HELD_LIMIT = 64 * 1024 * 1024
"""Bytes of items that wait for others; over it the earliest go on."""


class InOrder:
    """Takes the items of one entry after another, and lets them go by time.

    What one entry gave keeps its own order, whatever its times are.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Item]] = []
        self._numbers = count()
        self._held = 0

    def put(self, items: Iterable[Item]) -> None:
        """Take what an entry holds, in its order."""
        latest: int | None = None
        for item in items:
            at_ns = _moment(item)
            latest = at_ns if latest is None else max(latest, at_ns)
            self._held += _weight(item)
            heapq.heappush(self._waiting, (latest, next(self._numbers), item))

    def before(self, at_ns: int) -> Iterator[Item]:
        """Let go what came before this moment, and more if too much is held."""
        waiting = self._waiting
        while waiting and (waiting[0][0] < at_ns or self._held > HELD_LIMIT):
            yield self._next()

    def rest(self) -> Iterator[Item]:
        while self._waiting:
            yield self._next()

    def _next(self) -> Item:
        _, _, item = heapq.heappop(self._waiting)
        self._held -= _weight(item)
        return item


def _moment(item: Item) -> int:
    return item[1] if isinstance(item, tuple) else item.at_ns  # type: ignore[union-attr, return-value] # Reads, whose times are many, and a head are never put


def _weight(item: Item) -> int:
    return ITEM_BYTES + len(item[2]) if isinstance(item, tuple) else weigh(item)
