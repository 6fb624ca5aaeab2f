"""The timed messages that Chrome keeps beside an entry: server-sent events, WebSocket frames."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from analyzer.importers.har.fields import Json, clean, mappings, octets, size, text
from analyzer.importers.har.moments import epoch_ns
from analyzer.intake.seen import MessageSeen, ReadSeen
from analyzer.model import StreamError, WireEvent
from analyzer.wire import sse

_LINE_END = re.compile(r"\r\n|\r|\n")
TEXT_FRAME, BINARY_FRAME = 1, 2
LISTS = ("_eventSourceMessages", "_webSocketMessages")


class Message(NamedTuple):
    """One server-sent event; ``data`` is None in an export without content.

    An early one was dated before its response's head, with which it counts then.
    """

    at_ns: int
    name: str
    event_id: str
    data: str | None
    is_early: bool = False


class Note(NamedTuple):
    """Something wrong with an entry: a `Problem`'s code and detail."""

    code: str
    detail: str


class Stream(NamedTuple):
    """A streamed body. Not ``timed``: no arrival of its reads is known."""

    reads: Sequence[ReadSeen] = ()
    timed: bool = False
    notes: Sequence[Note] = ()


def without_cut(entry: Mapping[str, Json]) -> Mapping[str, Json]:
    """A damaged entry without the message that the damage is in, which could be any's beginning."""
    lists = {name: list(mappings(entry[name])) for name in LISTS if name in entry}
    for found in lists.values():
        if found and not found[-1].keys() >= (found[0].keys() if found[1:] else {"data"}):
            del found[-1]
    return {**entry, **lists}


def event_messages(value: Json, origin_wall_ns: int, headers_ns: int) -> list[Message]:
    """Those of an entry, their times in order; empty if none of them has one.

    What had come before Chrome's network panel began to look carries the moment of the
    request's beginning: no event comes before the response's head, so it counts from that.
    """
    found: list[Message] = []
    at_ns = headers_ns
    is_timed = False
    for one in mappings(value):
        told = epoch_ns(one.get("time"))
        is_timed = is_timed or told is not None
        moment = at_ns if told is None else told - origin_wall_ns
        at_ns = max(at_ns, moment)
        data = one.get("data")
        found.append(
            Message(
                at_ns,
                clean(text(one.get("eventName"))) or "message",
                clean(text(one.get("eventId"))),
                clean(data) if isinstance(data, str) else None,
                moment < headers_ns,
            )
        )
    return found if is_timed else []


def timed_stream(
    exchange: int, body: bytes, messages: Sequence[Message], *, whole: bool = True
) -> Stream:
    """The body cut where its events end, each piece at its message's time.

    Messages of one time came in one read. Without a body, or if it tells other events than
    the messages, the events are written anew from the messages; but where the entry is not
    ``whole``, messages may be missing, and the body stays, without times.
    """
    notes = list(_early(exchange, messages))
    events = _events(body)
    if body and _agree(events, messages):
        return Stream(_cut(exchange, body, events, messages), timed=True, notes=notes)
    if body and not whole:
        return Stream([ReadSeen(exchange, messages[0].at_ns, body, len(body))])
    if body:
        detail = (
            f"the body of entry {exchange} has {len(events)} events and the HAR has "
            f"{len(messages)} timed messages, which are not the same; the messages were taken"
        )
        notes.append(Note("har_messages_differ", detail))
    elif any(one.data is None for one in messages):
        detail = (
            "the export left out what its events say: their number and times are measured, "
            "their text is not; export with sensitive data to have it"
        )
        notes.append(Note("har_sanitized", detail))
    return Stream(_written(exchange, messages), timed=True, notes=notes)


def _early(exchange: int, messages: Sequence[Message]) -> Iterator[Note]:
    if early := sum(one.is_early for one in messages):
        detail = (
            f"{early} events of entry {exchange} are dated before their response's head: they came "
            "before the browser began to time them, and count from that head"
        )
        yield Note("har_early_events", detail)


def _events(body: bytes) -> list[WireEvent]:
    try:
        return sse.Decoder().feed(0, body)
    except StreamError:
        return []


def _agree(events: Sequence[WireEvent], messages: Sequence[Message]) -> bool:
    return len(events) == len(messages) and all(
        message.name == event.type and message.data in (None, event.data)
        for event, message in zip(events, messages, strict=True)
    )


def _cut(
    exchange: int, body: bytes, events: Sequence[WireEvent], messages: Sequence[Message]
) -> list[ReadSeen]:
    """What follows the last event, comments or the beginning of another, stays with it."""
    ends = [event.offset + event.size for event in events[:-1]] + [len(body)]
    reads: list[ReadSeen] = []
    begin = 0
    together = groupby(zip(messages, ends, strict=True), lambda pair: pair[0].at_ns)
    for at_ns, pairs in together:
        *_, (_, end) = pairs
        reads.append(ReadSeen(exchange, at_ns, body[begin:end], end - begin))
        begin = end
    return reads


def _written(exchange: int, messages: Sequence[Message]) -> list[ReadSeen]:
    reads: list[ReadSeen] = []
    event_id = ""
    for at_ns, group in groupby(messages, lambda message: message.at_ns):
        parts: list[str] = []
        for one in group:
            parts.append(_block(one, event_id))
            event_id = one.event_id
        data = "".join(parts).encode()
        reads.append(ReadSeen(exchange, at_ns, data, len(data)))
    return reads


def _block(message: Message, last_id: str) -> str:
    """The event as a service would have sent it; the id goes on from event to event."""
    lines = [f"data: {line}" if line else "data:" for line in _LINE_END.split(message.data or "")]
    if message.name != "message":
        lines.insert(0, f"event: {' '.join(_LINE_END.split(message.name))}")
    if message.event_id != last_id:
        lines.insert(0, f"id: {' '.join(_LINE_END.split(message.event_id))}")
    return "\n".join([*lines, "", ""])


def socket_messages(
    exchange: int, value: Json, origin_wall_ns: int, from_ns: int
) -> Iterator[MessageSeen]:
    """The text and binary frames of an upgraded entry; Chrome writes binary ones as base64."""
    at_ns = from_ns
    for one in mappings(value):
        told = epoch_ns(one.get("time"))
        at_ns = at_ns if told is None else max(at_ns, told - origin_wall_ns)
        kind, opcode = text(one.get("type")), size(one.get("opcode"))
        if kind in ("send", "receive") and opcode in (TEXT_FRAME, BINARY_FRAME):
            yield MessageSeen(exchange, at_ns, kind == "send", opcode == TEXT_FRAME, frame(one))


def frame(message: Mapping[str, Json]) -> bytes:
    """What a message carried. Text that could not be told as text is base64, too."""
    said = text(message.get("data"))
    if size(message.get("opcode")) == BINARY_FRAME or message.get("_encoding") == "base64":
        try:
            return base64.b64decode(said, validate=True)
        except (binascii.Error, ValueError):
            pass
    return octets(said)
