"""One file to be read forward: its wrappings undone, its first bytes at hand."""

import hashlib
import io
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from analyzer.importers.wrappings import Unwrapped, wrapping
from analyzer.model import CaptureError, Problem

BLOCK = 1024 * 1024
"""Bytes read at a time, so that a capture of any size needs little memory."""

WRAPPINGS_LIMIT = 3
"""Most wrappings around each other that are undone."""

STANDARD_INPUT = Path("-")


class Source:
    """A context manager; ``file`` reads forward what the wrappings hold.

    ``path`` is the file itself, None where it is standard input or wrapped, so that no
    other program could read it. ``head`` holds its first bytes, up to `BLOCK` of them, which
    stay to be read; formats are recognised by them.
    """

    def __init__(self, path: Path, begun: bytes = b"") -> None:
        """``begun`` was read of it already and comes first.

        Raises CaptureError if the file can't be opened or read.
        """
        self.name = "standard input" if path == STANDARD_INPUT else str(path)
        self._opened = _open(path)
        self._unwrapped: list[Unwrapped] = []
        self.file = io.BufferedReader(_Filling(self._opened, begun), BLOCK)
        self.head = self._peek()
        while (coding := wrapping(self.head)) and len(self._unwrapped) < WRAPPINGS_LIMIT:
            self._unwrapped.append(Unwrapped(self.file, coding, self.name))
            self.file = io.BufferedReader(_Filling(self._unwrapped[-1]), BLOCK)
            self.head = self._peek()
        is_itself = path != STANDARD_INPUT and not self._unwrapped
        self.path = path if is_itself else None

    def capture_id(self, kind: str) -> str:
        """A name that the same file gets each time: from its first bytes and its size."""
        size = os.fstat(self._opened.fileno()).st_size  # 0 of a pipe
        digest = hashlib.blake2b(self.head + str(size).encode(), digest_size=8)
        return f"{kind}-{digest.hexdigest()}"

    def problems(self) -> list[Problem]:
        """Damage of the wrappings that was met while reading."""
        return [one.problem for one in self._unwrapped if one.problem]

    def _peek(self) -> bytes:
        try:
            return self.file.peek(BLOCK)
        except OSError as error:
            self.close()
            raise CaptureError(f"{self.name}: cannot be read: {error.strerror}") from error

    def close(self) -> None:
        self.file.close()
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Filling(io.RawIOBase):
    """Reads on until the first block is full: a pipe brings as little as its writer wrote."""

    def __init__(self, below: io.RawIOBase, begun: bytes = b"") -> None:
        self._below = below
        self._begun = begun
        self._least = BLOCK

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any does
        room = memoryview(buffer)  # a part of a bytearray would be a copy
        filled = min(len(self._begun), len(room))
        room[:filled], self._begun = self._begun[:filled], self._begun[filled:]
        while filled < min(self._least, len(room)):
            count = self._below.readinto(room[filled:])
            if not count:
                break
            filled += count
        self._least = 1
        return filled


def _open(path: Path) -> io.FileIO:
    if path == STANDARD_INPUT:
        return io.FileIO(standard_input(), closefd=False)
    try:
        return io.FileIO(path)
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read: {error.strerror}") from error


def standard_input() -> int:
    """Its descriptor. Raises CaptureError if nothing can come by it."""
    if sys.stdin is None:
        raise CaptureError("standard input is closed; pipe a capture into it, or name a file")
    if sys.stdin.isatty():
        raise CaptureError("standard input is a terminal; pipe a capture into it, or name a file")
    return sys.stdin.fileno()
