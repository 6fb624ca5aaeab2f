"""One exchange on its way into an entry: what it brought, kept until it ends."""

from msgspec.structs import replace

from analyzer.importers.har.scanning import STRING_LIMIT
from analyzer.model import (
    Body,
    Credential,
    ExchangeEnd,
    Lost,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)

READS_LIMIT = 500_000
"""Most reads of one exchange that are written."""

MESSAGES_LIMIT = 8 * 1024 * 1024
"""Bytes of one exchange's WebSocket messages that are written, `MESSAGE_BYTES` more for each."""

MESSAGE_BYTES = 128

HELD_LIMIT = 128 * 1024 * 1024
"""Bytes of all bodies that are held because their exchanges have not ended."""

type OfExchange = (
    RequestEnd | ResponseHead | Reads | Body | WebSocketMessage | ExchangeEnd | Credential | Lost
)


class Passing:
    """``records`` are the exchange's, in their order, as far as an entry has room for them."""

    def __init__(self, request: RequestHead) -> None:
        self.request = request
        self.records: list[OfExchange] = []
        self.response: ResponseHead | None = None
        self.sent_ns: int | None = None
        self.end: ExchangeEnd | None = None
        self.held = 0
        self._sides: set[str] = set()
        self._reads = 0
        self._stream_bytes = 0
        self._message_bytes = 0

    def take(self, record: OfExchange, room: int) -> str:
        """Take one of its records; ``room`` is for that many bytes.

        Returns: why it, or its bytes, cannot be kept; empty if all of it is.
        """
        match record:
            case RequestEnd():
                self.sent_ns = record.at_ns
            case ResponseHead():
                if self.response is not None:
                    return "an entry has one response"
                self.response = record
            case Reads():
                return self._read(record, room)
            case Body():
                return self._take_body(record, room)
            case WebSocketMessage():
                self._message_bytes += MESSAGE_BYTES + len(record.data)
                if self._message_bytes > MESSAGES_LIMIT:
                    return f"an entry holds {MESSAGES_LIMIT} bytes of them at most"
            case ExchangeEnd():
                self.end = record
        self._keep(record)
        return ""

    def _keep(self, record: OfExchange) -> None:
        self.records.append(record)
        if isinstance(record, Reads | Body | WebSocketMessage):
            self.held += len(record.data)

    def _read(self, reads: Reads, room: int) -> str:
        if reads.side != "response" or self.response is None or not self.response.streamed:
            return "no stream is there that they belong to"
        self._reads += len(reads.at_ns)
        if self._reads > READS_LIMIT:
            return f"an entry holds {READS_LIMIT} reads at most"
        self._stream_bytes += len(reads.data)
        why = _over(self._stream_bytes, len(reads.data), room)
        if why:
            self._stream_bytes -= len(reads.data)
        self._keep(without_bytes(reads) if why else reads)
        return why

    def _take_body(self, body: Body, room: int) -> str:
        if body.side in self._sides:
            return "an entry has one body of each side"
        self._sides.add(body.side)
        why = _over(len(body.data), len(body.data), room)
        self._keep(replace(body, data=b"", withheld=body.withheld or why) if why else body)
        return why


def _over(size: int, more: int, room: int) -> str:
    if size > STRING_LIMIT:
        return f"an entry holds {STRING_LIMIT} bytes of a body at most"
    if more > room:
        return f"of exchanges that run at once {HELD_LIMIT} bytes are held at most"
    return ""


def without_bytes(reads: Reads) -> Reads:
    """The same reads as if nothing could be read of them: their times and wire lengths."""
    nothing = (0,) * len(reads.lengths)
    return replace(
        reads, lengths=nothing, data=b"", wire_lengths=reads.wire_lengths or reads.lengths
    )
