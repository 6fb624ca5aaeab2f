"""From bytes as they passed to what a journal may hold: decoded, redacted, limited."""

import re
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from analyzer.intake.seen import AS_RAW, BodySeen, Chunk, ReadSeen
from analyzer.model import Body, Reads, StreamError
from analyzer.redact import Redactor, Where
from analyzer.redact.streams import RUN_LIMIT, StreamRedactor
from analyzer.wire.coding import Decoder

STEP = 64 * 1024
"""Coded bytes that are decoded at once; between two steps other threads may run."""

DECODED_LIMIT = 256 * 1024 * 1024
"""Decoded bytes of a whole body that are counted; only as many as asked for are kept."""

CONTENT_OFF = "streamscope_content is off"
WIDE = "its character encoding cannot be redacted"

_WIDE_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*(utf-?(?:16|32)|ucs-?[24])", re.IGNORECASE)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


@dataclass(frozen=True)
class Keep:
    """What is kept of bodies: ``body_limit`` bytes of each, or only lengths.

    ``remedy`` says of a longer one how to come by the rest.
    """

    body_limit: int
    content: bool = True
    remedy: str = "streamscope_body_limit sets how many"


def whole_body(seen: BodySeen, redactor: Redactor, keep: Keep) -> Body:
    """The record of a buffered body. What cannot be redacted for certain is withheld."""
    if seen.raw is None:
        return Body(
            seen.exchange,
            seen.at_ns,
            seen.side,
            seen.length,
            wire_length=None if seen.wire_length == AS_RAW else seen.wire_length,
            withheld=seen.missing,
        )
    wire_length = len(seen.raw) if seen.wire_length == AS_RAW else seen.wire_length
    try:
        data, length = _decode(seen.raw, seen.content_encoding, keep.body_limit + RUN_LIMIT)
    except StreamError as error:
        return Body(
            seen.exchange,
            seen.at_ns,
            seen.side,
            len(seen.raw),
            wire_length=wire_length,
            withheld=str(error),
        )
    withheld = ""
    if not keep.content:
        data, withheld = b"", CONTENT_OFF if length else ""
    elif _WIDE_CHARSET.search(seen.content_type) or data.startswith(_WIDE_MARKS):
        data, withheld = b"", WIDE
    else:
        data = redactor.body(data, Where(seen.exchange, seen.at_ns, seen.side))[: keep.body_limit]
        if length > keep.body_limit:
            withheld = f"only the first {keep.body_limit} bytes are kept; {keep.remedy}"
    if seen.length > length:
        length, withheld = seen.length, withheld or seen.missing
    return Body(seen.exchange, seen.at_ns, seen.side, length, data, wire_length, withheld)


def _decode(raw: bytes, content_encoding: str, keep: int) -> tuple[bytes, int]:
    decoder = Decoder(content_encoding)
    if decoder.identity:
        return raw[:keep], len(raw)
    parts: list[bytes] = []
    length = kept = 0
    for start in range(0, len(raw), STEP):
        part = decoder.feed(raw[start : start + STEP])
        length += len(part)
        if kept < keep:
            parts.append(part[: keep - kept])
            kept += len(parts[-1])
        if length > DECODED_LIMIT:
            return b"".join(parts), length
    decoder.finish()
    return b"".join(parts), length


