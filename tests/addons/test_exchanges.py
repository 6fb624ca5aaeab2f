"""Flows become what was seen: in scope, in order, with who ended them."""

import pytest
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.flow import Error
from mitmproxy.test import tflow
from mitmproxy.websocket import WebSocketMessage
from wsproto.frame_protocol import Opcode

from addons.connections import OFFERS_LIMIT
from addons.endings import how_it_failed
from addons.exchanges import METADATA, Anchor, Exchanges
from addons.lag import Lag
from addons.scope import Scope
from addons.tap import Queue
from analyzer.intake.seen import BodySeen, EndSeen, Item, MessageSeen, RequestSeen, ResponseSeen
from analyzer.model import Connection, ConnectionEnd, RequestEnd


class Bench:
    def __init__(self, *hosts: str, types: tuple[str, ...] = ()) -> None:
        self.now_ns = 0
        self.queue = Queue()
        lag = Lag(lambda _: None, 0)
        scope = Scope(hosts, types)
        self.exchanges = Exchanges(scope, self.queue, lag, Anchor(5, 6), lambda: self.now_ns)

    def turn(self) -> None:
        self.now_ns += 10

    def taken(self, *kinds: type) -> list[Item]:
        items = list(self.queue.items)
        self.queue.items.clear()
        return [item for item in items if not kinds or isinstance(item, kinds)]


def flow(content_type: str = "text/event-stream", host: str = "chat.example") -> http.HTTPFlow:
    made = tflow.tflow(resp=True)
    made.request.host = host
    made.request.headers["host"] = host
    assert made.response is not None
    made.response.headers["content-type"] = content_type
    made.response.raw_content = b""
    made.client_conn.state = made.server_conn.state = ConnectionState.OPEN
    return made


def pass_through(bench: Bench, made: http.HTTPFlow, *chunks: bytes) -> None:
    bench.turn()
    bench.exchanges.request_head(made)
    bench.exchanges.request_end(made)
    bench.turn()
    bench.exchanges.response_head(made)
    assert made.response is not None
    for chunk in chunks:
        bench.turn()
        assert callable(made.response.stream)
        assert made.response.stream(chunk) == chunk


def test_a_stream_is_seen_from_its_request_to_its_end() -> None:
    bench = Bench()
    made = flow()
    pass_through(bench, made, b"data: a\n\n", b"data: b\n\n", b"")
    bench.turn()
    bench.exchanges.response_end(made)
    kinds = (RequestSeen, BodySeen, RequestEnd, ResponseSeen, tuple, EndSeen)
    request, body, end, response, one, two, ended = bench.taken(*kinds)

    assert isinstance(request, RequestSeen)
    assert (request.exchange, request.method, request.path) == (1, "GET", "/path")
    assert isinstance(body, BodySeen)
    assert (body.side, body.raw) == ("request", b"content")
    assert end == RequestEnd(1, request.at_ns)
    assert isinstance(response, ResponseSeen)
    assert (response.status, response.streamed) == (200, True)
    assert (one, two) == ((1, 30, b"data: a\n\n"), (1, 40, b"data: b\n\n"))
    assert ended == EndSeen(1, 60, "complete", "")


def test_the_times_are_put_into_the_flow() -> None:
    bench = Bench()
    made = flow()
    pass_through(bench, made, b"abc", b"de")

    assert made.metadata[METADATA] == {
        "mono_ns": 5,
        "wall_ns": 6,
        "at_ns": [30, 40],
        "lengths": [3, 2],
        "dropped": 0,
    }
    assert http.HTTPFlow.from_state(made.get_state()).metadata == made.metadata


def test_another_body_keeps_mitmproxy_s_usual_handling() -> None:
    bench = Bench()
    made = flow("application/json")
    bench.exchanges.request_head(made)
    bench.exchanges.response_head(made)
    assert made.response is not None
    assert made.response.stream is False
    made.response.raw_content = b"{}"
    bench.exchanges.response_end(made)

    (body,) = bench.taken(BodySeen)
    assert isinstance(body, BodySeen)
    assert (body.side, body.raw, body.content_type) == ("response", b"{}", "application/json")
    assert METADATA not in made.metadata


