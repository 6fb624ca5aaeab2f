"""One row of tshark's output → what its packet brought. Pure.

tshark decrypts, and puts TCP segments in order; everything above TLS and QUIC is switched off
in it, so that ``data.data`` holds the bytes of a TLS record or TCP segment as an application
gets them, and ``quic.stream_data`` those of one STREAM frame.
"""

from dataclasses import dataclass

FIELDS = (
    "frame.time_epoch",
    "ip.src",
    "ipv6.src",
    "ip.dst",
    "ipv6.dst",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags",
    "udp.srcport",
    "udp.dstport",
    "tcp.analysis.lost_segment",
    "tls.record.content_type",
    "tls.record.opaque_type",
    "tls.handshake.type",
    "tls.handshake.version",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.extensions_server_name",
    "tls.handshake.extensions_alpn_str",
    "data.data",
    "quic.connection.number",
    "quic.version",
    "quic.frame_type",
    "quic.stream.stream_id",
    "quic.stream.offset",
    "quic.stream.length",
    "quic.stream_data",
    "quic.rsts.stream_id",
    "quic.rsts.application_error_code",
    "quic.ss.stream_id",
    "quic.ss.application_error_code",
    "quic.cc.error_code",
    "quic.cc.error_code.app",
)
"""The columns, in their order; tab between them, a comma between values of one packet."""

FILTER = "tls or quic or data or tcp.flags.syn==1 or tcp.flags.fin==1 or tcp.flags.reset==1"
"""Packets that bring nothing to an application need no row."""

TIME_LIMIT = 2**61
"""Nanoseconds since 1970: a moment beyond is no moment."""

_EMPTY = "<MISSING>"
"""How tshark writes bytes of which there are none, as in a STREAM frame that only ends."""

FIN, SYN, RST, ACK = 1, 2, 4, 16


class RowError(ValueError):
    """A row is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS handshake messages of a packet, by their numbers (RFC 8446, section 4)."""

    messages: tuple[int, ...]
    versions: tuple[int, ...]
    server_name: str
    alpn: tuple[str, ...]


CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS, FINISHED = 1, 2, 8, 20


@dataclass(frozen=True, slots=True)
class StreamFrame:
    stream: int
    offset: int
    data: bytes
    fin: bool


@dataclass(frozen=True, slots=True)
class ResetFrame:
    stream: int
    code: int


@dataclass(frozen=True, slots=True)
class StopFrame:
    stream: int
    code: int


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """The connection is closed; ``application`` if by HTTP/3 and not by QUIC itself."""

    code: int
    application: bool


type QuicFrame = StreamFrame | ResetFrame | StopFrame | CloseFrame


@dataclass(frozen=True, slots=True)
class Packet:
    """``at_ns`` is Unix time; ``source`` and ``destination`` are ``host:port``.

    ``number`` is tshark's for the TCP stream or QUIC connection. ``data`` is what an
    application gets of TCP: one entry a TLS record, or the segments that are in order now.
    ``sealed``: there is application data that could not be decrypted. ``version`` stands in
    QUIC's long headers only, with which a connection begins.
    """

    at_ns: int
    is_quic: bool
    number: int
    source: str
    destination: str
    flags: int = 0
    gap: bool = False
    is_tls: bool = False
    sealed: bool = False
    version: int = 0
    handshake: Handshake | None = None
    data: tuple[bytes, ...] = ()
    frames: tuple[QuicFrame, ...] = ()


def parse(line: bytes) -> Packet | None:
    """The packet of a row; None if it belongs to no connection.

    Raises:
        RowError: the columns are not those of `FIELDS`, or a value is malformed.
    """
    columns = line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")
    if len(columns) != len(FIELDS):
        raise RowError(f"{len(columns)} columns instead of {len(FIELDS)}")
    row = dict(zip(FIELDS, columns, strict=True))
    try:
        if row["quic.connection.number"]:
            return _quic(row)
        return _tcp(row) if row["tcp.stream"] else None
    except (ValueError, IndexError) as error:
        raise RowError(str(error)) from error


type _Row = dict[str, str]


def _tcp(row: _Row) -> Packet:
    data = _blobs(row["data.data"])
    types = row["tls.record.content_type"]
    is_tls = bool(types or row["tls.record.opaque_type"])
    return Packet(
        at_ns=_moment(row["frame.time_epoch"]),
        is_quic=False,
        number=_last(row["tcp.stream"]),
        source=_address(row, "src", "tcp.srcport"),
        destination=_address(row, "dst", "tcp.dstport"),
        flags=int(row["tcp.flags"].rpartition(",")[2] or "0", 16),
        gap=bool(row["tcp.analysis.lost_segment"]),
        is_tls=is_tls,
        sealed=is_tls and not data and (not types or "23" in types.split(",")),
        handshake=_handshake(row),
        data=data,
    )


