"""What our own HAR files carry beside what HAR can say: the members named ``_streamscope``.

``log._streamscope`` stands before the entries and holds the capture's head. In an entry's,
``records`` are those of its exchange in their order, each without what the entry itself says
(addresses, headers, bytes); ``beside`` are those that no entry shows and that came since the
entry before; ``open_ns`` is the moment before which nothing stands in later entries.
``log._streamscope_rest`` holds what came after the last entry.

Whoever edits such a file by hand may take any of it out. Where it no longer fits the entry,
the entry alone counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

import msgspec

from analyzer.importers.har import fields
from analyzer.importers.har.answers import read_answer
from analyzer.importers.har.entries import request_body
from analyzer.importers.har.fields import Json, mapping, mappings, text
from analyzer.importers.har.messages import frame
from analyzer.importers.har.moments import LIMIT_NS
from analyzer.intake.seen import (
    BodySeen,
    EndSeen,
    Fields,
    Item,
    MessageSeen,
    ReadSeen,
    RequestSeen,
    ResponseSeen,
)
from analyzer.model import (
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    Ending,
    Lost,
    Observer,
    RequestEnd,
    Side,
)

NAME = "_streamscope"
REST = "_streamscope_rest"


class EditedError(ValueError):
    """The private part does not fit the entry that it stands in."""


class _Part(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    """``t`` names the kind, as in the journal."""


class Request(_Part, frozen=True, tag="request"):
    """``said`` holds what the entry's own members would not give back."""

    at_ns: int
    connection: int | None = None
    flow_id: str = ""
    said: dict[str, str] = {}
    headers: list[tuple[str, str]] | None = None


class Sent(_Part, frozen=True, tag="request_end"):
    at_ns: int


class Response(_Part, frozen=True, tag="response"):
    at_ns: int
    connection: int | None = None
    streamed: bool = False
    timed: bool = True
    status: int | None = None
    said: dict[str, str] = {}
    headers: list[tuple[str, str]] | None = None


class Reads(_Part, frozen=True, tag="reads"):
    """``at`` holds the first arrival and then the gaps."""

    at: list[int]
    lengths: list[int]
    wire: list[int] = []


class Body(_Part, frozen=True, tag="body"):
    """``kept``: how many bytes the entry holds of it."""

    at_ns: int
    side: Side
    length: int
    kept: int
    wire_length: int | None = None
    withheld: str = ""


class Message(_Part, frozen=True, tag="websocket"):
    """``length`` is None where the entry holds the message whole."""

    at_ns: int
    from_client: bool
    is_text: bool
    length: int | None = None


class End(_Part, frozen=True, tag="exchange_end"):
    at_ns: int
    how: Ending
    detail: str = ""


type OfExchange = Request | Sent | Response | Reads | Body | Message | End | Credential | Lost
type Beside = Connection | ConnectionEnd | Credential | Observer | Lost | CaptureEnd


class OfEntry(msgspec.Struct, frozen=True):
    exchange: int
    open_ns: int
    records: list[OfExchange]
    beside: list[Beside] = []


class OfLog(msgspec.Struct, frozen=True):
    head: CaptureHead


class OfRest(msgspec.Struct, frozen=True):
    beside: list[Beside]


def read_head(value: Json) -> CaptureHead | None:
    """The capture's own head; None if it is not there, or no longer what it was."""
    try:
        return msgspec.convert(value, OfLog).head
    except msgspec.ValidationError:
        return None


def read_rest(value: Json) -> list[Beside]:
    """What came after the last entry; nothing of it, if it is not what we write."""
    try:
        return _believed(msgspec.convert(value, OfRest).beside)
    except (msgspec.ValidationError, EditedError):
        return []


def read_private(value: Json) -> OfEntry:
    """Raises EditedError if it is not what we write."""
    try:
        found = msgspec.convert(value, OfEntry)
        _believed(found.beside)
        return found
    except msgspec.ValidationError as error:
        raise EditedError(str(error)) from error


def restore(entry: Mapping[str, Json], private: OfEntry) -> list[Item]:
    """What the entry's exchange was recorded as. Raises EditedError if its parts disagree."""
    if private.exchange <= 0:
        raise EditedError("the exchange's number is not positive")
    return list(_Restoring(entry, private.exchange).items(private.records))


