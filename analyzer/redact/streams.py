"""Redaction of a body that comes in reads."""

import re
from collections.abc import Sequence

from analyzer.model import Side
from analyzer.redact import FILLER, Redactor, Where

LINE_LIMIT = 64 * 1024
"""Longest unfinished line of an event stream that is held back as a whole."""

RUN_LIMIT = 16 * 1024
"""Longest unfinished run that is held back of a line over its limit; more is masked."""

CONTEXT = 256
"""Bytes before an unfinished run in which the name that makes it a secret is looked for."""

_LINE_END = re.compile(rb"[\r\n]")
_RUN_END = re.compile(rb"[\s\"'<>,;{}\[\]]")
_BLANKED = bytes(32 if _RUN_END.match(bytes([code])) else code for code in range(256))
_NAME_BEFORE = re.compile(rb'(?:"[\w.\-]{0,128}\\*"?\s*:?\s*\\*"?|(?i:bearer|basic)\s+)\Z')
"""The name, or the beginning of one, that an unfinished run stands under."""


class StreamRedactor:
    """Redact a body that arrives in reads, where a secret may be cut anywhere.

    An unfinished line is held back until its end came, with all of the read it
    began in; so each read keeps its own length. A line over `LINE_LIMIT` is let
    go but for its last run, and a run over `RUN_LIMIT` is masked to its end.
    """

    def __init__(self, redactor: Redactor, exchange: int, side: Side) -> None:
        self._redactor = redactor
        self._exchange = exchange
        self._side: Side = side
        self._lengths: list[int] = []
        self._clean = b""
        self._raw = b""
        self._mask_to: re.Pattern[bytes] | None = None

    def feed(self, lengths: Sequence[int], data: bytes, at_ns: int) -> tuple[list[int], bytes]:
        """Take reads; return the lengths and the bytes of those, in order, that are through."""
        self._lengths += lengths
        raw = self._unmask(data) if self._mask_to is not None else data
        raw = self._raw + raw if self._raw else raw
        cut = max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1
        if len(raw) - cut > LINE_LIMIT:
            cut, run = _last_run(raw, cut)
            if len(raw) - run > RUN_LIMIT:
                self._redact(raw, run, at_ns)
                self._clean += FILLER * len(self._raw)
                self._raw = b""
                self._mask_to = _RUN_END
                return self._release()
        self._redact(raw, cut, at_ns)
        return self._release()

    def lose(self) -> tuple[list[int], bytes]:
        """Some of the body was lost here: mask what is unfinished and up to the next line."""
        self._clean += FILLER * len(self._raw)
        self._raw = b""
        self._mask_to = _LINE_END
        return self._release()

    def finish(self, at_ns: int) -> tuple[list[int], bytes]:
        """The body ended: everything held back comes out."""
        self._redact(self._raw, len(self._raw), at_ns)
        return self._release()

    def _unmask(self, data: bytes) -> bytes:
        end = self._mask_to.search(data) if self._mask_to is not None else None
        if end is None:
            return FILLER * len(data)
        self._mask_to = None
        return FILLER * end.start() + data[end.start() :]

    def _redact(self, raw: bytes, cut: int, at_ns: int) -> None:
        where = Where(self._exchange, at_ns, self._side)
        clean = self._redactor.body(raw[:cut], where)
        self._clean = self._clean + clean if self._clean else clean
        self._raw = raw[cut:]

    def _release(self) -> tuple[list[int], bytes]:
        if not self._raw:
            lengths, self._lengths = self._lengths, []
            clean, self._clean = self._clean, b""
            return lengths, clean
        size = count = 0
        for length in self._lengths:
            if size + length > len(self._clean):
                break
            size += length
            count += 1
        lengths, self._lengths = self._lengths[:count], self._lengths[count:]
        clean, self._clean = self._clean[:size], self._clean[size:]
        return lengths, clean


def _last_run(data: bytes, line: int) -> tuple[int, int]:
    """Where the unfinished run at the data's end begins: with its name, and without."""
    run = line + data[line:].translate(_BLANKED).rfind(b" ") + 1
    name = _NAME_BEFORE.search(data, max(run - CONTEXT, line), run)
    return (run if name is None else name.start()), run