class StreamPipe:
    """One streamed body on its way into `Reads` records, in batches.

    ``chunks`` takes what came, and nothing is done with it before the next
    flush; ``decoded`` takes it where codings are undone already, and one stream uses one of
    the two. Chunks of one arrival time are one read. After the body broke its coding, or
    a part of a coded body was lost, or if it cannot be redacted, its reads go on with
    times and wire lengths but without bytes; ``broken`` says why.
    """

    def __init__(
        self,
        exchange: int,
        content_encoding: str,
        redactor: Redactor,
        *,
        content: bool,
        content_type: str = "",
    ) -> None:
        self._exchange = exchange
        self._content = content
        self._redactor = StreamRedactor(redactor, exchange, "response")
        self.chunks: list[Chunk] = []
        self.decoded: list[ReadSeen] = []
        self._at: list[int] = []
        self._wire: list[int] = []
        self.broken = WIDE if _WIDE_CHARSET.search(content_type) else ""
        self._decoder = Decoder("")
        try:
            self._decoder = Decoder(content_encoding)
        except StreamError as error:
            self.broken = str(error)

    def flush(self) -> Reads | None:
        """The reads that are through; None if there are none."""
        if self.decoded:
            return self._flush_decoded()
        if not self.chunks:
            return None
        chunks, self.chunks = self.chunks, []
        at = [at_ns for _, at_ns, _ in chunks]
        parts = [data for _, _, data in chunks]
        if len(set(at)) < len(at):
            at, parts = _arrivals(chunks)
        wire = list(map(len, parts))
        self._at += at
        self._wire += wire
        if self.broken or not self._content:
            return self._reads(*self._redactor.feed([0] * len(at), b"", at[-1]))
        if self._decoder.identity:
            return self._reads(*self._redactor.feed(wire, b"".join(parts), at[-1]))
        decoded = [self._decode(part) for part in parts]
        lengths = list(map(len, decoded))
        return self._reads(*self._redactor.feed(lengths, b"".join(decoded), at[-1]))

    def _flush_decoded(self) -> Reads | None:
        reads, self.decoded = self.decoded, []
        self._at += [read.at_ns for read in reads]
        self._wire += [read.wire_length for read in reads]
        if self.broken or not self._content:
            return self._reads(*self._redactor.feed([0] * len(reads), b"", reads[-1].at_ns))
        data = [read.data for read in reads]
        lengths = list(map(len, data))
        return self._reads(*self._redactor.feed(lengths, b"".join(data), reads[-1].at_ns))

    def lose(self) -> Reads | None:
        """Reads are missing here. A coded body cannot be decoded from here on."""
        before = self.flush()
        if not self._decoder.identity:
            self.broken = self.broken or "a part of the coded body was lost"
        after = self._reads(*self._redactor.lose())
        return _joined(before, after)

    def finish(self, at_ns: int, *, complete: bool) -> Reads | None:
        """The body ended; everything held back comes out."""
        before = self.flush()
        if complete and not self.broken and self._content:
            try:
                self._decoder.finish()
            except StreamError as error:
                self.broken = str(error)
        return _joined(before, self._reads(*self._redactor.finish(at_ns)))

    def _decode(self, part: bytes) -> bytes:
        if self.broken:
            return b""
        try:
            return self._decoder.feed(part)
        except StreamError as error:
            self.broken = str(error)
            return b""

    def _reads(self, lengths: list[int], data: bytes) -> Reads | None:
        count = len(lengths)
        if not count:
            return None
        at, self._at = self._at[:count], self._at[count:]
        wire, self._wire = self._wire[:count], self._wire[count:]
        return Reads(
            self._exchange,
            tuple(at),
            tuple(lengths),
            data,
            () if wire == lengths else tuple(wire),
        )


def _arrivals(chunks: list[Chunk]) -> tuple[list[int], list[bytes]]:
    """The times at which something came, and what came at each."""
    at: list[int] = []
    parts: list[bytes] = []
    for at_ns, together in groupby(chunks, itemgetter(1)):
        at.append(at_ns)
        parts.append(b"".join([data for _, _, data in together]))
    return at, parts


def _joined(one: Reads | None, other: Reads | None) -> Reads | None:
    if one is None or other is None:
        return one or other
    wire = (one.wire_lengths or one.lengths) + (other.wire_lengths or other.lengths)
    lengths = one.lengths + other.lengths
    return Reads(
        one.exchange,
        one.at_ns + other.at_ns,
        lengths,
        one.data + other.data,
        () if wire == lengths else wire,
    )
