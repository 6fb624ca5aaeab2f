"""Undo a body's content codings while it arrives (RFC 9110, section 8.4).

Pure and incremental: what the coder had flushed comes out with the bytes that
brought it, so an event stream keeps its arrival times through compression.
"""

import zlib
from typing import Protocol

import brotli
import zstandard

from analyzer.model import StreamError

CODINGS_LIMIT = 4
"""Most codings in one Content-Encoding list; more is an attack or a mistake."""

OUTPUT_RATIO = 1100
"""Output bytes that one input byte may bring. DEFLATE cannot exceed 1032."""

OUTPUT_ALLOWANCE = 32 * 1024 * 1024
"""Output bytes allowed beyond the ratio: brotli and zstd code long repeats in a few bytes."""

ZSTD_WINDOW = 8 * 1024 * 1024
"""RFC 9659: the largest window that an HTTP receiver has to support."""

ZSTD_STEP = 256
"""Input bytes given to zstd at once, which has no output limit: 4 bytes can bring 128 KiB."""

_BROKEN = (zlib.error, brotli.error, zstandard.ZstdError)


class _Coder(Protocol):
    def feed(self, data: bytes, limit: int) -> bytes:
        """Decode; at most about ``limit`` bytes come out, all of them if below it."""

    def ended(self) -> bool:
        """Whether the coded data may end here."""


class _Gzip:
    """RFC 1952: any number of members; zero padding after the last is tolerated."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._between = True

    def feed(self, data: bytes, limit: int) -> bytes:
        parts: list[bytes] = []
        room = limit
        while data:
            if self._between:
                data = data.lstrip(b"\0")
                if not data:
                    break
                self._between = False
            part = self._member.decompress(data, max(room, 1))
            parts.append(part)
            room -= len(part)
            if room <= 0:
                break
            data = self._member.unused_data
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
                self._between = True
        return b"".join(parts)

    def ended(self) -> bool:
        return self._between


class _Deflate:
    """The ``deflate`` coding: zlib by the standard (RFC 1950), raw (RFC 1951) by habit.

    A raw stream's first bytes can look like a zlib header: what was fed is
    kept until some output shows that the guess was right.
    """

    def __init__(self) -> None:
        self._start = b""
        self._inner: zlib._Decompress | None = zlib.decompressobj()
        self._sure = False
        self._fed = False

    def feed(self, data: bytes, limit: int) -> bytes:
        self._fed = self._fed or bool(data)
        if self._inner is None or self._inner.eof:
            return b""
        if self._sure:
            return self._inner.decompress(data, limit)
        self._start += data
        try:
            out = self._inner.decompress(data, limit)
        except zlib.error:
            self._inner = zlib.decompressobj(wbits=-15)
            self._sure = True
            return self._inner.decompress(self._start, limit)
        self._sure = bool(out)
        return out

    def ended(self) -> bool:
        return not self._fed or (self._inner is not None and self._inner.eof)


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes, limit: int) -> bytes:
        self._fed = self._fed or bool(data)
        if not data:
            return b""
        out: bytes = self._inner.process(data, output_buffer_limit=limit)
        return out

    def ended(self) -> bool:
        return not self._fed or bool(self._inner.is_finished())


class _Zstd:
    """RFC 8878: any number of frames."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._frame = self._context.decompressobj()
        self._between = True

    def feed(self, data: bytes, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        for start in range(0, len(data), ZSTD_STEP):
            rest = data[start : start + ZSTD_STEP]
            while rest:
                part = self._frame.decompress(rest)
                parts.append(part)
                size += len(part)
                rest = self._frame.unused_data
                self._between = self._frame.eof
                if self._frame.eof:
                    self._frame = self._context.decompressobj()
            if size >= limit:
                break
        return b"".join(parts)

    def ended(self) -> bool:
        return self._between


_CODERS: dict[str, type[_Coder]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


class Decoder:
    """Undo a Content-Encoding list, last coding first.

    Raises StreamError: ``unknown_coding`` on construction, ``bad_coding`` where
    the data breaks its coding or would grow beyond the limits of this module.
    After an error the decoder stays broken and raises again.
    """

    def __init__(self, content_encoding: str) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        unknown = [name for name in names if name not in _CODERS]
        if unknown or len(names) > CODINGS_LIMIT:
            what = f"content-encoding {content_encoding[:80]!r}"
            raise StreamError("unknown_coding", f"{what} is not one that can be undone")
        self._names = names
        self._coders = [_CODERS[name]() for name in reversed(names)]
        self._consumed = 0
        self._produced = 0
        self._error: StreamError | None = None

    @property
    def identity(self) -> bool:
        """Whether there is nothing to undo: bytes come out as they went in."""
        return not self._coders

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes made readable; often nothing, never held back needlessly."""
        if self._error is not None:
            raise self._error
        if not self._coders:
            return data
        start = self._consumed
        self._consumed += len(data)
        room = self._consumed * OUTPUT_RATIO + OUTPUT_ALLOWANCE - self._produced
        try:
            for coder in self._coders:
                data = coder.feed(data, room)
                if len(data) >= room:
                    raise self._fail("grows beyond the limit for decoded data", start)
        except _BROKEN as error:
            raise self._fail(f"is broken: {error}", start) from error
        self._produced += len(data)
        return data

    def finish(self) -> bytes:
        """The body ended here. Nothing is held back, so nothing is left to return."""
        if self._error is not None:
            raise self._error
        if not all(coder.ended() for coder in self._coders):
            raise self._fail("ends before its coding does", self._consumed)
        return b""

    def _fail(self, what: str, offset: int) -> StreamError:
        message = f"the {', '.join(self._names)} body {what}, near byte {offset}"
        self._error = StreamError("bad_coding", message, offset)
        return self._error
