"""A body as a capture of one exchange, of which nothing else is known."""

from collections.abc import Iterator
from pathlib import PurePath
from urllib.parse import quote

from analyzer.importers.bodies import http_head
from analyzer.importers.bodies.http_head import HttpHead
from analyzer.importers.bodies.kinds import BETWEEN_ELEMENTS, Kind, kind_of
from analyzer.importers.source import Source
from analyzer.intake.seen import EndSeen, Fields, Item, RequestSeen, ResponseSeen
from analyzer.intake.streaming import EVENT_STREAM, JSON, essence, is_json_lines
from analyzer.model import CaptureEnd, CaptureHead, Problem, RequestEnd

BLOCK = 64 * 1024
"""Bytes of the body that are taken at once."""

EXCHANGE = 1

JSON_LINES = "application/x-ndjson"

_TAIL = 16
"""Last bytes by which it is told whether the body ended where one ends."""


def read(source: Source) -> Iterator[Item | Problem]:
    """One exchange without times: a GET of the file's name, answered by the body.

    The answer has the head that `curl -i` wrote, else just the content type of what the
    body is. It ends `complete` if the body ends where such a body can.
    """
    head = http_head.parse(source.head)
    at = head.size if head else 0
    kind = kind_of(source.head[at:])
    wall_ns = head.date_ns if head else None
    yield CaptureHead(source.capture_id("body"), "body", "unknown", "none", 1, 0, wall_ns or 0)
    yield RequestSeen(EXCHANGE, 0, "GET", "", "", _path(source), "", (), None, "")
    yield RequestEnd(EXCHANGE, 0)
    yield _response(head, kind)
    source.file.read(at)
    if kind is Kind.PIECE and (found := BETWEEN_ELEMENTS.search(source.head, at)):
        detail = "the body begins in the middle of a JSON array; what precedes the next element"
        yield Problem("beginning_missing", source.name, f"{detail} was left out", at)
        source.file.read(found.start(1) - at)
    tail = b""
    while block := source.file.read(BLOCK):
        yield (EXCHANGE, 0, block)
        tail = (tail + block)[-_TAIL:]
    if not source.problems():
        if _is_over(tail, kind):
            yield EndSeen(EXCHANGE, 0, "complete", "")
        yield CaptureEnd(0)


def _path(source: Source) -> str:
    return "/" + quote(PurePath(source.name).name)


def _response(head: HttpHead | None, kind: Kind | None) -> ResponseSeen:
    """``kind`` is None of a body that is still compressed, as its head says."""
    content_type = JSON_LINES if kind and kind is not Kind.EVENTS else EVENT_STREAM
    if head is None:
        fields: Fields = ((b"content-type", content_type.encode()),)
        return ResponseSeen(EXCHANGE, 0, 200, "", fields, "", None, True, "", False)
    return ResponseSeen(
        EXCHANGE,
        0,
        head.status,
        head.http_version,
        _typed(head, kind, content_type),
        head.reason,
        None,
        True,
        "" if kind else head.value("content-encoding"),
        False,
    )


def _typed(head: HttpHead, kind: Kind | None, content_type: str) -> Fields:
    """The head's fields; the type says what the body is, where it said something else."""
    said = head.value("content-type")
    is_json = is_json_lines(said) or essence(said) == JSON
    if kind is None or (kind is not Kind.EVENTS) == is_json:
        return head.fields
    others = tuple(field for field in head.fields if field[0].lower() != b"content-type")
    return (*others, (b"content-type", content_type.encode()))


def _is_over(tail: bytes, kind: Kind | None) -> bool:
    match kind:
        case Kind.EVENTS:
            return tail.endswith((b"\n\n", b"\r\r", b"\n\r\n", b"\n\r"))
        case Kind.LINES:
            return tail.endswith((b"\n", b"}", b"]"))
        case Kind.ARRAY | Kind.PIECE:
            return tail.rstrip().endswith((b"\n]", b"}]"))
    return False
