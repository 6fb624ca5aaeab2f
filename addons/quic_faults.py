"""Three faults between mitmproxy 12 and aioquic 1.2 that cost streams, mended here.

The first two need only a busy machine or a lost packet, and close whole QUIC connections.

1. A peer that misses an acknowledgement sends its last stream frame again (RFC 9000, section
   13.3). aioquic (quic/stream.py, `QuicStreamReceiver.handle_frame`) then reports the end a
   second time, with no data, as long as the answer is still being sent: for a chat stream,
   seconds to minutes. mitmproxy (proxy/layers/http/_http_h3.py, `handle_stream_event`) takes
   that for a protocol violation and closes the connection with "stream already ended"
   (mitmproxy issue 8043).
2. When a service resets a stream, mitmproxy resets its own side of it too. If aioquic has
   already discarded the stream, because both sides were settled, it makes a new one of the same
   number (quic/connection.py, `_get_or_create_stream_for_send`) and resets that with a final
   size of 0. The service has to take that for an error (RFC 9000, section 4.5: "Cannot change
   final size") and closes the connection.
3. A request whose headers are longer than about 4 kB, as with the cookies of a chat service,
   is never sent: pylsqpack's `Encoder.encode` raises ("lsqpack_enc_encode failed"; of one long
   header "the header's name and value are too long"), and the browser waits for ever.
"""

from aioquic.h3.connection import H3Connection
from aioquic.h3.events import H3Event
from aioquic.quic.connection import QuicConnection
from aioquic.quic.stream import QuicStream
from mitmproxy.proxy.layers.http._http_h3 import LayeredH3Connection
from mitmproxy.proxy.layers.quic import QuicStreamDataReceived, QuicStreamEvent

from addons.qpack import encode_literally

ENCODER_LIMIT = 3_000
"""Octets of a block up to which pylsqpack certainly encodes it, each field as it counts here."""

FIELD_OVERHEAD = 4
"""Octets that a field may take beyond its name and value."""

_handle_stream_event = LayeredH3Connection.handle_stream_event
_stream_for_send = QuicConnection._get_or_create_stream_for_send
_encode_headers = H3Connection._encode_headers


def _without_repeated_end(self: LayeredH3Connection, event: QuicStreamEvent) -> list[H3Event]:
    if isinstance(event, QuicStreamDataReceived) and event.end_stream and not event.data:
        stream = self._stream.get(event.stream_id)
        if stream is not None and stream.ended:
            return []
    return _handle_stream_event(self, event)


def _without_second_life(self: QuicConnection, stream_id: int) -> QuicStream:
    if stream_id in self._streams_finished:
        return QuicStream(stream_id=stream_id)  # of no connection: nothing of it is ever sent
    return _stream_for_send(self, stream_id)


def _of_any_length(self: H3Connection, stream_id: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    if sum(len(name) + len(value) + FIELD_OVERHEAD for name, value in headers) > ENCODER_LIMIT:
        return encode_literally(headers)
    return _encode_headers(self, stream_id, headers)


def mend() -> None:
    """From now on, in this process. Doing so again changes nothing."""
    LayeredH3Connection.handle_stream_event = _without_repeated_end  # type: ignore[method-assign] # the patch
    QuicConnection._get_or_create_stream_for_send = _without_second_life  # type: ignore[method-assign] # the patch
    H3Connection._encode_headers = _of_any_length  # type: ignore[method-assign] # the patch
