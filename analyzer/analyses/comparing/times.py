"""One time over two groups: percentiles, the interval of their difference, a rank test."""

from collections.abc import Sequence

import numpy as np

from analyzer.analyses.comparing.bootstrap import (
    Interval,
    draw_percentile,
    draw_turns,
    interval,
    widening,
)
from analyzer.analyses.comparing.figures import (
    GAPS,
    OF_CONNECTIONS,
    TIMES,
    Group,
    figures_of,
    gaps_of,
    handshakes,
)
from analyzer.analyses.comparing.results import Shift, TimeComparison, Verdict
from analyzer.analyses.statistics import Distribution, Nanoseconds, distribution_of
from analyzer.analyses.transport.ranks import ALPHA, LEAST, compare
from analyzer.model import Unmeasurable

PERCENTILES = (50, 95, 99)

BEYOND = 3
"""Figures that a group must have beyond a percentile: 60 for a p95. With fewer the interval
is narrower than it says, most where the other group is much larger."""

TURNS_FOR_TAIL = {95: 20, 99: 60}
"""Turns that a percentile of gaps needs: a turn brings many, which are not independent."""


def needed(metric: str, percentile: int) -> int:
    """Figures (of gaps: turns) that each group must have for a result."""
    if percentile == 50:
        return LEAST
    if metric == GAPS:
        return TURNS_FOR_TAIL[percentile]
    return round(BEYOND / (1 - percentile / 100))


def compare_time(metric: str, first: Group, second: Group, step_ns: int) -> TimeComparison | str:
    """Compare a time of `TIMES`; why it can't be, where one of the groups doesn't have it.

    ``step_ns`` is the coarser one of their clocks' steps.
    """
    before, after = _parts(metric, first), _parts(metric, second)
    lacking = [group.name for group, ones in ((first, before), (second, after)) if not ones]
    if lacking:
        return f"{' and '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} none"
    one, other = distribution_of(lambda: before), distribution_of(lambda: after)
    if isinstance(one, Unmeasurable) or isinstance(other, Unmeasurable):
        return "nothing was measured"
    ranked = _ranked(metric, before), _ranked(metric, after)
    found = compare(*ranked, second.name)
    share = found.smaller_share
    delta = share if isinstance(share, Unmeasurable) else 1 - 2 * share
    sizes = len(ranked[0]), len(ranked[1])
    intervals = _intervals(metric, before, after, sizes)
    shifts = []
    for percentile in PERCENTILES:
        low, high = _value(one, percentile), _value(other, percentile)
        if low is None or high is None or (percentile == 99 and percentile not in intervals):
            continue
        drawn = intervals.get(percentile)
        verdict = _verdict(percentile, high - low, drawn, found.p_value, step_ns)
        shifts.append(Shift(percentile, low, high, drawn, verdict, needed(metric, percentile)))
    return TimeComparison(
        metric=metric,
        noun=_noun(metric),
        n_first=one.n,
        n_second=other.n,
        independent_first=sizes[0],
        independent_second=sizes[1],
        p_value=found.p_value,
        delta=delta,
        shifts=tuple(shifts),
    )


def _noun(metric: str) -> str:
    return {GAPS: "gap", OF_CONNECTIONS: "connection"}.get(metric, "turn")


def _parts(metric: str, group: Group) -> list[Nanoseconds]:
    """All figures; those of one turn side by side where it has many."""
    if metric == GAPS:
        return gaps_of(group.turns)
    if metric == OF_CONNECTIONS:
        figures = handshakes(group.captures)
    else:
        figures = figures_of(metric, group.turns)
    return [figures] if len(figures) else []


def _ranked(metric: str, parts: Sequence[Nanoseconds]) -> list[int]:
    """One figure for each independent thing."""
    if metric == GAPS:
        return [round(float(np.median(part))) for part in parts]
    joined: list[int] = parts[0].tolist()
    return joined


def _value(summed: Distribution, percentile: int) -> int | None:
    return {50: summed.p50, 95: summed.p95, 99: summed.p99}[percentile]


def _intervals(
    metric: str,
    first: Sequence[Nanoseconds],
    second: Sequence[Nanoseconds],
    sizes: tuple[int, int],
) -> dict[int, Interval]:
    """The intervals of those percentiles for which there are enough figures."""
    enough = [one for one in PERCENTILES if min(sizes) >= needed(metric, one)]
    seed = 2 * list(TIMES).index(metric)
    if not enough:
        return {}
    if metric == GAPS:
        before = draw_turns(first, enough, seed)
        after = draw_turns(second, enough, seed + 1)
        wider = widening(*sizes)
        return {one: interval(before[one], after[one], wider) for one in enough}
    return {
        one: interval(
            draw_percentile(first[0], one, seed), draw_percentile(second[0], one, seed + 1)
        )
        for one in enough
    }


def _verdict(
    percentile: int,
    difference: int,
    drawn: Interval | None,
    p_value: float | Unmeasurable,
    step_ns: int,
) -> Verdict:
    """At the median interval and rank test have to agree; ranks say nothing of a tail."""
    if drawn is None or isinstance(p_value, Unmeasurable):
        return "too few"
    ranks_differ = p_value < ALPHA
    if not drawn.leaves_out_zero:
        return "unclear" if percentile == 50 and ranks_differ else "within noise"
    if abs(difference) < step_ns:
        return "below the clock"
    if drawn.strictly_leaves_out_zero and (percentile != 50 or ranks_differ):
        return "more than noise"
    return "unclear"
