"""Read an analysis back from a database: the same result as when it was made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sqlite_utils import Database

from analyzer.analyses.answers import Answers
from analyzer.analyses.event_gaps import measure_event_gaps
from analyzer.analyses.gaps import CAUSES, PHASES, Gaps
from analyzer.analyses.latency import Latency
from analyzer.analyses.measured import Measured
from analyzer.analyses.questions import Found, Unanswered
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.model import CaptureHead, Clock, Exchange, Turn
from analyzer.store import rows, tables
from analyzer.store.database import open_for_reading

_GAPS = """
SELECT at_ns, gap_ns, lag_ns, read, seq, cause, phase, chars
FROM gaps WHERE capture = ? AND exchange_id = ? ORDER BY gap
"""
_EVENTS = "SELECT at_ns, read FROM events WHERE capture = ? AND exchange_id = ? ORDER BY seq"
_CAUSE = {cause: index for index, cause in enumerate(CAUSES)}
_PHASE = {phase: index for index, phase in enumerate(PHASES)}


def read_analysis(path: Path) -> Analysis:
    """Every capture in the database. Raises StoreError."""
    with open_for_reading(path) as db:
        return Analysis.of([_capture(db, row) for row in _rows(db, "captures")])


def _capture(db: Database, row: dict[str, Any]) -> CaptureResult:
    number = row["capture"]
    head = CaptureHead(
        **{name: row[name] for name in CaptureHead.__struct_fields__ if name != "scope"},
        scope=msgspec.json.decode(row["scope"], type=tuple[str, ...]),
    )
    turns = {turn["exchange_id"]: turn for turn in _rows(db, "turns", number)}
    return CaptureResult(
        head=head,
        file=row["file"],
        stall_ns=row["stall_ns"],
        ended_ns=row["ended_ns"],
        measured=tuple(
            _measured(db, exchange, turns.get(exchange["exchange_id"]), row["stall_ns"], head.clock)
            for exchange in _rows(db, "exchanges", number, "exchange_id")
        ),
        problems=tuple(map(rows.problem_from, _rows(db, "problems", number, "problem"))),
        lost=tuple(map(rows.lost_from, _rows(db, "lost", number, "loss"))),
        observations=tuple(
            map(rows.observation_from, _rows(db, "observations", number, "observation"))
        ),
        answers=_answers(db, number),
    )


def _answers(db: Database, number: int) -> Answers:
    """Every question's answer; problems stand with the capture's others."""
    rest = [tables.row_from(Unanswered, row) for row in _rows(db, "unanswered", number, "number")]
    found: dict[str, Found] = {}
    for name, kind in tables.FOUND.items():
        listed: dict[str, Any] = {
            table: tuple(tables.row_from(row, one) for one in _rows(db, table, number, "rowid"))
            for table, row in tables.of(kind).items()
        }
        own = tuple(one for one in rest if one.question == name)
        found[name] = kind(unanswered=own, **listed)
    return Answers.of(found)


def _measured(
    db: Database,
    row: dict[str, Any],
    turn_row: dict[str, Any] | None,
    stall_ns: int,
    clock: Clock,
) -> Measured:
    turn: Turn | None = None
    latency: Latency | None = None
    if turn_row is not None:
        turn = rows.turn_from(turn_row)
        gaps = _gaps(db, turn_row["capture"], turn_row["exchange_id"])
        latency = rows.latency_from(turn_row, gaps, stall_ns)
    exchange = rows.exchange_from(row, turn)
    event_gaps = measure_event_gaps(exchange, clock, *_events(db, row, exchange))
    return Measured(exchange, rows.times_from(row), latency, event_gaps)


def _events(db: Database, row: dict[str, Any], exchange: Exchange) -> tuple[list[int], list[int]]:
    """When events came and in which read, where no figures of text say more."""
    if not exchange.streamed or exchange.turn is not None:
        return [], []
    found = db.execute(_EVENTS, (row["capture"], exchange.exchange)).fetchall()
    return [at_ns for at_ns, _ in found], [read for _, read in found]


def _gaps(db: Database, capture: int, exchange: int) -> Gaps | None:
    found = db.execute(_GAPS, (capture, exchange)).fetchall()
    if not found:
        return None
    at_ns, gap_ns, lag_ns, read, seq, causes, phases, chars = zip(*found, strict=True)
    return Gaps(
        at_ns=np.array(at_ns, dtype=np.int64),
        gap_ns=np.array(gap_ns, dtype=np.int64),
        lag_ns=np.array(lag_ns, dtype=np.int64),
        read=np.array(read, dtype=np.int64),
        seq=np.array(seq, dtype=np.int64),
        cause=np.array([_CAUSE[cause] for cause in causes], dtype=np.int8),
        phase=np.array([_PHASE[phase] for phase in phases], dtype=np.int8),
        chars=np.array(chars, dtype=np.int64),
    )


def _rows(
    db: Database, table: str, capture: int | None = None, order: str = "capture"
) -> Iterator[dict[str, Any]]:
    where = "1" if capture is None else "capture = :capture"
    sql = f"SELECT * FROM {table} WHERE {where} ORDER BY {order}"  # noqa: S608 - our own names
    return db.query(sql, {"capture": capture})
