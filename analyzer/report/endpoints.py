"""The inventory of endpoints: what was called, how often, with what result, how slowly."""

from collections import defaultdict
from collections.abc import Sequence

from analyzer.analyses.latency import ExchangeTimes
from analyzer.analyses.paths import fold_path
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.transport.rows import Endpoint
from analyzer.model import Unmeasurable
from analyzer.report import cells
from analyzer.report.figures import Figures
from analyzer.report.parts import Block, Cell, Column, Facts, Lines, Section, Source, Table
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons
from analyzer.report.streams import left_out

type Calls = dict[tuple[str, str, str], list[tuple[Source, ExchangeTimes]]]

ENDPOINTS = 12
"""Endpoints that are listed: those that took most time."""

LABEL = 34
"""Characters of method and path from which the path's middle is left out: its end tells most."""


def endpoints_section(figures: Figures) -> Section | None:
    """Every endpoint that was called: streams and calls, the one that took most time first."""
    blocks: list[Block] = []
    captures = figures.analysis.captures
    for number, capture in enumerate(captures, 1):
        rows = capture.answers.transport.endpoints
        if rows and len(captures) > 1:
            name = Cell(printable(capture.file, 60), "strong")
            blocks.append(Facts((("capture", name),)))
        if rows:
            blocks.append(_endpoints(rows, _calls(capture, number)))
            blocks += _reasons(rows[:ENDPOINTS])
    lead = "Identifiers in paths are {id}; headers is the time to headers, whole to the end."
    return Section("Endpoints", tuple(blocks), lead) if blocks else None


def _calls(capture: CaptureResult, number: int) -> Calls:
    """Every exchange with its times, by what its endpoint is called."""
    calls: Calls = defaultdict(list)
    for one in capture.measured:
        exchange = one.exchange
        key = exchange.authority, fold_path(exchange.path), exchange.method
        calls[key].append((Source(number, exchange.exchange), one.times))
    return calls


def _nearest(
    calls: Sequence[tuple[Source, ExchangeTimes]], name: str, figure: int | Unmeasurable
) -> Source | None:
    """The exchange that took a percentile of its endpoint, or came nearest to it."""
    if isinstance(figure, Unmeasurable):
        return None
    given = ((getattr(times, name), source) for source, times in calls)
    away = [(abs(span - figure), source) for span, source in given if isinstance(span, int)]
    return min(away, key=lambda one: one[0])[1] if away else None


def _endpoints(rows: Sequence[Endpoint], calls: Calls) -> Table:
    columns = (
        Column("endpoint", number=False, cut=True),
        *(Column("via", number=False, from_width=100), Column("status"), Column("n")),
        *(Column("headers\np50"), Column("\np95", from_width=90), Column("whole\np50")),
        Column("\nmax", from_width=100),
        *(Column("bytes\nup", from_width=115), Column("\ndown", from_width=115)),
    )
    several = len({row.authority for row in rows}) > 1
    return Table(
        columns,
        tuple(
            _endpoint(row, calls[row.authority, row.path, row.method], host=several)
            for row in rows[:ENDPOINTS]
        ),
        left_out(len(rows), ENDPOINTS, "endpoint"),
    )


def _reasons(rows: Sequence[Endpoint]) -> list[Block]:
    said = reasons(
        shown
        for row in rows
        for shown in (
            ("headers", row.wait_p50_ns),
            ("headers", row.wait_p95_ns),
            ("whole", row.duration_p50_ns),
        )
    )
    return [Lines(said)] if said else []


def _endpoint(
    row: Endpoint, calls: Sequence[tuple[Source, ExchangeTimes]], *, host: bool
) -> tuple[Cell, ...]:
    def took(name: str, figure: int | Unmeasurable) -> Cell:
        return cells.span(figure, "plain", _nearest(calls, name, figure))

    failed = row.unanswered_calls or any(code >= 400 for code, _ in row.statuses)
    return (
        Cell(_label(row, host=host)),
        Cell(printable(" ".join(row.protocols), 12), "muted"),
        Cell(_statuses(row), "bad" if failed else "muted"),
        cells.number(row.calls, "muted"),
        took("time_to_headers_ns", row.wait_p50_ns),
        took("time_to_headers_ns", row.wait_p95_ns),
        took("duration_ns", row.duration_p50_ns),
        took("duration_ns", row.duration_max_ns),
        cells.octets(row.request_header_bytes + row.request_body_bytes),
        cells.octets(row.response_header_bytes + row.response_body_bytes),
    )


def _label(row: Endpoint, *, host: bool) -> str:
    """Method and path; of a long path the first part and as many of the last as go in."""
    path = f"{row.authority}{row.path}" if host or not row.path else row.path
    whole = printable(f"{row.method} {path}", LABEL * 4)
    parts = whole.split("/")
    shown, left = whole, parts[2:]
    while len(shown) > LABEL and len(left) > 1:
        left = left[1:]
        shown = "/".join((*parts[:2], "…", *left))
    return shown


def _statuses(row: Endpoint) -> str:
    """Each status; how often where there are several."""
    several = len(row.statuses) + bool(row.unanswered_calls) > 1
    shown = [f"{code}×{n}" if several else str(code) for code, n in row.statuses]
    if row.unanswered_calls:
        shown.append(f"none×{row.unanswered_calls}" if several else "none")
    return " ".join(shown[:3]) + (" …" if len(shown) > 3 else "")
