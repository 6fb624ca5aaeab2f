"""Connections: packets in their order, to the protocol that is spoken on them. Pure."""

import re
from typing import Protocol

from analyzer.importers.pcap.exchanges import Exchanges
from analyzer.importers.pcap.held import Ordered, OverrunError
from analyzer.importers.pcap.http1 import Http1
from analyzer.importers.pcap.http2 import PREFACE, Http2
from analyzer.importers.pcap.http3 import Http3, error_name
from analyzer.importers.pcap.link import Link
from analyzer.importers.pcap.messages import CLOSED, BrokenError
from analyzer.importers.pcap.packets import (
    ACK,
    CLIENT_HELLO,
    FIN,
    RST,
    SYN,
    CloseFrame,
    Packet,
    ResetFrame,
    StopFrame,
    StreamFrame,
)

_REQUEST_LINE = re.compile(rb"[A-Z]{1,32} [^ \r\n]+ HTTP/1\.[01]\r?\n|[A-Z]{1,32} [^ \r\n]*\Z")
_TLS_RECORD = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
_QUIC_VERSIONS = {1: "QUICv1", 0x6B3343CF: "QUICv2"}
STREAMS_LIMIT = 20_000
"""QUIC streams of one connection of which parts may wait."""


class OverTcp(Protocol):
    """What is spoken on a TCP connection. ``feed`` raises BrokenError if no more can be told.

    ``close``: the server sends no more; ``by_client`` if the client had ended before. ``finish``:
    the connection is gone. ``leave``: the capture tells no more of it.
    """

    def feed(self, from_client: bool, at_ns: int, data: bytes) -> None: ...
    def close(self, at_ns: int, by_client: bool) -> None: ...
    def finish(self, at_ns: int, by_client: bool, detail: str) -> None: ...
    def leave(self) -> None: ...


class TcpConnection:
    """One TCP connection, in the clear or decrypted.

    ``is_sealed``: some of it is encrypted and could not be read. ``gap``: packets of it are
    missing from the capture. ``broken`` says why it could not be told to its end.
    """

    def __init__(self, link: Link, exchanges: Exchanges) -> None:
        self._link = link
        self._exchanges = exchanges
        self._spoken: OverTcp | None = None
        self._ended = {True: False, False: False}
        self.is_over = False
        self.is_read = False
        self.is_sealed = False
        self._gaps: set[str] = set()
        self.broken = ""

    def feed(self, at_ns: int, packet: Packet) -> None:
        self._meet(at_ns, packet)
        from_client = packet.source == self._link.client
        if packet.gap:
            self._gaps.add(packet.source)
        if packet.data:
            self._gaps.discard(packet.source)  # it was filled
        self.is_sealed = self.is_sealed or packet.sealed
        if packet.handshake:
            self._link.shake(at_ns, packet.handshake)
        for data in packet.data:
            self._take(from_client, at_ns, packet, data)
        if packet.flags & RST:
            by_client = from_client or self._ended[True]
            self._finish(at_ns, by_client=by_client, error="the connection was reset")
        elif packet.flags & FIN:
            self._close(at_ns, from_client)

    @property
    def gap(self) -> bool:
        return bool(self._gaps)

    def leave(self) -> None:
        """The capture tells no more of it."""
        if self._spoken:
            self._spoken.leave()

    def _meet(self, at_ns: int, packet: Packet) -> None:
        hello = packet.handshake is not None and CLIENT_HELLO in packet.handshake.messages
        if packet.flags & SYN:
            ends = packet.source, packet.destination
            self._link.begin(at_ns, *(ends[::-1] if packet.flags & ACK else ends))
        elif hello and not self._link.client:
            self._link.begin(None, packet.source, packet.destination)

    def _take(self, from_client: bool, at_ns: int, packet: Packet, data: bytes) -> None:
        if self._spoken is None and not self.broken:
            from_client = self._begin(from_client, packet, data)
        if self._spoken is None:
            return
        self.is_read = True
        try:
            self._spoken.feed(from_client, at_ns, data)
        except BrokenError as error:
            self.broken = str(error)
            self._spoken.leave()
            self._spoken = None
        if isinstance(self._spoken, Http1) and self._spoken.is_tunnel:
            self._spoken = None

    def _begin(self, from_client: bool, packet: Packet, data: bytes) -> bool:
        """See what is spoken from here on. Where the beginning is missing, a request tells."""
        agreed = self._link.protocol if packet.is_tls else ""
        asks = PREFACE.startswith(data[: len(PREFACE)]) or bool(_REQUEST_LINE.match(data[:8192]))
        if not self._link.client and asks:
            self._link.begin(None, packet.source, packet.destination)
            from_client = True
        if agreed == "h2" or (from_client and data and PREFACE.startswith(data[: len(PREFACE)])):
            self._spoken = Http2(self._link, self._exchanges)
        elif agreed == "http/1.1" or (not agreed and from_client and asks):
            self._spoken = Http1(self._link, self._exchanges)
        elif not packet.is_tls and _TLS_RECORD.match(data):
            self.is_sealed = True
        return from_client

    def _close(self, at_ns: int, by_client: bool) -> None:
        """FIN: this side sends no more. What the server leaves open has ended then."""
        self._ended[by_client] = True
        if not by_client and self._spoken:
            self._spoken.close(at_ns, by_client=self._ended[True])
        if all(self._ended.values()):
            self._finish(at_ns, by_client=True, error="")

    def _finish(self, at_ns: int, *, by_client: bool, error: str) -> None:
        if self._spoken:
            self._spoken.finish(at_ns, by_client, error or CLOSED)
        self._link.end(at_ns, error)
        self.is_over = True


