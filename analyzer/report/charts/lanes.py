"""Spans of time laid beside each other so that none covers another."""

from collections.abc import Sequence


def lanes(spans: Sequence[tuple[float, float]], most: int) -> list[int]:
    """The lane of each span, given in order of their beginnings; the last lane takes all that
    finds no room in ``most``.
    """
    free_from: list[float] = []
    placed = []
    for begin, end in spans:
        lane = next((i for i, free in enumerate(free_from) if free <= begin), len(free_from))
        if lane >= most:
            lane = most - 1
        if lane == len(free_from):
            free_from.append(end)
        free_from[lane] = max(free_from[lane], end)
        placed.append(lane)
    return placed
