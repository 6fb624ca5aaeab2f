"""Whether two exchanges can be the same one, and how much speaks for it."""

from statistics import median

from analyzer.analyses.alignment.runs import Seen

SAME_STREAM = 3
"""How alike two exchanges are at least of which status and events are the same."""


def asks(one: Seen) -> tuple[str, str, str]:
    return one.method, one.authority, one.path


def agree(a: Seen, b: Seen) -> bool:
    """Nothing that both know speaks against it."""
    return same_status(a, b) and same_body(a.request, b.request) is not False


def same_status(a: Seen, b: Seen) -> bool:
    return a.status is None or b.status is None or a.status == b.status


def same_body(a: tuple[int, int], b: tuple[int, int]) -> bool | None:
    """None where one capture does not have it."""
    if not (a[0] and b[0]):
        return None
    return a[0] == b[0] and (a[1] == b[1] or not (a[1] and b[1]))


def alike(a: Seen, b: Seen) -> int:
    """How much of what came back is the same: a status alone is little, a stream is much."""
    points = int(a.status == b.status)
    points += bool(same_body(a.request, b.request)) + bool(same_body(a.response, b.response))
    shorter = min(len(a.events), len(b.events))
    if shorter and bool((a.events[:shorter] == b.events[:shorter]).all()):
        points += 2
    return points


def shift_between(a: Seen, b: Seen) -> int | None:
    """B − A, the median of the moments that both have: one of them can be far off."""
    pairs = zip(a.times, b.times, strict=True)
    shifts = [of_b - of_a for of_a, of_b in pairs if of_a is not None and of_b is not None]
    return round(median(shifts)) if shifts else None


def first_time(one: Seen) -> int | None:
    return next((at for at in one.times if at is not None), None)
