"""Open a database of streamscope's, new or old, and refuse every other file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from analyzer.model import StreamscopeError
from analyzer.store.migrations import APPLICATION_ID, NEWEST, migrations

MAGIC = b"SQLite format 3\x00"

WAIT_S = 10.0
"""How long to wait while another program writes to the database."""


class StoreError(StreamscopeError):
    """A database cannot be used."""


def is_database(path: Path) -> bool:
    """Whether the file is an SQLite database, ours or not."""
    if not path.is_file():  # what is read of a pipe is gone
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


@contextmanager
def open_for_writing(path: Path) -> Iterator[Database]:
    """Open the database, made with mode 0600 if it isn't there and brought up to date if old.

    Raises:
        StoreError: also for what SQLite refuses while it is open (locked, disk full).
    """
    _create(path)
    with _opened(path, f"{_uri(path)}?mode=rw") as db:
        _refuse_foreign(db, path, writing=True)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = NORMAL")
        migrations.apply(db)
        yield db


@contextmanager
def open_for_reading(path: Path) -> Iterator[Database]:
    """Open the database and change nothing. Raises StoreError."""
    if not path.exists():
        raise StoreError(f"{path}: there is no such database; make it with `streamscope analyze`")
    with _opened(path, f"{_uri(path)}?mode=ro") as db:
        _refuse_foreign(db, path, writing=False)
        yield db


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def _create(path: Path) -> None:
    """An answer of a chat is private: nobody but its owner may read the file."""
    if path.is_dir():
        raise StoreError(f"{path} is a directory; name a file in it for the database")
    try:
        path.touch(mode=0o600)
        with path.open("r+b") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise StoreError(
            f"{path}: the database cannot be written there: {error.strerror}; "
            f"name another place with --db"
        ) from error
    if head and head != MAGIC:
        raise StoreError(f"{path} is not an SQLite database; name another file with --db")


@contextmanager
def _opened(path: Path, uri: str) -> Iterator[Database]:
    try:
        db = Database(sqlite3.connect(uri, uri=True, timeout=WAIT_S))
        try:
            yield db
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: SQLite refuses: {error}") from error


def _refuse_foreign(db: Database, path: Path, *, writing: bool) -> None:
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application == 0 and not db.table_names() and writing:
        return
    if application != APPLICATION_ID:
        raise StoreError(
            f"{path} is an SQLite database, but not one of streamscope's; name another with --db"
        )
    if version > NEWEST:
        raise StoreError(
            f"{path} was made by a newer streamscope (schema {version}, this one knows {NEWEST}); "
            f"update streamscope"
        )
    if version < NEWEST and not writing:
        raise StoreError(
            f"{path} was made by an older streamscope (schema {version}, now {NEWEST}); "
            f"run `streamscope analyze` on its captures again"
        )
