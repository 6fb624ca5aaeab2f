"""A file that a command writes: private, whole or not there, and never over another."""

import errno
import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import click
import zstandard

from analyzer.importers import recognised
from analyzer.model import StreamscopeError

STANDARD_OUTPUT = Path("-")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What writing fails with where there is no room, or none is allowed."""


@contextmanager
def output(path: Path, *, force: bool, coding: str = "") -> Iterator[BinaryIO]:
    """Open what is written; ``coding`` compresses it, ``-`` is standard output.

    A file takes its name once the block has ended well: it is written beside it, with mode
    0600, for a capture is private, and removed if the block fails or is interrupted.
    Raises StreamscopeError if it can't be written, or is there already and not to be forced.
    """
    if path == STANDARD_OUTPUT:
        with _coded(sys.stdout.buffer, coding) as file:
            yield file
        sys.stdout.buffer.flush()
        return
    refuse_existing(path, force=force)
    opened, name = _temporary(path)
    unnamed = Path(name)
    try:
        with os.fdopen(opened, "wb") as file, _coded(file, coding) as coded:
            yield coded
        _take_name(unnamed, path, force=force)
    except OSError as error:
        if error.errno not in _FULL:
            raise  # of what is read, or of a pipe
        raise StreamscopeError(
            f"{path}: cannot be written whole: {error.strerror}; make room, or name a file "
            f"elsewhere"
        ) from error
    finally:
        with suppress(FileNotFoundError):
            unnamed.unlink()


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raises StreamscopeError if the path is taken."""
    if path == STANDARD_OUTPUT or not (path.exists() or path.is_symlink()):
        return
    if path.is_dir():
        raise StreamscopeError(f"{path} is a directory; name a file in it")
    if not path.is_file():
        raise StreamscopeError(f"{path} is no regular file; - writes to standard output")
    if not force:
        raise StreamscopeError(f"{path} exists already; name another file, or give --force")


def look_at(path: Path, option: str) -> None:
    """Refuse, before any work, a path that can't be written, or that has what can't be made again.

    That is a capture or a database; any other file is overwritten, for what ``option`` names
    is made anew. Raises StreamscopeError.
    """
    if path == STANDARD_OUTPUT:
        return
    if path.is_dir():
        raise StreamscopeError(f"{path} is a directory; name a file in it")
    if path.exists() and not path.is_file():
        raise StreamscopeError(f"{path} is no regular file; name another for {option}")
    if path.is_file() and (kind := _kept(path)):
        raise StreamscopeError(f"{path} is {kind}, and those stay; name another for {option}")
    if not path.parent.is_dir():
        raise StreamscopeError(
            f"{path}: there is no directory {path.parent}; make it, or name another file"
        )
    if not os.access(path.parent, os.W_OK):
        raise StreamscopeError(f"{path}: cannot be written there; name another file")


def _kept(path: Path) -> str:
    """What the file is that is not overwritten, in words."""
    from analyzer.store import is_database  # its import takes half a second

    kind = recognised(path)
    return f"a capture ({kind})" if kind else "a database" if is_database(path) else ""


def looked_at(_: click.Context, given: click.Parameter, path: Path | None) -> Path | None:
    """A callback for options that name a file."""
    if path is not None:
        look_at(path, given.opts[0])
    return path


def _temporary(path: Path) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    except FileNotFoundError as error:
        raise StreamscopeError(
            f"{path}: there is no directory {path.parent}; make it, or name another file"
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error


def _take_name(unnamed: Path, path: Path, *, force: bool) -> None:
    try:
        if force:
            unnamed.replace(path)
        else:
            path.hardlink_to(unnamed)  # fails where a rename would overwrite
    except FileExistsError:
        refuse_existing(path, force=force)
    except OSError as error:
        if force:
            raise _unwritable(path, error) from error
        refuse_existing(path, force=force)  # a file system without links
        unnamed.replace(path)


def _unwritable(path: Path, error: OSError) -> StreamscopeError:
    return StreamscopeError(f"{path}: cannot be written there: {error.strerror}; name another file")


@contextmanager
def _coded(file: BinaryIO, coding: str) -> Iterator[BinaryIO]:
    if coding == "gzip":
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as coded:
            yield cast(BinaryIO, coded)
    elif coding == "zstd":
        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as coded:
            yield cast(BinaryIO, coded)
    else:
        yield file
