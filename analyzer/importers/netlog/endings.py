"""How an exchange ended, from what the browser's network stack said of it."""

from analyzer.model import Ending

BY_SERVICE = frozenset(
    {
        "net::ERR_CONNECTION_CLOSED",
        "net::ERR_CONNECTION_RESET",
        "net::ERR_CONTENT_LENGTH_MISMATCH",
        "net::ERR_EMPTY_RESPONSE",
        "net::ERR_HTTP2_RST_STREAM_NO_ERROR_RECEIVED",
        "net::ERR_HTTP2_SERVER_REFUSED_STREAM",
        "net::ERR_HTTP2_STREAM_CLOSED",
        "net::ERR_INCOMPLETE_CHUNKED_ENCODING",
        "net::ERR_QUIC_GOAWAY_REQUEST_CAN_BE_RETRIED",
    }
)
"""The service, or the network in its place, ended what it had not finished."""

_EITHER = frozenset({"net::ERR_HTTP2_PROTOCOL_ERROR", "net::ERR_QUIC_PROTOCOL_ERROR"})
"""A reset by the service is called so, and so is much else."""

_BY_BROWSER = frozenset({"", "net::ERR_ABORTED"})


def ending(error: str, *, cancelled: bool, whole: bool, was_reset: bool | None) -> Ending:
    """How it ended.

    ``error`` is the net error's name, ``whole`` whether all of the response had come by then,
    ``was_reset`` whether its stream was seen to be reset by the service: None if the log does
    not tell which stream it had.
    """
    if cancelled and error in _BY_BROWSER:
        return "complete" if whole else "client_abort"
    if not error:
        return "complete"
    if error == "net::ERR_ABORTED":
        return "client_abort"
    if error in BY_SERVICE or (error in _EITHER and was_reset is not False):
        return "server_abort"
    return "error"
