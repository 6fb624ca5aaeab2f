"""Captures of every kind, recognised by what they hold and never by their name.

Each format has a module (or package) with two functions: ``recognises(head)``, whether a
file that begins with these bytes is its, and ``read(source)``, what the file shows. Our
journal yields records; all others yield what was *seen* (`analyzer.intake.seen`), headed
by a `CaptureHead`, which is redacted here, in one place, before anything else sees it.
"""

import importlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

from analyzer import journal
from analyzer.importers.source import BLOCK, Source
from analyzer.intake.conversion import Keep, convert
from analyzer.intake.seen import Item
from analyzer.model import AnyRecord, CaptureError, Problem
from analyzer.redact import Redactor

BODY_LIMIT = 64 * 1024 * 1024
"""Decoded bytes kept of each whole body of a foreign capture; the file has them all."""

FORMATS = {
    "pcap": "a packet capture (pcap, pcapng)",
    "flows": "a mitmproxy flow file",
    "netlog": "a Chrome NetLog",
    "har": "a HAR file",
    "bodies": "an event stream or JSON lines",
}
"""The foreign formats' modules, in the order in which they are asked; each with its name."""


JOURNAL = "a streamscope capture"


class _Format(Protocol):
    def recognises(self, head: bytes, /) -> bool: ...
    def read(self, source: Source, /) -> Iterator[Item | Problem]: ...


def read_capture(
    path: Path, key: bytes | None = None, begun: bytes = b""
) -> Iterator[AnyRecord | Problem]:
    """Yield what a capture holds, in its order; damage comes out as a `Problem`.

    ``-`` is standard input. The file is opened at once, so that a wrong path fails at the
    call and not in the middle of a loop. ``key`` is what a foreign capture's credentials are
    fingerprinted with: equal secrets of captures read with one key compare equal. Without it
    a random one is taken. ``begun`` was read of standard input already.

    Raises:
        CaptureError: the file can't be opened, or is no capture.
    """
    if path.is_dir():
        raise CaptureError(f"{path} is a directory; name the capture file in it")
    source = Source(path, begun)
    try:
        read = _reader(source)
    except CaptureError:
        source.close()
        raise
    return _records(source, read, key or secrets.token_bytes(32))


def find_captures(paths: Sequence[Path]) -> list[Path]:
    """The files that these name: a directory stands for the captures in it, at any depth.

    What is no capture is passed over in a directory, and so is what is hidden.

    Raises:
        CaptureError: a directory holds no capture.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [file for file in _files(path) if recognised(file)]
        if not inside:
            raise CaptureError(f"{path}: no capture is in this directory; {_READS}")
        found += inside
    return found


def recognised(path: Path) -> str:
    """What kind of capture the file is, in words; empty if it is none or can't be read."""
    try:
        with Source(path) as source:
            name = format_of(source.head)
            return FORMATS.get(name, JOURNAL if name else "")
    except CaptureError:
        return ""


def format_of(head: bytes) -> str:
    """Whose a file is that begins so: `JOURNAL`, a key of `FORMATS`, or nobody's (empty)."""
    if head.startswith(journal.MAGIC):
        return JOURNAL
    return next((name for name in FORMATS if _module(name).recognises(head)), "")


def _files(directory: Path) -> Iterator[Path]:
    for entry in sorted(directory.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry


type _Reader = _Format | None


def _reader(source: Source) -> _Reader:
    """The foreign format's module; None for our journal."""
    head = source.head
    name = format_of(head)
    if name:
        return None if name == JOURNAL else _module(name)
    if not head:
        raise CaptureError(f"{source.name}: the file is empty; {_READS}")
    if head.startswith(b"SQLite format 3\0"):
        raise CaptureError(
            f"{source.name}: a database, no capture; `streamscope report` and `transcript` take it"
        )
    raise CaptureError(f"{source.name}: not a capture that streamscope reads; {_READS}")


def _module(name: str) -> _Format:
    return cast(_Format, importlib.import_module(f"analyzer.importers.{name}"))


_READS = (
    f"it reads its own journals, {', '.join(list(FORMATS.values())[:-1])} and "
    f"{list(FORMATS.values())[-1]}, also gzip'd or zstd'd"
)


def _records(source: Source, read: _Reader, key: bytes) -> Iterator[AnyRecord | Problem]:
    with source:
        if read is None:
            yield from _journal(source)
        else:
            yield from convert(read.read(source), Redactor(key), Keep(BODY_LIMIT))
        yield from source.problems()


def _journal(source: Source) -> Iterable[AnyRecord | Problem]:
    decoder = journal.Decoder(source.name)
    while block := source.file.read(BLOCK):
        yield from decoder.feed(block)
    yield from decoder.finish()
