"""A repeated end of a QUIC stream is loss recovery, no protocol violation."""

from collections.abc import Iterator

import pytest
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from mitmproxy.proxy.layers.http._http_h3 import LayeredH3Connection
from mitmproxy.proxy.layers.quic import CloseQuicConnection, QuicStreamDataReceived
from mitmproxy.test.tflow import tclient_conn

from addons import repeated_fin

STREAM = 0


@pytest.fixture
def connection() -> Iterator[LayeredH3Connection]:
    """The proxy's side of a connection whose client has sent one whole request."""
    before = LayeredH3Connection.handle_stream_event
    repeated_fin.tolerate()
    made = LayeredH3Connection(tclient_conn(), is_client=False)
    sent = client_bytes()
    events = made.handle_stream_event(QuicStreamDataReceived(made._mock.conn, STREAM, sent, True))
    assert [type(event) for event in events] == [HeadersReceived, DataReceived]
    yield made
    LayeredH3Connection.handle_stream_event = before  # type: ignore[method-assign]


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
