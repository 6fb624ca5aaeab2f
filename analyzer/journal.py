"""The capture format: JSON Lines, one record a line, appended and never changed.

Pure: bytes in, records out, and back; whoever owns the file reads and writes it.

A capture begins with a `CaptureHead` line that also carries ``format`` and
``version``. `Reads` is kept compactly: ``at`` holds the first arrival and then
the gaps, the bytes stand once, as ``text`` where they are valid UTF-8 and as
``base64`` where they are not. Any other bytes field follows the same rule. So
the file can be read with ``less`` and ``jq``, and a million reads load in about
a second.

A journal may end anywhere: a line without its line feed is a torn tail. It is
reported as a `Problem`, like a damaged line in the middle, and costs only
itself.
"""

import base64
from itertools import accumulate, pairwise
from typing import Any

import msgspec

from analyzer import model
from analyzer.model import AnyRecord, CaptureError, Problem, Reads

FORMAT = "streamscope-journal"
VERSION = 1
MAGIC = b'{"format":"streamscope-journal",'

LINE_LIMIT = 256 * 1024 * 1024
"""Longest line that is read; a longer one is skipped and reported."""


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Bytes as JSON can carry them."""

    text: str | None = None
    base64: str | None = None


class _Head(msgspec.Struct, frozen=True):
    format: str
    version: int
    capture: msgspec.Raw


class _ReadsLine(msgspec.Struct, frozen=True, tag="reads", tag_field="t", omit_defaults=True):
    exchange: int
    at: list[int]
    lengths: list[int]
    data: _Packed
    wire: list[int] = []
    side: model.Side = "response"


class _BodyLine(msgspec.Struct, frozen=True, tag="body", tag_field="t", omit_defaults=True):
    exchange: int
    at_ns: int
    side: model.Side
    length: int
    data: _Packed = _Packed()
    wire_length: int | None = None
    withheld: str = ""


class _WebSocketLine(
    msgspec.Struct, frozen=True, tag="websocket", tag_field="t", omit_defaults=True
):
    exchange: int
    at_ns: int
    from_client: bool
    is_text: bool
    data: _Packed
    length: int


type _Line = (
    model.Connection
    | model.ConnectionEnd
    | model.RequestHead
    | model.RequestEnd
    | model.ResponseHead
    | _ReadsLine
    | _BodyLine
    | model.ExchangeEnd
    | _WebSocketLine
    | model.Credential
    | model.Observer
    | model.Lost
    | model.CaptureEnd
)

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises: also for bad UTF-8, bad base64 and arrays nested without end."""

_encoder = msgspec.json.Encoder()
_head_decoder = msgspec.json.Decoder(_Head)
_capture_decoder = msgspec.json.Decoder(model.CaptureHead)
_line_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Line.__value__)


def _pack(data: bytes) -> _Packed:
    try:
        return _Packed(text=data.decode())
    except UnicodeDecodeError:
        return _Packed(base64=base64.b64encode(data).decode("ascii"))


def _unpack(packed: _Packed) -> bytes:
    if packed.text is not None:
        return packed.text.encode()
    if packed.base64 is not None:
        return base64.b64decode(packed.base64, validate=True)
    return b""


def encode(record: AnyRecord) -> bytes:
    """One record as one line, with its line feed."""
    return _encoder.encode(_to_line(record)) + b"\n"


def _to_line(record: AnyRecord) -> object:
    match record:
        case Reads():
            at = record.at_ns
            gaps = [at[0], *(b - a for a, b in pairwise(at))] if at else []
            return _ReadsLine(
                record.exchange,
                gaps,
                list(record.lengths),
                _pack(record.data),
                list(record.wire_lengths),
                record.side,
            )
        case model.Body():
            return _BodyLine(
                record.exchange,
                record.at_ns,
                record.side,
                record.length,
                _pack(record.data) if record.data else _Packed(),
                record.wire_length,
                record.withheld,
            )
        case model.WebSocketMessage():
            return _WebSocketLine(
                record.exchange,
                record.at_ns,
                record.from_client,
                record.is_text,
                _pack(record.data),
                record.length,
            )
        case model.CaptureHead():
            return _Head(FORMAT, VERSION, msgspec.Raw(_encoder.encode(record)))
    return record


