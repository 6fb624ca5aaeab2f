"""Captures read again while they grow: a new database beside the old one, then exchanged."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from analyzer.web.database import ReadDatabase

ANALYZE = (sys.executable, "-m", "analyzer.cli", "analyze")

FRESH_S = 10.0
"""Data younger than this is not read again just because somebody looks."""


class Rereading:
    """Analyses the captures in a process of its own: pages and live streams go on meanwhile.

    ``read_at`` is when the captures were read that are shown, in seconds since 1970.
    """

    def __init__(
        self, database: ReadDatabase, captures: Sequence[Path], directory: Path, *, live: bool
    ) -> None:
        self.read_at = time.time()
        self.fault = ""
        self.live = live
        self._database = database
        self._captures = captures
        self._directory = directory
        self._seen = self._sizes()
        self._running: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def age_s(self) -> float:
        return max(0.0, time.time() - self.read_at)

    @property
    def is_running(self) -> bool:
        return self._running is not None and not self._running.done()

    def start_if_old(self) -> None:
        """Read again if captures have grown since, and the data is older than `FRESH_S`."""
        if self.live and self.age_s > FRESH_S and self._sizes() != self._seen:
            self.start()

    def start(self) -> None:
        """Read again, unless that is under way already."""
        if not self.is_running:
            self._running = asyncio.create_task(self._read())

    async def wait(self) -> None:
        if self._running is not None:
            await self._running

    async def close(self) -> None:
        """End what is under way."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def _read(self) -> None:
        began, seen = time.time(), self._sizes()
        path = self._directory / f"{self._database.generation + 1}.db"
        self._process = await asyncio.create_subprocess_exec(
            *ANALYZE,
            *("--db", str(path), "--", *map(str, self._captures)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await self._process.communicate()
        if self._process.returncode != 0:
            self.fault = said.decode(errors="replace").strip().rpartition("\n")[2]
            path.unlink(missing_ok=True)
            return
        self.fault, self.read_at, self._seen = "", began, seen
        self._database.exchange(path).unlink(missing_ok=True)

    def _sizes(self) -> tuple[int, ...]:
        """Bytes of each file; of a directory's its own."""
        return tuple(_size(path) for path in self._captures)


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(one.stat().st_size for one in path.iterdir() if one.is_file())
        return path.stat().st_size
    except OSError:
        return 0
