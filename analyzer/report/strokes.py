"""Bars and timelines drawn with characters: the terminal's and Markdown's."""

from collections.abc import Sequence
from itertools import pairwise

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"

WAIT = "⋅"
"""A step of time in which nothing came."""


def bar(count: int, most: int, room: int) -> str:
    """A count drawn to the scale on which ``most`` fills the room; the smallest still shows."""
    eighths = max(round(count / most * room * 8), 1) if count else 0
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def sparkline(counts: Sequence[int], room: int) -> str:
    """Steps of equal time; a dot where nothing came, so that waiting is seen as well.

    Full height is the densest step, but at least three arrivals: single ones stay low.
    """
    room = min(room, len(counts))
    edges = [len(counts) * step // room for step in range(room + 1)]
    joined = [sum(counts[begin:end]) for begin, end in pairwise(edges)]
    full = max(*joined, 3)
    return "".join(LEVELS[(count * 8 - 1) // full] if count else WAIT for count in joined)