class QuicConnection:
    """One QUIC connection; the same attributes."""

    def __init__(self, link: Link, exchanges: Exchanges) -> None:
        self._link = link
        self._exchanges = exchanges
        self._http = Http3(link, exchanges)
        self._parts: dict[tuple[int, bool], Ordered] = {}
        self._version = "QUIC"
        self.is_over = False
        self.is_read = False
        self.is_sealed = False
        self.broken = ""

    @property
    def gap(self) -> bool:
        return any(part.waits for part in self._parts.values())

    def feed(self, at_ns: int, packet: Packet) -> None:
        if not self._link.client:
            begins = bool(packet.version)
            self._link.begin(at_ns if begins else None, packet.source, packet.destination)
        if packet.version:
            self._link.secure(at_ns)
        from_client = packet.source != self._link.server  # clients may move to other addresses
        self._version = _QUIC_VERSIONS.get(packet.version, self._version)
        self.is_sealed = self.is_sealed or packet.sealed
        if packet.handshake:
            self._link.shake(at_ns, packet.handshake, self._version)
        if self.broken or self._link.protocol not in ("", "h3"):
            return
        try:
            for frame in packet.frames:
                self._take(from_client, at_ns, frame)
        except (BrokenError, OverrunError) as error:
            self.broken = str(error) or "too many bytes wait for what is missing before them"
            self.leave()

    def leave(self) -> None:
        self._http.leave()
        for part in self._parts.values():
            part.drop()
        self._parts.clear()

    def _take(
        self,
        from_client: bool,
        at_ns: int,
        frame: StreamFrame | ResetFrame | StopFrame | CloseFrame,
    ) -> None:
        match frame:
            case StreamFrame():
                self.is_read = True
                self._stream(from_client, at_ns, frame)
            case ResetFrame(stream, code):
                self._http.reset(from_client, stream, at_ns, code)
                self._tidy(stream)
            case StopFrame(stream, code):
                self._http.stop(from_client, stream, at_ns, code)
                self._tidy(stream)
            case CloseFrame():
                self._close(from_client, at_ns, frame)

    def _stream(self, from_client: bool, at_ns: int, frame: StreamFrame) -> None:
        number = frame.stream
        if self._http.is_over(number):
            return
        part = self._parts.get((number, from_client))
        if part is None:
            if len(self._parts) >= STREAMS_LIMIT:
                raise BrokenError(f"more than {STREAMS_LIMIT} streams are open at once")
            part = self._parts[number, from_client] = Ordered(self._exchanges.held)
        was_ended = part.ended
        data = part.feed(frame.offset, frame.data, fin=frame.fin)
        if data or (part.ended and not was_ended):
            self._http.feed(from_client, number, at_ns, data, fin=part.ended)
            self._tidy(number)

    def _tidy(self, number: int) -> None:
        if self._http.is_over(number):
            for side in (True, False):
                part = self._parts.pop((number, side), None)
                if part:
                    part.drop()

    def _close(self, from_client: bool, at_ns: int, frame: CloseFrame) -> None:
        name = error_name(frame.code) if frame.application else f"QUIC error {frame.code:#x}"
        detail = f"CONNECTION_CLOSE, {name}" if frame.code or frame.application else ""
        self._http.finish(at_ns, from_client, detail or CLOSED)
        self._link.end(at_ns, detail if frame.code not in (0, 0x100) else "")
        self.is_over = True
