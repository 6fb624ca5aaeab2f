"""What is ordinary in QUIC closes no connection."""

import pytest
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from mitmproxy.proxy.layers.http._http_h3 import LayeredH3Connection
from mitmproxy.proxy.layers.quic import (
    CloseQuicConnection,
    QuicStreamDataReceived,
    SendQuicStreamData,
)
from mitmproxy.test.tflow import tclient_conn

from addons import quic_faults

STREAM = 0


@pytest.fixture
def connection() -> LayeredH3Connection:
    """The proxy's side of a connection whose client has sent one whole request."""
    quic_faults.mend()
    made = LayeredH3Connection(tclient_conn(), is_client=False)
    sent = client_bytes()
    events = made.handle_stream_event(QuicStreamDataReceived(made._mock.conn, STREAM, sent, True))
    assert [type(event) for event in events] == [HeadersReceived, DataReceived]
    return made


def client_bytes() -> bytes:
    """HEADERS and DATA of a request, made by a client's side of the same protocol."""
    client: H3Connection = LayeredH3Connection(tclient_conn(), is_client=True)
    head = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]
    client.send_headers(STREAM, head)
    client.send_data(STREAM, b"question", end_stream=True)
    assert isinstance(client, LayeredH3Connection)
    commands = client._mock.pending_commands
    return b"".join(c.data for c in commands if getattr(c, "stream_id", None) == STREAM)  # type: ignore[attr-defined]


def closes(connection: LayeredH3Connection) -> bool:
    return any(isinstance(c, CloseQuicConnection) for c in connection._mock.pending_commands)


def test_an_end_that_comes_again_changes_nothing(connection: LayeredH3Connection) -> None:
    again = QuicStreamDataReceived(connection._mock.conn, STREAM, b"", True)

    assert connection.handle_stream_event(again) == []
    assert not closes(connection)


def test_data_behind_the_end_still_closes_the_connection(connection: LayeredH3Connection) -> None:
    more = QuicStreamDataReceived(connection._mock.conn, STREAM, b"more", False)

    assert connection.handle_stream_event(more) == []
    assert closes(connection)


def test_a_stream_that_is_over_is_not_begun_again_by_a_reset() -> None:
    """Its final size would then be 0, and no longer what the peer knows."""
    quic_faults.mend()
    quic = QuicConnection(configuration=QuicConfiguration(is_client=True))
    following = quic.get_next_available_stream_id() + 4
    quic._streams_finished.add(STREAM)
    quic._local_next_stream_id_bidi = following
    quic.reset_stream(STREAM, 0)

    assert STREAM not in quic._streams
    assert quic.get_next_available_stream_id() == following


def test_a_stream_that_is_not_over_is_reset() -> None:
    quic_faults.mend()
    quic = QuicConnection(configuration=QuicConfiguration(is_client=True))
    quic.reset_stream(STREAM, 7)

    assert quic._streams[STREAM].sender._reset_error_code == 7


def arrived(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a request as its service reads them."""
    client: H3Connection = LayeredH3Connection(tclient_conn(), is_client=True)
    server = LayeredH3Connection(tclient_conn(), is_client=False)
    client.send_headers(STREAM, headers, end_stream=True)
    assert isinstance(client, LayeredH3Connection)
    got = []
    for command in client._mock.pending_commands:
        if isinstance(command, SendQuicStreamData):
            received = QuicStreamDataReceived(
                server._mock.conn, command.stream_id, command.data, command.end_stream
            )
            got += server.handle_stream_event(received)
    (seen,) = [event for event in got if isinstance(event, HeadersReceived)]
    return seen.headers


HEAD = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]


@pytest.mark.parametrize("length", [10, 2_700, 2_900, 4_400, 20_000])
def test_headers_of_any_length_arrive(length: int) -> None:
    """By either way."""
    quic_faults.mend()
    cookies = [(b"cookie", b"c=" + b"x" * length), (b"cookie", b"d=" + bytes(range(33, 127)))]

    assert arrived(HEAD + cookies) == HEAD + cookies


def test_any_number_of_short_headers_arrives() -> None:
    """A thousand fields of three octets are more than pylsqpack takes, too."""
    quic_faults.mend()
    many = [(b"%03d" % number, b"") for number in range(1_000)]

    assert arrived(HEAD + many) == HEAD + many


def test_headers_as_most_requests_have_them_are_left_to_the_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quic_faults.mend()
    monkeypatch.setattr(quic_faults, "encode_literally", lambda _: pytest.fail("was used"))

    assert arrived(HEAD) == HEAD
