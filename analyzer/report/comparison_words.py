"""Differences in words: "42 ms slower at p95 (95 % CI 18–61 ms): more than noise"."""

from collections.abc import Iterator

from analyzer.analyses.comparing.bootstrap import Interval
from analyzer.analyses.comparing.results import Shift, TimeComparison, Verdict
from analyzer.analyses.transport.ranks import ALPHA, effect_of
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.plain import printable


def name_of(group: str, limit: int = 40) -> str:
    return printable(group, limit)


def signed(ns: float) -> str:
    """A difference with its sign: +42.0 ms, −3.10 ms."""
    return f"+{units.duration(ns)}" if ns > 0 else units.duration(ns)


def between(low: float, high: float) -> str:
    """Both ends with their signs; the unit once where they share it."""
    ends = signed(low), signed(high)
    numbers, parts = [one.rpartition(" ") for one in ends], ends
    if numbers[0][2] == numbers[1][2]:
        return f"{numbers[0][0]}…{ends[1]}"
    return "…".join(parts)


def sentence(time: TimeComparison, shift: Shift) -> str:
    """What a difference is, between what, and whether it is more than noise."""
    return f"{_moved(shift)}: {_verdict(time, shift)}"


def sentences(time: TimeComparison, verdict: Verdict) -> Iterator[tuple[str, Shift]]:
    """Of all percentiles with this verdict; those of which the same is to be said in one.

    Each with the first of them.
    """
    said: dict[tuple[bool, str], list[Shift]] = {}
    for shift in time.shifts:
        if shift.verdict == verdict:
            said.setdefault((shift.difference > 0, _verdict(time, shift)), []).append(shift)
    for (_, words), shifts in said.items():
        yield f"{', '.join(map(_moved, shifts))}: {words}", shifts[0]


def _moved(shift: Shift) -> str:
    at = "at the median" if shift.percentile == 50 else f"at p{shift.percentile}"
    size = units.duration(abs(shift.difference))
    moved = f"{size} {_way(shift.difference)} {at}" if shift.difference else f"the same {at}"
    drawn = shift.interval
    return moved if drawn is None else f"{moved} (95 % CI {_ends(drawn, shift.difference)})"


def p_said(p_value: float) -> str:
    shown = p_of(p_value)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def p_of(p_value: float | Unmeasurable) -> str:
    if isinstance(p_value, Unmeasurable):
        return units.UNKNOWN
    if p_value < 0.0001:
        return "< 0.0001"
    return f"{p_value:.2f}" if p_value >= 0.095 else f"{p_value:.2g}"


def _way(ns: float) -> str:
    return "slower" if ns > 0 else "faster"


def _ends(drawn: Interval, difference: int) -> str:
    """Without signs where all of it is the same way as the difference."""
    low, high = drawn.low, drawn.high
    if low > 0 and difference > 0:
        near, far = low, high
    elif high < 0 and difference < 0:
        near, far = -high, -low
    else:
        return between(low, high)
    ends = units.duration(near), units.duration(far)
    unit = ends[1].rpartition(" ")[2]
    return f"{ends[0].removesuffix(f' {unit}')}–{ends[1]}"


def _verdict(time: TimeComparison, shift: Shift) -> str:
    p_value, drawn = time.p_value, shift.interval
    if shift.verdict != "unclear" or isinstance(p_value, Unmeasurable) or drawn is None:
        return shift.verdict + _aside(time, shift)
    ranked = f"({p_said(p_value)})"
    if shift.percentile == 50 and p_value >= ALPHA:
        return f"unclear, for the interval leaves out 0, but the rank test does not see it {ranked}"
    if not drawn.leaves_out_zero:
        return f"unclear, for the rank test sees a difference {ranked}, but the interval holds 0"
    return "unclear, for the 95 % interval leaves out 0, but the 99 % interval does not"


def _aside(time: TimeComparison, shift: Shift) -> str:
    """How large the effect is; of a tail whether the rest moved as well."""
    delta, p_value = time.delta, time.p_value
    if shift.verdict != "more than noise" or isinstance(delta, Unmeasurable):
        return ""
    if not isinstance(p_value, Unmeasurable) and p_value < ALPHA:
        return f"; {effect_of(delta)} effect as a whole"
    return ", in the tail: as a whole they do not differ"
