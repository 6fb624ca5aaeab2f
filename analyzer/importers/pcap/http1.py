"""HTTP/1.1 as an onlooker reads it, with h11 on both sides of the connection. Pure.

Two parsers: one receives what the client sent, the other what the server did. Each must know
what its own side says to follow, so each is told what the other understood.
"""

import contextlib
import re
from collections.abc import Iterable

import h11

from analyzer.importers.pcap.exchanges import Asked, Exchange, Exchanges
from analyzer.importers.pcap.link import Link
from analyzer.importers.pcap.messages import CLOSED, HEAD_LIMIT, BrokenError
from analyzer.importers.pcap.websocket import WebSocket
from analyzer.intake.seen import Fields

_ABSOLUTE = re.compile(r"([a-z]+)://([^/?#]*)(.*)")
"""What proxies are asked (RFC 9112, section 3.2.2)."""


class Http1:
    """One connection. ``is_tunnel`` once a CONNECT succeeded: what follows is another's."""

    def __init__(self, link: Link, exchanges: Exchanges) -> None:
        self._link = link
        self._exchanges = exchanges
        self._server = h11.Connection(h11.SERVER, HEAD_LIMIT)
        self._client = h11.Connection(h11.CLIENT, HEAD_LIMIT)
        self._exchange: Exchange | None = None
        self._connect: tuple[int, h11.Request] | None = None
        self._socket: WebSocket | None = None
        self.is_tunnel = False

    def feed(self, from_client: bool, at_ns: int, data: bytes) -> None:
        """Raise BrokenError if nothing after this can be told."""
        if self._socket:
            self._socket.feed(from_client, at_ns, data)
            return
        try:
            (self._server if from_client else self._client).receive_data(data)
            self._advance(at_ns)
        except h11.ProtocolError as error:
            self._fail(at_ns, str(error))

    def close(self, at_ns: int, by_client: bool) -> None:
        """The server sends no more: so ends a body without a length."""
        if self._socket is None:
            with contextlib.suppress(h11.ProtocolError):  # less came than was promised
                if self._client.their_state is h11.SEND_BODY:
                    self._client.receive_data(b"")
                    self._advance(at_ns)
        self.finish(at_ns, by_client, CLOSED)

    def finish(self, at_ns: int, by_client: bool, detail: str) -> None:
        """The transport is closed."""
        if self._socket:
            self._socket.finish(at_ns)
        if self._exchange:
            self._exchange.abort(at_ns, "client_abort" if by_client else "server_abort", detail)
            self._exchange = None

    def leave(self) -> None:
        if self._exchange:
            self._exchange.leave()
            self._exchange = None

    def _fail(self, at_ns: int, why: str) -> None:
        if self._exchange:
            self._exchange.abort(at_ns, "error", why)
            self._exchange = None
        raise BrokenError(why)

    def _advance(self, at_ns: int) -> None:
        """Take events from both sides until neither has one."""
        moved = True
        while moved and not self.is_tunnel and not self._socket:
            moved = self._take_request(at_ns)
            moved = self._take_response(at_ns) or moved
            if self._server.our_state is h11.DONE and self._server.their_state is h11.DONE:
                self._server.start_next_cycle()
                self._client.start_next_cycle()
                moved = True

    def _take_request(self, at_ns: int) -> bool:
        if self._server.their_state in (h11.DONE, h11.CLOSED, h11.MUST_CLOSE):
            return False
        event = self._server.next_event()
        if isinstance(event, h11.Request):
            self._client.send(
                h11.Request(method=event.method, target=event.target, headers=_plain(event.headers))
            )
            if event.method == b"CONNECT":
                self._connect = at_ns, event
            else:
                self._begin(at_ns, event)
        elif isinstance(event, h11.Data):
            self._client.send(event)
            if self._exchange:
                self._exchange.ask(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            self._client.send(h11.EndOfMessage())
            if self._exchange:
                self._exchange.send(at_ns)
        else:
            return False
        return True

    def _take_response(self, at_ns: int) -> bool:
        if self._client.our_state is h11.IDLE:
            return False
        if self._client.their_state in (h11.DONE, h11.CLOSED, h11.MUST_CLOSE):
            return False
        event = self._client.next_event()
        if isinstance(event, h11.InformationalResponse | h11.Response):
            self._answer(at_ns, event)
        elif isinstance(event, h11.Data):
            self._server.send(event)
            if self._exchange:
                self._exchange.receive(at_ns, bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            self._server.send(h11.EndOfMessage())
            if self._exchange:
                self._exchange.send(at_ns)
                self._exchange.complete(at_ns)
                self._exchange = None
        else:
            return False
        return True

    def _begin(self, at_ns: int, request: h11.Request) -> None:
        scheme = "https" if self._link.is_secure else "http"
        number = self._link.number(at_ns)
        self._exchange = self._exchanges.begin(at_ns, _asked(request, scheme), number)

    def _answer(self, at_ns: int, event: h11.InformationalResponse | h11.Response) -> None:
        succeeded = 200 <= event.status_code < 300
        if self._connect and isinstance(event, h11.Response):
            begun_ns, request = self._connect
            self._connect = None
            if succeeded:
                self.is_tunnel = True
                return
            self._begin(begun_ns, request)
            if self._exchange:
                self._exchange.send(begun_ns)
        kind = type(event)
        self._server.send(kind(status_code=event.status_code, headers=_plain(event.headers)))
        if self._exchange:
            fields: Fields = tuple(event.headers.raw_items())
            self._exchange.answer(at_ns, event.status_code, fields, event.reason.decode("latin-1"))
            if event.status_code == 101:
                self._upgrade(at_ns, fields)

    def _upgrade(self, at_ns: int, fields: Fields) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        self._socket = WebSocket(exchange, fields)
        for from_client, parser in ((True, self._server), (False, self._client)):
            rest, _ = parser.trailing_data
            if rest:
                self._socket.feed(from_client, at_ns, bytes(rest))


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(bytes(name), bytes(value)) for name, value in headers]


def _asked(request: h11.Request, scheme: str) -> Asked:
    fields: Fields = tuple(request.headers.raw_items())
    target = request.target.decode("latin-1")
    hosts = [value for name, value in fields if name.lower() == b"host"]
    authority = hosts[0].decode("latin-1") if hosts else ""
    if request.method == b"CONNECT":
        authority, target = target, ""
    elif absolute := _ABSOLUTE.match(target):
        scheme, authority, path = absolute.groups()
        target = path if path.startswith("/") else f"/{path}"
    version = f"HTTP/{request.http_version.decode()}"
    return Asked(request.method.decode(), scheme, authority, target, version, fields)
