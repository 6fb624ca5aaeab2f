"""The report as a page: one file that opens offline."""

from collections.abc import Iterator, Sequence

from analyzer.report import build_report
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.links import linked
from analyzer.report.charts.links import sources_of as drawn_from
from analyzer.report.exchanges import Exchanges, exchanges_of
from analyzer.report.figures import Figures
from analyzer.report.html.document import document, static
from analyzer.report.html.drawing import library, settings
from analyzer.report.html.layout import Layout
from analyzer.report.parts import (
    Bars,
    Block,
    Cell,
    Facts,
    Lines,
    Report,
    Section,
    Source,
    Table,
    Timelines,
)

NO_EXCHANGES = Exchanges((), 0)


def page(
    report: Report, *, charts: Sequence[Chart] = (), exchanges: Exchanges = NO_EXCHANGES
) -> bytes:
    """Any report as one self-contained HTML file; what has no card among ``exchanges`` has no link.

    Raises StreamscopeError if there are charts and what draws them is not installed.
    """
    scripts = [static("page.js")]
    told = {card.source for card in exchanges.cards}
    body = Layout(report, [linked(one, told) for one in charts], exchanges).body()
    if charts:
        scripts += [library(), static("charts.js")]
    return document(
        report.title,
        (body, settings() if charts else None),
        styles=[static("theme.css"), static("page.css")],
        scripts=scripts,
    )


def report_page(
    figures: Figures, charts: Sequence[Chart] = (), first: Sequence[Section] = ()
) -> bytes:
    """The report of captures with its charts, and the exchanges that both lead to."""
    report = build_report(figures, first)
    named = [*sources_of(report), *(source for one in charts for source in drawn_from(one))]
    return page(report, charts=charts, exchanges=exchanges_of(figures.analysis.captures, named))


def sources_of(report: Report) -> Iterator[Source]:
    """The exchanges that a report's figures come from."""
    whole = (part for cell in _cells(report) for part in (cell, *cell.parts))
    return (cell.source for cell in whole if cell.source is not None)


def _cells(report: Report) -> Iterator[Cell]:
    yield from report.notices
    yield from (one.figure for one in report.headlines)
    yield from (cell for _, cell in report.facts.pairs)
    for section in report.sections:
        for block in section.blocks:
            yield from _of_block(block)


def _of_block(block: Block) -> Iterator[Cell]:
    match block:
        case Table():
            yield from (cell for row in block.rows for cell in row)
        case Facts():
            yield from (cell for _, cell in block.pairs)
        case Lines():
            yield from block.lines
        case Bars():
            yield from block.labels
        case Timelines():
            yield from (cell for line in block.rows for cell in (line.name, line.label))
