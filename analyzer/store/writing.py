"""Write an analysis while it is made: a capture in one transaction, replacing what was there."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlite_utils import Database

from analyzer.analyses.answers import Answers
from analyzer.analyses.event_texts import NOTHING, event_texts
from analyzer.analyses.gaps import CAUSES, PHASES, Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import VERSION, CaptureResult
from analyzer.model import CaptureHead, Delta, Reads, WireEvent
from analyzer.store import rows, tables
from analyzer.store.database import open_for_writing

BATCH = 5_000
"""Bulk rows that are held before they go to SQLite."""

_CHILDREN = (
    *(name for kind in tables.FOUND.values() for name in tables.of(kind)),
    *("unanswered", "gaps", "turns", "events", "reads", "problems", "lost", "observations"),
    "exchanges",
)
_INSERT_READ = "INSERT INTO reads VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_EVENT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_GAP = "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MOST = 2**63 - 1


class Store:
    """A database to write captures into. It is opened, and made, with the first capture."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def capture(self, head: CaptureHead, file: str, stall_ns: int) -> "Iterator[CaptureWriter]":
        """Replace one capture's rows by what is written in this block; if it fails, by nothing.

        Raises StoreError.
        """
        with open_for_writing(self._path) as db, db.atomic():
            number = _claim(db, head)
            row = {**_capture_row(head), "file": file, "stall_ns": stall_ns, "capture": number}
            _insert(db, "captures", [row])
            yield CaptureWriter(db, number)


class CaptureWriter:
    """Takes one capture's parts in the order in which they come. Bulk rows go out in batches."""

    def __init__(self, db: Database, number: int) -> None:
        self._db = db
        self._number = number
        self._reads: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []
        self._next_read: dict[tuple[int, str], int] = {}

    def forget(self, exchange: int) -> None:
        """Drop an exchange's reads and events."""
        self._flush()
        for table in ("events", "reads"):
            self._db.execute(
                f"DELETE FROM {table} WHERE capture = ? AND exchange_id = ?",  # noqa: S608 - our own names
                (self._number, exchange),
            )
        self._next_read = {key: n for key, n in self._next_read.items() if key[0] != exchange}

    def reads(self, reads: Reads) -> None:
        key = (reads.exchange, reads.side)
        first = self._next_read.get(key, 0)
        self._next_read[key] = first + len(reads.at_ns)
        wire = reads.wire_lengths or reads.lengths
        self._reads.extend(
            (self._number, *key, first + index, at, length, passed, VERSION)
            for index, (at, length, passed) in enumerate(
                zip(reads.at_ns, reads.lengths, wire, strict=True)
            )
        )
        if len(self._reads) >= BATCH:
            self._write_reads()

    def events(self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta]) -> None:
        texts = event_texts(deltas) if deltas else {}
        self._events.extend(
            (
                self._number,
                exchange,
                event.seq,
                event.first_ns,
                event.at_ns,
                event.read,
                event.type,
                event.id,
                event.retry if event.retry is None else min(event.retry, _MOST),
                event.offset,
                event.size,
                *texts.get(event.seq, NOTHING),
                event.data,
                VERSION,
            )
            for event in events
        )
        if len(self._events) >= BATCH:
            self._write_events()

    def result(self, result: CaptureResult) -> None:
        """The rest, once the whole capture has been read."""
        self._flush()
        self._drop_strays({one.exchange.exchange for one in result.measured})
        for one in result.measured:
            self._measured(one)
        self._listed("problems", "problem", [rows.problem_row(one) for one in result.problems])
        self._listed("lost", "loss", [rows.lost_row(one) for one in result.lost])
        seen = [rows.observation_row(one) for one in result.observations]
        self._listed("observations", "observation", seen)
        self._answers(result.answers)
        self._db["captures"].update(self._number, {"ended_ns": result.ended_ns})  # type: ignore[union-attr] # it is a table

    def _answers(self, answers: Answers) -> None:
        for name, found in answers.each():
            for table in tables.of(tables.FOUND[name]):
                rows_of = (tables.row_of(row) for row in getattr(found, table))
                _insert(self._db, table, [{"capture": self._number, **row} for row in rows_of])
        rest = [tables.row_of(one) for one in answers.unanswered()]
        self._listed("unanswered", "number", rest)

    def _flush(self) -> None:
        self._write_reads()
        self._write_events()

    def _drop_strays(self, known: set[int]) -> None:
        """Reads of an exchange whose head is missing, as in a damaged capture, explain nothing."""
        for stray in {exchange for exchange, _ in self._next_read} - known:
            self.forget(stray)

    def _measured(self, one: Measured) -> None:
        _insert(self._db, "exchanges", [{"capture": self._number, **rows.exchange_row(one)}])
        turn, latency = one.exchange.turn, one.latency
        if turn is None or latency is None:
            return
        _insert(self._db, "turns", [{"capture": self._number, **rows.turn_row(turn, latency)}])
        gaps = latency.gaps
        if isinstance(gaps, Gaps):
            columns = (gaps.at_ns, gaps.gap_ns, gaps.lag_ns, gaps.read, gaps.seq)
            numbers = zip(*(column.tolist() for column in columns), strict=True)
            kinds = zip(gaps.cause.tolist(), gaps.phase.tolist(), gaps.chars.tolist(), strict=True)
            self._db.conn.executemany(
                _INSERT_GAP,
                (
                    (
                        self._number,
                        turn.exchange,
                        index,
                        *values,
                        CAUSES[cause],
                        PHASES[phase],
                        VERSION,
                        chars,
                    )
                    for index, (values, (cause, phase, chars)) in enumerate(
                        zip(numbers, kinds, strict=True)
                    )
                ),
            )

    def _listed(self, table: str, counter: str, found: list[rows.Row]) -> None:
        _insert(
            self._db,
            table,
            [{"capture": self._number, counter: index, **row} for index, row in enumerate(found)],
        )

    def _write_reads(self) -> None:
        self._db.conn.executemany(_INSERT_READ, self._reads)
        self._reads.clear()

    def _write_events(self) -> None:
        self._db.conn.executemany(_INSERT_EVENT, self._events)
        self._events.clear()


def _claim(db: Database, head: CaptureHead) -> int:
    """The capture's number, its old rows gone."""
    found = db.execute(
        "SELECT capture FROM captures WHERE capture_id = ?", [head.capture_id]
    ).fetchone()
    if found is None:
        return int(db.execute("SELECT coalesce(max(capture), 0) + 1 FROM captures").fetchone()[0])
    for table in (*_CHILDREN, "captures"):
        db.execute(f"DELETE FROM {table} WHERE capture = ?", found)  # noqa: S608 - our own names
    return int(found[0])


def _capture_row(head: CaptureHead) -> rows.Row:
    row = msgspec.structs.asdict(head)
    began = dt.datetime.fromtimestamp(head.wall_ns / 1e9, dt.UTC)
    return {
        **row,
        "scope": msgspec.json.encode(head.scope).decode(),
        "started_at": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _insert(db: Database, table: str, found: list[rows.Row]) -> None:
    """Insert rows that have the same keys."""
    if found:
        names = [*found[0], "analysis"]
        holes = ", ".join(f":{name}" for name in names)
        columns = ", ".join(f'"{name}"' for name in names)  # one may be a word of SQL's
        sql = f"INSERT INTO {table} ({columns}) VALUES ({holes})"  # noqa: S608 - our own names
        db.conn.executemany(sql, ({**row, "analysis": VERSION} for row in found))
