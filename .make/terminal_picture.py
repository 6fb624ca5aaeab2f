"""The live view in a terminal as it stood at one moment of a capture, as HTML."""

import io
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.inquiry import last_moment
from analyzer.importers import read_capture
from analyzer.model import AnyRecord, Problem
from analyzer.reassemble import EventsSeen
from analyzer.report.live import Surroundings, ViewState, live_view
from analyzer.watch import Watch

WIDTH = 100
PAGES = {"streams": 25, "events": 19}
"""Lines of the two screens, one below the other: all streams, and one stream's events."""

AFTER = 8
"""Events after the stall."""


def live_view_page(capture: Path, theme: TerminalTheme, code_format: str) -> str:
    """Shortly after the first stall of the stream that lasted longest, which is selected."""
    records = list(read_capture(capture))
    chosen, at_ns = _moment(records)
    watch = Watch()
    watch.feed(record for record in records if (last_moment(record) or 0) <= at_ns)
    snapshot = watch.snapshot()
    around = Surroundings(
        capture.name, capture.stat().st_size, keys=True, asks=True, doing="recording"
    )
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    colours = f"{theme.foreground_color.hex} on {theme.background_color.hex}"
    for page, height in PAGES.items():
        opened = chosen if page == "events" else None
        view = live_view(
            snapshot,
            around,
            at_ns,
            width=WIDTH,
            height=height,
            state=ViewState(selected=chosen, opened=opened),
            events=watch.events_since(chosen, -1),
        )
        console.print(view, style=colours)  # without colours HTML shows nothing in reverse
        if opened is None:
            console.print("\n─ Enter ".ljust(WIDTH + 1, "─"), style="dim", highlight=False)
            console.print()
    return console.export_html(theme=theme, code_format=code_format)


def _moment(records: list[AnyRecord | Problem]) -> tuple[int, int]:
    """The exchange of that stream, and the moment."""
    seen: dict[int, list[int]] = {}

    def hear(found: EventsSeen) -> None:
        seen.setdefault(found.exchange, []).extend(event.at_ns for event in found.events)

    watch = Watch(hear)
    watch.feed(records)
    rows = [row for row in watch.snapshot().streams if row.is_text and row.turn == "complete"]
    row = max(rows, key=lambda row: (row.ended_ns or 0) - row.sent_ns)
    text_ns = row.sent_ns + (row.ttft_ns or 0)
    times = [at_ns for at_ns in seen[row.exchange] if at_ns >= text_ns]
    stalls = [n for n, (a, b) in enumerate(pairwise(times)) if b - a >= STALL_NS]
    after = (stalls[0] if stalls else len(times) // 3) + AFTER
    return row.exchange, times[min(after, len(times) - 1)]
