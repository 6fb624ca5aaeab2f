"""The rest of a report: the calls around the chat, and what looking cost."""

import numpy as np

from analyzer.analyses.measured import Measured
from analyzer.analyses.observer import ObserverSummary
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.figures import Figures
from analyzer.report.parts import Cell, Column, Facts, Section, Table
from analyzer.report.plain import printable
from analyzer.report.streams import left_out

CALLS = 12
"""Kinds of calls that are listed: they are the surroundings, not the subject."""


def calls_section(figures: Figures) -> Section | None:
    """What else passed: the same call counted together, the slowest first."""
    groups: dict[tuple[str, str, str, str], list[Measured]] = {}
    for _, one in figures.calls():
        exchange = one.exchange
        if exchange.streamed:
            continue  # they have a section of their own
        path = exchange.path.partition("?")[0]
        status = str(exchange.status) if exchange.status is not None else exchange.how
        groups.setdefault((exchange.method, path, one.protocol, status), []).append(one)
    if not groups:
        return None
    rows = sorted((_call_row(key, calls) for key, calls in groups.items()), key=lambda row: -row[0])
    columns = (
        Column("call", number=False, cut=True),
        *(Column("via", number=False), Column("status"), Column("n")),
        *(Column("headers\np50"), Column("whole\np50"), Column("\nmax")),
    )
    table = Table(
        columns, tuple(row for _, row in rows[:CALLS]), left_out(len(rows), CALLS, "call")
    )
    return Section("Other calls", (table,))


def _call_row(
    key: tuple[str, str, str, str], calls: list[Measured]
) -> tuple[int, tuple[Cell, ...]]:
    method, path, protocol, status = key
    headers = _measured([one.times.time_to_headers_ns for one in calls])
    whole = _measured([one.times.duration_ns for one in calls])
    longest = max(whole, default=0)
    return longest, (
        Cell(printable(f"{method} {path}", 44)),
        Cell(printable(protocol, 8), "muted"),
        Cell(status, "bad" if not status.startswith(("1", "2", "3")) else "muted"),
        Cell(units.count(len(calls)), "muted"),
        Cell(units.duration(_median(headers))),
        Cell(units.duration(_median(whole))),
        Cell(units.duration(longest or None)),
    )


def _measured(values: list[int | Unmeasurable]) -> list[int]:
    return [value for value in values if isinstance(value, int)]


def _median(values: list[int]) -> float | None:
    return float(np.median(values)) if values else None


def observer_section(figures: Figures) -> Section:
    """What looking cost, and how far to trust the times."""
    pairs: list[tuple[str, Cell]] = []
    captures = figures.analysis.captures
    for capture, seen in zip(captures, figures.observers, strict=True):
        if len(captures) > 1:
            pairs.append(("capture", Cell(printable(capture.file, 60), "strong")))
        if isinstance(seen, Unmeasurable):
            pairs.append(("lag and cost", Cell(f"{units.UNKNOWN}  {seen.reason}", "muted")))
        else:
            pairs += _observed(seen)
        lost = sum(one.count for one in capture.lost)
        octets = sum(one.bytes for one in capture.lost)
        said = f"{units.counted(lost, 'thing')}, {units.size(octets)}" if lost else "nothing"
        pairs.append(("lost", Cell(said, "bad" if lost else "good")))
    return Section("The observer itself", (Facts(tuple(pairs)),))


def _observed(seen: ObserverSummary) -> list[tuple[str, Cell]]:
    p99 = seen.lag_p99_ns
    shown = p99.reason if isinstance(p99, Unmeasurable) else units.duration(p99)
    return [
        (
            "event loop late by",
            Cell(
                f"p50 {units.duration(seen.lag_median_ns)} · p99 {shown} · "
                f"max {units.duration(seen.lag_max_ns)}  "
                f"(n = {units.counted(seen.samples, 'sample')}, {seen.late_samples} ≥ 5 ms)"
            ),
        ),
        (
            "cost per read",
            Cell(
                f"{units.duration(seen.stamping_per_read_ns)} to stamp it, "
                f"{units.duration(seen.writer_cpu_per_read_ns)} CPU to write it  "
                f"(n = {units.counted(seen.reads, 'read')}; longest queue {seen.queue_peak})"
            ),
        ),
    ]
