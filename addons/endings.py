"""Who ended an exchange that did not end by itself.

mitmproxy's ``error`` hook brings a message only, and for a reset HTTP/2 or
HTTP/3 stream it says "by client" whoever did it. So, in this order: what the
message says beyond doubt, which side's connection is closed, and the state of
mitmproxy's own stream object.
"""

from mitmproxy.connection import ConnectionState
from mitmproxy.flow import Error
from mitmproxy.http import HTTPFlow

from addons import inside
from analyzer.model import Ending

NORMAL_CLOSE = frozenset({1000, 1001, 1005})
"""WebSocket close codes of an orderly end (RFC 6455, section 7.4.1)."""

_ENDED_BY_PEER = ("HTTP/1 protocol error: peer closed connection", "HTTP/2 connection closed")


def how_it_failed(flow: HTTPFlow) -> Ending:
    """``client_abort``, ``server_abort``, or ``error`` where neither simply went away."""
    message = flow.error.msg if flow.error is not None else ""
    if message == "Client disconnected.":
        return "client_abort"
    if message == Error.KILLED_MESSAGE or (
        "protocol error" in message and not message.startswith(_ENDED_BY_PEER)
    ):
        return "error"
    if not flow.client_conn.state & ConnectionState.CAN_READ:
        return "client_abort"
    server = flow.server_conn
    if server.timestamp_start is None or server.peername is None or server.error:
        return "error"
    if not server.state & ConnectionState.CAN_READ:
        return "server_abort"
    return _reset_by(flow)


def how_it_closed(flow: HTTPFlow) -> tuple[Ending, str]:
    """The same for an upgraded connection, with what there is to say about it."""
    socket = flow.websocket
    if socket is None or socket.close_code is None:
        return "error", "the WebSocket ended without a close frame"
    side = "client" if socket.closed_by_client else "server"
    reason = f": {socket.close_reason}" if socket.close_reason else ""
    detail = f"closed by the {side} with code {socket.close_code}{reason}"
    if socket.close_code in NORMAL_CLOSE:
        return "complete", detail
    return "client_abort" if socket.closed_by_client else "server_abort", detail


def _reset_by(flow: HTTPFlow) -> Ending:
    """Both connections live on: one stream was reset. mitmproxy marks the client's side first."""
    handler = inside.connection_handler(flow)
    if handler is None:
        return "client_abort"
    for stream in inside.http_streams(handler):
        if getattr(stream, "flow", None) is flow:
            state = getattr(stream.client_state, "__name__", "")
            return "client_abort" if state == "state_errored" else "server_abort"
    return "error"
