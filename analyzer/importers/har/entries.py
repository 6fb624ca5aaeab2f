"""One entry of a HAR file, as what was seen of its exchange."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analyzer.importers.har import fields, messages
from analyzer.importers.har.answers import (
    ABSENT,
    Answer,
    body_seen,
    ending,
    read_answer,
    stream_seen,
)
from analyzer.importers.har.fields import Json, mapping, size, text
from analyzer.importers.har.messages import Note
from analyzer.importers.har.moments import Moments, moments
from analyzer.intake.seen import (
    BodySeen,
    EndSeen,
    Item,
    MessageSeen,
    ReadSeen,
    RequestSeen,
    ResponseSeen,
    value_of,
)
from analyzer.model import RequestEnd

_FORM = "application/x-www-form-urlencoded"


class Known(NamedTuple):
    """What the file says outside of the entry.

    ``earliest_ns`` stands in for the moment at which an entry began that does not say it:
    one before it did then. ``connection`` is the one with the service. Not ``whole``: the
    file ends in the entry.
    """

    exchange: int
    origin_wall_ns: int
    earliest_ns: int
    connection: int | None = None
    whole: bool = True


class Found(NamedTuple):
    """What an entry holds, in the order of its times; nothing if it is no HTTP exchange."""

    items: list[Item]
    notes: list[Note]
    start_ns: int


def read_entry(entry: Mapping[str, Json], known: Known) -> Found:
    if not known.whole:
        entry = messages.without_cut(entry)
    times = moments(entry, known.origin_wall_ns)
    start = known.earliest_ns if times.start is None else times.start
    request = mapping(entry.get("request"))
    asked = _request(request, known, start)
    if asked is None:
        return Found([], [], start)
    answer = read_answer(entry)
    headers = start if times.headers is None else times.headers
    stream = _stream(entry, known, answer, headers)
    came: list[ReadSeen | MessageSeen] = [*stream.reads, *_heard(entry, known, headers)]
    items: list[Item] = [asked]
    posted = request_body(request, known.exchange, start if times.sent is None else times.sent)
    if posted is not None:
        items.append(posted)
    if answer.came:
        if times.sent is not None:
            items.append(RequestEnd(known.exchange, times.sent))
        items.append(_response(answer, known, headers, timed=stream.timed))
    items += came
    end = max([headers, *(one.at_ns for one in came), headers if times.end is None else times.end])
    if not answer.streamed and (body := body_seen(answer, known.exchange, end)) is not None:
        items.append(body)
    if known.whole:
        items.append(EndSeen(known.exchange, end, *ending(answer)))
    return Found(items, [*_timeless(times), *stream.notes], start)


def _timeless(times: Moments) -> Iterator[Note]:
    if times.start is None:
        detail = "an entry does not say when it began; nothing of it is measured in time"
        yield Note("har_no_time", detail)


def _request(request: Mapping[str, Json], known: Known, at_ns: int) -> RequestSeen | None:
    """None for what is no HTTP exchange: addresses of ``data:``, ``blob:`` and the like."""
    address = fields.url(request.get("url"))
    if address is None:
        return None
    return RequestSeen(
        known.exchange,
        at_ns,
        fields.clean(text(request.get("method"))),
        *address,
        fields.version(request.get("httpVersion")),
        fields.request_headers(request),
        None,
        "",
    )


def _stream(
    entry: Mapping[str, Json], known: Known, answer: Answer, headers_ns: int
) -> messages.Stream:
    if not answer.streamed:
        return messages.Stream()
    told = entry.get("_eventSourceMessages")
    found = messages.event_messages(told, known.origin_wall_ns, headers_ns)
    return stream_seen(answer, known.exchange, found, headers_ns, whole=known.whole)


def _heard(entry: Mapping[str, Json], known: Known, from_ns: int) -> list[MessageSeen]:
    told = entry.get("_webSocketMessages")
    return list(messages.socket_messages(known.exchange, told, known.origin_wall_ns, from_ns))


def _response(answer: Answer, known: Known, at_ns: int, *, timed: bool) -> ResponseSeen:
    return ResponseSeen(
        known.exchange,
        at_ns,
        answer.status,
        answer.http_version,
        answer.fields,
        answer.reason,
        known.connection,
        answer.streamed,
        "",
        timed or not answer.streamed,
    )


def request_body(request: Mapping[str, Json], exchange: int, at_ns: int) -> BodySeen | None:
    """What was posted; None if nothing says that something was."""
    posted = mapping(request.get("postData"))
    kind = text(posted.get("mimeType")) or value_of(
        fields.headers(request.get("headers")), b"content-type"
    )
    wire_length = size(request.get("bodySize")) or None
    body = fields.content(posted)
    params = list(fields.mappings(posted.get("params")))
    if (body is None or not body.data) and params and _FORM in kind.lower():
        body = fields.Content(fields.form(params), is_text=True)
    if body is not None and body.data:
        data, is_text = body
        coded = "" if is_text else kind
        return BodySeen(exchange, at_ns, "request", data, "", coded, wire_length)
    if wire_length is None:
        return None
    return BodySeen(exchange, at_ns, "request", None, "", "", wire_length, wire_length, ABSENT)
