"""The table of events as Parquet: one row a server-sent event, with its exchange beside it.

Columns have the names, units and types of the table ``events`` that `streamscope analyze`
makes. In place of ``capture``, which is a number of that one database, stands ``capture_id``;
added are the wall-clock time ``at`` and facts of the exchange. Times that the capture does not
tell are null. Two exchanges of one number, as in journals that were joined, both have their
rows.
"""

from collections.abc import Iterable
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from analyzer import model
from analyzer.analyses.event_texts import NOTHING, event_texts
from analyzer.analyses.measured import protocol_name
from analyzer.analyses.results import VERSION
from analyzer.exporters.losses import Loss, Tally
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Exchange,
    Problem,
    RequestHead,
    ResponseHead,
    StreamscopeError,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler

GROUP_ROWS = 50_000
GROUP_BYTES = 32 * 1024 * 1024
"""Rows, and bytes of their data, after which a row group is written."""

OPEN_LIMIT = 100_000
"""Most exchanges under way whose facts are remembered, as many as the reassembler holds."""

_NAME = pa.dictionary(pa.int32(), pa.string())
_MOST = 2**63 - 1

SCHEMA = pa.schema(
    [
        ("capture_id", _NAME),
        ("exchange_id", pa.int64()),
        ("seq", pa.int64()),
        ("at", pa.timestamp("ns", tz="UTC")),
        ("first_ns", pa.int64()),
        ("at_ns", pa.int64()),
        ("read", pa.int64()),
        ("type", pa.string()),
        ("id", pa.string()),
        ("retry_ms", pa.int64()),
        ("offset", pa.int64()),
        ("size", pa.int64()),
        ("kind", _NAME),
        ("chars", pa.int64()),
        ("data", pa.string()),
        ("method", _NAME),
        ("authority", _NAME),
        ("path", _NAME),
        ("protocol", _NAME),
        ("status", pa.int64()),
        ("analysis", pa.int64()),
    ]
)

_AROUND = "a row holds an event, and of its exchange method, address, protocol and status"
_DROPPED: dict[type[AnyRecord] | type[Problem], str] = {
    model.Connection: _AROUND,
    model.Reads: "an event has the arrivals of its first and its last byte, and no others",
    model.Body: _AROUND,
    model.WebSocketMessage: "those that carry events are told by their events alone",
    model.Credential: _AROUND,
    model.Observer: _AROUND,
    model.Lost: _AROUND,
    Problem: "they tell of the file that was read",
}


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the table; the capture's own facts are the file's key-value metadata."""
    tally = Tally()
    table: _Table | None = None
    for record in records:
        tally.take(record)
        if table is None:
            if not isinstance(record, CaptureHead):
                continue
            table = _Table(record, file)
        table.feed(record)
    if table is None:
        return []
    eventless = table.finish()
    found = [Loss("exchanges without events", eventless, _AROUND)] if eventless else []
    return [*found, *tally.losses(_DROPPED)]


class _Facts:
    """What a row says of its exchange."""

    def __init__(self, head: RequestHead) -> None:
        self.request = (head.method, head.authority, head.path, protocol_name(head.http_version))
        self.status: int | None = None
        self.timed = True
        self.events = 0


class _Table:
    """A capture on its way into a table, in row groups."""

    def __init__(self, head: CaptureHead, file: BinaryIO) -> None:
        self._head = head
        self._wall_ns = head.wall_ns - head.mono_ns
        self._writer = parquet.ParquetWriter(
            file, SCHEMA.with_metadata(_about(head)), compression="zstd"
        )
        self._reassembler = Reassembler()
        self._open: dict[int, _Facts] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._bytes = 0
        self._eventless = 0

    def feed(self, record: AnyRecord | Problem) -> None:
        for made in self._reassembler.feed(record):
            self._take(made)
        if isinstance(record, RequestHead) and len(self._open) < OPEN_LIMIT:
            self._open[record.exchange] = _Facts(record)
        elif isinstance(record, ResponseHead) and record.exchange in self._open:
            facts = self._open[record.exchange]
            facts.status, facts.timed = record.status, record.timed

    def finish(self) -> int:
        """Write the rest; return how many exchanges had no event."""
        for made in self._reassembler.finish():
            self._take(made)
        self._write()
        self._writer.close()
        return self._eventless

    def _take(self, made: Reassembled) -> None:
        if isinstance(made, EventsSeen):
            self._events(made)
        elif isinstance(made, Exchange):
            facts = self._open.pop(made.exchange, None)
            self._eventless += not (facts and facts.events)

    def _events(self, seen: EventsSeen) -> None:
        facts = self._open.get(seen.exchange)
        request: tuple[str | None, ...] = facts.request if facts else (None,) * 4
        status = facts.status if facts else None
        if facts:
            facts.events += len(seen.events)
        timed = self._head.clock != "none" and (facts is None or facts.timed)
        texts = event_texts(seen.deltas)
        for event in seen.events:
            self._rows.append(
                (
                    self._head.capture_id,
                    seen.exchange,
                    event.seq,
                    self._at(event.at_ns) if timed else None,
                    event.first_ns if timed else None,
                    event.at_ns if timed else None,
                    event.read,
                    event.type,
                    event.id,
                    None if event.retry is None else min(event.retry, _MOST),
                    event.offset,
                    event.size,
                    *texts.get(event.seq, NOTHING),
                    event.data,
                    *request,
                    status,
                    VERSION,
                )
            )
            self._bytes += len(event.data)
            if len(self._rows) >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
                self._write()

    def _at(self, at_ns: int) -> int | None:
        """Nanoseconds since 1970; None where the file tells no wall clock, or none of our era."""
        at = self._wall_ns + at_ns
        return at if self._head.wall_ns and 0 <= at <= _MOST else None

    def _write(self) -> None:
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        try:
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA)]  # noqa: B905 - as many as each row has
        except (OverflowError, pa.ArrowInvalid) as error:
            raise StreamscopeError(
                f"capture {self._head.capture_id}: a time or a size in it needs more than 64 "
                f"bits, which Parquet does not have; `--to journal` keeps it"
            ) from error
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._writer.schema))
        self._rows.clear()
        self._bytes = 0


def _about(head: CaptureHead) -> dict[str, str]:
    """Names begin with ``streamscope.``: readers keep metadata of their own there."""
    told = {
        "capture_id": head.capture_id,
        "source": head.source,
        "tool": head.tool,
        "clock": head.clock,
        "resolution_ns": head.resolution_ns,
        "mono_ns": head.mono_ns,
        "wall_ns": head.wall_ns,
        "redaction": head.redaction,
        "analysis": VERSION,
    }
    return {f"streamscope.{name}": str(value) for name, value in told.items()}