def _from_line(line: Any) -> AnyRecord:
    match line:
        case _ReadsLine():
            data = _unpack(line.data)
            if len(line.at) != len(line.lengths) or sum(line.lengths) != len(data):
                raise ValueError("times, lengths and bytes of the reads disagree")
            if line.wire and len(line.wire) != len(line.at):
                raise ValueError("times and wire lengths of the reads disagree")
            if min(line.lengths, default=0) < 0 or min(line.wire, default=0) < 0:
                raise ValueError("a read has a negative length")
            return Reads(
                line.exchange,
                tuple(accumulate(line.at)),
                tuple(line.lengths),
                data,
                tuple(line.wire),
                line.side,
            )
        case _BodyLine():
            return model.Body(
                line.exchange,
                line.at_ns,
                line.side,
                line.length,
                _unpack(line.data),
                line.wire_length,
                line.withheld,
            )
        case _WebSocketLine():
            return model.WebSocketMessage(
                line.exchange,
                line.at_ns,
                line.from_client,
                line.is_text,
                _unpack(line.data),
                line.length,
            )
    record: AnyRecord = line
    return record


class Decoder:
    """Turn a journal's bytes into records, in pieces of any size.

    ``place`` names the file in problems and errors.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._parts: list[bytes] = []
        self._held = 0
        self._offset = 0
        self._headed = False

    def feed(self, data: bytes) -> list[AnyRecord | Problem]:
        """Return the records whose lines this data ended, damaged lines as problems.

        Raises CaptureError if the first line is no journal's, or a newer version's.
        """
        *ended, rest = data.split(b"\n")
        found: list[AnyRecord | Problem] = []
        for tail in ended:
            self._parts.append(tail)
            line = b"".join(self._parts)
            self._parts.clear()
            found.append(self._line(line, self._held + len(tail)))
            self._held = 0
        if rest:
            self._held += len(rest)
            if self._held <= LINE_LIMIT:
                self._parts.append(rest)
            else:
                self._parts.clear()
        return found

    def finish(self) -> list[AnyRecord | Problem]:
        """What is left when the file ends: nothing, or a torn tail."""
        if not self._headed:
            self._read_head(b"".join(self._parts))
        if not self._held:
            return []
        detail = f"the last record is cut after {self._held} bytes; everything before it was read"
        return [Problem("torn_tail", self._place, detail, self._offset)]

    def _line(self, line: bytes, length: int) -> AnyRecord | Problem:
        offset = self._offset
        self._offset += length + 1
        if not self._headed:
            return self._read_head(line)
        if length > LINE_LIMIT:
            detail = f"a record of {length} bytes is over the limit of {LINE_LIMIT}; skipped"
            return Problem("record_too_long", self._place, detail, offset)
        try:
            return _from_line(_line_decoder.decode(line))
        except _UNREADABLE as error:
            detail = f"a record cannot be read and was skipped: {error}"
            return Problem("damaged_record", self._place, detail, offset)

    def _read_head(self, line: bytes) -> AnyRecord:
        try:
            head = _head_decoder.decode(line)
            if head.format != FORMAT:
                raise ValueError(f"format is {head.format!r}")
            if head.version > VERSION:
                raise CaptureError(
                    f"{self._place}: journal version {head.version} is newer than this "
                    f"streamscope reads ({VERSION}); update streamscope"
                )
            capture = _capture_decoder.decode(head.capture)
        except _UNREADABLE as error:
            raise CaptureError(
                f"{self._place}: not a streamscope capture; record one with `streamscope record`"
            ) from error
        self._headed = True
        return capture
