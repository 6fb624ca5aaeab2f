"""What is compared, and what has to be known of it before any figure."""

from collections.abc import Iterator, Sequence

from analyzer.analyses.comparing import Comparison, Group
from analyzer.analyses.vantage import vantage_of
from analyzer.report import units
from analyzer.report.comparison_words import name_of
from analyzer.report.figures import PROTOCOL_NAMES
from analyzer.report.overview import REDACTED
from analyzer.report.parts import Cell
from analyzer.report.plain import printable

MANY = 8
"""Captures of a group that are named; the rest is counted."""


def holds(group: Group) -> str:
    turns = group.turns
    spoken = sorted({one.protocol for one in turns} - {""})
    over = " and ".join(printable(PROTOCOL_NAMES.get(one, one), 12) for one in spoken)
    files = [printable(one.file.rsplit("/", 1)[-1], 40) for one in group.captures[:MANY]]
    more = len(group.captures) - MANY
    if more > 0:
        files.append(f"{more} more")
    clocks = sorted({one.head.clock for one in group.captures})
    places = sorted({vantage_of(one.head.source).where for one in group.captures})
    step = units.duration(max((one.head.resolution_ns for one in group.captures), default=0))
    return (
        f"{units.counted(len(turns), 'chat turn')}{f' over {over}' if over else ''}, from "
        f"{', '.join(files)}; seen {' or '.join(places)}; {' or '.join(clocks)} clock, steps of "
        f"{step}"
    )


def notices_of(comparison: Comparison, groups: Sequence[Group]) -> Iterator[Cell]:
    for one in comparison.against_first:
        for caution in one.cautions:
            yield Cell(printable(caution, 300), "warn")
    for group in groups:
        name = name_of(group.name)
        lost = sum(loss.count for one in group.captures for loss in one.lost)
        problems = sum(len(one.problems) for one in group.captures)
        if lost:
            yield Cell(f"LOST: {name} lacks {units.counted(lost, 'thing')}", "bad")
        if problems:
            said = units.counted(problems, "problem")
            yield Cell(f"{name}: {said} in the traffic or the file; see its report", "warn")
        for level in sorted({one.head.redaction for one in group.captures} & set(REDACTED)):
            yield Cell(f"{name} was redacted {REDACTED[level]}", "muted")
