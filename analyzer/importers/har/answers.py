"""What an entry says of its response: how it came, what it brought, how it ended."""

from collections.abc import Mapping
from typing import NamedTuple

from analyzer.importers.har import fields, messages
from analyzer.importers.har.fields import Content, Json, mapping, size, text
from analyzer.intake.seen import BodySeen, Fields, ReadSeen, value_of
from analyzer.intake.streaming import streams
from analyzer.model import Ending

ABSENT = "the HAR file does not hold it"

_ABORTED = "ERR_ABORTED"
_BY_SERVER = (
    *("ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_EMPTY_RESPONSE"),
    *("ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONTENT_LENGTH_MISMATCH"),
    *("ERR_HTTP2_SERVER_REFUSED_STREAM", "ERR_HTTP2_PING_FAILED"),
)
"""Chromium's names of errors that say that the service's side ended it."""


class Answer(NamedTuple):
    """An entry's response. ``came``: there was one; a blocked or failed request has none."""

    came: bool
    status: int
    http_version: str
    reason: str
    fields: Fields
    content_type: str
    content: Mapping[str, Json]
    body: Content | None
    wire_length: int | None
    streamed: bool
    error: str


def read_answer(entry: Mapping[str, Json]) -> Answer:
    response = mapping(entry.get("response"))
    content = mapping(response.get("content"))
    headers = fields.response_headers(response)
    kind = value_of(headers, b"content-type")
    status = size(response.get("status")) or 0
    return Answer(
        came=status > 0,
        status=status,
        http_version=fields.version(response.get("httpVersion")),
        reason=fields.clean(text(response.get("statusText"))),
        fields=headers,
        content_type=kind,
        content=content,
        body=fields.content(content),
        wire_length=_wire_length(entry, response),
        streamed=streams(kind) or bool(list(fields.mappings(entry.get("_eventSourceMessages")))),
        error=fields.clean(text(response.get("_error"))),
    )


def _wire_length(entry: Mapping[str, Json], response: Mapping[str, Json]) -> int | None:
    """0 only where nothing was sent: some tools write it for what they don't know."""
    told = size(response.get("bodySize"))
    nothing_passed = response.get("status") == 304 or bool(entry.get("_fromCache"))
    empty = not size(mapping(response.get("content")).get("size"))
    return told if told or nothing_passed or empty else None


def body_seen(answer: Answer, exchange: int, at_ns: int) -> BodySeen | None:
    """The body of an answer that is no stream; None if nothing says that there was one."""
    length = size(answer.content.get("size")) or 0
    if answer.body is None:
        if not length:
            return None
        return BodySeen(
            exchange, at_ns, "response", None, "", "", answer.wire_length, length, ABSENT
        )
    data, is_text = answer.body
    if not data and not length:
        return None
    # Text was decoded by the browser: what its charset was matters no more, nor does a
    # length that was counted in it.
    foreign = is_text and "charset" in answer.content_type.lower() and not _is_utf8(answer)
    return BodySeen(
        exchange,
        at_ns,
        "response",
        data,
        "",
        "" if is_text else answer.content_type,
        answer.wire_length,
        0 if foreign else length,
        f"the HAR file holds {len(data)} bytes of {length}",
    )


def _is_utf8(answer: Answer) -> bool:
    return "utf-8" in answer.content_type.lower()


def stream_seen(
    answer: Answer,
    exchange: int,
    found: list[messages.Message],
    headers_ns: int,
    *,
    whole: bool = True,
) -> messages.Stream:
    """A stream's reads: timed by its messages, or in one piece and without a time."""
    data = answer.body.data if answer.body else b""
    if found:
        return messages.timed_stream(exchange, data, found, whole=whole)
    return messages.Stream([ReadSeen(exchange, headers_ns, data, len(data))] if data else [])


def ending(answer: Answer) -> tuple[Ending, str]:
    if answer.error:
        if _ABORTED in answer.error:
            return "client_abort", answer.error
        by_server = any(name in answer.error for name in _BY_SERVER)
        return "server_abort" if by_server else "error", answer.error
    if not answer.came:
        return "error", answer.reason or "the HAR file tells no response"
    return "complete", ""
