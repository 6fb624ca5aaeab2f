"""The files that paths name: themselves, or the captures in a directory."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from analyzer.importers.formats import FORMATS, JOURNAL, READS, format_of, known_format
from analyzer.importers.source import STANDARD_INPUT, Source, standard_input
from analyzer.model import CaptureError


def find_captures(paths: Sequence[Path]) -> list[Path]:
    """The files that these name: a directory stands for the captures in it, at any depth.

    What is no capture is passed over in a directory, and so is what is hidden, and links to
    directories. Each file is looked at now, so that a wrong one is told of before the first
    is read; pipes aren't, for what is read of them is gone.

    Raises:
        CaptureError: one of the paths is no capture, or can't be read; a directory
            holds none; standard input is named twice.
    """
    if list(paths).count(STANDARD_INPUT) > 1:
        raise CaptureError("- is named twice, but standard input can be read once; name a file")
    found: list[Path] = []
    for path in paths:
        if path == STANDARD_INPUT:
            standard_input()
            found.append(path)
        elif path.is_dir():
            found += _inside(path)
        else:
            if path.is_file() or not path.exists():
                with Source(path) as source:
                    known_format(source)
            found.append(path)
    return found


def recognised(path: Path) -> str:
    """What kind of capture the file is, in words; empty if it is none or can't be read."""
    try:
        return _kind(path)
    except CaptureError:
        return ""


def the_capture(path: Path) -> Path:
    """The path, or the one capture in the directory that it names.

    Raises:
        CaptureError: a directory holds none, or more than one.
    """
    if path == STANDARD_INPUT or not path.is_dir():
        return path
    first, *others = _inside(path)
    if others:
        raise CaptureError(
            f"{path} is a directory with {1 + len(others)} captures; name one of them, as {first}"
        )
    return first


def _inside(directory: Path) -> list[Path]:
    found = [file for file in _files(directory) if _kind(file)]
    if not found:
        raise CaptureError(f"{directory}: no capture is in this directory; {READS}")
    return found


def _kind(path: Path) -> str:
    with Source(path) as source:
        name = format_of(source.head)
        return FORMATS.get(name, JOURNAL if name else "")


def _files(directory: Path) -> Iterator[Path]:
    try:
        entries = sorted(directory.iterdir())
    except OSError as error:
        raise CaptureError(f"{directory}: cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not entry.is_symlink():  # it may lead back here
                yield from _files(entry)
        elif entry.is_file():
            yield entry
