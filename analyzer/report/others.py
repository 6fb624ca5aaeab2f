"""Event streams that are no chat turns: their events and pace, as their text is not known."""

from analyzer.analyses.latency import why_no_turn
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Distribution
from analyzer.report import cells
from analyzer.report.figures import Figures
from analyzer.report.parts import Cell, Column, Section, Table
from analyzer.report.plain import printable
from analyzer.report.streams import LISTED, left_out, named, via_of


def others_section(figures: Figures) -> Section | None:
    """Every such stream in a row of figures."""
    streams = list(figures.other_streams())
    if not streams:
        return None
    columns = (
        *(Column("#"), Column("call", number=False, cut=True)),
        *(Column("via", number=False, from_width=100), Column("status", from_width=100)),
        *(Column("first\nevent"), Column("\nevents"), Column("\ncoalesced", from_width=100)),
        *(Column("gaps\np50"), Column("\np95"), Column("\nlongest"), Column("\nn")),
        Column("\nwhole"),
    )
    rows = tuple(_row(figures, capture, one) for capture, one in streams[:LISTED])
    reasons = sorted({why_no_turn(one.exchange).reason for _, one in streams})
    return Section(
        "Other event streams",
        (Table(columns, rows, left_out(len(streams), LISTED, "stream")),),
        printable("; ".join(reasons), 120)
        + ", so there is no TTFT. Gaps are from one arrival of events to the next.",
    )


def _row(figures: Figures, capture: CaptureResult, one: Measured) -> tuple[Cell, ...]:
    exchange, gaps = one.exchange, one.event_gaps
    status = str(exchange.status) if exchange.status is not None else exchange.how
    spans = (gaps.p50, gaps.p95, gaps.max) if isinstance(gaps, Distribution) else (None, None, None)
    name = named(figures, capture, one)
    source = name.source
    path = exchange.path.partition("?")[0]
    return (
        name,
        Cell(printable(f"{exchange.method} {path}", 44)),
        Cell(via_of(one), "muted"),
        Cell(status, "bad" if not status.startswith(("1", "2", "3")) else "muted"),
        cells.span(one.times.time_to_first_event_ns, "strong", source),
        cells.number(exchange.stream.events, "plain", source),
        cells.number(exchange.stream.coalesced, "muted", source),
        *(cells.span(span, "plain", source) for span in spans),
        cells.number(gaps.n if isinstance(gaps, Distribution) else 0, "muted", source),
        cells.span(one.times.duration_ns, "plain", source),
    )
