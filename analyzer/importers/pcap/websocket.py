"""A WebSocket as an onlooker reads it (RFC 6455; RFC 7692 for compressed messages). Pure."""

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.utilities import ProtocolError

from analyzer.importers.pcap.exchanges import Exchange
from analyzer.intake.seen import Fields
from analyzer.model import Ending

MESSAGE_LIMIT = 16 * 1024 * 1024
"""Decoded bytes of one message; a WebSocket with a longer one is told no further."""

STEP = 16 * 1024
"""Bytes parsed at once: compressed ones can become a thousand times as many."""

_NORMAL = {1000, 1001, 1005}


class WebSocket:
    """What follows a ``101 Switching Protocols``. What is malformed ends it as an error."""

    def __init__(self, exchange: Exchange, response: Fields) -> None:
        self._exchange = exchange
        accepted = _extensions(response)
        self._parsers = {
            True: Connection(ConnectionType.SERVER, _deflate(accepted)),
            False: Connection(ConnectionType.CLIENT, _deflate(accepted)),
        }
        self._messages = {True: bytearray(), False: bytearray()}
        self._closed: tuple[bool, int, str] | None = None

    def feed(self, from_client: bool, at_ns: int, data: bytes) -> None:
        parser = self._parsers[from_client]
        for start in range(0, len(data), STEP):
            if self._exchange.ended:
                return
            try:
                parser.receive_data(data[start : start + STEP])
                for event in parser.events():
                    self._take(from_client, at_ns, event)
            except ProtocolError as error:
                self._exchange.abort(at_ns, "error", f"the WebSocket is malformed: {error}")

    def finish(self, at_ns: int) -> None:
        """The transport is closed."""
        if self._closed is None:
            detail = "the WebSocket ended without a close frame"
            self._exchange.abort(at_ns, "error", detail)
            return
        by_client, code, reason = self._closed
        side = "client" if by_client else "server"
        detail = f"closed by the {side} with code {code}" + (f": {reason}" if reason else "")
        aborted: Ending = "client_abort" if by_client else "server_abort"
        self._exchange.abort(at_ns, "complete" if code in _NORMAL else aborted, detail)

    def _take(self, from_client: bool, at_ns: int, event: object) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            self._collect(from_client, at_ns, event)
        elif isinstance(event, CloseConnection):
            if self._parsers[from_client].state is ConnectionState.OPEN:  # its own, not a frame's
                detail = f"the WebSocket is malformed: {event.reason}"
                self._exchange.abort(at_ns, "error", detail)
            elif self._closed:
                self.finish(at_ns)
            else:
                self._closed = from_client, int(event.code), event.reason or ""

    def _collect(self, from_client: bool, at_ns: int, event: TextMessage | BytesMessage) -> None:
        message = self._messages[from_client]
        is_text = isinstance(event, TextMessage)
        message += event.data.encode() if isinstance(event.data, str) else event.data
        if len(message) > MESSAGE_LIMIT:
            detail = f"a message of the WebSocket is longer than {MESSAGE_LIMIT} bytes"
            self._exchange.abort(at_ns, "error", detail)
            message.clear()
        elif event.message_finished:
            data = bytes(message)
            message.clear()
            self._exchange.tell(at_ns, data, from_client=from_client, is_text=is_text)


def _extensions(response: Fields) -> str:
    values = [value for name, value in response if name.lower() == b"sec-websocket-extensions"]
    return b",".join(values).decode("latin-1")


def _deflate(accepted: str) -> list[Extension]:
    """What both sides agreed upon; a server names at most this one extension of use."""
    for offer in accepted.split(","):
        if offer.strip().startswith(PerMessageDeflate.name):
            extension = PerMessageDeflate()
            extension.finalize(offer.strip())
            return [extension]
    return []
