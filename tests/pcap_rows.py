"""Rows as tshark writes them of a packet capture, made by hand; times in ms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import hpack
import pylsqpack
from hyperframe.frame import DataFrame, Frame, HeadersFrame

from analyzer.importers.pcap.http2 import PREFACE
from analyzer.importers.pcap.packets import FIELDS, StreamFrame
from analyzer.importers.pcap.rows import Reader
from analyzer.intake.seen import EndSeen, Item, ResponseSeen
from analyzer.model import CaptureHead, Problem

BEGAN_S = 1_760_000_000
MS = 1_000_000
CLIENT, SERVER = ("10.0.0.1", 50_000), ("10.0.0.2", 443)
ASKED = [(":method", "POST"), (":scheme", "https"), (":authority", "chat.example"), (":path", "/a")]
STREAMED = [(":status", "200"), ("content-type", "text/event-stream")]
HEAD = CaptureHead("pcap-test", "pcap", "dumpcap", "packet", 1, 0, 0)


def row(at_ms: float, **values: str) -> bytes:
    """One packet's row; dots of the fields' names are double underscores here."""
    at_ns = round(at_ms * MS)
    named = {name.replace("__", "."): value for name, value in values.items()}
    named["frame.time_epoch"] = f"{BEGAN_S + at_ns // 10**9}.{at_ns % 10**9:09}"
    assert named.keys() <= set(FIELDS)
    return "\t".join(named.get(name, "") for name in FIELDS).encode() + b"\n"


def read(rows: Iterable[bytes], held_limit: int = 1 << 20) -> list[Item | Problem]:
    """What the rows of a whole capture show."""
    reader = Reader(HEAD, "test.pcapng", held_limit)
    return [item for one in rows for item in reader.feed(one)] + reader.finish(whole=True)


def chunks(items: Sequence[Item | Problem], exchange: int = 1) -> list[tuple[float, bytes]]:
    """The body bytes of a stream, each with its moment in ms."""
    found = [item for item in items if isinstance(item, tuple) and item[0] == exchange]
    return [(at_ns / MS, data) for _, at_ns, data in found]


def only[T](items: Sequence[Item | Problem], kind: type[T]) -> T:
    (found,) = every(items, kind)
    return found


def every[T](items: Sequence[Item | Problem], kind: type[T]) -> list[T]:
    return [item for item in items if isinstance(item, kind)]


def ends(items: Sequence[Item | Problem]) -> list[tuple[int, str, str]]:
    return [(end.exchange, end.how, end.detail) for end in every(items, EndSeen)]


def statuses(items: Sequence[Item | Problem]) -> list[tuple[int, int]]:
    return [(one.exchange, one.status) for one in every(items, ResponseSeen)]


@dataclass
class Tcp:
    """A TCP connection; ``tls`` with what ALPN chose, empty for one in the clear."""

    alpn: str = "h2"
    number: int = 0
    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER

    def opening(self, at_ms: float = 0) -> list[bytes]:
        """SYN, SYN and ACK, and the TLS handshake: each a millisecond after the other."""
        rows = [self._row(at_ms, True, tcp__flags="0x0002")]
        rows.append(self._row(at_ms + 1, False, tcp__flags="0x0012"))
        if self.alpn:
            hello = {"tls__handshake__extensions_server_name": "chat.example"}
            offers = {"tls__handshake__extensions_alpn_str": "h2,http/1.1"}
            rows.append(self.handshake(at_ms + 2, True, "1", **hello, **offers))
            agreed = {"tls__handshake__extensions_alpn_str": self.alpn}
            version = {"tls__handshake__extensions__supported_version": "0x0304"}
            rows.append(self.handshake(at_ms + 3, False, "2,8,11,15,20", **agreed, **version))
            rows.append(self.handshake(at_ms + 4, True, "20"))
        return rows

    def handshake(self, at_ms: float, from_client: bool, messages: str, **values: str) -> bytes:
        records = {"tls__record__content_type": "22", "tls__handshake__type": messages}
        return self._row(at_ms, from_client, **records, **values)

    def sends(self, at_ms: float, *data: bytes, **values: str) -> bytes:
        """The client does: one packet, one TLS record each."""
        return self._row(at_ms, True, **self._data(data), **values)

    def answers(self, at_ms: float, *data: bytes, **values: str) -> bytes:
        return self._row(at_ms, False, **self._data(data), **values)

    def ends(self, at_ms: float, *, from_client: bool, flags: str = "0x0011") -> bytes:
        return self._row(at_ms, from_client, tcp__flags=flags)

    def _data(self, data: Sequence[bytes]) -> dict[str, str]:
        blobs = {"data__data": ",".join(one.hex() for one in data)}
        if self.alpn:
            blobs["tls__record__content_type"] = ",".join("23" for _ in data)
        return blobs

    def _row(self, at_ms: float, from_client: bool, **values: str) -> bytes:
        source, to = (self.client, self.server) if from_client else (self.server, self.client)
        ends = {
            "ip__src": source[0],
            "ip__dst": to[0],
            "tcp__stream": str(self.number),
            "tcp__srcport": str(source[1]),
            "tcp__dstport": str(to[1]),
        }
        return row(at_ms, **({"tcp__flags": "0x0018"} | ends | values))


class Http2Peer:
    """One side of an HTTP/2 connection, as bytes."""

    def __init__(self) -> None:
        self._encoder = hpack.Encoder()

    def head(self, stream: int, fields: Sequence[tuple[str, str]], *, ends: bool = False) -> bytes:
        frame = HeadersFrame(stream, self.block(fields))
        frame.flags |= {"END_HEADERS"} | ({"END_STREAM"} if ends else set())
        return frame.serialize()

    def block(self, fields: Sequence[tuple[str, str]]) -> bytes:
        return self._encoder.encode(fields)


def data(stream: int, body: bytes, *, ends: bool = False, padding: int | None = None) -> bytes:
    frame = DataFrame(stream, body)
    if padding is not None:
        frame.flags.add("PADDED")
        frame.pad_length = padding
    if ends:
        frame.flags.add("END_STREAM")
    return frame.serialize()


def flagged(frame: Frame, *flags: str) -> bytes:
    frame.flags |= set(flags)
    return frame.serialize()


def asking(peer: Http2Peer, stream: int = 1) -> bytes:
    """What a client that just connected sends: its preface, and one request without a body."""
    start = PREFACE if stream == 1 else b""
    return start + peer.head(stream, ASKED, ends=True)


@dataclass
class Quic:
    """A QUIC connection."""

    number: int = 0
    client: tuple[str, int] = CLIENT
    server: tuple[str, int] = SERVER
    _offsets: dict[tuple[bool, int], int] = field(default_factory=dict)

    def opening(self) -> list[bytes]:
        names = {
            "tls__handshake__extensions_server_name": "chat.example",
            "tls__handshake__extensions_alpn_str": "h3",
        }
        hello = {"quic__version": "0x00000001", "quic__frame_type": "6,0"}
        agreed = {"tls__handshake__extensions_alpn_str": "h3"}
        return [
            self._row(0, True, tls__handshake__type="1", **names, **hello),
            self._row(1, False, tls__handshake__type="2,8", **agreed, **hello),
            self._row(2, False, tls__handshake__type="11,15,20", **hello),
            self._row(3, True, tls__handshake__type="20", **hello),
        ]

    def sends(self, at_ms: float, stream: int, body: bytes, *, fin: bool = False) -> bytes:
        """The client does: the stream's next bytes, in a packet of their own."""
        return self.packet(at_ms, True, [self.frame(True, stream, body, fin=fin)])

    def answers(self, at_ms: float, stream: int, body: bytes, *, fin: bool = False) -> bytes:
        return self.packet(at_ms, False, [self.frame(False, stream, body, fin=fin)])

    def frame(
        self, from_client: bool, stream: int, body: bytes, *, fin: bool = False
    ) -> StreamFrame:
        offset = self._offsets.get((from_client, stream), 0)
        self._offsets[from_client, stream] = offset + len(body)
        return StreamFrame(stream, offset, body, fin)

    def packet(self, at_ms: float, from_client: bool, frames: Sequence[StreamFrame]) -> bytes:
        """Frames with an offset and a length, but for an offset of 0."""
        values = {
            "quic__frame_type": ",".join(
                str(8 | 2 | 4 * bool(one.offset) | one.fin) for one in frames
            ),
            "quic__stream__stream_id": ",".join(str(one.stream) for one in frames),
            "quic__stream__offset": ",".join(str(one.offset) for one in frames if one.offset),
            "quic__stream__length": ",".join(str(len(one.data)) for one in frames),
            "quic__stream_data": ",".join(one.data.hex() for one in frames),
        }
        return self._row(at_ms, from_client, **values)

    def tells(self, at_ms: float, *, from_client: bool, **values: str) -> bytes:
        """A packet with other frames."""
        return self._row(at_ms, from_client, **values)

    def _row(self, at_ms: float, from_client: bool, **values: str) -> bytes:
        source, to = (self.client, self.server) if from_client else (self.server, self.client)
        ends = {
            "ip__src": source[0],
            "ip__dst": to[0],
            "udp__srcport": str(source[1]),
            "udp__dstport": str(to[1]),
            "quic__connection__number": str(self.number),
        }
        return row(at_ms, **ends, **values)


class Http3Peer:
    """One side of an HTTP/3 connection, as bytes; ``table`` is what the other lets it use."""

    def __init__(self, table: int = 0) -> None:
        self._encoder = pylsqpack.Encoder()
        self.setup = self._encoder.apply_settings(table, 16) if table else b""

    def head(self, stream: int, fields: Sequence[tuple[str, str]]) -> bytes:
        inserted, frame = self.head_and_entries(stream, fields)
        assert not inserted
        return frame

    def head_and_entries(
        self, stream: int, fields: Sequence[tuple[str, str]]
    ) -> tuple[bytes, bytes]:
        """What goes on the encoder stream, and the HEADERS frame that needs it."""
        lines = [(name.encode(), value.encode()) for name, value in fields]
        inserted, block = self._encoder.encode(stream, lines)
        return inserted, h3_frame(1, block)


def h3_frame(kind: int, payload: bytes) -> bytes:
    return varint(kind) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    return bytes([value]) if value < 64 else (value | 1 << 31).to_bytes(4)
