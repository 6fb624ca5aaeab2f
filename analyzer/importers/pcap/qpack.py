"""QPACK (RFC 9204) of one side, for an onlooker. Pure."""

from pylsqpack import Decoder, DecompressionFailed, EncoderStreamError, StreamBlocked

from analyzer.importers.pcap.messages import BrokenError
from analyzer.intake.seen import Fields

TABLE_LIMIT = 16 * 1024 * 1024
"""Bytes of a table, whatever a peer allows the other to fill."""

BLOCKED_LIMIT = 10_000
"""Heads that may wait for entries at once; what clients allow is less."""


class Side:
    """Decompresses the heads that one side sends.

    How large its table may become the other side's settings say. They come before use is made
    of it, and not before the first heads: a client's first request doesn't wait for them.
    """

    def __init__(self) -> None:
        self._decoder = Decoder(0, BLOCKED_LIMIT)

    def allow(self, capacity: int) -> None:
        self._decoder = Decoder(min(capacity, TABLE_LIMIT), BLOCKED_LIMIT)

    def insert(self, data: bytes) -> list[int]:
        """Bytes of the encoder stream; returns the streams whose heads can be read now."""
        try:
            return self._decoder.feed_encoder(data)
        except EncoderStreamError as error:
            raise BrokenError("a QPACK table cannot be followed") from error

    def decode(self, stream: int, block: bytes) -> Fields:
        """Raise StreamBlocked if entries are still to come."""
        try:
            return tuple(self._decoder.feed_header(stream, block)[1])
        except StreamBlocked:  # a ValueError, too
            raise
        except (DecompressionFailed, ValueError) as error:
            raise BrokenError("a head cannot be decompressed") from error

    def resume(self, stream: int) -> Fields:
        try:
            return tuple(self._decoder.resume_header(stream)[1])
        except (DecompressionFailed, StreamBlocked, ValueError) as error:
            raise BrokenError("a head cannot be decompressed") from error
