"""The report in a terminal or a pipe, by rich.

Every text goes in as `rich.text.Text`, never as markup: a title with brackets
in it is shown with its brackets.
"""

import io
from collections.abc import Callable, Sequence
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Facts,
    Lines,
    Report,
    Section,
    Table,
    Timeline,
    Timelines,
    Tone,
)
from analyzer.report.strokes import EIGHTHS, LEVELS, WAIT, bar, sparkline

STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "muted": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
}
_ACCENTS = ("cyan", "magenta", "blue", "green")
_INDENT = 1
_LEAST_CUT = 16
"""Cells that are left of a shortened column at least."""

_ASCII = str.maketrans(
    dict(zip(LEVELS, ".:-=+*#@", strict=True))
    | dict(zip(EIGHTHS[1:], "-------#", strict=True))
    | {"·": "/", WAIT: "_", "–": "-", "−": "-", "…": "~", "≥": ">=", "≤": "<=", "×": "x", "µ": "u"}
    | {"“": '"', "”": '"', "≈": "~", "─": "-", "━": "-"}
    | {"✓": "+", "✗": "x"}
)
"""What stands for our own signs where the output can't take them; captured text is escaped."""


def print_report(report: Report, file: TextIO | None = None, *, width: int | None = None) -> None:
    """Write the report: as wide as the terminal; 80 columns and no colour in a pipe."""
    _print(lambda console: render(report, console), _console(file, width))


def print_sections(sections: Sequence[Section], file: TextIO | None = None) -> None:
    """Write sections that are no whole report, in the same way; nothing where there is none."""
    if not sections:
        return

    def each(console: Console) -> None:
        for number, section in enumerate(sections):
            if number:
                console.print()
            _section(console, section)

    _print(each, _console(file, None))


def _print(draw: Callable[[Console], None], console: Console) -> None:
    if console.is_terminal and _is_utf8(console):
        draw(console)
        return
    # Into memory first: grids pad their lines, which a file doesn't need.
    buffer = io.StringIO()
    draw(_console(buffer, console.width))
    lines = "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"
    if not _is_utf8(console):
        lines = lines.translate(_ASCII).encode("ascii", "backslashreplace").decode()
    console.file.write(lines)


def _console(file: TextIO | None, width: int | None) -> Console:
    return Console(file=file, width=width, highlight=False, emoji=False, markup=False)


def _is_utf8(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


def render(report: Report, console: Console) -> None:
    """Print the report on a console of the caller's own."""
    console.print(Rule(Text(report.title, "bold"), style="cyan", align="left"))
    console.print(_facts(report.facts))
    if report.notices:
        console.print()
        for notice in report.notices:
            console.print(Padding(_text(notice), (0, 0, 0, _INDENT)))
    for section in report.sections:
        console.print()
        _section(console, section)


def _section(console: Console, section: Section) -> None:
    console.print(Rule(Text(section.title, "bold cyan"), style="dim", align="left"))
    if section.lead:
        console.print(Padding(Text(section.lead, "dim"), (0, 0, 1, _INDENT)))
    for number, block in enumerate(section.blocks):
        if number:
            console.print()
        console.print(_block(block, console.width))


def _block(block: Block, width: int) -> RenderableType:
    match block:
        case Facts():
            return _facts(block)
        case Table():
            return Padding(_table(block, width), (0, 0, 0, _INDENT))
        case Bars():
            return _bars(block, width)
        case Timelines():
            return _timelines(block, width)
        case Lines():
            return Padding(Text("\n").join(map(_text, block.lines)), (0, 0, 0, _INDENT))


def _facts(facts: Facts) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, cell in facts.pairs:
        grid.add_row(Text(f" {name}"), _text(cell))
    return grid


def _table(table: Table, width: int) -> Grid:
    """Two blanks between columns, one where the page is too narrow for that."""
    shown = [i for i, column in enumerate(table.columns) if column.from_width <= width]
    needed = {index: _needed(table, index) for index in shown}
    # Text that is neither a figure nor cut wraps: it takes what the others leave.
    kept = sum(min(needed[i], _LEAST_CUT) if _yields(table, i) else needed[i] for i in shown)
    cut = [index for index in shown if table.columns[index].cut]
    room = width - _INDENT
    gap = 2 if kept + 2 * len(shown) <= room else 1
    over = kept + sum(max(needed[i] - _LEAST_CUT, 0) for i in cut) + gap * len(shown) - room
    grid = Grid(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, gap - 1, 0, 0),
        header_style="dim",
        border_style="dim",
        caption=Text(table.note, "dim") if table.note else None,
        caption_justify="left",
    )
    for index in shown:
        column, cells = table.columns[index], needed[index]
        if column.cut and over > 0:
            # Only so does rich shorten this column and leave the figures whole.
            spare = max(cells - _LEAST_CUT, 0)
            cells, over = cells - min(spare, over), over - spare
        grid.add_column(
            Text(column.name),
            justify="right" if column.number else "left",
            width=cells if column.number or column.cut else None,
            no_wrap=column.number or column.cut,
            overflow="ellipsis" if column.cut else "fold",
        )
    for row in table.rows:
        grid.add_row(*(_text(row[index]) for index in shown))
    return grid


