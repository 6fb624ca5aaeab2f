"""The report for programs: the same figures, every key documented inside the document.

A key's ending is its unit: ``_ns`` nanoseconds, ``_ms`` milliseconds, ``_per_s`` per
second. What can't be known is null, and its reason stands under ``unmeasurable``
beside it. Captured text is as captured: whoever prints it has to escape it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.analyses.gaps import Stalls
from analyzer.analyses.latency import why_no_turn
from analyzer.analyses.measured import Measured
from analyzer.analyses.observer import ObserverSummary
from analyzer.analyses.pooled import Goodput, Pool
from analyzer.analyses.questions import Row
from analyzer.analyses.reading import CHARS_PER_WORD, WORDS_PER_MINUTE, Reading, Readings
from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Distribution
from analyzer.analyses.vantage import vantage_of
from analyzer.model import Unmeasurable
from analyzer.report.definitions import definitions_of
from analyzer.report.figures import Figures, reading_of
from analyzer.report.keys import KEYS
from analyzer.report.overview import METRICS
from analyzer.store import schema, tables

SCHEMA = "streamscope-report"
VERSION = 1
"""Raised when a key changes its meaning or goes; new keys may come without."""

_SPANS = ("ttft_ns", "ttfo_ns", "e2el_ns", "tail_ns", "itl_ns", "tpot_ns", "rate_per_s")
_COUNTS = ("longest_gap_ns", "chunks", "arrivals", "estimated_tokens")
_NAMES = ("status", "dialect", "model", "conversation_id", "message_id", "title", "error")

type Json = dict[str, Any]

_DESCRIBED = {relation.name: relation for relation in schema.TABLES}


def _described(table: str) -> dict[str, str]:
    """What each column of a table means, with its unit."""
    return {
        one.name: f"{one.meaning} ({one.unit})" if one.unit else one.meaning
        for one in _DESCRIBED[table].columns
        if one.name not in ("capture", "analysis")
    }


TABLES = {table: _described(table) for found in tables.FOUND.values() for table in tables.of(found)}
"""The keys of the questions' answers: tables as in the database, and what their columns mean."""


def report_object(figures: Figures, thresholds: Sequence[Json] = ()) -> Json:
    """The whole document, as JSON's own types; ``thresholds`` are those that were judged."""
    captures = zip(figures.analysis.captures, figures.observers, strict=True)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "analysis": figures.analysis.version,
        "keys": KEYS,
        "definitions": definitions_of(figures),
        "tables": TABLES,
        "thresholds_judged": thresholds,
        "captures": [_capture(capture, seen) for capture, seen in captures],
        "all": _pool(figures.all),
        "protocols": {name: _pool(one) for name, one in figures.protocols.items()},
        "gap_histogram": {"edges_ns": figures.edges_ns, "counts": figures.gap_counts},
        "goodput": _goodput(figures.goodput),
        "reading": _reading(figures.reading),
        "slowest_gaps": [_flat(msgspec.structs.asdict(one)) for one in figures.slowest],
        "turns": [turn_object(capture, one) for capture, one in figures.turns()],
        "calls": [_call(capture, one) for capture, one in figures.calls()],
    }


def report_json(figures: Figures, thresholds: Sequence[Json] = ()) -> bytes:
    """The document as indented JSON, ending in a line feed."""
    document = msgspec.json.encode(report_object(figures, thresholds))
    return msgspec.json.format(document, indent=2) + b"\n"


def _flat(values: Json) -> Json:
    """Null for what is Unmeasurable, with the reason beside it."""
    reasons = {n: value.reason for n, value in values.items() if isinstance(value, Unmeasurable)}
    return {**values, **dict.fromkeys(reasons), "unmeasurable": reasons}


def _capture(capture: CaptureResult, seen: ObserverSummary | Unmeasurable) -> Json:
    head = capture.head
    return _flat(
        {
            **msgspec.structs.asdict(head),
            "vantage": vantage_of(head.source).where,
            "file": capture.file,
            "ended_ns": capture.ended_ns,
            "stall_ns": capture.stall_ns,
            "exchanges": len(capture.measured),
            "streams": sum(1 for one in capture.measured if one.exchange.streamed),
            "turns": len(capture.turns),
            "problems": [msgspec.structs.asdict(one) for one in capture.problems],
            "lost": [msgspec.structs.asdict(one) for one in capture.lost],
            "observer": _flat(msgspec.structs.asdict(seen))
            if isinstance(seen, ObserverSummary)
            else seen,
            "answers": _answers(capture),
        }
    )


