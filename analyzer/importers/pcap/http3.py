"""HTTP/3 as an onlooker reads it (RFC 9114): bytes of streams in, exchanges out. Pure.

Heads whose QPACK entries are still on their way wait for them, and what stands behind them in
their stream waits too, as in a client.
"""

from aioquic.h3.connection import ErrorCode
from pylsqpack import StreamBlocked

from analyzer.importers.pcap.exchanges import Exchange, Exchanges
from analyzer.importers.pcap.http3_frames import Frames, Head, Single
from analyzer.importers.pcap.link import Link
from analyzer.importers.pcap.messages import answered, asked, is_request
from analyzer.importers.pcap.qpack import Side
from analyzer.intake.seen import Fields
from analyzer.model import Ending

STREAMS_LIMIT = 20_000
"""Streams of one connection that are open at once, and closed ones that are remembered."""


class Http3:
    """One connection. Fed with the bytes of each QUIC stream, in order.

    Every method raises BrokenError if nothing that comes after can be told.
    """

    def __init__(self, link: Link, exchanges: Exchanges) -> None:
        self._link = link
        self._exchanges = exchanges
        self._sides = {True: Side(), False: Side()}
        self._streams: dict[int, _Stream] = {}
        self._singles: dict[int, Single] = {}
        self._over = _Over()

    def is_over(self, stream: int) -> bool:
        """Whether nothing that comes on this stream is wanted."""
        return stream & 3 == 1 or (not stream & 3 and stream in self._over)

    def feed(self, from_client: bool, stream: int, at_ns: int, data: bytes, *, fin: bool) -> None:
        if stream & 2:
            self._feed_single(stream, at_ns, data)
        elif not self.is_over(stream):
            self._feed_request(from_client, stream, at_ns, data, fin=fin)

    def reset(self, from_client: bool, stream: int, at_ns: int, code: int) -> None:
        """RESET_STREAM: this side sends no more on the stream."""
        exchange = self._exchange(stream)
        if exchange and not (from_client and exchange.sent):
            how: Ending = "client_abort" if from_client else "server_abort"
            exchange.abort(at_ns, how, f"RESET_STREAM, {error_name(code)}")
            self._forget(stream)

    def stop(self, from_client: bool, stream: int, at_ns: int, code: int) -> None:
        """STOP_SENDING: this side reads no more. A server may say so and answer all the same."""
        exchange = self._exchange(stream)
        if exchange and from_client:
            exchange.abort(at_ns, "client_abort", f"STOP_SENDING, {error_name(code)}")
            self._forget(stream)

    def finish(self, at_ns: int, by_client: bool, detail: str) -> None:
        """The connection is closed."""
        how: Ending = "client_abort" if by_client else "server_abort"
        for stream in self._streams.values():
            if stream.exchange:
                stream.exchange.abort(at_ns, how, detail)
        self.leave()

    def leave(self) -> None:
        """The capture tells no more of it."""
        for stream in self._streams.values():
            stream.leave()
        self._streams.clear()

    def _exchange(self, number: int) -> Exchange | None:
        stream = self._streams.get(number)
        return stream.exchange if stream else None

    def _feed_single(self, number: int, at_ns: int, data: bytes) -> None:
        single = self._singles.get(number)
        if single is None:
            if len(self._singles) >= STREAMS_LIMIT:
                return
            single = self._singles[number] = Single()
        by_client = not number & 1
        brought = single.feed(data)
        if single.kind == Single.ENCODER and brought:
            for stream in self._sides[by_client].insert(brought):
                self._resume(by_client, stream, at_ns)
        elif single.kind == Single.CONTROL:
            capacity = single.table_capacity(brought)
            if capacity is not None:
                self._sides[not by_client].allow(capacity)

    def _resume(self, from_client: bool, number: int, at_ns: int) -> None:
        fields = self._sides[from_client].resume(number)
        stream = self._streams.get(number)
        if stream is not None:
            stream.blocked[from_client] = False
            self._head(from_client, number, at_ns, fields)
            self._advance(from_client, number, at_ns)

    def _feed_request(
        self, from_client: bool, number: int, at_ns: int, data: bytes, *, fin: bool
    ) -> None:
        stream = self._streams.get(number)
        if stream is None:
            if len(self._streams) >= STREAMS_LIMIT:
                return
            stream = self._streams[number] = _Stream(self._exchanges)
        frames = stream.frames[from_client]
        frames.fin = frames.fin or fin
        frames.feed(data)
        self._advance(from_client, number, at_ns)

    def _advance(self, from_client: bool, number: int, at_ns: int) -> None:
        stream = self._streams[number]
        frames = stream.frames[from_client]
        while not stream.blocked[from_client] and (frame := frames.take()):
            if isinstance(frame, Head):
                try:
                    fields = self._sides[from_client].decode(number, frame.block)
                except StreamBlocked:
                    stream.blocked[from_client] = True
                    return
                self._head(from_client, number, at_ns, fields)
            elif stream.exchange and from_client:
                stream.exchange.ask(frame.data)
            elif stream.exchange:
                stream.exchange.receive(at_ns, frame.data)
        if frames.fin and not stream.blocked[from_client]:
            self._end(from_client, number, at_ns)

    def _head(self, from_client: bool, number: int, at_ns: int, fields: Fields) -> None:
        stream = self._streams[number]
        if from_client and stream.exchange is None and is_request(fields):
            head = asked(fields, "HTTP/3")
            stream.exchange = self._exchanges.begin(at_ns, head, self._link.number(at_ns))
        elif not from_client and stream.exchange and not stream.exchange.answered:
            stream.exchange.answer(at_ns, *answered(fields))

    def _end(self, from_client: bool, number: int, at_ns: int) -> None:
        stream = self._streams[number]
        exchange = stream.exchange
        if exchange is not None and stream.frames[from_client].cut:
            exchange.abort(at_ns, "error", "the stream ended inside a frame")
        elif exchange is not None and from_client:
            exchange.send(at_ns)
            return
        elif exchange is not None:
            exchange.complete(at_ns)
        self._forget(number)

    def _forget(self, number: int) -> None:
        self._streams.pop(number).leave()
        self._over.add(number)


class _Stream:
    """A request and its response; by who sends: true for the client."""

    def __init__(self, exchanges: Exchanges) -> None:
        self.exchange: Exchange | None = None
        self.frames = {True: Frames(exchanges.held), False: Frames(exchanges.held)}
        self.blocked = {True: False, False: False}

    def leave(self) -> None:
        for frames in self.frames.values():
            frames.drop()
        if self.exchange:
            self.exchange.leave()


class _Over:
    """Which request streams are over, so that what is sent again begins none anew.

    Their numbers are every fourth, and they end in about their order.
    """

    def __init__(self) -> None:
        self._below = 0
        self._above: set[int] = set()

    def __contains__(self, number: int) -> bool:
        return number < self._below or number in self._above

    def add(self, number: int) -> None:
        self._above.add(number)
        while self._below in self._above or len(self._above) > STREAMS_LIMIT:
            self._above.discard(self._below)
            self._below += 4


def error_name(code: int) -> str:
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"error code {code:#x}"
