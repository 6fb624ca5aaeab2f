"""HTTP/2 as an onlooker reads it (RFC 9113): both directions' bytes in, exchanges out. Pure.

A body's bytes are handed on as they come, without waiting for the rest of their DATA frame,
as a client does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from h2.errors import ErrorCodes
from hpack import Decoder, HPACKError
from hyperframe.exceptions import HyperframeError
from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
)

from analyzer.importers.pcap.exchanges import Exchange, Exchanges
from analyzer.importers.pcap.link import Link
from analyzer.importers.pcap.messages import (
    CLOSED,
    HEAD_LIMIT,
    BrokenError,
    answered,
    asked,
    is_request,
)
from analyzer.intake.seen import Fields
from analyzer.model import Ending

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
TABLE_LIMIT = 16 * 1024 * 1024
"""Bytes of a header table, whatever a peer allows the other to fill."""

_HEADER = 9
_DATA = 0
_READ = {1, 3, 4, 5, 7, 9}
"""HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, GOAWAY, CONTINUATION; others carry no exchange."""
_END_STREAM, _PADDED = 1, 8


@dataclass(frozen=True, slots=True)
class Data:
    """A part of a DATA frame; ``ends`` if the stream's last."""

    stream: int
    data: bytes
    ends: bool


class Cutter:
    """Cuts one direction's bytes into frames, and DATA frames into the parts that came."""

    def __init__(self, preface: bytes = b"") -> None:
        self._preface = preface
        self._buffer = bytearray()
        self._skip = 0
        self._stream = self._left = self._padding = 0
        self._ends = self._in_data = False

    def feed(self, data: bytes) -> Iterator[Frame | Data]:
        """Yield what these bytes brought.

        Raises:
            BrokenError: they are no HTTP/2.
        """
        self._buffer += data
        self._drop_preface()
        while self._buffer or (self._in_data and not self._left):
            if self._skip:
                self._pass_over()
            elif self._in_data:
                yield self._data()
            elif len(self._buffer) < _HEADER:
                return
            elif self._buffer[3] == _DATA:
                if not self._begin_data():
                    return
            else:
                frame = self._frame()
                if frame is None and not self._skip:
                    return
                if frame is not None:
                    yield frame

    def _drop_preface(self) -> None:
        size = min(len(self._preface), len(self._buffer))
        if self._buffer[:size] != self._preface[:size]:
            raise BrokenError("the client's preface is missing")
        del self._buffer[:size]
        self._preface = self._preface[size:]

    def _pass_over(self) -> None:
        size = min(self._skip, len(self._buffer))
        del self._buffer[:size]
        self._skip -= size

    def _begin_data(self) -> bool:
        length, flags = int.from_bytes(self._buffer[:3]), self._buffer[4]
        padded = bool(flags & _PADDED)
        if len(self._buffer) < _HEADER + padded:
            return False
        self._stream = int.from_bytes(self._buffer[5:9]) & 0x7FFFFFFF
        self._padding = self._buffer[_HEADER] if padded else 0
        self._left = length - padded - self._padding
        if self._left < 0:
            raise BrokenError("a DATA frame has more padding than it is long")
        self._ends = bool(flags & _END_STREAM)
        self._in_data = True
        del self._buffer[: _HEADER + padded]
        return True

    def _data(self) -> Data:
        data = bytes(self._buffer[: self._left])
        del self._buffer[: len(data)]
        self._left -= len(data)
        if self._left:
            return Data(self._stream, data, ends=False)
        self._in_data = False
        self._skip, self._padding = self._padding, 0
        return Data(self._stream, data, self._ends)

    def _frame(self) -> Frame | None:
        length = int.from_bytes(self._buffer[:3])
        if self._buffer[3] not in _READ:
            self._skip = _HEADER + length
            return None
        if length > HEAD_LIMIT:
            raise BrokenError(f"a frame is {length} bytes long")
        if len(self._buffer) < _HEADER + length:
            return None
        raw = memoryview(bytes(self._buffer[: _HEADER + length]))
        del self._buffer[: _HEADER + length]
        try:
            frame, _ = Frame.parse_frame_header(raw[:_HEADER])
            frame.parse_body(raw[_HEADER:])
        except (HyperframeError, ValueError) as error:
            raise BrokenError(f"a frame is malformed: {error}") from error
        return frame


