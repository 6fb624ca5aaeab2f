"""Two captures of one run beside each other, as a report and as JSON."""

from collections.abc import Sequence

from analyzer.analyses.alignment.results import Alignment, Capture, Matched, Side, Unmatched
from analyzer.analyses.vantage import vantage_of
from analyzer.report import cells
from analyzer.report.alignment_clocks import (
    LISTED,
    differences_section,
    more,
    named,
    steadiness_section,
    streams_section,
)
from analyzer.report.parts import Block, Cell, Column, Facts, Report, Section, Table
from analyzer.report.plain import printable
from analyzer.report.plain_json import document
from analyzer.report.units import UNKNOWN, counted, tick

SCHEMA = "streamscope-alignment"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""

_SIDES: dict[Side, str] = {"a": "A", "b": "B"}

_CLOCKS = {
    "chunk": "each read timed",
    "packet": "each packet timed",
    "event": "each event timed",
    "none": "no times",
}


def alignment_json(found: Alignment) -> bytes:
    """Every figure of the alignment; differences are B − A."""
    return document(SCHEMA, VERSION, alignment=found)


def alignment_report(found: Alignment) -> Report:
    sections = (
        _same(found),
        differences_section(found),
        steadiness_section(found),
        streams_section(found),
    )
    return Report(
        "streamscope align",
        Facts((("A", _capture(found.a)), ("B", _capture(found.b)))),
        tuple(_notices(found)),
        tuple(section for section in sections if section is not None),
    )


def _capture(one: Capture) -> Cell:
    kind = ", ".join(filter(None, (printable(one.source, 20), printable(one.tool, 60))))
    step = "" if one.clock == "none" else f", to {tick(one.resolution_ns)}"
    return Cell(
        f"{printable(one.file, 200)}\n{kind}: {_CLOCKS[one.clock]}{step}; "
        f"{counted(one.exchanges, 'exchange')}, "
        f"{counted(one.streams, 'stream')}, {counted(one.events, 'event')}"
    )


def _notices(found: Alignment) -> list[Cell]:
    notices = []
    if found.a.redaction != found.b.redaction:
        said = " and ".join(
            f"{side} to {one.redaction}"
            for one, side in ((found.a, "A"), (found.b, "B"))
            if one.redaction != "secrets"
        )
        notices.append(
            Cell(f"redacted: {said}; texts, data and paths that differ say nothing", "warn")
        )
    for one, side in ((found.a, "A"), (found.b, "B")):
        if one.lost:
            lost = counted(one.lost, "thing")
            notices.append(Cell(f"{side}: {vantage_of(one.source).misses} {lost}", "bad"))
        if one.problems:
            problems = counted(one.problems, "problem")
            notices.append(Cell(f"{side}: {problems} in the traffic or the file", "warn"))
        if one.left_out:
            left = counted(one.left_out, "exchange")
            notices.append(Cell(f"{side}: {left} beyond the limit were left out", "warn"))
    return notices


def _same(found: Alignment) -> Section:
    facts = Facts(
        (
            ("same exchanges", _answer(found.same_exchanges, _exchanges(found))),
            ("same events", _answer(found.same_events, _events(found))),
            ("same text", _answer(found.same_text, _texts(found))),
        )
    )
    blocks: list[Block] = [facts]
    differing = [one for one in found.matched if not one.same_events or one.same_text is False]
    bodies = [one for one in found.matched if one.same_body is False]
    if differing:
        blocks.append(_differing(differing))
    if bodies:
        blocks.append(_bodies(bodies))
    if found.unmatched:
        blocks.append(_unmatched(found.unmatched))
    return Section("The same run?", tuple(blocks))


def _answer(same: bool | None, detail: str) -> Cell:
    if same is None:
        return Cell(f"{UNKNOWN} {detail}", "muted")
    return Cell(f"yes: {detail}", "good") if same else Cell(f"no: {detail}", "bad")


def _exchanges(found: Alignment) -> str:
    parts = [f"{len(found.matched):,} in both"]
    for side, name in _SIDES.items():
        if only := sum(one.side == side for one in found.unmatched):
            parts.append(f"{only:,} only in {name}")
    return ", ".join(parts)


def _events(found: Alignment) -> str:
    parts = [f"{sum(one.events for one in found.matched):,} in both"]
    for total, words in (
        (sum(one.other_events for one in found.matched), "with other data"),
        (sum(one.only_a for one in found.matched), "only in A"),
        (sum(one.only_b for one in found.matched), "only in B"),
    ):
        if total:
            parts.append(f"{total:,} {words}")
    where = "" if found.same_exchanges else ", in the exchanges that both have"
    return ", ".join(parts) + where


def _texts(found: Alignment) -> str:
    known = [one.same_text for one in found.matched if one.same_text is not None]
    if not known:
        return "the text of no turn is known in both"
    differing = sum(not same for same in known)
    return f"{counted(len(known), 'turn')}" + (f", {differing:,} with other text" * bool(differing))


def _differing(rows: Sequence[Matched]) -> Table:
    columns = (
        *(Column("A"), Column("B"), Column("stream", number=False, cut=True)),
        *(Column("in both"), Column("other\ndata"), Column("only\nin A"), Column("only\nin B")),
        Column("text", number=False),
    )
    texts = {None: UNKNOWN, True: "same", False: "other"}
    return Table(
        columns,
        tuple(
            (
                *(cells.number(one.a), cells.number(one.b), named(one)),
                *(cells.number(one.events), cells.number(one.other_events, "warn")),
                *(cells.number(one.only_a, "warn"), cells.number(one.only_b, "warn")),
                Cell(texts[one.same_text]),
            )
            for one in rows[:LISTED]
        ),
        more(len(rows), "streams differ"),
    )


def _bodies(rows: Sequence[Matched]) -> Table:
    columns = (Column("A"), Column("B"), Column("answers that differ", number=False, cut=True))
    return Table(
        columns,
        tuple((cells.number(one.a), cells.number(one.b), named(one)) for one in rows[:LISTED]),
        more(len(rows), "answers differ"),
    )


def _unmatched(rows: Sequence[Unmatched]) -> Table:
    columns = (
        *(Column("only in", number=False), Column("exchange")),
        *(Column("request", number=False, cut=True), Column("status")),
        Column("why", number=False),
    )
    return Table(
        columns,
        tuple(
            (
                Cell(_SIDES[one.side]),
                cells.number(one.exchange),
                named(one),
                Cell(UNKNOWN if one.status is None else str(one.status)),
                Cell(one.reason, "muted"),
            )
            for one in rows[:LISTED]
        ),
        more(len(rows), "exchanges are in one only"),
    )
