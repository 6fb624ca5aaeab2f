"""One exchange as an entry of a HAR file."""

import base64
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from analyzer.exporters.har import values
from analyzer.exporters.har.passing import OfExchange, Passing, without_bytes
from analyzer.exporters.har.values import Json
from analyzer.importers.har.messages import BINARY_FRAME, TEXT_FRAME
from analyzer.importers.har.scanning import STRING_LIMIT
from analyzer.intake.streaming import EVENT_STREAM, essence
from analyzer.model import (
    Body,
    Connection,
    Headers,
    Reads,
    StreamError,
    WebSocketMessage,
)
from analyzer.wire import sse

EVENTS_LIMIT = 12 * 1024 * 1024
"""Bytes of the timed messages beside an event stream's text, as JSON."""

_TOO_LONG = f"as JSON they take more than {STRING_LIMIT} bytes"

_NAMES = {
    "client_abort": "net::ERR_ABORTED",
    "server_abort": "net::ERR_CONNECTION_CLOSED",
    "error": "net::ERR_FAILED",
}
"""Chromium's names for how an exchange ended."""


class Made(msgspec.Struct, frozen=True):
    """An entry without its private part, the records that it shows, and what it leaves out.

    ``left_out`` holds pairs of what and why.
    """

    entry: Json
    records: list[OfExchange]
    left_out: list[tuple[str, str]]


def make_entry(passing: Passing, origin_wall_ns: int, connection: Connection | None) -> Made:
    """``origin_wall_ns`` is the wall clock's time at 0 ns; ``connection`` the one used."""
    left_out: list[tuple[str, str]] = []
    records = _shortened(passing, left_out)
    start, response, end = passing.request.at_ns, passing.response, passing.end
    headers_ns = response.at_ns if response else None
    spans = {
        "send": values.milliseconds(start, passing.sent_ns),
        "wait": values.milliseconds(passing.sent_ns, headers_ns),
        "receive": values.milliseconds(headers_ns, end.at_ns if end else None),
    }
    entry: Json = {
        "startedDateTime": values.date(origin_wall_ns + start),
        "time": sum(max(span, 0) for span in spans.values()),
        "request": _request(passing, records),
        "response": _response(passing, records),
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1, **spans},
        **_carried(passing, connection),
    }
    heard = [one for one in records if isinstance(one, WebSocketMessage)]
    if heard:
        entry["_resourceType"] = "websocket"
        entry["_webSocketMessages"] = [_message(one, origin_wall_ns) for one in heard]
    elif response is not None and response.streamed:
        entry["_resourceType"] = "fetch"
        reads = [one for one in records if isinstance(one, Reads)]
        events = list(_events(reads, origin_wall_ns)) if response.timed else []
        if len(msgspec.json.encode(events)) > EVENTS_LIMIT:
            why = f"{EVENTS_LIMIT} bytes of events are timed at most; their text is there"
            left_out.append(("times of a stream's events, for other tools", why))
        elif events:
            entry["_eventSourceMessages"] = events
    return Made(entry, records, left_out)


def _shortened(passing: Passing, left_out: list[tuple[str, str]]) -> list[OfExchange]:
    """The records without what an entry has no room for."""
    response = passing.response
    is_long = _is_long(_stream(passing.records))
    found: list[OfExchange] = []
    for record in passing.records:
        match record:
            case Reads() if is_long:
                found.append(without_bytes(record))
            case Body(side="response") if response is not None and response.streamed:
                left_out.append(("bodies, or their bytes", "its stream's bytes stand there"))
            case Body() if _is_long(record.data):
                left_out.append(("bodies, or their bytes", _TOO_LONG))
                found.append(replace(record, data=b"", withheld=record.withheld or _TOO_LONG))
            case _:
                found.append(record)
    if is_long:
        left_out.append(("batches of reads, or their bytes", _TOO_LONG))
    return found


def _is_long(data: bytes) -> bool:
    if len(data) * 6 <= STRING_LIMIT:  # no escape is longer
        return False
    return len(msgspec.json.encode(values.text(data)["text"])) > STRING_LIMIT


def _stream(records: Sequence[OfExchange]) -> bytes:
    return b"".join(one.data for one in records if isinstance(one, Reads))


def _body(records: Sequence[OfExchange], side: str) -> Body | None:
    return next((one for one in records if isinstance(one, Body) and one.side == side), None)


