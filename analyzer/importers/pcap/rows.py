"""Rows of tshark's output → what was seen. Pure: rows in, items out."""

from itertools import count

from msgspec import structs

from analyzer.importers.pcap.connections import QuicConnection, TcpConnection
from analyzer.importers.pcap.exchanges import Exchanges
from analyzer.importers.pcap.held import HELD_LIMIT, Held
from analyzer.importers.pcap.link import Link
from analyzer.importers.pcap.packets import Packet, RowError, parse
from analyzer.intake.seen import Item
from analyzer.model import CaptureEnd, CaptureHead, Problem

CONNECTIONS_LIMIT = 20_000
"""Connections that are known at once; of more, the one that was silent longest is let go."""

BROKEN_LIMIT = 100
"""Most broken connections that are named."""

type _Known = TcpConnection | QuicConnection


class Reader:
    """Feed it every row in order, then finish it; take what it yields after each.

    ``head`` is the capture's without its clock's anchor: that is the first row's time. Each
    connection's clock stands still where its packets' times go back.
    """

    def __init__(self, head: CaptureHead, place: str, held_limit: int = HELD_LIMIT) -> None:
        self._head = head
        self._place = place
        self._out: list[Item | Problem] = []
        self._exchanges = Exchanges(self._out.append, Held(held_limit), place)
        self._numbers = count(1)
        self._known: dict[tuple[bool, int], _Known | None] = {}
        self._last: dict[tuple[bool, int], int] = {}
        self._first_ns: int | None = None
        self._last_ns = 0
        self._rows = self._malformed = self._sealed = self._gaps = self._broken = 0

    @property
    def exchanges(self) -> int:
        return self._exchanges.count

    @property
    def sealed(self) -> int:
        """Encrypted connections of which nothing could be read; known once it is finished."""
        return self._sealed

    def feed(self, line: bytes) -> list[Item | Problem]:
        """What a row brought."""
        self._rows += 1
        try:
            packet = parse(line)
        except RowError as error:
            self._malformed += 1
            if self._malformed == 1:
                detail = f"row {self._rows} of tshark's output is malformed: {error}"
                self._out.append(Problem("malformed_row", self._place, detail))
            return self._taken()
        if packet is not None:
            self._take(packet)
        return self._taken()

    def finish(self, *, whole: bool) -> list[Item | Problem]:
        """What the file's end tells. ``whole``: it is not cut, so that the capture ends there."""
        for known in list(self._known.values()):
            self._leave(known)
        self._known.clear()
        if self._gaps:
            detail = (
                f"packets of {self._gaps} connections are missing from the capture; "
                "what follows them there could not be read"
            )
            self._out.append(Problem("missing_packets", self._place, detail))
        if whole and self._first_ns is not None:
            self._out.append(CaptureEnd(self._last_ns))
        return self._taken()

    def _taken(self) -> list[Item | Problem]:
        out = self._out.copy()
        self._out.clear()
        return out

    def _take(self, packet: Packet) -> None:
        if self._first_ns is None:
            self._first_ns = packet.at_ns
            self._out.append(structs.replace(self._head, mono_ns=0, wall_ns=packet.at_ns))
        key = packet.is_quic, packet.number
        at_ns = max(packet.at_ns - self._first_ns, self._last.pop(key, 0))
        self._last[key] = at_ns
        self._last_ns = max(self._last_ns, at_ns)
        known = self._connection(key)
        if known is None:
            return
        known.feed(at_ns, packet)
        if known.is_over:
            self._leave(known)
            self._known[key] = None

    def _connection(self, key: tuple[bool, int]) -> _Known | None:
        """The packet's connection; None of one that is over."""
        if key in self._known:
            known = self._known.pop(key)
        else:
            link = Link(self._out.append, self._numbers)
            kind = QuicConnection if key[0] else TcpConnection
            known = kind(link, self._exchanges)
        self._known[key] = known
        if len(self._known) > CONNECTIONS_LIMIT:
            oldest = next(iter(self._known))
            self._leave(self._known.pop(oldest))
            del self._last[oldest]
        return known

    def _leave(self, known: _Known | None) -> None:
        if known is None:
            return
        self._sealed += known.is_sealed and not known.is_read
        self._gaps += known.gap
        if known.broken and self._broken < BROKEN_LIMIT:
            self._broken += 1
            detail = f"a connection could not be read to its end: {known.broken}"
            self._out.append(Problem("broken_connection", self._place, detail))
        known.leave()