def _quic(row: _Row) -> Packet:
    return Packet(
        at_ns=_moment(row["frame.time_epoch"]),
        is_quic=True,
        number=_last(row["quic.connection.number"]),
        source=_address(row, "src", "udp.srcport"),
        destination=_address(row, "dst", "udp.dstport"),
        is_tls=True,
        sealed=not row["quic.version"] and not row["quic.frame_type"],
        version=int(row["quic.version"].partition(",")[0] or "0", 0),
        handshake=_handshake(row),
        frames=tuple(_frames(row)),
    )


def _moment(text: str) -> int:
    whole, _, part = text.partition(".")
    at_ns = int(whole) * 1_000_000_000 + int(part.ljust(9, "0")[:9])
    if not 0 <= at_ns < TIME_LIMIT:
        raise ValueError(f"{text} is no time of day")
    return at_ns


def _last(text: str) -> int:
    return int(text.rpartition(",")[2])


def _address(row: _Row, end: str, port: str) -> str:
    """Of tunnelled packets the innermost one's."""
    number = row[port].rpartition(",")[2]
    host = row[f"ip.{end}"].rpartition(",")[2]
    return f"{host}:{number}" if host else f"[{row[f'ipv6.{end}'].rpartition(',')[2]}]:{number}"


def _blobs(text: str) -> tuple[bytes, ...]:
    return tuple(_blob(part) for part in text.split(",")) if text else ()


def _blob(text: str) -> bytes:
    return b"" if text == _EMPTY else bytes.fromhex(text.replace(":", ""))


def _numbers(text: str) -> list[int]:
    return [int(part, 0) for part in text.split(",")] if text else []


def _handshake(row: _Row) -> Handshake | None:
    messages = row["tls.handshake.type"]
    if not messages:
        return None
    versions = row["tls.handshake.extensions.supported_version"] or row["tls.handshake.version"]
    return Handshake(
        tuple(_numbers(messages)),
        tuple(_numbers(versions)),
        row["tls.handshake.extensions_server_name"].partition(",")[0],
        tuple(filter(None, row["tls.handshake.extensions_alpn_str"].split(","))),
    )


class _Column:
    """The values of one field in a packet, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._values = iter(_numbers(text))

    def take(self) -> int:
        value = next(self._values, None)
        if value is None:
            raise ValueError("a frame lacks a value")
        return value


_RESET_STREAM, _STOP_SENDING, _CLOSE, _CLOSE_BY_APPLICATION = 4, 5, 28, 29
_STREAM = range(8, 16)
"""Types of STREAM frames: one bit each for FIN, a length, an offset (RFC 9000, section 19.8)."""


def _frames(row: _Row) -> list[QuicFrame]:
    """The frames that bring something, in order: fields that a frame lacks have no value."""
    types = _numbers(row["quic.frame_type"])
    resets = _Column(row["quic.rsts.stream_id"])
    reset_codes = _Column(row["quic.rsts.application_error_code"])
    stops = _Column(row["quic.ss.stream_id"])
    stop_codes = _Column(row["quic.ss.application_error_code"])
    closes = {
        _CLOSE: _Column(row["quic.cc.error_code"]),
        _CLOSE_BY_APPLICATION: _Column(row["quic.cc.error_code.app"]),
    }
    streams = iter(_stream_frames([kind for kind in types if kind in _STREAM], row))
    frames: list[QuicFrame] = []
    for kind in types:
        if kind in _STREAM:
            frames.append(next(streams))
        elif kind == _RESET_STREAM:
            frames.append(ResetFrame(resets.take(), reset_codes.take()))
        elif kind == _STOP_SENDING:
            frames.append(StopFrame(stops.take(), stop_codes.take()))
        elif kind in closes:
            frames.append(CloseFrame(closes[kind].take(), kind == _CLOSE_BY_APPLICATION))
    return frames


def _stream_frames(types: list[int], row: _Row) -> list[StreamFrame]:
    streams, offsets, lengths = (
        _Column(row[f"quic.stream.{name}"]) for name in ("stream_id", "offset", "length")
    )
    parts = row["quic.stream_data"].split(",")
    of_each = len(parts) == len(types)
    data = iter(parts if of_each else filter(None, parts))
    frames: list[StreamFrame] = []
    for kind in types:
        stream = streams.take()
        offset = offsets.take() if kind & 4 else 0
        length = lengths.take() if kind & 2 else None
        brought = _blob(next(data, "")) if length != 0 or of_each else b""
        if length is not None and length != len(brought):
            raise ValueError(f"a frame of {length} bytes has {len(brought)}")
        frames.append(StreamFrame(stream, offset, brought, bool(kind & 1)))
    return frames
