"""A response's body on its way from reads to items: a stream part by part, any other whole."""

from collections.abc import Iterator
from typing import Protocol

from analyzer.importers.netlog.arrivals import Arrivals
from analyzer.intake.seen import BodySeen, Item, ReadSeen, StreamGap

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes as they passed that are held of one body that is no stream."""

HELD_LIMIT = 128 * 1024 * 1024
"""The same for all that are open at once."""

NO_BYTES = "the NetLog has sizes alone; --net-log-capture-mode=Everything keeps bytes"
UNREAD = "the browser did not read them, and a NetLog holds what it reads"


class Budget:
    """Bytes that all open bodies may still take."""

    def __init__(self, left: int = HELD_LIMIT) -> None:
        self.left = left


class Body(Protocol):
    """What `exchanges` needs of either. ``last_ns`` is when the last byte read so far came."""

    last_ns: int

    def read(self, at_ns: int, size: int, data: bytes | None) -> Iterator[Item]:
        """The browser read ``size`` bytes; ``data`` are they, None if the log has them not."""

    def end(self, at_ns: int, *, whole: bool, length: int) -> Iterator[Item]:
        """No more comes. ``length``: bytes that were read once codings were undone."""


class StreamedBody:
    """Cuts reads where the frames were that brought them."""

    def __init__(self, exchange: int, arrivals: Arrivals, *, has_bytes: bool) -> None:
        self._exchange = exchange
        self._arrivals = arrivals
        self._has_bytes = has_bytes
        self.last_ns = 0

    def read(self, at_ns: int, size: int, data: bytes | None) -> Iterator[Item]:
        parts = self._arrivals.take(size if data is None else len(data), at_ns)
        if parts:
            self.last_ns = max(self.last_ns, parts[-1][0])
        if data is None and self._has_bytes:
            yield StreamGap(self._exchange, at_ns, len(parts), size, NO_BYTES)
            return
        start = 0
        for came_ns, count in parts:
            if data is None:
                yield ReadSeen(self._exchange, came_ns, b"", count)
            else:
                yield self._exchange, came_ns, data[start : start + count]
            start += count

    def end(self, at_ns: int, *, whole: bool, length: int) -> Iterator[Item]:
        reads, size = self._arrivals.end()
        if whole and size:
            yield StreamGap(self._exchange, at_ns, reads, size, UNREAD)


class WholeBody:
    """Collects what was read; tells of it only where it is complete."""

    def __init__(
        self, exchange: int, arrivals: Arrivals, coding: str, content_type: str, budget: Budget
    ) -> None:
        self._exchange = exchange
        self._arrivals = arrivals
        self._coding = coding
        self._type = content_type
        self._budget = budget
        self._data = bytearray()
        self._size = 0
        self._missing = ""
        self.last_ns = 0

    def read(self, at_ns: int, size: int, data: bytes | None) -> Iterator[Item]:
        self._size += size if data is None else len(data)
        came = self._arrivals.take(size if data is None else len(data), at_ns)
        if came:
            self.last_ns = max(self.last_ns, came[-1][0])
        if data is None:
            self._drop(NO_BYTES)
        elif self._size > BODY_LIMIT or len(data) > self._budget.left:
            self._drop(f"longer than the {BODY_LIMIT} bytes that are held of a body")
        elif not self._missing:
            self._data += data
            self._budget.left -= len(data)
        return iter(())

    def end(self, at_ns: int, *, whole: bool, length: int) -> Iterator[Item]:
        unread = self._arrivals.end()[1]
        if whole and unread:
            self._size += unread
            self._drop(UNREAD)
        raw, missing = bytes(self._data), self._missing
        self._drop("")
        if not whole or not self._size:
            return
        if missing:
            yield BodySeen(
                self._exchange, at_ns, "response", None, "", self._type,
                wire_length=self._size, length=length, missing=missing,
            )  # fmt: skip
        else:
            yield BodySeen(self._exchange, at_ns, "response", raw, self._coding, self._type)

    def _drop(self, why: str) -> None:
        self._missing = self._missing or why
        self._budget.left += len(self._data)
        self._data = bytearray()