def _yields(table: Table, index: int) -> bool:
    return table.columns[index].cut or not table.columns[index].number


def _needed(table: Table, index: int) -> int:
    """Cells that a column needs to show everything in one line."""
    heads = table.columns[index].name.split("\n")
    return max(cell_len(text) for text in (*heads, *(row[index].text for row in table.rows)))


def _bars(bars: Bars, width: int) -> Grid:
    """Bars of all series to one scale; the smallest count still shows."""
    names = [name for name, _ in bars.series]
    most = max((count for _, counts in bars.series for count in counts), default=0)
    taken = 20 + 9 * len(names)
    room = max((width - taken) // max(len(names), 1), 6)
    grid = Grid.grid(padding=(0, 1, 0, _INDENT))
    grid.add_column(justify="right", no_wrap=True)
    for _ in names:
        grid.add_column(justify="right", no_wrap=True, style="dim")
        grid.add_column(no_wrap=True, width=room)
    if len(names) > 1:
        heads = (part for i, name in enumerate(names) for part in ("", Text(name, _accent(i))))
        grid.add_row("", *heads)
    for row, label in enumerate(bars.labels):
        cells: list[RenderableType] = [_text(label)]
        for number, (_, counts) in enumerate(bars.series):
            count = counts[row]
            cells += [Text(f"{count:,}" if count else ""), _bar(count, most, room, number)]
        grid.add_row(*cells)
    return grid


def _bar(count: int, most: int, room: int, series: int) -> Text:
    return Text(bar(count, most, room), _accent(series))


def _accent(series: int) -> str:
    return _ACCENTS[series % len(_ACCENTS)]


def _timelines(timelines: Timelines, width: int) -> Grid:
    names = max(cell_len(line.name.text) for line in timelines.rows)
    lengths = max(cell_len(line.length) for line in timelines.rows)
    labels = min(max(cell_len(line.label.text) for line in timelines.rows), max(width // 4, 12))
    room = max(width - names - lengths - labels - 8, 10)
    grid = Grid.grid(padding=(0, 1, 0, _INDENT))
    grid.add_column(no_wrap=True, style="dim", justify="right", min_width=names + _INDENT)
    grid.add_column(no_wrap=True, width=room)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=labels)
    for line in timelines.rows:
        grid.add_row(_text(line.name), _sparkline(line, room), Text(line.length), _text(line.label))
    if timelines.note:
        grid.add_row("", Text(timelines.note, "dim"), "", "")
    return grid


def _sparkline(line: Timeline, room: int) -> Text:
    text = Text()
    for sign in sparkline(line.counts, room):
        text.append(sign, "dim" if sign == WAIT else "cyan")
    return text


def _text(cell: Cell) -> Text:
    return Text(cell.text, STYLES[cell.tone])
