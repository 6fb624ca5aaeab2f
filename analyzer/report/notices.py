"""What was lost and what was malformed."""

from analyzer.analyses.results import CaptureResult
from analyzer.analyses.vantage import vantage_of
from analyzer.report import units
from analyzer.report.figures import Figures
from analyzer.report.parts import Cell, Source
from analyzer.report.plain import printable

NOTED = 5
"""Problems and losses that are spelled out on top; the rest is counted."""


def notices_of(figures: Figures) -> tuple[Cell, ...]:
    """What was lost and what was malformed: to be read before any figure."""
    notices: list[Cell] = []
    for number, capture in enumerate(figures.analysis.captures, 1):
        if capture.lost:
            notices += _losses(capture, number)
        if capture.problems:
            notices += _problems(capture, number)
    return tuple(notices)


def _losses(capture: CaptureResult, number: int) -> list[Cell]:
    total = units.counted(sum(one.count for one in capture.lost), "thing")
    octets = units.size(sum(one.bytes for one in capture.lost))
    first = (
        f"LOST: {vantage_of(capture.head.source).misses} {total} ({octets}); "
        f"figures that need them are incomplete"
    )
    each = [
        Cell(
            f"  {units.count(one.count)} × {printable(one.what, 40)}: {printable(one.reason, 90)}",
            "bad",
            source=_source(number, one.exchange),
        )
        for one in capture.lost[:NOTED]
    ]
    return [Cell(first, "bad"), *each, *_more(len(capture.lost), "losses")]


def _source(capture: int, exchange: int | None) -> Source | None:
    return None if exchange is None else Source(capture, exchange)


def _problems(capture: CaptureResult, number: int) -> list[Cell]:
    total = units.counted(len(capture.problems), "problem")
    lines = [Cell(f"{total} in the traffic or the file", "warn")]
    for one in capture.problems[:NOTED]:
        where = "" if one.exchange is None else f", exchange {one.exchange}"
        where += "" if one.offset is None else f", at byte {units.count(one.offset)}"
        said = f"  {printable(one.code, 30)}{where}: {printable(one.detail, 120)}"
        lines.append(Cell(said, "warn", source=_source(number, one.exchange)))
    return [*lines, *_more(len(capture.problems), "problems")]


def _more(total: int, noun: str) -> list[Cell]:
    more = total - NOTED
    return [Cell(f"  and {more:,} more {noun}, all in the database", "muted")] if more > 0 else []
