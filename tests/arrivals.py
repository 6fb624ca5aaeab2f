"""Clients that stamp each read as it arrives, over HTTP/2 (hyper-h2) and HTTP/3 (aioquic).

One connection, as many requests on it as are wanted at once. What they add to a time is
measured against `plain_sender`, whose payload is the time at which it was written.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, Protocol

import h2.config
import h2.connection
import h2.events

from analyzer.lab.client import Http3Client, Read, Received, ResponseEnd

type Protocols = Literal["h2", "h3"]

WINDOW = 1 << 24
"""Flow control never holds a sender back."""


class Client(Protocol):
    """Whole responses; a reset or a closed connection is no exception."""

    async def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Received: ...


class _Pending:
    def __init__(self) -> None:
        self.headers: tuple[tuple[str, str], ...] = ()
        self.reads: list[Read] = []
        self.ended: asyncio.Future[ResponseEnd] = asyncio.get_running_loop().create_future()

    def end(self, how: ResponseEnd) -> None:
        if not self.ended.done():
            self.ended.set_result(how)


class Http2Client(asyncio.Protocol):
    """One HTTP/2 connection."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._pending: dict[int, _Pending] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._http.local_settings.initial_window_size = WINDOW
        self._http.initiate_connection()
        self._http.increment_flow_control_window(WINDOW)
        self._flush()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        for event in self._http.receive_data(data):
            self._happened(event, now)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for pending in self._pending.values():
            pending.end("closed")

    async def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Received:
        number = self._http.get_next_available_stream_id()
        pending = self._pending[number] = _Pending()
        pseudo = [(":method", method), (":scheme", "https"), (":authority", self._authority)]
        fields = [*pseudo, (":path", path), *headers]
        self._http.send_headers(number, fields, end_stream=not body)
        if body:
            self._http.send_data(number, body, end_stream=True)
        self._flush()
        try:
            end = await pending.ended
        except asyncio.CancelledError:
            self._http.reset_stream(number, 8)  # CANCEL (RFC 9113, section 7)
            self._flush()
            raise
        finally:
            del self._pending[number]
        headers = pending.headers
        return Received(int(dict(headers).get(":status", 0)), headers, tuple(pending.reads), end)

    def _happened(self, event: h2.events.Event, now: int) -> None:
        pending = self._pending.get(getattr(event, "stream_id", None) or 0)
        match event:
            case h2.events.DataReceived():
                assert event.stream_id is not None
                self._http.acknowledge_received_data(
                    event.flow_controlled_length or 0, event.stream_id
                )
                if pending is not None and event.data:
                    pending.reads.append(Read(now, event.data))
            case h2.events.ResponseReceived() if pending is not None:
                pending.headers = tuple(_text(*field[:2]) for field in event.headers or ())
            case h2.events.StreamEnded() if pending is not None:
                pending.end("complete")
            case h2.events.StreamReset() if pending is not None:
                pending.end("reset")
            case _:
                pass

    def _flush(self) -> None:
        if self._transport is not None and (data := self._http.data_to_send()):
            self._transport.write(data)


def _text(name: str | bytes, value: str | bytes) -> tuple[str, str]:
    return str(name, "utf-8") if isinstance(name, bytes) else name, (
        str(value, "utf-8") if isinstance(value, bytes) else value
    )


@asynccontextmanager
async def connected(
    protocol: Protocols, host: str, port: int, authority: str, ca_path: Path
) -> AsyncIterator[Client]:
    """A connection that trusts this CA only, closed with the block."""
    if protocol == "h3":
        async with Http3Client(host, port, authority, ca_path) as http3:
            yield http3
        return
    trust = ssl.create_default_context(cafile=ca_path)
    trust.set_alpn_protocols(["h2"])
    transport, http2 = await asyncio.get_running_loop().create_connection(
        lambda: Http2Client(authority),
        host,
        port,
        ssl=trust,
        server_hostname=authority.partition(":")[0],
    )
    try:
        yield http2
    finally:
        transport.close()
