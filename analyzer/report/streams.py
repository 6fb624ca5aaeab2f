"""The body of a report: the turns one by one, when their text came, and the gaps."""

from itertools import pairwise

import numpy as np

from analyzer.analyses.gaps import CAUSE_MEANING, Gaps, Stalls
from analyzer.analyses.latency import Latency
from analyzer.analyses.measured import Measured, protocol_name
from analyzer.analyses.results import CaptureResult
from analyzer.model import Turn, Unmeasurable
from analyzer.report import cells, units
from analyzer.report.figures import PROTOCOL_NAMES, Figures, SlowGap
from analyzer.report.parts import (
    Bars,
    Cell,
    Column,
    Lines,
    Section,
    Source,
    Table,
    Timeline,
    Timelines,
    Tone,
)
from analyzer.report.plain import printable
from analyzer.report.reasons import reasons

LISTED = 40
"""Turns that are listed; the database and the JSON form have them all."""

STEPS = 240
"""Steps of a timeline; a renderer joins as many as it needs."""

_STATUS_TONE: dict[str, Tone] = {
    "complete": "good",
    "stopped": "muted",
    "handoff": "muted",
    "error": "bad",
    "cut": "bad",
    "unfinished": "warn",
    "unknown": "muted",
}


def gaps_section(figures: Figures) -> Section | None:
    """A histogram of every gap, and how it was spent."""
    if not figures.edges_ns:
        return None
    edges = figures.edges_ns
    stall_ns = min(one.stall_ns for one in figures.analysis.captures)
    labels = tuple(
        Cell(f"{units.tick(low)} – {units.tick(high)}", "warn" if low >= stall_ns else "plain")
        for low, high in pairwise(edges)
    )
    series = tuple(
        (printable(PROTOCOL_NAMES.get(name, name), 12), counts)
        for name, counts in figures.gap_counts.items()
    )
    return Section(
        "Gaps between texts",
        (Bars(labels, series), _causes(figures)),
        "Every wait from one arrival of text to the next (ICL), by its length.",
    )


def _causes(figures: Figures) -> Table:
    rows = tuple(
        (
            Cell(one.cause, "bad" if one.cause == "proxy" else "strong"),
            cells.number(one.count),
            cells.span(one.total_ns),
            cells.span(one.longest_ns),
            Cell(CAUSE_MEANING[one.cause], "muted"),
        )
        for one in figures.all.causes
    )
    columns = (
        Column("meanwhile", number=False),
        *(Column("gaps"), Column("together"), Column("longest")),
        Column("", number=False),
    )
    return Table(columns, rows)


def turns_section(figures: Figures) -> Section | None:
    """Every chat turn in a row of figures."""
    turns = list(figures.turns())
    if not turns:
        return None
    stalled = Column("stalls")
    columns = (
        *(Column("#"), Column("via", number=False), Column("ended", number=False)),
        *(Column("TTFT"), Column("TTFO"), Column("service\nsays", from_width=110)),
        *(Column("E2EL"), Column("chunks"), Column("≈tok/s")),
        *(Column("longest"), stalled),
        Column("conversation", number=False, cut=True, from_width=100),
    )
    listed = turns[:LISTED]
    rows = tuple(
        _turn_row(named(figures, capture, one), one, one.latency, one.exchange.turn)
        for capture, one in listed
        if one.latency and one.exchange.turn
    )
    table = Table(columns, rows, left_out(len(turns), LISTED, "turn"))
    why = reasons(
        shown for _, one in listed if one.latency for shown in _named_figures(one.latency)
    )
    return Section("Chat turns", (table, Lines(why)) if why else (table,))


def _named_figures(latency: Latency) -> tuple[tuple[str, object], ...]:
    return (
        ("TTFT", latency.ttft_ns),
        ("TTFO", latency.ttfo_ns),
        ("E2EL", latency.e2el_ns),
        ("tok/s", latency.rate_per_s),
        ("longest", latency.longest_gap_ns),
        ("stalls", latency.stalls),
    )


def _turn_row(name: Cell, one: Measured, latency: Latency, turn: Turn) -> tuple[Cell, ...]:
    stalls, source = latency.stalls, name.source
    stalled = Cell(units.UNKNOWN, "muted")
    if isinstance(stalls, Stalls):
        stalled = cells.number(stalls.count, "warn" if stalls.count else "muted", source)
    server = turn.server_ttft_ms
    return (
        name,
        Cell(via_of(one)),
        Cell(turn.status, _STATUS_TONE[turn.status]),
        cells.span(latency.ttft_ns, "strong", source),
        cells.span(latency.ttfo_ns, "plain", source),
        cells.span(None if server is None else server * 1e6, "muted", source),
        cells.span(latency.e2el_ns, "plain", source),
        cells.number(latency.chunks, "plain", source),
        cells.shown(_pace(latency), latency.rate_per_s, "plain", source),
        cells.span(latency.longest_gap_ns, "plain", source),
        stalled,
        Cell(label_of(one, 60), "muted"),
    )