@pytest.mark.parametrize(
    ("content_type", "types", "streamed"),
    [
        ("text/event-stream", (), True),
        ("Text/Event-Stream; charset=utf-8", (), True),
        ("application/x-ndjson", (), True),
        ("application/json", (), False),
        ("application/json", ("application/*",), True),
        ("", (), False),
    ],
)
def test_which_bodies_are_streams_is_told_by_their_type(
    content_type: str, types: tuple[str, ...], streamed: bool
) -> None:
    bench = Bench(types=types)
    made = flow(content_type)
    bench.exchanges.request_head(made)
    bench.exchanges.response_head(made)

    (seen,) = bench.taken(ResponseSeen)
    assert isinstance(seen, ResponseSeen)
    assert seen.streamed is streamed


@pytest.mark.parametrize(
    ("hosts", "host", "covered"),
    [
        ((), "any.example", True),
        (("chat.example",), "chat.example", True),
        (("CHAT.example",), "chat.example", True),
        (("chat.example",), "other.example", False),
        (("chat.example",), "chat.example.evil.test", False),
        (("*.example",), "chat.example", True),
        (("*.example",), "example", False),
        (("chat.example:22",), "chat.example", True),
        (("chat.example:23",), "chat.example", False),
    ],
)
def test_a_host_out_of_scope_leaves_no_trace(
    hosts: tuple[str, ...], host: str, covered: bool
) -> None:
    bench = Bench(*hosts)
    made = flow(host=host)
    bench.exchanges.connections.opened(made.client_conn, 1)
    bench.exchanges.request_head(made)
    bench.exchanges.request_end(made)
    bench.exchanges.response_head(made)
    bench.exchanges.response_end(made)
    bench.exchanges.connections.closed(made.client_conn, 9)

    assert bool(bench.taken()) is covered
    assert made.response is not None
    assert bool(made.response.stream) is covered
    assert (METADATA in made.metadata) is covered


def test_a_flow_from_a_file_is_not_recorded() -> None:
    """mitmproxy replays the hooks for loaded flows: their times would be today's."""
    bench = Bench()
    made = flow()
    made.live = False
    bench.exchanges.request_head(made)
    bench.exchanges.response_head(made)

    assert bench.taken() == []


def test_a_connection_is_recorded_when_an_exchange_first_needs_it() -> None:
    bench = Bench()
    made = flow()
    connections = bench.exchanges.connections
    connections.opened(made.client_conn, 3)
    connections.secured(made.client_conn, 4)
    bench.exchanges.request_head(made)
    again = flow()
    again.client_conn = made.client_conn
    bench.exchanges.request_head(again)
    connections.closed(made.client_conn, 90)
    first, one, two, end = bench.taken()

    assert isinstance(first, Connection)
    assert (first.connection, first.side, first.opened_ns, first.tls_ns) == (1, "client", 3, 4)
    assert isinstance(one, RequestSeen)
    assert isinstance(two, RequestSeen)
    assert one.connection == two.connection == 1
    assert end == ConnectionEnd(1, 90)


def test_a_connection_says_how_it_was_agreed_upon_and_where_it_begins() -> None:
    bench = Bench()
    made = flow()
    made.server_conn.alpn = b"h2"
    made.server_conn.alpn_offers = (b"h2", b"http/1.1", b"\xca\xca")
    made.server_conn.sockname = ("::1", 50123, 0, 0)  # type: ignore[assignment] # as sockets have it
    connections = bench.exchanges.connections
    connections.opened(made.server_conn, 3)
    connections.securing(made.server_conn, 5)
    connections.secured(made.server_conn, 9)
    pass_through(bench, made)
    (_, found) = bench.taken(Connection)

    assert isinstance(found, Connection)
    assert (found.opened_ns, found.tls_begun_ns, found.tls_ns) == (3, 5, 9)
    assert (found.protocol, found.alpn_offers) == ("h2", ("h2", "http/1.1", "\\xca\\xca"))
    assert found.local == "[::1]:50123"


def test_a_connection_whose_service_knows_no_alpn_names_no_protocol_as_agreed_upon() -> None:
    bench = Bench()
    made = flow()
    made.client_conn.alpn = None
    bench.exchanges.request_head(made)
    (found,) = bench.taken(Connection)

    assert isinstance(found, Connection)
    assert found.protocol == ""


def test_of_a_clients_alpn_offers_the_first_are_kept() -> None:
    bench = Bench()
    made = flow()
    made.client_conn.alpn_offers = [b"a%d" % number for number in range(OFFERS_LIMIT + 1)]
    bench.exchanges.request_head(made)
    (found,) = bench.taken(Connection)

    assert isinstance(found, Connection)
    assert found.alpn_offers == tuple(f"a{number}" for number in range(OFFERS_LIMIT))


