"""A small HTTP/3 client on aioquic, for machines without a browser.

aioquic speaks QUIC and HTTP/3; this gives it requests and collects the responses.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import (
    ConnectionTerminated,
    ProtocolNegotiated,
    QuicEvent,
    StreamReset,
)


class Response(msgspec.Struct):
    """A response as it fills; ``cut`` is a stream that was reset before its end."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytearray = msgspec.field(default_factory=bytearray)
    cut: bool = False


class Http3Client(QuicConnectionProtocol):
    """One connection. Use `open_http3`; `request` waits for the whole response."""

    authority: str = ""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # aioquic's factory passes its own
        self._http: H3Connection | None = None
        self._open: dict[int, tuple[Response, asyncio.Future[Response]]] = {}

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send one request and return its response, complete or cut.

        Raises:
            ConnectionError: the connection ended first.
        """
        if self._http is None:
            raise ConnectionError("HTTP/3 was not negotiated")
        stream = self._quic.get_next_available_stream_id()
        done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._open[stream] = (Response(), done)
        fields = [
            (":method", method),
            (":scheme", "https"),
            (":authority", self.authority),
            (":path", path),
            *((name.lower(), value) for name, value in headers.items()),
        ]
        encoded = [(name.encode(), value.encode()) for name, value in fields]
        self._http.send_headers(stream, encoded, end_stream=not body)
        if body:
            self._http.send_data(stream, body, end_stream=True)
        self.transmit()
        return await done

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated) and event.alpn_protocol in H3_ALPN:
            self._http = H3Connection(self._quic)
        elif isinstance(event, StreamReset):
            self._finish(event.stream_id, cut=True)
        elif isinstance(event, ConnectionTerminated):
            for _, done in self._open.values():
                done.set_exception(ConnectionError(event.reason_phrase or "connection ended"))
            self._open.clear()
        if self._http is not None:
            for http_event in self._http.handle_event(event):
                self._http_event(http_event)

    def _http_event(self, event: H3Event) -> None:
        if not isinstance(event, HeadersReceived | DataReceived) or (
            event.stream_id not in self._open
        ):
            return
        response, _ = self._open[event.stream_id]
        if isinstance(event, HeadersReceived):
            for name, value in event.headers:
                if name == b":status":
                    response.status = int(value)
                else:
                    response.headers[name.decode()] = value.decode("latin-1")
        else:
            response.body.extend(event.data)
        if event.stream_ended:
            self._finish(event.stream_id)

    def _finish(self, stream: int, *, cut: bool = False) -> None:
        if stream in self._open:
            response, done = self._open.pop(stream)
            response.cut = cut
            done.set_result(response)


@asynccontextmanager
async def open_http3(
    host: str, port: int, authority: str, ca_file: Path
) -> AsyncIterator[Http3Client]:
    """Connect to ``host:port`` as if it were ``authority``; trust only ``ca_file``."""
    configuration = QuicConfiguration(
        is_client=True,
        alpn_protocols=H3_ALPN,
        server_name=authority.partition(":")[0],
        verify_mode=ssl.CERT_REQUIRED,
    )
    configuration.load_verify_locations(str(ca_file))
    async with connect(
        host, port, configuration=configuration, create_protocol=Http3Client
    ) as client:
        assert isinstance(client, Http3Client)
        client.authority = authority
        yield client
