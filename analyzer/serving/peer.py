"""The HTTP stream behind an ASGI ``send``: reset it, and see whether its client has gone.

ASGI has words for neither. A Hypercorn application that raises after its
response began leaves HTTP/2 and HTTP/3 clients waiting for ever (no
RST_STREAM, no end), and Hypercorn tells an application nothing of a client
that aborts an HTTP/3 stream. So this module reaches for the protocol objects
behind the bound method that Hypercorn (0.18) passes as ``send``.
"""

import asyncio
import contextlib
import itertools
from typing import Any
from weakref import WeakKeyDictionary

from aioquic.h3.connection import ErrorCode
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h3 import H3Protocol
from hypercorn.protocol.http_stream import ASGIHTTPState

_SENT_AHEAD = 512 * 1024
"""Bytes of an HTTP/3 stream that may wait for their client."""

_POLL_S = 0.002
_CONFIRMED_S = 1.0

_numbers: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_next_number = itertools.count(1)


class Peer:
    """``send`` is what Hypercorn gave the application, not wrapped by anything."""

    def __init__(self, send: Any) -> None:
        self._stream = send.__self__
        self._protocol = self._stream.send.__self__

    def connection_number(self) -> int:
        """Number connections from 1, in the order in which they are asked about."""
        number = _numbers.get(self._protocol)
        if number is None:
            number = _numbers[self._protocol] = next(_next_number)
        return number

    def has_gone(self) -> bool:
        """Whether sending is pointless: the client reset the stream or closed the connection."""
        if isinstance(self._protocol, H3Protocol):
            quic = self._protocol.connection._quic
            stream = quic._streams.get(self._stream.stream_id)  # None once the abort is settled
            aborted = stream is None or stream.sender._reset_error_code is not None
            return aborted or quic._close_event is not None
        return bool(self._stream.closed)

    async def write(self, data: bytes) -> bool:
        """Send a piece of the body as a DATA frame of its own; false where that can't be done now.

        Hypercorn collects what is sent to an HTTP/2 stream until its sending task runs, and
        looks through all streams for the next one; nothing holds back an HTTP/3 stream.
        The response must have begun, and be one that has a body.
        """
        stream_id, protocol = self._stream.stream_id, self._protocol
        if isinstance(protocol, H3Protocol):
            while self._unacknowledged() > _SENT_AHEAD:
                await asyncio.sleep(_POLL_S)
            if self.has_gone():
                return True
            protocol.connection.send_data(stream_id, data, False)
            await protocol.send()
            return True
        if not isinstance(protocol, H2Protocol):
            return False
        buffer, connection = protocol.stream_buffers.get(stream_id), protocol.connection
        if buffer is None or buffer.buffer:
            return False
        try:
            window = connection.local_flow_control_window(stream_id)
            if len(data) > min(window, connection.max_outbound_frame_size):
                return False
            connection.send_data(stream_id, data)
        except ProtocolError:
            return False
        await protocol._flush()
        return True

    async def drained(self) -> None:
        """Wait until what was sent by ASGI has left an HTTP/2 stream's buffer, as frames."""
        if isinstance(self._protocol, H2Protocol):
            buffer = self._protocol.stream_buffers.get(self._stream.stream_id)
            if buffer is not None and buffer.buffer:
                await buffer.drain()

    def _unacknowledged(self) -> int:
        """Bytes of an HTTP/3 stream that its client has not confirmed; 0 once it has gone."""
        stream = self._protocol.connection._quic._streams.get(self._stream.stream_id)
        return 0 if stream is None or self.has_gone() else len(stream.sender._buffer)

    async def reset(self) -> None:
        """End the stream abruptly, also before any response: RST_STREAM, RESET_STREAM.

        What was sent before arrives: over HTTP/3 that is waited for, as a reset overtakes it.
        Over HTTP/1.1 Hypercorn closes the connection when an application
        returns before its response is complete.
        """
        if isinstance(self._protocol, H3Protocol):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CONFIRMED_S):
                    while self._unacknowledged():
                        await asyncio.sleep(_POLL_S)
        if self._stream.state is ASGIHTTPState.REQUEST:
            self._stream.state = ASGIHTTPState.CLOSED  # or Hypercorn would answer with a 500
        stream_id = self._stream.stream_id
        if self.has_gone():
            return
        if isinstance(self._protocol, H3Protocol):
            quic = self._protocol.connection._quic
            quic.reset_stream(stream_id, ErrorCode.H3_INTERNAL_ERROR)
            await self._protocol.send()
        elif isinstance(self._protocol, H2Protocol):
            try:
                self._protocol.connection.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
            except ProtocolError:
                return
            await self._protocol._flush()
            # What Hypercorn drops only when a stream ends in order.
            self._protocol.stream_buffers.pop(stream_id, None)
            self._protocol.priority.remove_stream(stream_id)
