"""A comparison for programs: the same figures as in its report, every key explained in it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.analyses.comparing import Compared, Comparison, Group
from analyzer.analyses.comparing.bootstrap import DRAWS, LEVEL, SEED, STRICT, TURN_DRAWS
from analyzer.analyses.comparing.figures import TIMES
from analyzer.analyses.comparing.results import VERDICTS, ShareComparison, Shift, TimeComparison
from analyzer.analyses.statistics import METHOD
from analyzer.analyses.transport.ranks import ALPHA
from analyzer.analyses.vantage import vantage_of
from analyzer.model import Unmeasurable
from analyzer.report.comparison_words import sentence

SCHEMA = "streamscope-comparison"
VERSION = 1

type Json = dict[str, Any]

KEYS = {
    "groups": "what was compared, in the order given; the others are set against the first",
    "against_first": "one object a further group",
    "cautions": "why the two may differ by how they were measured alone",
    "times[].metric": "the time, by the name that thresholds have for it",
    "times[].n_first, n_second": "figures (turns, gaps, connections)",
    "times[].independent_first, independent_second": "what the rank test ranks: turns for gaps",
    "times[].p_value": "Mann–Whitney's U, two-sided; null below 8 of each",
    "times[].cliffs_delta": "−1 to 1, above 0 where the second's figures are longer",
    "shifts[].first_ns, second_ns": "the percentile of each group, as in its own report",
    "shifts[].difference_ns": "second − first",
    "shifts[].low_ns, high_ns": "95 % bootstrap interval of the difference; null: too few",
    "shifts[].strict_low_ns, strict_high_ns": "99 % interval, which decides",
    "shifts[].bootstrap_p": "the level at which the interval would just hold 0",
    "shifts[].needed": "figures that each group needs for a result",
    "shifts[].says": "the same in words",
    "shares[].p_value": "Fisher's exact test, two-sided",
    "missing": "times that cannot be compared, and why",
    "thresholds": "what was asked of every group but the first, and whether it was kept",
    "unmeasurable": "why a figure beside it is null",
}


def comparison_json(
    comparison: Comparison, groups: Sequence[Group], thresholds: Sequence[Json] = ()
) -> bytes:
    """The document as indented JSON, ending in a line feed."""
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "keys": KEYS,
        "verdicts": VERDICTS,
        "method": {
            "percentiles": METHOD,
            "level": LEVEL,
            "deciding_level": STRICT,
            "rank_test_alpha": ALPHA,
            "resamples": DRAWS,
            "resamples_of_turns": TURN_DRAWS,
            "seed": SEED,
        },
        "groups": [_group(one) for one in groups],
        "against_first": [_compared(one) for one in comparison.against_first],
        "thresholds": list(thresholds),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _group(group: Group) -> Json:
    return {
        "name": group.name,
        "turns": len(group.turns),
        "captures": [
            {
                "capture_id": one.head.capture_id,
                "file": one.file,
                "clock": one.head.clock,
                "resolution_ns": one.head.resolution_ns,
                "vantage": vantage_of(one.head.source).where,
                "turns": len(one.turns),
                "problems": len(one.problems),
                "lost": sum(loss.count for loss in one.lost),
            }
            for one in group.captures
        ],
    }


def _compared(one: Compared) -> Json:
    return {
        "first": one.first,
        "second": one.second,
        "cautions": one.cautions,
        "times": [_time(time) for time in one.times],
        "shares": [_share(share) for share in one.shares],
        "missing": dict(one.missing),
    }


def _time(time: TimeComparison) -> Json:
    given = {"p_value": time.p_value, "cliffs_delta": time.delta}
    reasons = {k: v.reason for k, v in given.items() if isinstance(v, Unmeasurable)}
    return {
        "metric": time.metric,
        "name": TIMES[time.metric],
        "noun": time.noun,
        "n_first": time.n_first,
        "n_second": time.n_second,
        "independent_first": time.independent_first,
        "independent_second": time.independent_second,
        **given,
        **dict.fromkeys(reasons),
        "unmeasurable": reasons,
        "shifts": [_shift(time, shift) for shift in time.shifts],
    }


def _shift(time: TimeComparison, shift: Shift) -> Json:
    drawn = shift.interval
    return {
        "percentile": shift.percentile,
        "first_ns": shift.first,
        "second_ns": shift.second,
        "difference_ns": shift.difference,
        "low_ns": None if drawn is None else round(drawn.low),
        "high_ns": None if drawn is None else round(drawn.high),
        "strict_low_ns": None if drawn is None else round(drawn.strict_low),
        "strict_high_ns": None if drawn is None else round(drawn.strict_high),
        "bootstrap_p": None if drawn is None else drawn.p_value,
        "verdict": shift.verdict,
        "needed": shift.needed,
        "says": sentence(time, shift),
    }


def _share(share: ShareComparison) -> Json:
    values = msgspec.structs.asdict(share)
    if isinstance(share.p_value, Unmeasurable):
        return {**values, "p_value": None, "unmeasurable": {"p_value": share.p_value.reason}}
    return {**values, "unmeasurable": {}}