class _Restoring:
    """Puts together what the entry holds and what stands beside it."""

    def __init__(self, entry: Mapping[str, Json], exchange: int) -> None:
        self._exchange = exchange
        self._request = mapping(entry.get("request"))
        self._answer = read_answer(entry)
        self._body = self._answer.body.data if self._answer.body else b""
        self._at = 0  # of the streamed body
        self._messages = iter(list(mappings(entry.get("_webSocketMessages"))))

    def items(self, parts: Iterable[OfExchange]) -> Iterator[Item]:
        streamed = False
        for part in parts:
            match part:
                case Request():
                    yield self._requested(part)
                case Sent():
                    yield RequestEnd(self._exchange, _moment(part.at_ns))
                case Response():
                    yield self._responded(part)
                case Reads():
                    streamed = True
                    yield from self._reads(part)
                case Body():
                    yield self._whole(part)
                case Message():
                    yield self._message(part)
                case End():
                    yield EndSeen(self._exchange, _moment(part.at_ns), part.how, part.detail)
                case Credential() | Lost():
                    _moment(part.at_ns)
                    yield part
        if streamed and self._at != len(self._body):
            raise EditedError("its body is longer than its reads")
        if next(self._messages, None) is not None:
            raise EditedError("it has more WebSocket messages than were recorded")

    def _requested(self, part: Request) -> RequestSeen:
        request = self._request
        address = fields.url(request.get("url")) or fields.Url("", "", "")
        said = {
            "method": fields.clean(text(request.get("method"))),
            **address._asdict(),
            "http_version": fields.version(request.get("httpVersion")),
            **part.said,
        }
        return RequestSeen(
            self._exchange,
            _moment(part.at_ns),
            said["method"],
            said["scheme"],
            said["authority"],
            said["path"],
            said["http_version"],
            fields.request_headers(request) if part.headers is None else _fields(part.headers),
            part.connection,
            part.flow_id,
        )

    def _responded(self, part: Response) -> ResponseSeen:
        answer = self._answer
        return ResponseSeen(
            self._exchange,
            _moment(part.at_ns),
            answer.status if part.status is None else part.status,
            part.said.get("http_version", answer.http_version),
            answer.fields if part.headers is None else _fields(part.headers),
            part.said.get("reason", answer.reason),
            part.connection,
            part.streamed,
            "",
            part.timed,
        )

    def _reads(self, part: Reads) -> Iterator[ReadSeen]:
        wire = part.wire or part.lengths
        if (
            not len(part.at) == len(part.lengths) == len(wire)
            or min((*part.lengths, *wire), default=0) < 0
        ):
            raise EditedError("times and lengths of its reads disagree")
        for at_ns, length, wire_length in zip(accumulate(part.at), part.lengths, wire, strict=True):
            data = self._body[self._at : self._at + length]
            if len(data) < length:
                raise EditedError("its body is shorter than its reads")
            self._at += length
            yield ReadSeen(self._exchange, _moment(at_ns), data, wire_length)

    def _whole(self, part: Body) -> BodySeen:
        if part.side == "request":
            held = request_body(self._request, self._exchange, part.at_ns)
            data = (held.raw if held else None) or b""
            kind = held.content_type if held else ""
        else:
            data, kind = self._body, self._answer.content_type
        if len(data) != part.kept or part.length < 0:
            raise EditedError("a body is not as long as it was")
        return BodySeen(
            self._exchange,
            _moment(part.at_ns),
            part.side,
            data or None,
            "",
            kind,
            part.wire_length,
            part.length,
            part.withheld,
        )

    def _message(self, part: Message) -> MessageSeen:
        told = next(self._messages, None)
        if told is None:
            raise EditedError("a WebSocket message is missing")
        return MessageSeen(
            self._exchange,
            _moment(part.at_ns),
            part.from_client,
            part.is_text,
            frame(told),
            part.length or 0,
        )


def _fields(headers: Iterable[tuple[str, str]]) -> Fields:
    return tuple((fields.octets(name), fields.octets(value)) for name, value in headers)


def _moment(at_ns: int) -> int:
    if abs(at_ns) >= LIMIT_NS:
        raise EditedError("a time is beyond belief")
    return at_ns


def _believed(records: list[Beside]) -> list[Beside]:
    for record in records:
        _moment(record.at_ns)
    return records
