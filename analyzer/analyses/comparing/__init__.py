"""Whether two groups of captures differ by more than noise: percentiles, intervals, ranks."""

from collections.abc import Sequence

from analyzer.analyses.comparing.cautions import cautions_of, step_of
from analyzer.analyses.comparing.figures import TIMES, Group
from analyzer.analyses.comparing.results import Compared, Comparison
from analyzer.analyses.comparing.shares import compare_shares
from analyzer.analyses.comparing.times import compare_time


def compare_groups(groups: Sequence[Group]) -> Comparison:
    """Every group against the first; two groups at least."""
    first, *others = groups
    return Comparison(
        names=tuple(one.name for one in groups),
        against_first=tuple(_against(first, one) for one in others),
    )


def _against(first: Group, second: Group) -> Compared:
    step_ns = max(step_of(first), step_of(second))
    told = {name: compare_time(name, first, second, step_ns) for name in TIMES}
    return Compared(
        first=first.name,
        second=second.name,
        times=tuple(one for one in told.values() if not isinstance(one, str)),
        shares=compare_shares(first, second),
        missing=tuple((name, one) for name, one in told.items() if isinstance(one, str)),
        cautions=tuple(cautions_of(first, second)),
    )


__all__ = ["Compared", "Comparison", "Group", "compare_groups"]