def test_a_connection_from_before_the_recording_has_no_opening_time() -> None:
    bench = Bench()
    bench.exchanges.request_head(flow())

    (found,) = bench.taken(Connection)
    assert isinstance(found, Connection)
    assert (found.connection, found.opened_ns) == (1, None)


def test_a_response_that_an_addon_made_is_still_recorded() -> None:
    bench = Bench()
    made = flow()
    bench.exchanges.request_head(made)
    bench.exchanges.response_head(made)
    assert made.response is not None
    made.response.raw_content = b"data: made up\n\n"
    bench.exchanges.response_end(made)

    assert (1, 0, b"data: made up\n\n") in bench.taken()


def test_a_callable_that_was_replaced_is_a_loss() -> None:
    bench = Bench()
    made = flow()
    pass_through(bench, made, b"a")
    assert made.response is not None
    made.response.stream = lambda data: data
    bench.exchanges.response_end(made)

    (lost,) = bench.queue.take_lost()
    assert lost.reason == "another addon replaced the stream callable"


def test_a_connect_that_failed_is_an_exchange_that_failed() -> None:
    bench = Bench()
    made = flow("text/plain")
    made.request.method = "CONNECT"
    made.response = http.Response.make(502, b"Cannot connect")
    bench.exchanges.unreachable(made)

    (end,) = bench.taken(EndSeen)
    assert end == EndSeen(1, 0, "error", "Cannot connect")
    assert not bench.exchanges.busy()


def test_messages_of_an_upgraded_connection_are_seen_and_its_close_ends_it() -> None:
    bench = Bench()
    made = tflow.twebsocketflow()
    assert made.websocket is not None
    made.websocket.messages.clear()
    bench.exchanges.request_head(made)
    bench.exchanges.response_head(made)
    bench.exchanges.response_end(made)
    made.websocket.messages.append(WebSocketMessage(Opcode.TEXT, True, b"hi"))
    bench.exchanges.message(made)
    made.websocket.close_code = 1000
    made.websocket.closed_by_client = True
    bench.exchanges.closed(made)

    message, end = bench.taken(MessageSeen, EndSeen)
    assert message == MessageSeen(1, 0, True, True, b"hi")
    assert isinstance(end, EndSeen)
    assert (end.how, end.detail[:31]) == ("complete", "closed by the client with code ")


@pytest.mark.parametrize(
    ("code", "by_client", "how"),
    [(1000, False, "complete"), (1006, True, "client_abort"), (1011, False, "server_abort")],
)
def test_a_close_code_tells_how_an_upgraded_connection_ended(
    code: int, by_client: bool, how: str
) -> None:
    bench = Bench()
    made = tflow.twebsocketflow(err=False)
    assert made.websocket is not None
    bench.exchanges.request_head(made)
    made.websocket.close_code = code
    made.websocket.closed_by_client = by_client
    bench.exchanges.closed(made)

    (end,) = bench.taken(EndSeen)
    assert isinstance(end, EndSeen)
    assert end.how == how


@pytest.mark.parametrize(
    ("message", "client", "server", "how"),
    [
        ("Client disconnected.", ConnectionState.OPEN, ConnectionState.OPEN, "client_abort"),
        ("peer closed connection", ConnectionState.CLOSED, ConnectionState.OPEN, "client_abort"),
        ("peer closed connection", ConnectionState.OPEN, ConnectionState.CLOSED, "server_abort"),
        (
            "HTTP/1 protocol error: peer closed connection without sending complete body",
            ConnectionState.OPEN,
            ConnectionState.CLOSED,
            "server_abort",
        ),
        (
            "HTTP/1 protocol error: illegal chunk header",
            ConnectionState.OPEN,
            ConnectionState.CLOSED,
            "error",
        ),
        (Error.KILLED_MESSAGE, ConnectionState.OPEN, ConnectionState.OPEN, "error"),
    ],
)
def test_who_ended_an_exchange_is_told_by_message_and_connections(
    message: str, client: ConnectionState, server: ConnectionState, how: str
) -> None:
    made = flow()
    made.error = Error(message)
    made.client_conn.state = client
    made.server_conn.state = server

    assert how_it_failed(made) == how


def test_a_service_that_was_never_reached_is_an_error() -> None:
    made = flow()
    made.error = Error("connection refused")
    made.server_conn.peername = None

    assert how_it_failed(made) == "error"
