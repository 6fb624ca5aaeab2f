"""A mitmproxy flow file: opens in mitmweb and mitmproxy, and comes back as the capture it was.

A flow is written when its exchange ended. A stream's arrivals stand in its metadata as the
recorder itself writes them, so that the addon's view shows them; the rest of what a flow has no
place for, in further metadata (`analyzer.importers.flows.facts`). Bodies are decoded, so what a
field says of the coded one is kept there too.
"""

import re
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO, get_args

import msgspec

from analyzer import journal
from analyzer.exporters.flows.gathered import Gathered, split
from analyzer.exporters.flows.gathering import Gathering, Lines
from analyzer.exporters.losses import Loss
from analyzer.importers.flows.facts import (
    CAPTURE,
    EXCHANGE,
    RECORDS,
    TIMELINE,
    ExchangeFacts,
    ReadsFacts,
    Timeline,
)
from analyzer.model import (
    AnyRecord,
    CaptureError,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Headers,
    Problem,
    ResponseHead,
)

if TYPE_CHECKING:
    from mitmproxy import connection, http
    from mitmproxy.flow import Error
    from mitmproxy.websocket import WebSocketData

CONNECTIONS_LIMIT = 20_000
"""Most connections whose ends and addresses are known at once; the oldest are forgotten."""

ENDED = {
    "client_abort": "Client disconnected.",
    "server_abort": "the service ended the response before it was complete",
    "error": "the exchange failed",
}
"""What a flow says of an end that has no words of its own."""

PORTS = {"http": 80, "ws": 80}
TLS_PORT = 443

_FLOW_ID = re.compile(r"[0-9a-f-]{1,64}")
"""What mitmweb takes for a flow's identifier."""

