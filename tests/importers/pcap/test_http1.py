"""HTTP/1.1 in rows, tunnels and WebSockets included."""

import pytest
from pcap_rows import MS, Tcp, chunks, ends, every, only, read, statuses
from wsproto.connection import Connection as WebSocketPeer
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

from analyzer.intake.seen import BodySeen, EndSeen, MessageSeen, RequestSeen, ResponseSeen
from analyzer.model import Connection, Problem, RequestEnd

ASKING = b"POST /a HTTP/1.1\r\nHost: chat.example\r\nContent-Length: 5\r\n\r\nhello"
STREAMING = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
GET = b"GET /b HTTP/1.1\r\nHost: chat.example\r\n\r\n"


def test_chunks_of_the_transfer_coding_are_undone_and_keep_their_moments() -> None:
    tcp = Tcp("http/1.1")
    rows = [
        tcp.sends(10, ASKING[:60]),
        tcp.sends(11, ASKING[60:]),
        tcp.answers(20, STREAMING + b"9\r\ndata: 1\n\n\r\n"),
        tcp.answers(30, b"9\r\ndata: "),
        tcp.answers(31, b"2\n\n\r\n"),
        tcp.answers(40, b"0\r\n\r\n"),
    ]

    items = read([*tcp.opening(), *rows])

    request = only(items, RequestSeen)
    assert (request.scheme, request.authority, request.path) == ("https", "chat.example", "/a")
    assert request.fields[0] == (b"Host", b"chat.example")
    assert only(items, BodySeen).raw == b"hello"
    assert only(items, RequestEnd).at_ns == 11 * MS
    assert only(items, ResponseSeen).reason == "OK"
    assert chunks(items) == [(20, b"data: 1\n\n"), (30, b"data: "), (31, b"2\n\n")]
    assert only(items, EndSeen) == EndSeen(1, 40 * MS, "complete", "")


def test_requests_follow_each_other_on_a_connection_in_the_clear() -> None:
    tcp = Tcp("")
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
    rows = [tcp.sends(10, GET), tcp.answers(11, answer), tcp.sends(12, GET + GET)]
    rows += [tcp.answers(13, answer + answer)]

    items = read([*tcp.opening(), *rows])

    assert [one.scheme for one in every(items, RequestSeen)] == ["http"] * 3
    assert [one.raw for one in every(items, BodySeen)] == [b"ab"] * 3
    assert only(items, Connection).protocol == ""


def test_interim_responses_are_none_and_a_head_has_no_body() -> None:
    tcp = Tcp("http/1.1")
    head = GET.replace(b"GET", b"HEAD")
    answer = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    rows = [tcp.sends(10, head), tcp.answers(11, answer), tcp.sends(12, GET)]
    rows += [tcp.answers(13, b"HTTP/1.1 204 No Content\r\n\r\n")]

    items = read([*tcp.opening(), *rows])

    assert statuses(items) == [(1, 200), (2, 204)]
    assert [how for _, how, _ in ends(items)] == ["complete", "complete"]


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end", "complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nless", "server_abort"),
        (b"HTTP/1.1 200 O", "server_abort"),
        (b"", "server_abort"),
    ],
)
def test_the_servers_fin_ends_what_has_no_length(answer: bytes, how: str) -> None:
    tcp = Tcp("http/1.1")
    answers = [tcp.answers(11, answer)] if answer else []
    rows = [tcp.sends(10, GET), *answers, tcp.ends(12, from_client=False)]

    items = read([*tcp.opening(), *rows])

    assert [(end.at_ns, end.how) for end in every(items, EndSeen)] == [(12 * MS, how)]


