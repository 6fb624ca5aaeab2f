"""Thresholds for programs."""

from collections.abc import Iterable
from typing import Any

from analyzer.gates.judging import Judged
from analyzer.model import Unmeasurable


def gates_json(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """An object a threshold: ``limit`` and ``observed`` in ns, as a share of 1, or a count."""
    return [
        {
            "threshold": one.gate.text,
            "metric": one.gate.metric,
            "selector": dict(one.gate.selector),
            "aggregate": str(one.gate.aggregate),
            "against": one.gate.against or None,
            "operator": one.gate.operator,
            "limit": one.gate.limit,
            "unit": {"time": "ns", "share": "share"}.get(one.gate.limit_unit, one.gate.limit_unit),
            "group": one.group or None,
            "passed": one.passed,
            "observed": None if isinstance(one.observed, Unmeasurable) else one.observed,
            "n": one.n,
            "unmeasurable": one.observed.reason if isinstance(one.observed, Unmeasurable) else None,
        }
        for one in judged
    ]
