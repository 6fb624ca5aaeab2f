"""Compressed files: gzip (RFC 1952) and zstd (RFC 8878), in any number of parts."""

import io
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from analyzer.model import Problem

MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

STEP = 16 * 1024
"""Compressed bytes taken at once: 16 MiB come of a gzip file's at the very most."""

FINE_STEP = 64
"""Compressed bytes given to a decoder at once: what it decoded of a step is lost with an error."""

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
        self._ready = memoryview(b"")
        self.problem: Problem | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer does
        while not self._ready and self.problem is None:
            data = self._below.read(STEP)
            if not data:
                if self._part is not None:
                    self._damaged("it is cut")
                break
            self._ready = memoryview(self._decode(data))
            self._offset += len(data)
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _decode(self, data: bytes) -> bytes:
        """In small steps once a step has failed, so that all before the damage comes out."""
        out = bytearray()
        for start in range(0, len(data), FINE_STEP):
            try:
                out += self._feed(data[start : start + FINE_STEP])
            except (zlib.error, zstandard.ZstdError) as error:
                self._damaged(str(error))
                break
        return bytes(out)

    def _feed(self, data: bytes) -> bytes:
        out: list[bytes] = []
        while data:
            if self._part is None:
                data = data.lstrip(b"\0")  # gzip allows for padding behind a member
                if not data:
                    break
                self._part = _PARTS[self._coding]()
            out.append(self._part.decompress(data))
            data = b""
            if self._part.eof:
                data = self._part.unused_data
                self._part = None
        return b"".join(out)

    def _damaged(self, why: str) -> None:
        detail = f"the {self._coding} file is damaged or cut ({why}); what precedes that was read"
        self.problem = Problem("damaged_wrapping", self._name, detail, self._offset)
