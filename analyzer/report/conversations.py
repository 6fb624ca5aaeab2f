"""Conversations in a report: a short list, and where to read them."""

from collections.abc import Sequence

from analyzer.analyses.conversations import ConversationRow
from analyzer.analyses.results import CaptureResult
from analyzer.report import cells, units
from analyzer.report.figures import Figures
from analyzer.report.parts import (
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Section,
    Source,
    Table,
    Tone,
)
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
    for number, capture in enumerate(captures, 1):
        found = capture.answers.conversations
        if not found.conversations and not found.unanswered:
            continue
        if len(captures) > 1:
            blocks.append(Facts((("capture", Cell(printable(capture.file, 60), "strong")),)))
        blocks += _blocks(capture, number)
    if not blocks:
        return None
    lead = (
        "Put together from requests, streams and details; “differ”: of the answers that both "
        "stream and detail told. Read one with `streamscope transcript`."
    )
    return Section("Conversations", tuple(blocks), lead)


def _blocks(capture: CaptureResult, number: int) -> list[Block]:
    found = capture.answers.conversations
    blocks: list[Block] = []
    if found.conversations:
        chosen = sorted(found.conversations, key=lambda one: -one.turns)[:LISTED]
        note = left_out(len(found.conversations), LISTED, "conversation")
        median = _medians(capture, number, chosen)
        rows = tuple(_row(row, number, median.get(row.conversation_id)) for row in chosen)
        blocks.append(Table(_COLUMNS, rows, note))
    said = [f"{one.figure}: {printable(one.reason, 120)}" for one in found.unanswered]
    why = reasons(("TTFT", one.ttft_p50_ns) for one in found.conversations)
    if why or said:
        blocks.append(Lines((*why, *(Cell(line, "muted") for line in said))))
    return blocks


def _medians(
    capture: CaptureResult, number: int, rows: Sequence[ConversationRow]
) -> dict[str, Source]:
    """The exchange whose TTFT lies nearest to its conversation's median."""
    medians = {row.conversation_id: row.ttft_p50_ns for row in rows}
    nearest: dict[str, tuple[int, Source]] = {}
    for one in capture.turns:
        turn, ttft = one.exchange.turn, one.latency.ttft_ns if one.latency else None
        median = medians.get(turn.conversation_id) if turn else None
        if turn and isinstance(ttft, int) and isinstance(median, int):
            away = abs(ttft - median)
            if turn.conversation_id not in nearest or away < nearest[turn.conversation_id][0]:
                source = Source(number, one.exchange.exchange)
                nearest[turn.conversation_id] = away, source
    return {name: source for name, (_, source) in nearest.items()}


def _row(row: ConversationRow, number: int, median: Source | None) -> tuple[Cell, ...]:
    title = printable(row.title, 60) or printable(row.conversation_id, 60)
    ttft = row.ttft_p50_ns
    return (
        Cell(title, "strong" if row.title else "muted"),
        Cell(
            row.title_from or units.UNKNOWN,
            "muted",
            source=cells.source(number, row.title_exchange_id),
        ),
        cells.number(row.turns),
        cells.number(row.messages, "muted"),
        _some(row.variants),
        _some(row.edits),
        _some(row.stops),
        _some(row.resumed),
        _some(row.ratings),
        cells.number(row.orphans, "warn") if row.orphans else _some(0),
        _differing(row, cells.source(number, row.detail_exchange_id)),
        cells.span(ttft, "strong" if isinstance(ttft, int) else "muted", median),
        cells.number(row.ttft_n, "muted"),
        Cell(printable(row.model, 30), "muted"),
    )


def _some(number: int) -> Cell:
    return cells.number(number) if number else cells.shown("·", 0, "muted")


def _differing(row: ConversationRow, detail: Source | None) -> Cell:
    """How many answers differ, of those that stream and detail both told."""
    if not row.compared:
        return Cell("·", "muted")
    tone: Tone = "bad" if row.differing else "good"
    return cells.shown(f"{row.differing}/{row.compared}", row.differing, tone, detail)