def _answers(capture: CaptureResult) -> Json:
    """Every question's tables, by the names that they have in the database."""
    return {
        name: {
            table: [_answer(row) for row in getattr(found, table)]
            for table in tables.of(type(found))
        }
        | {"unanswered": [msgspec.structs.asdict(one) for one in found.unanswered]}
        for name, found in capture.answers.each()
    }


def _answer(row: Row) -> Json:
    values, reasons = tables.named(row)
    return {**values, "unmeasurable": reasons} if tables.shape(type(row)).has_reasons else values


def _pool(pool: Pool) -> Json:
    counts = ("turns", "reads", "events", "coalesced", "chunks", "arrivals")
    metrics = {f"{name}_ns": getattr(pool, name) for _, name in METRICS}
    return _flat(
        {
            **{name: getattr(pool, name) for name in counts},
            **{
                name: one if isinstance(one, Unmeasurable) else msgspec.structs.asdict(one)
                for name, one in metrics.items()
            },
            "stalls": {
                "count": pool.stalls,
                "turns": pool.stalled_turns,
                "total_ns": pool.stalled_ns,
                "longest_ns": pool.longest_stall_ns,
            },
            "causes": [msgspec.structs.asdict(one) for one in pool.causes],
        }
    )


def _goodput(found: Goodput | Unmeasurable) -> Json:
    if isinstance(found, Unmeasurable):
        return _flat({"share": found})
    thresholds = [msgspec.structs.asdict(one) for one in found.thresholds]
    return {"share": found.share, "met": found.met, "n": found.n, "thresholds": thresholds}


def _reading(found: Readings | Unmeasurable) -> Json:
    if isinstance(found, Unmeasurable):
        return _flat({"share": found})
    pace = {"words_per_minute": WORDS_PER_MINUTE, "chars_per_word": CHARS_PER_WORD}
    return {**pace, **msgspec.structs.asdict(found), "share": found.share}


def turn_object(capture: CaptureResult, one: Measured) -> Json:
    """One chat turn with all its figures."""
    turn, latency = one.exchange.turn, one.latency
    if turn is None or latency is None:
        raise AssertionError("only chat turns are listed as turns")
    stalls = latency.stalls
    return {
        "capture": capture.head.capture_id,
        "exchange": one.exchange.exchange,
        "protocol": one.protocol,
        "upstream_version": one.exchange.upstream_version,
        "http_status": one.exchange.status,
        "how": one.exchange.how,
        **{name: getattr(turn, name) for name in _NAMES},
        "server_ttft_ms": turn.server_ttft_ms,
        **_flat(
            {
                **msgspec.structs.asdict(one.times),
                **{name: getattr(latency, name) for name in (*_SPANS, *_COUNTS)},
                "stalls": _flat(msgspec.structs.asdict(stalls))
                if isinstance(stalls, Stalls)
                else stalls,
                "reading": msgspec.structs.asdict(read)
                if isinstance(read := reading_of(one), Reading)
                else read,
            }
        ),
        **_stream(one),
    }


def _stream(one: Measured) -> Json:
    stream = one.exchange.stream
    return {
        "reads": stream.reads,
        "events": stream.events,
        "coalesced": stream.coalesced,
        "comments": stream.comments,
        "bytes": stream.bytes,
        "wire_bytes": stream.wire_bytes,
    }


def _call(capture: CaptureResult, one: Measured) -> Json:
    exchange = one.exchange
    return {
        "capture": capture.head.capture_id,
        "exchange": exchange.exchange,
        "protocol": one.protocol,
        "method": exchange.method,
        "authority": exchange.authority,
        "path": exchange.path,
        "http_status": exchange.status,
        "how": exchange.how,
        "response_length": exchange.response_length,
        **_flat({**msgspec.structs.asdict(one.times), **_other_stream(one)}),
    }


def _other_stream(one: Measured) -> Json:
    """What more is said of an event stream whose text is not known."""
    gaps = one.event_gaps
    if not one.exchange.streamed:
        return {}
    return {
        "dialect": one.exchange.dialect,
        **_stream(one),
        "event_gaps_ns": msgspec.structs.asdict(gaps) if isinstance(gaps, Distribution) else gaps,
        "ttft_ns": why_no_turn(one.exchange),
    }
