"""What comes by a pipe while it comes: each read stamped, and what it is told from the first."""

import os
import time
from collections.abc import Callable, Iterator

import msgspec

from analyzer import journal
from analyzer.importers import JOURNAL, format_of
from analyzer.importers.bodies import http_head
from analyzer.importers.bodies.kinds import Kind, kind_of

BLOCK = 64 * 1024
"""Most bytes one read takes; a pipe of Linux holds as much."""

UNCLEAR = 1024 * 1024
"""Most bytes that are waited for until it is clear what comes."""

SHORT = 16
"""With fewer bytes than this anything may still come."""

type Read = tuple[int, bytes]
"""When it returned, and what it brought."""


class Begun(msgspec.Struct, frozen=True):
    """The reads until it was clear what comes.

    ``kind`` is that of a stream to be decoded as it comes, None for everything else. ``skip``
    bytes before a stream are its response's head.
    """

    kind: Kind | None
    reads: tuple[Read, ...]
    skip: int = 0

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.reads)

    def stream(self) -> Iterator[Read]:
        """The reads of the stream alone; one that brought the head and more keeps its time."""
        skip = self.skip
        for at_ns, data in self.reads:
            if len(data) > skip:
                yield at_ns, data[skip:]
            skip = max(skip - len(data), 0)


def timed_reads(descriptor: int, clock: Callable[[], int] = time.monotonic_ns) -> Iterator[Read]:
    """Yield each read until end of file."""
    while data := os.read(descriptor, BLOCK):
        yield clock(), data


def begin(reads: Iterator[Read]) -> Begun:
    """Take reads until it is clear what comes.

    For a stream that is before its first event is complete, so waiting delays none.
    """
    taken: list[Read] = []
    begun = b""
    for read in reads:
        taken.append(read)
        begun += read[1]
        if (found := _judge(begun)) is not None:
            return Begun(found[0], tuple(taken), found[1])
    return Begun(None, tuple(taken))


def _judge(begun: bytes) -> tuple[Kind | None, int] | None:
    """What comes, and where it begins; None while that isn't clear."""
    head = http_head.parse(begun)
    skip = head.size if head else 0
    body = begun[skip:]
    kind = kind_of(body)
    if kind is Kind.EVENTS:
        return kind, skip
    is_json = body.lstrip()[:1] in (b"{", b"[")
    if is_json and _is_file(body):
        return None if journal.MAGIC.startswith(body) else (None, 0)
    if kind is Kind.LINES or kind is Kind.ARRAY:
        return kind, skip
    is_unclear = not body.strip() or is_json or begun.startswith(b"HTTP/") or len(body) < SHORT
    return None if is_unclear and len(begun) < UNCLEAR else (None, 0)


def _is_file(body: bytes) -> bool:
    """Whether it is, or may become, a capture that is written as JSON."""
    return journal.MAGIC.startswith(body) or format_of(body) in (JOURNAL, "har", "netlog")
