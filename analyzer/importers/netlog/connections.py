"""Connections of the browser: sockets, the HTTP/2 sessions over them, and QUIC sessions.

Each is the one between browser and service, with no proxy between, so that the capture has
its service's side alone.
"""

import contextlib
import ipaddress
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.importers.netlog.constants import Constants
from analyzer.importers.netlog.events import Event
from analyzer.model import Connection, ConnectionEnd

OPEN_LIMIT = 20_000
"""Connections that are remembered at once; the oldest are forgotten, and go unnamed then."""

type Kind = Literal["SOCKET", "HTTP2_SESSION", "QUIC_SESSION"]

_PROTOCOLS = {"SOCKET": "http/1.1", "HTTP2_SESSION": "h2", "QUIC_SESSION": "h3"}
_QUIETLY = ("", "net::ERR_ABORTED")


@dataclass(slots=True)
class Transport:
    """What is known of one so far. ``socket`` is what an HTTP/2 session runs over.

    ``closed_by``: who closed a QUIC session, once it is closed.
    """

    kind: str
    number: int | None = None
    socket: "Transport | None" = None
    host: str = ""
    peer: str = ""
    local: str = ""
    protocol: str = ""
    tls: str = ""
    opened_ns: int | None = None
    tls_begun_ns: int | None = None
    tls_ns: int | None = None
    error: str = ""
    closed_by: Literal["", "browser", "service"] = ""


class Transports:
    """Follows them all by their sources' numbers, and numbers those that carry an exchange."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._open: OrderedDict[int, Transport] = OrderedDict()
        self._count = 0

    def get(self, source: int) -> Transport | None:
        return self._open.get(source)

    def take(self, event: Event) -> Iterator[ConnectionEnd]:
        """An event of one of them; its end is told of if its beginning was."""
        one = self._open.get(event.source)
        if one is None:
            one = self._open[event.source] = Transport(event.source_type)
            if len(self._open) > OPEN_LIMIT:
                self._open.popitem(last=False)
        match event.kind:
            case "TCP_CONNECT" | "SSL_CONNECT":
                self._connect(one, event)
            case "HTTP2_SESSION_INITIALIZED":
                depends = event.params.source_dependency
                one.socket = self._open.get(depends.id) if depends else None
            case "HTTP2_SESSION" | "QUIC_SESSION" | "SOCKET_ALIVE":
                yield from self._life(one, event)
            case "HTTP2_SESSION_CLOSE" | "QUIC_SESSION_CLOSE_ON_ERROR":
                one.error = one.error or self._error(event)
            case "QUIC_SESSION_CLOSED":
                one.closed_by = "service" if event.params.from_peer else "browser"
            case "QUIC_SESSION_CRYPTO_HANDSHAKE_COMPLETE":
                one.tls_ns = event.at_ns
            case "QUIC_SESSION_PACKET_RECEIVED" if not one.peer:
                one.peer, one.local = event.params.peer_address, event.params.self_address

    def use(self, one: Transport, at_ns: int, host: str) -> tuple[int, Connection | None]:
        """Its number, and its record where this is the first exchange on it."""
        if one.number is not None:
            return one.number, None
        self._count += 1
        one.number = self._count
        lower = one.socket or one
        name = one.host or _name(host)
        return one.number, Connection(
            connection=one.number,
            at_ns=at_ns,
            side="server",
            protocol=lower.protocol or (_PROTOCOLS[one.kind] if lower.tls else ""),
            peer=lower.peer,
            sni=name if lower.tls else "",
            tls=lower.tls,
            opened_ns=lower.opened_ns,
            tls_ns=lower.tls_ns,
            tls_begun_ns=lower.tls_begun_ns,
            local=lower.local,
        )

    def _connect(self, one: Transport, event: Event) -> None:
        params = event.params
        match event.kind, event.phase:
            case "TCP_CONNECT", "begin":
                one.opened_ns = event.at_ns
            case "TCP_CONNECT", "end":
                one.peer, one.local = params.remote_address, params.local_address
            case "SSL_CONNECT", "begin":
                one.tls_begun_ns = event.at_ns
            case "SSL_CONNECT", "end" if params.version:
                one.tls_ns = event.at_ns
                one.tls = params.version.replace("TLS ", "TLSv")
                one.protocol = params.next_proto.lower() if params.next_proto != "unknown" else ""

    def _life(self, one: Transport, event: Event) -> Iterator[ConnectionEnd]:
        if event.phase == "begin" and event.kind != "SOCKET_ALIVE":
            one.host = _name(event.params.host)
            if event.kind == "QUIC_SESSION":
                one.opened_ns = one.tls_begun_ns = event.at_ns
                one.protocol, one.tls = "h3", "QUICv1"
        elif event.phase == "end":
            self._open.pop(event.source, None)
            if one.number is not None:
                error = "" if one.error in _QUIETLY else one.error
                yield ConnectionEnd(one.number, event.at_ns, error)

    def _error(self, event: Event) -> str:
        error = event.params.net_error
        return self._constants.error(error) if isinstance(error, int) else f"net::{error}"


def _name(authority: str) -> str:
    """The host's name; empty for an address, which no TLS client names."""
    name = re.sub(r":\d+\Z", "", authority)
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(authority)
        return ""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name.strip("[]"))
        return ""
    return name
