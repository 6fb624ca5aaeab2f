"""JSON Lines of events: one server-sent event a line, as `streamscope events --jsonl` prints it."""

from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from analyzer import model
from analyzer.exporters.losses import Loss, Tally
from analyzer.model import AnyRecord, Exchange, Problem, WireEvent
from analyzer.reassemble import EventsSeen, Reassembler

type Value = str | int | None

_AROUND = "a line holds an event, and of what is around it the exchange's number"
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


def stream_object(event: WireEvent) -> dict[str, Value]:
    """An event of a raw stream: exactly these seven fields."""
    return {
        "type": event.type,
        "data": event.data,
        "id": event.id,
        "retry": event.retry,
        "first_ns": event.first_ns,
        "at_ns": event.at_ns,
        "read": event.read,
    }


def capture_object(exchange: int, event: WireEvent) -> dict[str, Value]:
    """An event of a capture: also which exchange, and which event of it."""
    return {"exchange": exchange, "seq": event.seq, **stream_object(event)}


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the events in the order in which they were completed."""
    tally = Tally()
    reassembler = Reassembler()
    exchanges = 0
    for record in records:
        tally.take(record)
        for made in reassembler.feed(record):
            exchanges += isinstance(made, Exchange)
            _write(made, file)
    for made in reassembler.finish():
        exchanges += isinstance(made, Exchange)
        _write(made, file)
    head = Loss(
        "head of the capture",
        1,
        "clock, resolution, wall-clock time and what was redacted have no line",
    )
    around = Loss("exchanges but for their numbers", exchanges, _AROUND)
    return [head, *([around] if exchanges else []), *tally.losses(_DROPPED)]


def _write(made: object, file: BinaryIO) -> None:
    if isinstance(made, EventsSeen):
        for event in made.events:
            file.write(msgspec.json.encode(capture_object(made.exchange, event)) + b"\n")