_AUTHORITY = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{1,5}))?")


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the capture's exchanges as flows; what they lack is returned.

    Raises CaptureError if the capture does not begin with its head.
    """
    left = iter(records)
    head = next(left, None)
    if not isinstance(head, CaptureHead):
        raise CaptureError("the capture does not say first what it is, so no flow can have a time")
    maker = _Maker(head, file)
    gathering = Gathering(maker.write)
    for record in left:
        maker.know(record)
        gathering.take(record)
    return gathering.finish()


class _Maker:
    """Makes flows of a capture's exchanges, by mitmproxy's own types."""

    def __init__(self, head: CaptureHead, file: BinaryIO) -> None:
        from mitmproxy.io import FlowWriter

        self._head = head
        self._line = journal.encode(head).decode().rstrip("\n")
        self._writer = FlowWriter(file)  # type: ignore[no-untyped-call] # untyped there
        self._connections: OrderedDict[int, Connection] = OrderedDict()
        self._ends: dict[int, ConnectionEnd] = {}

    def know(self, record: AnyRecord | Problem) -> None:
        """Remember a connection, for the flows that used it."""
        if isinstance(record, ConnectionEnd) and record.connection in self._connections:
            self._ends[record.connection] = record
        elif isinstance(record, Connection):
            self._connections[record.connection] = record
            if len(self._connections) > CONNECTIONS_LIMIT:
                oldest, _ = self._connections.popitem(last=False)
                self._ends.pop(oldest, None)

    def write(self, gathered: Gathered, lines: Lines) -> None:
        from mitmproxy import http

        request = gathered.request
        flow = http.HTTPFlow(self._client(gathered), self._server(gathered))
        known = _FLOW_ID.fullmatch(request.flow_id)
        flow.id = request.flow_id if known else self._name("flow", request.exchange)
        flow.timestamp_created = self._wall_s(request.at_ns)
        flow.request, request_aside = self._request(gathered)
        response_aside: list[tuple[int, str, str]] = []
        if gathered.response is not None:
            flow.response, response_aside = self._response(gathered, gathered.response)
        flow.error = self._error(gathered)
        flow.websocket = self._websocket(gathered)
        facts = self._facts(gathered, request_aside, response_aside)
        flow.metadata = {CAPTURE: self._line, EXCHANGE: msgspec.to_builtins(facts)}
        if facts.response and facts.response.streamed and facts.reads is None:
            flow.metadata[TIMELINE] = msgspec.to_builtins(self._timeline(gathered))
        if lines:
            flow.metadata[RECORDS] = lines
        self._writer.add(flow)

    # ------------------------------------------------------------------ metadata

    def _facts(
        self,
        gathered: Gathered,
        request_aside: list[tuple[int, str, str]],
        response_aside: list[tuple[int, str, str]],
    ) -> ExchangeFacts:
        response, messages = gathered.response, gathered.messages
        cut = any(message.length != len(message.data) for message in messages)
        return ExchangeFacts(
            capture=self._head.capture_id,
            mono_ns=self._head.mono_ns,
            wall_ns=self._head.wall_ns,
            number=gathered.request.exchange,
            request=gathered.request_facts(request_aside),
            flow_id=gathered.request.flow_id,
            response=gathered.response_facts(response, response_aside) if response else None,
            end=gathered.end_facts(),
            reads=None if self._shows_times(response) else _reads_facts(gathered),
            wire=[] if gathered.wire == gathered.lengths else gathered.wire,
            messages=[message.at_ns for message in messages],
            message_lengths=[message.length for message in messages] if cut else [],
        )

    def _shows_times(self, response: ResponseHead | None) -> bool:
        """Whether a timeline would be true, or there is nothing that it could show."""
        if response is None or not response.streamed:
            return True
        return response.timed and self._head.clock != "none"

    def _timeline(self, gathered: Gathered) -> Timeline:
        head = self._head
        return Timeline(
            head.mono_ns, head.wall_ns, gathered.at_ns, gathered.lengths, gathered.dropped
        )

    # ------------------------------------------------------------------ messages

    def _request(self, gathered: Gathered) -> "tuple[http.Request, list[tuple[int, str, str]]]":
        from mitmproxy import http

        request, content = gathered.request, gathered.content("request")
        kept, aside = split(request.headers, content)
        host, port = _address(request.authority, request.scheme)
        made = http.Request(
            host,
            port,
            _octets(request.method),
            _octets(request.scheme),
            _octets(request.authority),
            _octets(request.path),
            _octets(request.http_version),
            _fields(kept),
            content,
            None,
            self._wall_s(request.at_ns),
            None if gathered.sent_ns is None else self._wall_s(gathered.sent_ns),
        )
        return made, aside

    def _response(
        self, gathered: Gathered, response: ResponseHead
    ) -> "tuple[http.Response, list[tuple[int, str, str]]]":
        from mitmproxy import http

        content = gathered.content("response")
        kept, aside = split(response.headers, content)
        made = http.Response(
            _octets(response.http_version),
            response.status,
            _octets(response.reason),
            _fields(kept),
            content,
            None,
            self._wall_s(response.at_ns),
            self._wall_s(gathered.end.at_ns) if gathered.end else None,
        )
        return made, aside

    def _error(self, gathered: Gathered) -> "Error | None":
        from mitmproxy.flow import Error

        end = gathered.end
        if end is None or end.how not in ENDED:
            return None
        return Error(end.detail or ENDED[end.how], self._wall_s(end.at_ns))

    def _websocket(self, gathered: Gathered) -> "WebSocketData | None":
        from mitmproxy.websocket import WebSocketData, WebSocketMessage

        if not gathered.messages:
            return None
        messages = [
            WebSocketMessage(
                1 if message.is_text else 2,
                message.from_client,
                message.data,
                self._wall_s(message.at_ns),
            )
            for message in gathered.messages
        ]
        ended_s = self._wall_s(gathered.end.at_ns) if gathered.end else None
        return WebSocketData(messages, timestamp_end=ended_s)

    # ------------------------------------------------------------------ connections

    def _client(self, gathered: Gathered) -> "connection.Client":
        from mitmproxy import connection

        request = gathered.request
        known = self._connections.get(request.connection or 0)
        began_s = self._wall_s(request.at_ns)
        if known is None:
            name = self._name("client", request.exchange)
            return connection.Client(
                peername=("", 0), sockname=("", 0), id=name, timestamp_start=began_s
            )
        opened_s = began_s if known.opened_ns is None else self._wall_s(known.opened_ns)
        made = connection.Client(
            peername=_address(known.peer, ""),
            sockname=_address(known.local, ""),
            timestamp_start=opened_s,
        )
        self._describe(made, known)
        return made

    def _server(self, gathered: Gathered) -> "connection.Server":
        from mitmproxy import connection

        request, response = gathered.request, gathered.response
        made = connection.Server(address=_address(request.authority, request.scheme))
        known = self._connections.get(response.connection or 0) if response else None
        if known is None:
            made.id = self._name("server", request.exchange)
            return made
        made.peername = _address(known.peer, "") if known.peer else None
        made.sockname = _address(known.local, "") if known.local else None
        opened_ns = known.at_ns if known.opened_ns is None else known.opened_ns
        made.timestamp_start = made.timestamp_tcp_setup = self._wall_s(opened_ns)
        self._describe(made, known)
        return made

    def _describe(self, made: "connection.Connection", known: Connection) -> None:
        from mitmproxy.connection import TlsVersion

        end = self._ends.get(known.connection)
        made.id = self._name("connection", known.connection)
        made.alpn = _octets(known.protocol) if known.protocol else None
        made.alpn_offers = [_octets(offer) for offer in known.alpn_offers]
        made.sni = known.sni or None
        made.tls = bool(known.tls)
        made.tls_version = next((one for one in get_args(TlsVersion) if one == known.tls), None)
        made.transport_protocol = "udp" if known.protocol == "h3" else "tcp"
        made.timestamp_tls_setup = None if known.tls_ns is None else self._wall_s(known.tls_ns)
        made.timestamp_end = self._wall_s(end.at_ns) if end else None
        made.error = end.error or None if end else None

    def _wall_s(self, at_ns: int) -> float:
        return (self._head.wall_ns + at_ns - self._head.mono_ns) / 1e9

    def _name(self, kind: str, number: int) -> str:
        """An identifier as mitmproxy has them, the same whenever the capture is written."""
        name = f"streamscope {self._head.capture_id} {kind} {number}"
        return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def _reads_facts(gathered: Gathered) -> ReadsFacts:
    return ReadsFacts(gathered.at_ns, gathered.lengths, gathered.dropped)


def _fields(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((_octets(name), _octets(value)) for name, value in headers)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _address(authority: str, scheme: str) -> tuple[str, int]:
    """Host and port of ``host:port``; the scheme's port where none is named."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return authority, PORTS.get(scheme, TLS_PORT)
    port = int(found[3]) if found[3] else PORTS.get(scheme, TLS_PORT)
    return found[1] or found[2] or "", port
