"""Thresholds in a report: what was asked, kept or not, and what was seen."""

import math
from collections.abc import Sequence

from analyzer.gates.expression import TIMES, Gate
from analyzer.gates.judging import Judged
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.parts import Cell, Column, Section, Table
from analyzer.report.plain import printable

TITLE = "Thresholds"
MOST_DECIMALS = 9
"""A nanosecond of a second."""


def gates_section(judged: Sequence[Judged]) -> Section:
    """A row a threshold, in the order in which they were given."""
    grouped = any(one.group for one in judged)
    columns = [
        Column("", number=False),
        *([Column("of", number=False, cut=True)] if grouped else []),
        Column("threshold", number=False),
        Column("", number=False),
        Column("seen"),
        Column("", number=False),
    ]
    rows = [
        (
            Cell("✓" if one.passed else "✗", "good" if one.passed else "bad"),
            *([Cell(printable(one.group, 40), "muted")] if grouped else []),
            Cell(printable(one.gate.name, 120), "strong"),
            Cell(f"{one.gate.operator} {one.gate.shown}"),
            _seen(one),
            Cell(basis(one), "muted"),
        )
        for one in judged
    ]
    kept = sum(one.passed for one in judged)
    lead = f"{kept} of {units.counted(len(judged), 'threshold')} kept."
    return Section(TITLE, (Table(tuple(columns), tuple(rows)),), lead)


def _seen(one: Judged) -> Cell:
    if isinstance(one.observed, Unmeasurable):
        return Cell(units.UNKNOWN, "warn" if one.passed else "bad")
    return Cell(observed(one), "good" if one.passed else "bad", one.observed, one.source)


def observed(one: Judged) -> str:
    """What was seen, in the unit of the limit; or that it can't be known."""
    if isinstance(one.observed, Unmeasurable):
        return units.UNKNOWN
    return in_unit(one.observed, one.gate)


def basis(one: Judged) -> str:
    """What the figure was measured on, or why it couldn't be."""
    if isinstance(one.observed, Unmeasurable):
        return f"not measured: {printable(one.observed.reason, 200)}"
    if one.gate.aggregate.name == "count" and one.observed == one.n:
        return units.counted(one.n, one.noun).partition(" ")[2]
    return f"n = {units.counted(one.n, one.noun)}" if one.noun else f"n = {units.count(one.n)}"


def in_unit(value: float, gate: Gate) -> str:
    """The value beside its limit: so many digits that it doesn't seem to be on the other side."""
    scale, suffix = _scale(gate)
    scaled, limit = value / scale, gate.limit / scale
    sign = "+" if gate.against and value > 0 else ""
    decimals = min(_least(scaled), MOST_DECIMALS)
    while decimals < MOST_DECIMALS and _side(round(scaled, decimals), limit) != _side(
        scaled, limit
    ):
        decimals += 1
    shown = f"{sign}{scaled:,.{decimals}f}".replace("-", "−")
    return f"{shown} {suffix}".strip()


def _scale(gate: Gate) -> tuple[float, str]:
    match gate.limit_unit:
        case "time":
            unit = gate.unit or "ms"
            return TIMES[unit], unit
        case "share":
            return (0.01, "%") if gate.unit else (1, "")
        case "per second":
            return 1, "/s"
        case "count":
            return 1, ""


def _least(scaled: float) -> int:
    """Decimals that make three significant digits; none of a whole number."""
    if scaled == int(scaled):
        return 0
    return max(0, 2 - math.floor(math.log10(abs(scaled))))


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
