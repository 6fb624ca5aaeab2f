"""The HTTP stream behind an ASGI ``send``: reset it, and see whether its client has gone.

ASGI has words for neither. A Hypercorn application that raises after its
response began leaves HTTP/2 and HTTP/3 clients waiting for ever (no
RST_STREAM, no end), and Hypercorn tells an application nothing of a client
that aborts an HTTP/3 stream. So this module reaches for the protocol objects
behind the bound method that Hypercorn (0.18) passes as ``send``.
"""

import itertools
from typing import Any
from weakref import WeakKeyDictionary

from aioquic.h3.connection import ErrorCode
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h3 import H3Protocol

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

    async def reset(self) -> None:
        """End the stream abruptly: RST_STREAM, RESET_STREAM.

        Over HTTP/1.1 nothing needs doing: Hypercorn closes the connection
        when an application returns before its response is complete.
        """
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
