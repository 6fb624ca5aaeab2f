"""Conversations in a report: a short list, and where to read them."""

from analyzer.analyses.conversations import ConversationRow
from analyzer.analyses.results import CaptureResult
from analyzer.report import units
from analyzer.report.figures import Figures
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Table
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.streams import left_out

LISTED = 15
"""Conversations that are listed, those with the most turns first; the database has them all."""

_COLUMNS = (
    Column("conversation", number=False, cut=True),
    *(Column("title\nfrom"), Column("\nturns"), Column("mes-\nsages", from_width=100)),
    *(Column("vari-\nants"), Column("\nedits"), Column("\nstops"), Column("re-\nsumed")),
    *(Column("\nrated"), Column("or-\nphans", from_width=100), Column("dif-\nfer")),
    *(Column("TTFT\np50"), Column("\nn", from_width=100)),
    Column("model", number=False, cut=True, from_width=100),
)


def conversations_section(figures: Figures) -> Section | None:
    """Which conversations passed; None if there is nothing to say of any."""
    captures = figures.analysis.captures
    blocks: list[Block] = []
    for capture in captures:
        found = capture.answers.conversations
        if not found.conversations and not found.unanswered:
            continue
        if len(captures) > 1:
            blocks.append(Facts((("capture", Cell(printable(capture.file, 60), "strong")),)))
        blocks += _blocks(capture)
    if not blocks:
        return None
    lead = (
        "Put together from requests, streams and details; “differ”: of the answers that both "
        "stream and detail told. Read one with `streamscope transcript`."
    )
    return Section("Conversations", tuple(blocks), lead)


def _blocks(capture: CaptureResult) -> list[Block]:
    found = capture.answers.conversations
    blocks: list[Block] = []
    if found.conversations:
        chosen = sorted(found.conversations, key=lambda one: -one.turns)[:LISTED]
        note = left_out(len(found.conversations), LISTED, "conversation")
        blocks.append(Table(_COLUMNS, tuple(map(_row, chosen)), note))
    said = [f"{one.figure}: {printable(one.reason, 120)}" for one in found.unanswered]
    why = reasons(("TTFT", one.ttft_p50_ns) for one in found.conversations)
    if why or said:
        blocks.append(Lines((*why, *(Cell(line, "muted") for line in said))))
    return blocks


def _row(row: ConversationRow) -> tuple[Cell, ...]:
    title = printable(row.title, 60) or printable(row.conversation_id, 60)
    ttft = row.ttft_p50_ns
    return (
        Cell(title, "strong" if row.title else "muted"),
        Cell(row.title_from or units.UNKNOWN, "muted"),
        Cell(units.count(row.turns)),
        Cell(units.count(row.messages), "muted"),
        _some(row.variants),
        _some(row.edits),
        _some(row.stops),
        _some(row.resumed),
        _some(row.ratings),
        Cell(units.count(row.orphans), "warn") if row.orphans else _some(0),
        _differing(row),
        Cell(units.duration(ttft), "strong" if isinstance(ttft, int) else "muted"),
        Cell(units.count(row.ttft_n), "muted"),
        Cell(printable(row.model, 30), "muted"),
    )


def _some(number: int) -> Cell:
    return Cell(units.count(number)) if number else Cell("·", "muted")


def _differing(row: ConversationRow) -> Cell:
    """How many answers differ, of those that stream and detail both told."""
    if not row.compared:
        return Cell("·", "muted")
    return Cell(f"{row.differing}/{row.compared}", "bad" if row.differing else "good")