def via_of(one: Measured) -> str:
    """What the client spoke, and what the service did where that is another."""
    upstream = protocol_name(one.exchange.upstream_version)
    named = one.protocol if upstream in ("", one.protocol) else f"{one.protocol}→{upstream}"
    return printable(named, 8)


def _pace(latency: Latency) -> str:
    pace = latency.rate_per_s
    return units.UNKNOWN if isinstance(pace, Unmeasurable) else units.rate(pace)[:-2]


def label_of(one: Measured, limit: int) -> str:
    """What a person knows the turn by: its title, the answer's beginning, or its path."""
    turn = one.exchange.turn
    texts = (turn.title, turn.answer, turn.error) if turn else ()
    for text in texts:
        shown = printable(text, limit)
        if shown.strip():
            return shown.strip()
    return printable(one.exchange.path, limit)


def name_of(figures: Figures, capture: CaptureResult, one: Measured) -> str:
    """The exchange's number; of several captures also which."""
    number, captures = str(one.exchange.exchange), figures.analysis.captures
    return f"{captures.index(capture) + 1}:{number}" if len(captures) > 1 else number


def named(figures: Figures, capture: CaptureResult, one: Measured) -> Cell:
    """The exchange's number, where it can be looked up."""
    place = figures.analysis.captures.index(capture)
    source = Source(place + 1, one.exchange.exchange)
    return Cell(name_of(figures, capture, one), "muted", place * 1e9 + source.exchange, source)


def arrivals_section(figures: Figures) -> Section | None:
    """When text came, as a line a turn."""
    turns = [(capture, one) for capture, one in figures.turns() if _has_line(one)]
    if not turns:
        return None
    rows = tuple(
        Timeline(
            name=Cell(
                f"{name_of(figures, capture, one)} {printable(one.protocol, 8)}",
                source=named(figures, capture, one).source,
            ),
            counts=_counts(one.latency, one.asked_ns),
            length=units.duration(one.latency.e2el_ns),
            label=Cell(label_of(one, 60), "muted"),
        )
        for capture, one in turns[:LISTED]
        if one.latency and one.asked_ns is not None
    )
    return Section(
        "When text came",
        (Timelines(rows, left_out(len(turns), LISTED, "turn")),),
        "Each line goes from request sent to the last text; a dot is a wait.",
    )


def _has_line(one: Measured) -> bool:
    latency = one.latency
    return latency is not None and isinstance(latency.e2el_ns, int) and latency.e2el_ns > 0


def _counts(latency: Latency, asked_ns: int) -> tuple[int, ...]:
    later = latency.gaps.at_ns if isinstance(latency.gaps, Gaps) else np.zeros(0, dtype=np.int64)
    first = np.array([latency.first_text_ns or 0], dtype=np.int64)
    arrivals = np.concatenate((first, later)) - asked_ns
    last_ns = max(int(arrivals.max()), 1)
    coarse = max(last_ns.bit_length() - 48, 0)  # else a damaged time's product needs over 64 bits
    steps = (arrivals[arrivals >= 0] >> coarse) * STEPS // (last_ns >> coarse)
    steps = np.minimum(steps, STEPS - 1)
    return tuple(np.bincount(steps.astype(np.int64), minlength=STEPS).tolist())


def slowest_section(figures: Figures) -> Section | None:
    if not figures.slowest:
        return None
    numbers = {one.head.capture_id: i for i, one in enumerate(figures.analysis.captures, 1)}
    several = len(numbers) > 1
    rows = tuple(
        _slow_row(
            f"{numbers[one.capture]}:{one.exchange}" if several else str(one.exchange),
            one,
            Source(numbers[one.capture], one.exchange),
        )
        for one in figures.slowest
    )
    columns = [
        *(Column("gap"), Column("turn"), Column("ended at"), Column("event")),
        *(Column("in", number=False), Column("meanwhile", number=False)),
    ]
    if figures.has_lag:
        columns.append(Column("proxy late"))
    else:
        rows = tuple(row[:-1] for row in rows)
    return Section(
        "The longest gaps",
        (Table(tuple(columns), rows),),
        "“ended at” counts from request sent; “event” is the one that ended the gap.",
    )


def _slow_row(name: str, one: SlowGap, source: Source) -> tuple[Cell, ...]:
    return (
        cells.span(one.gap_ns, "strong", source),
        Cell(name, "muted", one.exchange, source),
        cells.span(one.ended_ns, "plain", source),
        cells.number(one.seq, "plain", source),
        Cell(one.phase),
        Cell(one.cause, "bad" if one.cause == "proxy" else "plain"),
        cells.span(one.lag_ns or None, "muted", source),
    )


def left_out(total: int, listed: int, noun: str) -> str:
    more = total - listed
    return f"and {units.counted(more, f'more {noun}')}, all in the database" if more > 0 else ""
