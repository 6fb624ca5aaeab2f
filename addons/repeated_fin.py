"""Keep mitmproxy from closing a QUIC connection because a peer repeated the end of a stream.

A peer that misses an acknowledgement sends its last stream frame again. aioquic
(quic/stream.py, `QuicStreamReceiver.handle_frame`) then reports the end a second time, with
no data, as long as the answer is still being sent: for a chat stream, seconds to minutes.
mitmproxy 12 (proxy/layers/http/_http_h3.py, `handle_stream_event`) takes that for a
protocol violation and closes the connection with "stream already ended", and with it every
stream that it carries (mitmproxy issue 8043). Repeating a frame is RFC 9000's ordinary loss
recovery (section 13.3), so the repetition is dropped here.
"""

from aioquic.h3.events import H3Event
from mitmproxy.proxy.layers.http._http_h3 import LayeredH3Connection
from mitmproxy.proxy.layers.quic import QuicStreamDataReceived, QuicStreamEvent

_as_mitmproxy_does = LayeredH3Connection.handle_stream_event


def _without_repeated_fin(self: LayeredH3Connection, event: QuicStreamEvent) -> list[H3Event]:
    if isinstance(event, QuicStreamDataReceived) and event.end_stream and not event.data:
        stream = self._stream.get(event.stream_id)
        if stream is not None and stream.ended:
            return []
    return _as_mitmproxy_does(self, event)


def tolerate() -> None:
    """From now on, in this process. Doing so again changes nothing."""
    LayeredH3Connection.handle_stream_event = _without_repeated_fin  # type: ignore[method-assign]
