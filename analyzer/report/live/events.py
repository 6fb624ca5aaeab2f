"""One stream looked at closely: its figures, its arrivals drawn over time, its events."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzer.analyses.gaps import STALL_NS
from analyzer.report.live.streams import gap, gap_of, pace
from analyzer.report.live.tables import Column, spare, table
from analyzer.report.live.walks import BARS
from analyzer.report.live.words import (
    PROTOCOLS,
    first_part,
    folded,
    last_part,
    line,
    span,
    state_of,
    target_of,
)
from analyzer.report.plain import printable
from analyzer.watch import SeenEvent, StreamRow
from analyzer.watch.events import DATA_KEPT

SWEEP_NS = 20_000_000_000
"""How much time the drawing of arrivals spans."""

HEAD_LINES = 3
"""Lines above the events: what the stream is, its figures, its arrivals."""

BLANKS = {" ": "·", "\n": "↵", "\t": "→"}
"""Signs for text that is nothing else."""

KINDS = {"answer": "answer", "reasoning": "reason", "title": "title", "tool": "tool"}


def text_lines(height: int) -> int:
    """Lines below the events that hold the end of the text so far."""
    return 1 if height < 30 else 3


def event_lines(height: int) -> int:
    """Lines of events in a view of this height: the rest are headings, text and the foot."""
    return max(1, height - HEAD_LINES - 1 - text_lines(height))


def events_view(
    row: StreamRow,
    events: Sequence[SeenEvent],
    at: int | None,
    now_ns: int,
    width: int,
    height: int,
) -> list[RenderableType]:
    """So many lines of one stream; ``at`` is the ``seq`` at the bottom, None the newest."""
    lines = event_lines(height)
    until = _bottom(events, at)
    first = max(0, until - lines)
    heading = f"#{row.exchange} {PROTOCOLS.get(row.http_version, '?')} "
    state, style = state_of(row)
    text = folded(row.text, width - 2, text_lines(height)) if row.text else [""]
    return [
        line((heading, "bold cyan"), last_part(target_of(row), max(8, width - len(heading)))),
        line(
            (state, style),
            f" · TTFT {'–' if row.ttft_ns is None else span(row.ttft_ns)}",
            f" · {row.events} events · {pace(row)}/s · last gap ",
            _gap_said(row, now_ns),
        ),
        _sweep(row, events, now_ns, width),
        _table(row, events[max(0, first - 1) : until], first > 0, width),
        *(Text("") for _ in range(lines - (until - first))),
        *(line(("▏ ", "dim"), (part, "" if row.is_text else "dim")) for part in text),
        *(Text("") for _ in range(text_lines(height) - len(text))),
    ]


def _bottom(events: Sequence[SeenEvent], at: int | None) -> int:
    """One past the index of the event at the bottom."""
    if at is None:
        return len(events)
    return next((i + 1 for i, event in enumerate(events) if event.seq >= at), len(events))


def _gap_said(row: StreamRow, now_ns: int) -> tuple[str, str]:
    said = gap(gap_of(row, now_ns))
    return said.plain, str(said.style)


def _sweep(row: StreamRow, events: Sequence[SeenEvent], now_ns: int, width: int) -> Text:
    """The arrivals of the last seconds, the newest on the right, as an oscilloscope has them."""
    label = f"last {SWEEP_NS // 1_000_000_000} s "
    cells = max(1, width - len(label) - 2)
    end_ns = now_ns if row.is_open else (row.last_event_ns or now_ns)
    drawn = sweep([event.at_ns for event in events], end_ns, SWEEP_NS, cells)
    return line((label, "dim"), "▕", (drawn, "green"), "▏")


def sweep(times_ns: Sequence[int], end_ns: int, span_ns: int, cells: int) -> str:
    """How many of these times fall into each cell, drawn as a bar; nothing where none does."""
    counts = [0] * cells
    for at_ns in times_ns:
        back = (end_ns - at_ns) * cells // span_ns
        if 0 <= back < cells:
            counts[cells - 1 - back] += 1
    top = max(counts, default=0)
    return "".join(BARS[(count * 8 - 1) // top] if count else " " for count in counts)


def _table(
    row: StreamRow, events: Sequence[SeenEvent], has_former: bool, width: int
) -> RenderableType:
    """``has_former``: the first of these is only there for the gap after it."""
    columns = [
        Column("#", max([4, *(len(str(event.seq)) for event in events)]), "right"),
        Column("since", 9, "right"),
        Column("gap", 7, "right"),
        Column("type", 8 if width < 100 else 14),
        Column("kind", 6),
    ]
    rest = spare(columns, width)
    shown = events[1:] if has_former else events
    former = ([None] if not has_former else []) + list(events)
    rows = [
        _cells(row, before, event, columns[3].cells, rest)
        for before, event in zip(former, shown, strict=False)
    ]
    return table([*columns, Column("text or data", rest)], rows)


def _cells(
    row: StreamRow, before: SeenEvent | None, event: SeenEvent, types: int, rest: int
) -> list[Text]:
    text = _made_visible(event.text) if event.text else event.data
    return [
        Text(str(event.seq), style="dim"),
        Text(f"{(event.at_ns - row.sent_ns) / 1e9:.3f} s"),
        _gap_before(row, before, event),
        Text(first_part(event.type, types), style="dim"),
        Text(KINDS.get(event.kind, ""), style="cyan"),
        Text(first_part(text, rest), style="" if event.text else "dim"),
    ]


def _made_visible(text: str) -> str:
    """What an event brought; by signs that can be seen, where that is nothing that can be."""
    if printable(text, DATA_KEPT).strip():
        return text
    return "".join(BLANKS.get(char) or f"U+{ord(char):04X} " for char in text)


def _gap_before(row: StreamRow, before: SeenEvent | None, event: SeenEvent) -> Text:
    """Events that share a read are one arrival: there is no gap between them.

    The wait for the first text is no stall, however long.
    """
    if before is None:
        return Text("–", style="dim")
    if before.read == event.read:
        return Text("same", style="dim")
    gap_ns = event.at_ns - before.at_ns
    waits = row.is_text and before.at_ns < row.sent_ns + (row.ttft_ns or 0)
    return Text(span(gap_ns), style="red" if gap_ns >= STALL_NS and not waits else "")
