"""Does a report say why what it doesn't know is not known?"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from stored import printed

from analyzer.analyses.answers import Answers
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.store import tables

SHOWN: dict[str, tuple[str, ...]] = {
    "credential_totals": ("time_lost_ns",),
    "credentials": ("lifetime_ns", "age_at_refresh_ns", "share_used", "time_lost_ns"),
    "credential_incidents": ("time_lost_ns",),
    "pagination_walks": ("items", "duplicates", "missed", "slope_ms_per_1000_rows"),
    "identifier_order": (
        "time_ordered_share", "kendall_tau", "same_ms_inversions", "entropy_bits",
        "collisions", "locality",
    ),
    "conversations": ("ttft_p50_ns",),
    "content_codings": ("coding_ratio", "events_per_read"),
    "connections": ("most_at_once", "waited", "idle_ns"),
    "endpoints": ("wait_p50_ns", "wait_p95_ns", "duration_p50_ns", "duration_max_ns"),
    "duets": ("handover_ns", "one_connection"),
}  # fmt: skip
"""Figures that the terminal's tables have room for; the database and JSON have every one."""


TURNS = ("ttft_ns", "ttfo_ns", "e2el_ns", "rate_per_s", "longest_gap_ns", "stalls")
"""The same of chat turns."""

WIDTH = 250
"""Columns at which no reason is cut and every column of a table has room."""


def hidden(answers: Answers, shown: Mapping[str, tuple[str, ...]] | None = None) -> Iterator[str]:
    """Why figures of rows are not known: of those that are ``shown``, or of all."""
    for _, found in answers.each():
        for table in tables.of(type(found)):
            for row in getattr(found, table):
                names = row.__struct_fields__ if shown is None else shown.get(table, ())
                figures = [getattr(row, name) for name in names]
                yield from (one.reason for one in figures if isinstance(one, Unmeasurable))


def hidden_in_turns(result: CaptureResult) -> Iterator[str]:
    """Why figures of chat turns are not known, of those that the table of turns shows."""
    for one in result.turns:
        figures = [getattr(one.latency, name) for name in TURNS]
        yield from (figure.reason for figure in figures if isinstance(figure, Unmeasurable))


def left_out_of_json(result: CaptureResult) -> set[str]:
    """Reasons that the JSON report lacks."""
    said = set(_texts(json.loads(report_json(pick(Analysis.of([result]))))))
    whole = {one.reason for one in result.answers.unanswered()}
    return {*hidden(result.answers), *whole} - said


def left_out_of_report(
    result: CaptureResult, shown: Mapping[str, tuple[str, ...]] = SHOWN
) -> set[str]:
    """Reasons that the terminal's report lacks, of whole captures and of ``shown`` figures.

    Tables cut long lists: what rows of them hide is only to be found for short ones.
    """
    report = _squeezed(printed(Analysis.of([result]), WIDTH))
    reasons = {one.reason for one in result.answers.unanswered()} | {*hidden(result.answers, shown)}
    if shown:
        reasons |= {*hidden_in_turns(result)}
    return {why for why in reasons if _squeezed(why) not in report}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON document."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)


def _squeezed(text: str) -> str:
    """Without blanks, as lines break anywhere."""
    return "".join(text.split())