def _request(passing: Passing, records: Sequence[OfExchange]) -> Json:
    head = passing.request
    upgraded = any(isinstance(one, WebSocketMessage) for one in records)
    scheme = {"https": "wss", "http": "ws"}.get(head.scheme, "") if upgraded else head.scheme
    made: Json = {
        "method": head.method,
        "url": f"{scheme or head.scheme}://{head.authority}{head.path}",
        "httpVersion": values.http_version(head.http_version),
        "cookies": values.cookies(head.headers),
        "headers": values.fields(head.headers),
        "queryString": values.query(head.path),
        "headersSize": -1,
        "bodySize": 0,
    }
    if (body := _body(records, "request")) is not None:
        made["bodySize"] = body.length if body.wire_length is None else body.wire_length
        if body.data:
            kind = values.value_of(head.headers, "content-type")
            made["postData"] = {"mimeType": kind, **values.text(body.data)}
    return made


def _response(passing: Passing, records: Sequence[OfExchange]) -> Json:
    head, end = passing.response, passing.end
    headers: Headers = head.headers if head else ()
    content, wire = _content(passing, records, headers)
    made: Json = {
        "status": max(head.status, 0) if head else 0,
        "statusText": head.reason if head else "",
        "httpVersion": values.http_version(head.http_version) if head else "",
        "cookies": values.set_cookies(headers),
        "headers": values.fields(headers),
        "content": content,
        "redirectURL": values.value_of(headers, "location"),
        "headersSize": -1,
        "bodySize": -1 if wire is None else wire,
    }
    if end is None:
        made["comment"] = "the capture ends before this exchange does"
    elif name := _NAMES.get(end.how):
        made["_error"] = f"{name}: {end.detail}" if end.detail else name
    return made


def _content(
    passing: Passing, records: Sequence[OfExchange], headers: Headers
) -> tuple[Json, int | None]:
    """``content``, and the bytes that passed for it, if that is known."""
    kind = values.value_of(headers, "content-type") or values.UNKNOWN_TYPE
    if essence(kind) == EVENT_STREAM:  # Chromium takes messages for no other type's
        kind = EVENT_STREAM
    made: Json = {"size": 0, "mimeType": kind}
    body = _body(records, "response")
    wire: int | None
    if passing.response is not None and passing.response.streamed:
        data = _stream(records)
        reads = [one for one in records if isinstance(one, Reads)]
        made["size"] = len(data)
        wire = sum(sum(one.wire_lengths or one.lengths) for one in reads)
        made |= values.text(data)
    elif body is not None:
        made["size"], wire = body.length, body.wire_length
        made |= values.text(body.data) if body.data else {}
        if body.withheld:
            made["comment"] = body.withheld
    else:
        return made, 0 if passing.end is not None else None
    if wire is not None:
        made["compression"] = int(str(made["size"])) - wire
    return made, wire


def _carried(passing: Passing, connection: Connection | None) -> Json:
    number = passing.response.connection if passing.response else None
    made: Json = {} if number is None else {"_connectionId": str(number)}
    if connection is not None:
        if found := values.address(connection.peer):
            made["serverIPAddress"] = found
        made["connection"] = values.port(connection.peer)
    return made


def _message(message: WebSocketMessage, origin_wall_ns: int) -> Json:
    made: Json = {
        "type": "send" if message.from_client else "receive",
        "time": values.seconds(origin_wall_ns + message.at_ns),
        "opcode": TEXT_FRAME if message.is_text else BINARY_FRAME,
    }
    if not message.is_text:
        return {**made, "data": base64.b64encode(message.data).decode("ascii")}
    said = values.text(message.data)
    coded: Json = {"_encoding": said["encoding"]} if "encoding" in said else {}
    return {**made, "data": said["text"], **coded}


def _events(reads: Sequence[Reads], origin_wall_ns: int) -> Iterator[Json]:
    """The events of a stream as Chromium tells them, until the stream is broken."""
    decoder = sse.Decoder()
    try:
        for one in reads:
            for event in decoder.feed_reads(one.at_ns, one.lengths, one.data):
                yield {
                    "time": values.seconds(origin_wall_ns + event.at_ns),
                    "eventName": event.type,
                    "eventId": event.id,
                    "data": event.data,
                }
    except StreamError:
        return
