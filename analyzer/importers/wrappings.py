"""Compressed files: gzip (RFC 1952) and zstd (RFC 8878), in any number of parts."""

import io
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from analyzer.model import Problem

MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

STEP = 16 * 1024
"""Compressed bytes taken at once."""

FINE_STEP = 64
"""Compressed bytes given to a decoder at once: what it decoded of a step is lost with an error.

It bounds memory too: 64 bytes of gzip hold at most 66 kB, of zstd, which can tell 128 KiB
of one byte in four, 2 MB.
"""

ENOUGH = 256 * 1024
"""Decoded bytes that are gathered before they are handed out."""

ZSTD_WINDOW = 128 * 1024 * 1024
"""The largest window that the `zstd` command itself accepts without being asked to."""


def wrapping(head: bytes) -> str:
    """How a file that begins so is compressed; empty if it isn't."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), "")


class _Part(Protocol):
    """One gzip member or zstd frame, as both libraries have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _zstd() -> _Part:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()


_PARTS: dict[str, Callable[[], _Part]] = {
    "gzip": lambda: zlib.decompressobj(wbits=31),
    "zstd": _zstd,
}


class Unwrapped(io.RawIOBase):
    """What a compressed file holds, up to where it is damaged; ``problem`` says if it is."""

    def __init__(self, below: io.BufferedIOBase, coding: str, name: str) -> None:
        self._below = below
        self._coding = coding
        self._name = name
        self._part: _Part | None = None
        self._offset = 0
        self._coded = memoryview(b"")
        self._ready = memoryview(b"")
        self.problem: Problem | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any does
        if not self._ready:
            self._ready = memoryview(self._decode())
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _decode(self) -> bytes:
        """Go on until there is enough to hand out, or nothing more comes."""
        out = bytearray()
        while len(out) < ENOUGH and self.problem is None:
            if not self._coded:
                self._coded = memoryview(self._below.read(STEP))
            if not self._coded:
                if self._part is not None:
                    self._damaged("it is cut")
                break
            step, self._coded = bytes(self._coded[:FINE_STEP]), self._coded[FINE_STEP:]
            try:
                self._feed(step, out)
            except (zlib.error, zstandard.ZstdError) as error:
                self._damaged(str(error))
            self._offset += len(step)
        return bytes(out)

    def _feed(self, data: bytes, out: bytearray) -> None:
        while data:
            if self._part is None:
                data = data.lstrip(b"\0")  # gzip allows for padding behind a member
                if not data:
                    break
                self._part = _PARTS[self._coding]()
            out += self._part.decompress(data)
            data = b""
            if self._part.eof:
                data = self._part.unused_data
                self._part = None

    def _damaged(self, why: str) -> None:
        detail = f"the {self._coding} file is damaged or cut ({why}); what precedes that was read"
        self.problem = Problem("damaged_wrapping", self._name, detail, self._offset)
