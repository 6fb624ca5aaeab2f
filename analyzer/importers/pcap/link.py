"""A transport connection as its packets show it, and the record of it. Pure."""

from collections.abc import Callable
from itertools import count

from analyzer.importers.pcap.packets import (
    CLIENT_HELLO,
    ENCRYPTED_EXTENSIONS,
    FINISHED,
    SERVER_HELLO,
    Handshake,
)
from analyzer.intake.seen import Item
from analyzer.model import Connection, ConnectionEnd, Problem

OFFERS_LIMIT = 16
"""Most ALPN names of a client that are kept."""

TLS_VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}


class Link:
    """Who speaks to whom; a `Connection` record is made when an exchange first needs one."""

    def __init__(self, emit: Callable[[Item | Problem], None], numbers: "count[int]") -> None:
        self._emit = emit
        self._numbers = numbers
        self._number: int | None = None
        self.client = ""
        self.server = ""
        self.opened_ns: int | None = None
        self.protocol = ""
        self.version = ""
        self._sni = ""
        self._offers: tuple[str, ...] = ()
        self._tls_begun_ns: int | None = None
        self._tls_ns: int | None = None
        self._ended = False

    @property
    def is_secure(self) -> bool:
        return self._tls_begun_ns is not None

    def begin(self, at_ns: int | None, client: str, server: str) -> None:
        """The first packet of the connection; ``at_ns`` None if its opening is not in the file."""
        if not self.client:
            self.client, self.server, self.opened_ns = client, server, at_ns

    def secure(self, at_ns: int) -> None:
        """The TLS handshake, or QUIC's, begins, unless it has already."""
        if self._tls_begun_ns is None:
            self._tls_begun_ns = at_ns

    def shake(self, at_ns: int, seen: Handshake, quic: str = "") -> None:
        """Handshake messages came. ``quic`` names the version of QUIC, if it is that."""
        if CLIENT_HELLO in seen.messages and not self.protocol:
            self._sni = seen.server_name or self._sni
            self._offers = seen.alpn[:OFFERS_LIMIT] or self._offers
            self.secure(at_ns)
        if SERVER_HELLO in seen.messages:
            number = seen.versions[-1] if seen.versions else 0
            self.version = quic or TLS_VERSIONS.get(number, "")
        agreed = SERVER_HELLO in seen.messages or ENCRYPTED_EXTENSIONS in seen.messages
        if agreed and seen.alpn and CLIENT_HELLO not in seen.messages:
            self.protocol = seen.alpn[-1]
        if FINISHED in seen.messages:
            self._tls_ns = at_ns

    def number(self, at_ns: int) -> int:
        """The connection's number; its record is emitted with the first call."""
        if self._number is None:
            self._number = next(self._numbers)
            self._emit(
                Connection(
                    self._number,
                    at_ns,
                    "server",
                    self.protocol,
                    self.server,
                    self._sni,
                    self.version,
                    self.opened_ns,
                    self._tls_ns,
                    self._tls_begun_ns,
                    self.client,
                    self._offers,
                )
            )
        return self._number

    def end(self, at_ns: int, error: str = "") -> None:
        if self._number is not None and not self._ended:
            self._ended = True
            self._emit(ConnectionEnd(self._number, at_ns, error))
