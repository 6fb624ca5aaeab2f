"""Why figures of a table are not known: its cells only have room for a dash."""

from collections.abc import Iterable

from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.parts import Cell
from analyzer.report.plain import printable

REASONS = 6
"""Reasons below a table; the database has each beside its figure."""


def reasons(figures: Iterable[tuple[str, object]]) -> tuple[Cell, ...]:
    """Each reason once, behind the names of the figures that it hides, the most hidden first."""
    why: dict[str, set[str]] = {}
    for name, figure in figures:
        if isinstance(figure, Unmeasurable):
            why.setdefault(figure.reason, set()).add(name)
    listed = sorted(why.items(), key=lambda pair: -len(pair[1]))
    lines = [
        Cell(f"{units.UNKNOWN} {', '.join(sorted(names))}: {printable(reason, 160)}", "muted")
        for reason, names in listed[:REASONS]
    ]
    if len(listed) > REASONS:
        more = units.counted(len(listed) - REASONS, "more reason")
        lines.append(Cell(f"{more} in the database", "muted"))
    return tuple(lines)
