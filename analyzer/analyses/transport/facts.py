"""What the question keeps of a capture while it passes, and sizes that follow from it."""

import re

import msgspec

from analyzer.analyses.measured import protocol_name
from analyzer.model import (
    AnyRecord,
    Body,
    Connection,
    ConnectionEnd,
    Credential,
    Exchange,
    Headers,
    WebSocketMessage,
)

SECRETS_LIMIT = 100_000
"""Most credentials whose length is remembered; headers with further ones count as they show."""

_FINGERPRINT = re.compile(r"cred:[0-9a-f]{16}")
_ALPN = {"": "h1", "http/1.0": "h1", "http/1.1": "h1", "h2": "h2", "h2c": "h2", "h3": "h3"}


class Octets(msgspec.Struct, frozen=True):
    """What one exchange moved. Headers count before compression, bodies as they passed."""

    request_headers: int = 0
    request_body: int = 0
    response_headers: int = 0
    response_body: int = 0

    def __add__(self, other: "Octets") -> "Octets":
        return Octets(
            self.request_headers + other.request_headers,
            self.request_body + other.request_body,
            self.response_headers + other.response_headers,
            self.response_body + other.response_body,
        )


class Facts:
    """Connections, and what exchanges moved beyond what they say themselves."""

    RECORDS = (Connection, ConnectionEnd, Body, WebSocketMessage, Credential)

    def __init__(self) -> None:
        self.connections: dict[int, Connection] = {}
        self.ends: dict[int, ConnectionEnd] = {}
        self._bodies: dict[tuple[int, str], int] = {}
        self._messages: dict[tuple[int, str], int] = {}
        self._secrets: dict[str, int] = {}

    def record(self, record: AnyRecord) -> None:
        match record:
            case Connection():
                self.connections[record.connection] = record
                self.ends.pop(record.connection, None)
            case ConnectionEnd():
                self.ends[record.connection] = record
            case Body():
                wire = record.length if record.wire_length is None else record.wire_length
                self._bodies[record.exchange, record.side] = wire
            case WebSocketMessage():
                key = record.exchange, "request" if record.from_client else "response"
                self._messages[key] = self._messages.get(key, 0) + record.length
            case Credential() if len(self._secrets) < SECRETS_LIMIT:
                self._secrets[record.fingerprint] = record.length

    def octets(self, exchange: Exchange) -> Octets:
        """What it moved.

        Pseudo-header fields count as header fields with names (RFC 9113, section 8.3), and a
        replaced credential with the length that it had.
        """
        number = exchange.exchange
        asked = self._bodies.get((number, "request"), exchange.request_length)
        answered = self._bodies.get((number, "response"), exchange.response_length)
        pseudo = (
            (":method", exchange.method),
            (":scheme", exchange.scheme),
            (":authority", exchange.authority),
            (":path", exchange.path),
        )
        status = () if exchange.status is None else ((":status", str(exchange.status)),)
        return Octets(
            self._fields((*pseudo, *exchange.request_headers)),
            asked + self._messages.get((number, "request"), 0),
            self._fields((*status, *exchange.response_headers)),
            (exchange.stream.wire_bytes if exchange.streamed else answered)
            + self._messages.get((number, "response"), 0),
        )

    def _fields(self, headers: Headers) -> int:
        return sum(self._length(name) + self._length(value) for name, value in headers)

    def secret_length(self, value: str) -> int:
        """What a whole value measured before it was replaced; 0 if that is not known."""
        if _FINGERPRINT.fullmatch(value):
            return self._secrets.get(value, 0)
        return len(value)

    def _length(self, text: str) -> int:
        octets = len(text) if text.isascii() else len(text.encode(errors="replace"))
        if "cred:" in text:
            for shown in _FINGERPRINT.findall(text):
                octets += self._secrets.get(shown, len(shown)) - len(shown)
        return octets


def spoken(exchange: Exchange) -> str:
    """What the service spoke, where the times were taken; else what the client spoke."""
    return protocol_name(exchange.upstream_version or exchange.http_version)


def alpn_protocol(name: str) -> str:
    """h1, h2 or h3 for an ALPN name; drafts of HTTP/3 are h3."""
    return "h3" if name.startswith("h3-") else _ALPN.get(name, name)
