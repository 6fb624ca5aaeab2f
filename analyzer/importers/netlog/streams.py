"""Streams of HTTP/2 and HTTP/3 sessions: what each brought in, and when."""

from collections import OrderedDict
from dataclasses import dataclass

from analyzer.importers.netlog.arrivals import Arrivals, Room
from analyzer.importers.netlog.events import Event
from analyzer.importers.netlog.headers import is_final
from analyzer.importers.netlog.quic import QuicBody, varint_length

OPEN_LIMIT = 2_000
"""Streams that are followed at once; of the oldest only reads tell when their bytes came."""


@dataclass(slots=True)
class Stream:
    """The incoming side of one. ``headed_ns``: its response's head was there; ``ended_ns``:
    all of it was. ``reset`` is how the service reset it, in words."""

    arrivals: Arrivals
    quic: QuicBody | None = None
    headed_ns: int | None = None
    ended_ns: int | None = None
    reset: str = ""


class Streams:
    """Follows streams by session and stream number."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[int, int], Stream] = OrderedDict()
        self._room = Room()

    def open(self, session: int, number: int, *, quic: bool) -> Stream:
        stream = Stream(Arrivals(self._room))
        if quic:
            stream.quic = QuicBody(stream.arrivals)
        self._open[session, number] = stream
        if len(self._open) > OPEN_LIMIT:
            self._open.popitem(last=False)
        return stream

    def forget(self, session: int, number: int) -> None:
        self._open.pop((session, number), None)

    def take(self, event: Event) -> None:
        """An event of a session that concerns one of its streams."""
        params = event.params
        number = params.stream_id if params.stream_id >= 0 else params.quic_stream_id
        stream = self._open.get((event.source, number))
        if stream is None:
            return
        match event.kind:
            case "HTTP2_SESSION_RECV_HEADERS" | "HTTP3_HEADERS_DECODED":
                if stream.headed_ns is None and is_final(params.headers or ()):
                    stream.headed_ns = event.at_ns
                if params.fin:
                    stream.ended_ns = event.at_ns
            case "HTTP2_SESSION_RECV_DATA":
                stream.arrivals.add(event.at_ns, params.size)
                if params.fin:
                    stream.ended_ns = event.at_ns
            case "HTTP2_SESSION_RECV_RST_STREAM":
                stream.reset = f"RST_STREAM {params.error_code}".rstrip()
            case "QUIC_SESSION_RST_STREAM_FRAME_RECEIVED":
                stream.reset = "RESET_STREAM"
            case _ if stream.quic is not None:
                self._quic(stream, stream.quic, event)

    def _quic(self, stream: Stream, body: QuicBody, event: Event) -> None:
        params = event.params
        match event.kind:
            case "QUIC_SESSION_STREAM_FRAME_RECEIVED":
                body.piece(event.at_ns, params.offset, params.length, fin=params.fin)
                stream.ended_ns = body.ended_ns
            case "HTTP3_HEADERS_RECEIVED":
                length = params.compressed_headers_length
                body.frame(1 + varint_length(length), length, is_body=False)
            case "HTTP3_DATA_FRAME_RECEIVED":
                length = params.payload_length
                body.frame(1 + varint_length(length), length, is_body=True)
            case "HTTP3_UNKNOWN_FRAME_RECEIVED":
                header = varint_length(params.frame_type) + varint_length(params.payload_length)
                body.frame(header, params.payload_length, is_body=False)