def test_a_capture_that_begins_in_the_middle_is_read_from_the_next_request() -> None:
    tcp = Tcp("")
    rows = [
        tcp.answers(1, b"the rest of an answer, GET / HTTP/1.1"),
        tcp.sends(2, b"the rest of a body"),
        tcp.sends(3, GET),
        tcp.answers(4, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ]

    items = read(rows)

    assert statuses(items) == [(1, 200)]
    assert only(items, Connection).opened_ns is None
    assert only(items, Connection).peer == "10.0.0.2:443"


def test_a_tunnel_is_no_exchange_and_what_passes_it_is() -> None:
    tcp = Tcp("")
    connect = b"CONNECT chat.example:443 HTTP/1.1\r\nHost: chat.example:443\r\n\r\n"
    inner = Tcp("http/1.1", server=tcp.server)
    rows = [
        *tcp.opening(),
        tcp.sends(5, connect),
        tcp.answers(6, b"HTTP/1.1 200 Connection Established\r\n\r\n"),
        *inner.opening(10)[2:],
        inner.sends(20, GET),
        inner.answers(21, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ]

    items = read(rows)

    assert only(items, RequestSeen).scheme == "https"
    assert only(items, RequestSeen).path == "/b"
    assert only(items, Connection).protocol == "http/1.1"


def test_a_tunnel_that_was_refused_is_an_exchange() -> None:
    tcp = Tcp("")
    rows = [tcp.sends(5, b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")]
    rows += [tcp.answers(6, b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")]

    items = read([*tcp.opening(), *rows])

    request = only(items, RequestSeen)
    assert (request.method, request.authority, request.at_ns) == (
        "CONNECT",
        "a.example:443",
        5 * MS,
    )
    assert statuses(items) == [(1, 502)]


def test_what_proxies_are_asked_names_the_service() -> None:
    tcp = Tcp("")
    asked = b"GET http://chat.example?q=://x HTTP/1.1\r\nHost: other.example\r\n\r\n"

    request = only(read([*tcp.opening(), tcp.sends(5, asked)]), RequestSeen)

    assert (request.scheme, request.authority, request.path) == ("http", "chat.example", "/?q=://x")


def test_what_is_no_http_in_the_middle_ends_its_exchange() -> None:
    tcp = Tcp("http/1.1")
    rows = [tcp.sends(10, ASKING), tcp.answers(11, STREAMING + b"nonsense\r\n")]

    items = read([*tcp.opening(), *rows])

    assert only(items, EndSeen).how == "error"
    assert only(items, Problem).code == "broken_connection"


UPGRADING = (
    b"GET /ws HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)


def upgraded(extensions: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + extensions
        + b"\r\n"
    )


@pytest.mark.parametrize("deflate", ["", "permessage-deflate; client_no_context_takeover"])
def test_a_websockets_messages_are_told(deflate: str) -> None:
    def extensions() -> list[PerMessageDeflate]:
        extension = PerMessageDeflate()
        extension.finalize(deflate)
        return [extension] if deflate else []

    client = WebSocketPeer(ConnectionType.CLIENT, [*extensions()])
    server = WebSocketPeer(ConnectionType.SERVER, [*extensions()])
    named = f"Sec-WebSocket-Extensions: {deflate}\r\n".encode() if deflate else b""
    first = server.send(Ping(b"!")) + server.send(TextMessage('[{"ty', message_finished=False))
    last = server.send(TextMessage('pe":"é"}]'))
    tcp = Tcp("http/1.1")
    rows = [
        tcp.sends(10, UPGRADING),
        tcp.answers(11, upgraded(named) + first),
        tcp.sends(12, client.send(BytesMessage(b"\0\1" * 50))),
        tcp.answers(13, last[:9]),
        tcp.answers(14, last[9:]),
        tcp.answers(15, server.send(CloseConnection(1000, "bye"))),
        tcp.sends(16, client.send(CloseConnection(1000))),
    ]

    items = read([*tcp.opening(), *rows])

    assert statuses(items) == [(1, 101)]
    assert every(items, MessageSeen) == [
        MessageSeen(1, 12 * MS, True, False, b"\0\1" * 50),
        MessageSeen(1, 14 * MS, False, True, '[{"type":"é"}]'.encode()),
    ]
    assert only(items, EndSeen) == EndSeen(
        1, 16 * MS, "complete", "closed by the server with code 1000: bye"
    )


@pytest.mark.parametrize(
    ("sent", "how", "detail"),
    [
        (b"\x83\x00", "error", "the WebSocket is malformed"),
        (b"", "error", "the WebSocket ended without a close frame"),
        (b"\x88\x02\x03\xf3", "server_abort", "closed by the server with code 1011"),
    ],
)
def test_a_websocket_that_ends_badly_says_how(sent: bytes, how: str, detail: str) -> None:
    tcp = Tcp("http/1.1")
    rows = [tcp.sends(10, UPGRADING), tcp.answers(11, upgraded() + sent)]

    items = read([*tcp.opening(), *rows, tcp.ends(12, from_client=False, flags="0x0004")])

    assert only(items, EndSeen).how == how
    assert only(items, EndSeen).detail.startswith(detail)
