"""The report as GitHub-flavoured Markdown: to be read as it is, in a pull request, or rendered.

Its charts are files beside it: `render` is told where.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec
from rich.cells import cell_len

from analyzer.report.charts.chart import Chart
from analyzer.report.markdown_text import code, escaped
from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Column,
    Facts,
    Lines,
    Report,
    Section,
    Table,
    Timelines,
)
from analyzer.report.strokes import bar, sparkline

ROOM = 24
"""Characters of a bar."""

STEPS = 48
"""Characters of a timeline."""

WIDEST = 60
"""Cells up to which a column of the source is filled up, so that its bars stand in line."""

_WARNED = ("bad", "warn")


class Picture(msgspec.Struct, frozen=True):
    """A chart and the file it was drawn to, as a path from the Markdown's own directory."""

    chart: Chart
    path: str


def render(report: Report, pictures: Sequence[Picture] = ()) -> str:
    """The whole document. Every text of the report is shown as it is, and nothing of it acts."""
    blocks = [f"# {escaped(report.title)}", *_notices(report.notices), *_facts(report.facts)]
    known = {section.title for section in report.sections}
    own = dict.fromkeys(one.chart.section for one in pictures if one.chart.section not in known)
    for section in (*report.sections, *(Section(title, ()) for title in own)):
        drawn = [one for one in pictures if one.chart.section == section.title]
        blocks += _section(section, drawn)
    return "\n\n".join(blocks) + "\n"


def _notices(notices: Sequence[Cell]) -> Iterator[str]:
    """What must be read before any figure: a quote on top, its details as a list in it."""
    lines: list[str] = []
    for notice in notices:
        is_detail = notice.text.startswith(" ")
        text = escaped(notice.text)
        strong = f"**{text}**" if notice.tone in _WARNED and not is_detail else text
        if not is_detail and lines:
            lines.append(">")
        lines.append(f"> - {text}" if is_detail else f"> {strong}")
        if not is_detail:
            lines.append(">")
    if lines:
        yield "\n".join(lines[:-1] if lines[-1] == ">" else lines)


def _section(section: Section, pictures: Sequence[Picture]) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    if section.lead:
        yield escaped(section.lead)
    for block in section.blocks:
        yield from _block(block)
    for one in pictures:
        yield from _picture(one)


def _picture(one: Picture) -> Iterator[str]:
    """The picture has its title in it; what must be said of it can be read and searched here."""
    chart = one.chart
    # In angle brackets a path may hold anything that is quoted; without them no blanks.
    yield f"![{escaped(chart.alt)}](<{quote(one.path)}>)"
    if chart.says:
        yield " ".join(map(escaped, chart.says))


def _block(block: Block) -> Iterator[str]:
    match block:
        case Facts():
            yield from _facts(block)
        case Table():
            yield from _table(block)
        case Bars():
            yield from _bars(block)
        case Timelines():
            yield from _timelines(block)
        case Lines():
            yield "\n".join(f"- {_text(line)}" for line in block.lines)


def _facts(facts: Facts) -> Iterator[str]:
    if facts.pairs:
        yield "\n".join(f"- **{escaped(name)}:** {_text(cell)}" for name, cell in facts.pairs)


def _table(table: Table) -> Iterator[str]:
    """Columns that only part others are left out; a heading of several carries their group's."""
    shown = [
        index
        for index, column in enumerate(table.columns)
        if column.name or any(row[index].text for row in table.rows)
    ]
    heads = [_heads(table.columns)[index] for index in shown]
    rows = [[_text(row[index]) for index in shown] for row in table.rows]
    yield _grid(heads, [table.columns[index].number for index in shown], rows)
    if table.note:
        yield escaped(table.note)


def _heads(columns: Sequence[Column]) -> list[str]:
    """In one line each: what stands over several columns is said with each of them."""
    heads, group = [], ""
    for column in columns:
        over, _, name = column.name.partition("\n")
        group = over or group if name else ""
        heads.append(escaped(f"{group} {name}" if name else over))
    return heads


def _bars(bars: Bars) -> Iterator[str]:
    most = max((count for _, counts in bars.series for count in counts), default=0)
    heads, numbers = [""], [False]
    for name, _ in bars.series:
        heads += [escaped(name), ""]
        numbers += [True, False]
    rows = []
    for index, label in enumerate(bars.labels):
        row = [escaped(label.text)]
        for _, counts in bars.series:
            drawn = bar(counts[index], most, ROOM)
            row += [f"{counts[index]:,}" if counts[index] else "", code(drawn) if drawn else ""]
        rows.append(row)
    yield _grid(heads, numbers, rows)
    if bars.note:
        yield escaped(bars.note)


def _timelines(timelines: Timelines) -> Iterator[str]:
    rows = [
        [
            escaped(line.name.text),
            code(sparkline(line.counts, STEPS)),
            escaped(line.length),
            escaped(line.label.text),
        ]
        for line in timelines.rows
    ]
    yield _grid(["turn", "when text came", "", ""], [False, False, True, False], rows)
    if timelines.note:
        yield escaped(timelines.note)


def _grid(heads: Sequence[str], numbers: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    """A table whose source stands in line as well."""
    lines = [list(heads), *map(list, rows)]
    widths = [
        max(min(max(cell_len(line[index]) for line in lines), WIDEST), 3)
        for index in range(len(heads))
    ]
    rule = [
        "-" * (width - 1) + ":" if number else "-" * width
        for width, number in zip(widths, numbers, strict=True)
    ]
    filled = [
        [
            _filled(text, width, number)
            for text, width, number in zip(line, widths, numbers, strict=True)
        ]
        for line in lines
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (filled[0], rule, *filled[1:]))


def _filled(text: str, width: int, number: bool) -> str:
    blanks = " " * max(width - cell_len(text), 0)
    return blanks + text if number else text + blanks


def _text(cell: Cell) -> str:
    """Strong where the report wants it seen: what has no colour here is told by weight."""
    text = escaped(cell.text)
    return f"**{text}**" if text and cell.tone in ("bad", "strong") else text
