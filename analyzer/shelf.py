"""Bytes that would fill the memory, in a file without a name."""

import tempfile
from functools import partial
from typing import BinaryIO, cast

from analyzer.analyses.columns import Shelved

HELD = 16 * 1024 * 1024
"""Bytes that stay in memory; all of a capture of some hundred thousand events."""


class Shelf:
    """``put`` keeps the first `HELD` bytes where they are, and writes away what comes later.

    The file is gone from its directory at once, and from the disk with the last reference.
    """

    def __init__(self, held: int = HELD) -> None:
        self._room = held
        self._file: BinaryIO | None = None
        self._end = 0

    def put(self, data: bytes) -> bytes | Shelved:
        if len(data) <= self._room:
            self._room -= len(data)
            return data
        if self._file is None:
            self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as we do
        self._file.seek(self._end)
        self._file.write(data)
        place, self._end = self._end, self._end + len(data)
        return partial(_taken, self._file, place, len(data))


def _taken(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
