"""Captures of every kind, recognised by what they hold and never by their name.

Each format has a module (or package) with two functions: ``recognises(head)``, whether a
file that begins with these bytes is its, and ``read(source)``, what the file shows. Our
journal yields records; all others yield what was *seen* (`analyzer.intake.seen`), headed
by a `CaptureHead`, which is redacted here, in one place, before anything else sees it.
"""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from analyzer import journal
from analyzer.importers.finding import find_captures, recognised, the_capture
from analyzer.importers.formats import FORMATS, JOURNAL, format_of, known_format, module
from analyzer.importers.source import BLOCK, Source
from analyzer.intake.bodies import Keep
from analyzer.intake.conversion import convert
from analyzer.model import AnyRecord, CaptureError, Problem
from analyzer.redact import Redactor

__all__ = [
    "FORMATS",
    "JOURNAL",
    "find_captures",
    "format_of",
    "read_capture",
    "recognised",
    "the_capture",
]

BODY_LIMIT = 64 * 1024 * 1024
"""Decoded bytes kept of each whole body of a foreign capture; the file has them all."""

_KEEP = Keep(BODY_LIMIT, remedy="the file itself has the rest")


def read_capture(
    path: Path, key: bytes | None = None, begun: bytes = b""
) -> Iterator[AnyRecord | Problem]:
    """Yield what a capture holds, in its order; damage comes out as a `Problem`.

    ``-`` is standard input, a directory the one capture in it. The file is opened at once, so
    that a wrong path fails at the call and not in the middle of a loop. ``key`` is what a
    foreign capture's credentials are fingerprinted with: equal secrets of captures read with
    one key compare equal. Without it a random one is taken. ``begun`` was read of standard
    input already.

    Raises:
        CaptureError: the file can't be opened, or is no capture.
    """
    source = Source(the_capture(path), begun)
    try:
        name = known_format(source)
    except CaptureError:
        source.close()
        raise
    return _records(source, name, key or secrets.token_bytes(32))


def _records(source: Source, name: str, key: bytes) -> Iterator[AnyRecord | Problem]:
    with source:
        if name == JOURNAL:
            yield from _journal(source)
        else:
            yield from convert(module(name).read(source), Redactor(key), _KEEP)
        yield from source.problems()


def _journal(source: Source) -> Iterable[AnyRecord | Problem]:
    decoder = journal.Decoder(source.name)
    while block := source.file.read(BLOCK):
        yield from decoder.feed(block)
    yield from decoder.finish()
