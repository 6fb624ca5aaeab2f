"""The body bytes of a script: in memory up to a limit, beyond it in a temporary file."""

import tempfile
from types import TracebackType
from typing import Self

MEMORY_LIMIT = 128 * 1024 * 1024
"""Bytes that are held in memory; with more, all of them go to a temporary file."""


class Contents:
    """Bytes behind one another, read by position. A context manager that forgets them."""

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed in `close`
            max_size=memory_limit, prefix="streamscope-replay-"
        )
        self.size = 0

    def append(self, data: bytes) -> int:
        """Add bytes; return the position at which they stand."""
        position = self.size
        self._file.seek(position)
        self._file.write(data)
        self.size += len(data)
        return position

    def read(self, position: int, length: int) -> bytes:
        self._file.seek(position)
        return self._file.read(length)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