class _Direction:
    """What one side sends: frames, and heads of its own compression context."""

    def __init__(self, preface: bytes = b"") -> None:
        self.cutter = Cutter(preface)
        self._decoder = Decoder(HEAD_LIMIT)
        self._stream = 0
        self._block = bytearray()
        self._ends = self._promise = False

    def allow_table(self, size: int) -> None:
        """The other side lets this one fill a table of that many bytes."""
        allowed = self._decoder.max_allowed_table_size
        self._decoder.max_allowed_table_size = max(allowed, min(size, TABLE_LIMIT))

    def head(self, frame: Frame) -> tuple[int, Fields, bool] | None:
        """Stream, fields and END_STREAM, once the head is whole. Raise BrokenError."""
        if isinstance(frame, ContinuationFrame):
            if frame.stream_id != self._stream:
                raise BrokenError("a CONTINUATION frame continues nothing")
        else:
            self._stream, self._block = frame.stream_id, bytearray()
            self._ends = "END_STREAM" in frame.flags
            self._promise = isinstance(frame, PushPromiseFrame)
        assert isinstance(frame, HeadersFrame | ContinuationFrame | PushPromiseFrame)
        self._block += frame.data
        if len(self._block) > HEAD_LIMIT:
            raise BrokenError(f"a head is longer than {HEAD_LIMIT} bytes")
        if "END_HEADERS" not in frame.flags:
            return None
        block, stream = bytes(self._block), self._stream
        self._block, self._stream = bytearray(), 0
        try:
            decoded = self._decoder.decode(block, raw=True)
            fields = tuple((bytes(name), bytes(value)) for name, value in decoded)
        except (HPACKError, ValueError, IndexError) as error:
            raise BrokenError(f"a head cannot be decompressed: {error}") from error
        return None if self._promise else (stream, fields, self._ends)


class Http2:
    """One connection."""

    def __init__(self, link: Link, exchanges: Exchanges) -> None:
        self._link = link
        self._exchanges = exchanges
        self._client = _Direction(PREFACE)
        self._server = _Direction()
        self._open: dict[int, Exchange] = {}
        self._last = 0

    def feed(self, from_client: bool, at_ns: int, data: bytes) -> None:
        """Raise BrokenError if nothing after this can be told."""
        direction = self._client if from_client else self._server
        for frame in direction.cutter.feed(data):
            if isinstance(frame, Data):
                self._data(from_client, at_ns, frame)
            elif isinstance(frame, RstStreamFrame):
                self._reset(from_client, at_ns, frame)
            elif isinstance(frame, GoAwayFrame):
                self._go_away(from_client, at_ns, frame)
            elif isinstance(frame, SettingsFrame):
                size = frame.settings.get(SettingsFrame.HEADER_TABLE_SIZE)
                if size is not None:
                    (self._server if from_client else self._client).allow_table(size)
            elif head := direction.head(frame):
                self._head(from_client, at_ns, *head)

    def finish(self, at_ns: int, by_client: bool, detail: str) -> None:
        """The transport is closed: nothing more comes on any stream."""
        for exchange in self._open.values():
            exchange.abort(at_ns, "client_abort" if by_client else "server_abort", detail)
        self._open.clear()

    def close(self, at_ns: int, by_client: bool) -> None:
        """The server sends no more."""
        self.finish(at_ns, by_client, CLOSED)

    def leave(self) -> None:
        for exchange in self._open.values():
            exchange.leave()
        self._open.clear()

    def _head(self, from_client: bool, at_ns: int, stream: int, fields: Fields, ends: bool) -> None:
        exchange = self._open.get(stream)
        if from_client and exchange is None and stream > self._last and is_request(fields):
            self._last = stream
            number = self._link.number(at_ns)
            exchange = self._exchanges.begin(at_ns, asked(fields, "HTTP/2.0"), number)
            if exchange is not None:
                self._open[stream] = exchange
        if exchange is None:
            return
        if not from_client and not exchange.answered:
            exchange.answer(at_ns, *answered(fields))
        if ends:
            self._end(from_client, at_ns, stream, exchange)

    def _data(self, from_client: bool, at_ns: int, part: Data) -> None:
        exchange = self._open.get(part.stream)
        if exchange is None:
            return
        if from_client:
            exchange.ask(part.data)
        else:
            exchange.receive(at_ns, part.data)
        if part.ends:
            self._end(from_client, at_ns, part.stream, exchange)

    def _end(self, from_client: bool, at_ns: int, stream: int, exchange: Exchange) -> None:
        if from_client:
            exchange.send(at_ns)
        else:
            exchange.complete(at_ns)
            self._open.pop(stream, None)

    def _reset(self, from_client: bool, at_ns: int, frame: RstStreamFrame) -> None:
        exchange = self._open.pop(frame.stream_id, None)
        if exchange is not None:
            how: Ending = "client_abort" if from_client else "server_abort"
            exchange.abort(at_ns, how, f"RST_STREAM, {error_name(frame.error_code)}")

    def _go_away(self, from_client: bool, at_ns: int, frame: GoAwayFrame) -> None:
        """The server processes no stream above the last one that it names."""
        if from_client:
            return
        for stream in [one for one in self._open if one > frame.last_stream_id]:
            detail = f"GOAWAY, {error_name(frame.error_code)}"
            self._open.pop(stream).abort(at_ns, "server_abort", detail)


def error_name(code: int) -> str:
    try:
        return ErrorCodes(code).name
    except ValueError:
        return f"error code {code:#x}"
