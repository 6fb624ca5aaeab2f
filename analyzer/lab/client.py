"""A small HTTP/3 client: one connection, whole responses, each read with its time."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, ErrorCode, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated, QuicEvent, StreamReset

type ResponseEnd = Literal["complete", "reset", "closed"]


class Read(msgspec.Struct, frozen=True):
    """Body bytes that came at once, still content-encoded; CLOCK_MONOTONIC nanoseconds."""

    mono_ns: int
    data: bytes


class Received(msgspec.Struct, frozen=True):
    """A response, as far as it came. ``closed``: the connection ended before it did."""

    status: int
    headers: tuple[tuple[str, str], ...]
    reads: tuple[Read, ...]
    end: ResponseEnd

    @property
    def body(self) -> bytes:
        return b"".join(read.data for read in self.reads)

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def values(self, name: str) -> list[str]:
        """Return every value of a header that may come more than once."""
        return [value for key, value in self.headers if key == name]


class _Pending:
    def __init__(self) -> None:
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.reads: deque[Read] = deque()
        self.ended: asyncio.Future[ResponseEnd] = asyncio.get_running_loop().create_future()

    def end(self, how: ResponseEnd) -> None:
        if not self.ended.done():
            self.ended.set_result(how)


class _Protocol(QuicConnectionProtocol):
    """aioquic's connection, with HTTP/3 on top and a table of pending requests."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._http: H3Connection | None = None
        self.pending: dict[int, _Pending] = {}

    def quic_event_received(self, event: QuicEvent) -> None:
        now = time.monotonic_ns()
        if isinstance(event, ProtocolNegotiated):  # before any stream: settings come at once
            self._http = H3Connection(self._quic)
        if self._http is None:
            return
        if isinstance(event, ConnectionTerminated):
            for pending in self.pending.values():
                pending.end("closed")
        elif isinstance(event, StreamReset) and event.stream_id in self.pending:
            self.pending[event.stream_id].end("reset")
        for http_event in self._http.handle_event(event):
            if isinstance(http_event, HeadersReceived | DataReceived):
                self._response_event(http_event, now)

    def _response_event(self, event: HeadersReceived | DataReceived, now: int) -> None:
        pending = self.pending.get(event.stream_id)
        if pending is None:
            return
        if isinstance(event, HeadersReceived):
            headers = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
            pending.status = int(dict(headers)[":status"])
            pending.headers = tuple(headers)
        elif event.data:
            pending.reads.append(Read(now, event.data))
        if event.stream_ended:
            pending.end("complete")

    async def request(
        self,
        authority: str,
        method: str,
        path: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
    ) -> Received:
        assert self._http is not None  # `connect` waits for the handshake
        stream_id = self._quic.get_next_available_stream_id()
        pending = self.pending[stream_id] = _Pending()
        pseudo = [(":method", method), (":scheme", "https"), (":authority", authority)]
        fields = [*pseudo, (":path", path), *headers]
        self._http.send_headers(
            stream_id,
            [(name.encode(), value.encode()) for name, value in fields],
            end_stream=not body,
        )
        if body:
            self._http.send_data(stream_id, body, end_stream=True)
        self.transmit()
        try:
            end = await pending.ended
        except asyncio.CancelledError:
            self._quic.stop_stream(stream_id, ErrorCode.H3_REQUEST_CANCELLED)
            self.transmit()
            raise
        finally:
            del self.pending[stream_id]
        return Received(pending.status, pending.headers, tuple(pending.reads), end)


class Http3Client:
    """Talks to one origin. ``host`` and ``port`` say where; ``authority`` what it is called.

    ``ca_path`` is the only CA it trusts. A request that is cancelled is
    aborted as browsers do it, by STOP_SENDING. TLS secrets are appended to the file that
    SSLKEYLOGFILE names, as Python's own TLS does it.
    """

    def __init__(self, host: str, port: int, authority: str, ca_path: Path) -> None:
        self._where = host, port
        self._authority = authority
        self._configuration = QuicConfiguration(
            is_client=True,
            alpn_protocols=H3_ALPN,
            server_name=authority.partition(":")[0],
            cafile=str(ca_path),
        )
        self._stack = AsyncExitStack()
        self._protocol: _Protocol | None = None

    async def __aenter__(self) -> Self:
        if key_log := os.environ.get("SSLKEYLOGFILE"):
            log = Path(key_log).open("a")  # noqa: SIM115 - the stack closes it
            self._configuration.secrets_log_file = self._stack.enter_context(log)
        connection = connect(
            *self._where, configuration=self._configuration, create_protocol=_Protocol
        )
        protocol = await self._stack.enter_async_context(connection)
        assert isinstance(protocol, _Protocol)
        self._protocol = protocol
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, at)

    async def request(
        self, method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
    ) -> Received:
        """Return the whole response; a reset or a closed connection is no exception."""
        assert self._protocol is not None  # entered
        return await self._protocol.request(self._authority, method, path, headers, body)
