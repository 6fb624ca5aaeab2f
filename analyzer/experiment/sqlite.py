"""A temporary SQLite database with its own counters read out.

The counters are those of `sqlite3_db_status`, which the standard library does not expose.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec

from analyzer.experiment.basics import ExperimentError

PAGE_BYTES = 4096
FRAME_BYTES = PAGE_BYTES + 24
"""A page in the write-ahead log, with its header (sqlite.org/fileformat2.html, 4.1)."""

CHECKPOINT_FRAMES = 1000
"""SQLite's own default for how long the write-ahead log grows."""

VERSION = f"SQLite {apsw.sqlite_lib_version()}"


class PageCounts(msgspec.Struct, frozen=True):
    """Pages that were asked for: found in SQLite's cache, or read from the file."""

    hits: int
    misses: int
    written: int


class Sqlite:
    """A connection and what it counts."""

    def __init__(self, file: Path, cache_kib: int) -> None:
        self.file = file
        self.frames = 0
        self.visited = 0
        self._in_log = 0
        self.connection = apsw.Connection(str(file))
        for pragma in (
            f"page_size = {PAGE_BYTES}",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            f"cache_size = -{cache_kib}",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.set_wal_hook(self._committed)
        self.connection.create_scalar_function("visited", self._visit, 1)

    def empty_cache(self) -> None:
        """Drop every page from SQLite's cache; the system's still has the file."""
        self.connection.release_memory()

    def count_pages(self) -> PageCounts:
        """Pages since the last call."""
        status = self.connection.status
        return PageCounts(
            *(
                status(counter, True)[0]
                for counter in (
                    apsw.SQLITE_DBSTATUS_CACHE_HIT,
                    apsw.SQLITE_DBSTATUS_CACHE_MISS,
                    apsw.SQLITE_DBSTATUS_CACHE_WRITE,
                )
            )
        )

    def plan(self, sql: str, bindings: tuple[int, ...]) -> str:
        """What EXPLAIN QUERY PLAN says, in a line."""
        steps = self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)
        return "; ".join(str(step[3]) for step in steps)

    def _visit(self, *_: object) -> int:
        self.visited += 1
        return 1

    def _committed(self, connection: apsw.Connection, _: str, frames: int) -> int:
        """Count what a commit added to the log, and empty the log when SQLite would.

        Nobody else reads, so a checkpoint copies everything and the log starts anew.
        """
        self.frames += frames - self._in_log
        self._in_log = frames
        if frames >= CHECKPOINT_FRAMES:
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._in_log = 0
        return apsw.SQLITE_OK


@contextmanager
def temporary_sqlite(cache_kib: int) -> Iterator[Sqlite]:
    """Yield an empty database in a temporary directory; both are gone afterwards.

    Raises:
        ExperimentError: for what SQLite refuses, a full disk among it.
    """
    with tempfile.TemporaryDirectory(prefix="streamscope-experiment-") as directory:
        try:
            database = Sqlite(Path(directory) / "experiment.db", cache_kib)
            try:
                yield database
            finally:
                database.connection.close()
        except apsw.Error as error:
            raise ExperimentError(
                f"{directory}: SQLite refuses: {error}; TMPDIR names another place, "
                f"--rows a smaller table"
            ) from error
