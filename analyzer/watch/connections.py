"""The connections of a capture that grows: open, closed, and what they carry."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from analyzer.model import Connection, ConnectionEnd, RequestHead, ResponseHead

CONNECTIONS_KEPT = 300
"""Connections that are remembered; of more the closed ones go first, the oldest of them first."""

CARRIED_KEPT = 10_000
"""Open exchanges of one connection that are told apart; what is beyond is only counted."""


class ConnectionRow(msgspec.Struct, frozen=True):
    """One transport connection.

    ``protocol`` is the ALPN name, empty where none was agreed upon. ``authority`` is the TLS
    server name, else whom its first exchange asked, else the peer's address. ``opened_ns`` is
    when it was there (its transport, else when it was first told of); ``handshake_ns`` how
    long TLS or QUIC took, None where that is not known. ``streams`` counts the exchanges it
    carried so far, ``streams_open`` those that pass now.
    """

    number: int
    side: Literal["client", "server"]
    protocol: str
    authority: str
    peer: str
    opened_ns: int
    handshake_ns: int | None = None
    streams_open: int = 0
    streams: int = 0
    closed_ns: int | None = None
    error: str = ""

    @property
    def came_about(self) -> bool:
        """Not so where the service was never reached: then nobody is at the other end."""
        return bool(self.peer or self.protocol)

    @property
    def is_open(self) -> bool:
        return self.came_about and self.closed_ns is None


@dataclass
class _Carrying:
    row: ConnectionRow
    asked: str = ""
    streams: int = 0
    open: set[int] = field(default_factory=set)

    def seen(self) -> ConnectionRow:
        row = self.row
        return msgspec.structs.replace(
            row,
            authority=row.authority or self.asked or row.peer,
            streams=self.streams,
            streams_open=len(self.open),
        )


@dataclass
class _Carried:
    authority: str
    over: list[int] = field(default_factory=list)


class Connections:
    """Feed it what concerns connections; ``rows`` are in order of their numbers."""

    def __init__(self) -> None:
        self.forgotten = 0
        self._known: OrderedDict[int, _Carrying] = OrderedDict()
        self._closed: OrderedDict[int, None] = OrderedDict()
        self._carried: dict[int, _Carried] = {}

    def opened(self, record: Connection) -> None:
        begun_ns = record.tls_begun_ns if record.tls_begun_ns is not None else record.opened_ns
        took_ns = None
        if record.tls_ns is not None and begun_ns is not None:
            took_ns = record.tls_ns - begun_ns
        row = ConnectionRow(
            record.connection,
            record.side,
            record.protocol,
            record.sni,
            record.peer,
            record.at_ns if record.opened_ns is None else record.opened_ns,
            took_ns,
        )
        self._closed.pop(record.connection, None)
        self._known[record.connection] = _Carrying(row)
        if len(self._known) > CONNECTIONS_KEPT:
            self._forget()

    def closed(self, record: ConnectionEnd) -> None:
        carrying = self._known.get(record.connection)
        if carrying is not None:
            carrying.row = msgspec.structs.replace(
                carrying.row, closed_ns=record.at_ns, error=record.error
            )
            carrying.open.clear()
            self._closed[record.connection] = None

    def carries(self, record: RequestHead | ResponseHead) -> None:
        """A request came over one connection, or its answer over another."""
        number = record.connection
        carrying = None if number is None else self._known.get(number)
        if carrying is None or number is None:
            return
        carried = self._carried.get(record.exchange)
        if carried is None:
            carried = _Carried(record.authority if isinstance(record, RequestHead) else "")
        if number in carried.over:
            return
        carrying.streams += 1
        carrying.asked = carrying.asked or carried.authority
        if len(carrying.open) < CARRIED_KEPT:
            carrying.open.add(record.exchange)
            carried.over.append(number)
            self._carried[record.exchange] = carried

    def ended(self, exchange: int) -> None:
        carried = self._carried.pop(exchange, None)
        for number in carried.over if carried else ():
            if (carrying := self._known.get(number)) is not None:
                carrying.open.discard(exchange)

    def rows(self) -> tuple[ConnectionRow, ...]:
        return tuple([self._known[number].seen() for number in sorted(self._known)])

    def _forget(self) -> None:
        number = next(iter(self._closed), None)
        if number is None:
            number = next(iter(self._known))
        self._closed.pop(number, None)
        del self._known[number]
        self.forgotten += 1
