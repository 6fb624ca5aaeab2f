"""Transport connections: when they opened, and a number for each that an exchange used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from mitmproxy.connection import Address
from mitmproxy.connection import Connection as Transport

from analyzer.model import Connection, ConnectionEnd

CONNECTIONS_LIMIT = 20_000
"""Most connections that are known at once; exchanges of further ones name none."""

OFFERS_LIMIT = 16
"""Most of a client's ALPN offers that are kept: it may send thousands."""


@dataclass(slots=True)
class _Known:
    opened_ns: int | None
    tls_begun_ns: int | None = None
    tls_ns: int | None = None
    number: int | None = None


class Connections:
    """Knows the live connections; a record is made when an exchange first needs one."""

    def __init__(self, emit: Callable[[Connection | ConnectionEnd], None]) -> None:
        self._emit = emit
        self._known: dict[str, _Known] = {}
        self._numbered = 0

    def opened(self, transport: Transport, at_ns: int) -> None:
        if len(self._known) < CONNECTIONS_LIMIT:
            self._known[transport.id] = _Known(at_ns)

    def securing(self, transport: Transport, at_ns: int) -> None:
        """Its TLS or QUIC handshake begins."""
        known = self._known.get(transport.id)
        if known is not None:
            known.tls_begun_ns = at_ns

    def secured(self, transport: Transport, at_ns: int) -> None:
        """Its TLS or QUIC handshake is over."""
        known = self._known.get(transport.id)
        if known is not None:
            known.tls_ns = at_ns

    def number(
        self, transport: Transport, side: Literal["client", "server"], at_ns: int
    ) -> int | None:
        """The connection's number; None where there is none, or too many are known already.

        One that was open before the recording began has no opening time.
        """
        known = self._known.get(transport.id)
        if known is None:
            if transport.timestamp_start is None or len(self._known) >= CONNECTIONS_LIMIT:
                return None
            known = self._known[transport.id] = _Known(None)
        if known.number is None:
            self._numbered += 1
            known.number = self._numbered
            self._emit(
                Connection(
                    known.number,
                    at_ns,
                    side,
                    transport.alpn.decode("ascii", "replace") if transport.alpn else "",
                    _address(transport.peername),
                    transport.sni or "",
                    transport.tls_version or "",
                    known.opened_ns,
                    known.tls_ns,
                    known.tls_begun_ns,
                    _address(transport.sockname),
                    _names(transport.alpn_offers),
                )
            )
        return known.number

    def closed(self, transport: Transport, at_ns: int) -> None:
        known = self._known.pop(transport.id, None)
        if known is not None and known.number is not None:
            self._emit(ConnectionEnd(known.number, at_ns, transport.error or ""))


def _address(name: Address | None) -> str:
    if name is None:
        return ""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _names(offers: Sequence[bytes]) -> tuple[str, ...]:
    """ALPN names; RFC 8701 has clients offer some that are no text."""
    return tuple(offer.decode("ascii", "backslashreplace") for offer in offers[:OFFERS_LIMIT])
