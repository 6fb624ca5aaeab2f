"""Content codings applied while sending: each write is flushed, so that its text can be shown."""

import zlib
from typing import Protocol

import brotli
import zstandard

from analyzer.lab.options import ContentCoding

_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way of asking for a gzip header and trailer
_BROTLI_QUALITY = 5
_LEVEL = 6


class Coder(Protocol):
    """What ``encode`` returned so far decodes to all it was given; ``finish`` is the trailer."""

    def encode(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class _Identity:
    def encode(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Gzip:
    def __init__(self) -> None:
        self._object = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)

    def encode(self, data: bytes) -> bytes:
        return self._object.compress(data) + self._object.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._object.flush(zlib.Z_FINISH)


class _Brotli:
    def __init__(self) -> None:
        self._object = brotli.Compressor(quality=_BROTLI_QUALITY)

    def encode(self, data: bytes) -> bytes:
        return bytes(self._object.process(data) + self._object.flush())

    def finish(self) -> bytes:
        return bytes(self._object.finish())


class _Zstd:
    def __init__(self) -> None:
        self._object = zstandard.ZstdCompressor(level=_LEVEL).compressobj()

    def encode(self, data: bytes) -> bytes:
        compressed = self._object.compress(data)
        return compressed + self._object.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def finish(self) -> bytes:
        return self._object.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


_CODERS: dict[ContentCoding, type[Coder]] = {
    "none": _Identity,
    "gzip": _Gzip,
    "br": _Brotli,
    "zstd": _Zstd,
}


def make_coder(coding: ContentCoding) -> Coder:
    return _CODERS[coding]()
