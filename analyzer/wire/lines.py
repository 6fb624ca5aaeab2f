"""Timed line cutting: bytes and their arrivals in, timed lines out. No clock, no I/O."""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

LINE_LIMIT = 16 * 1024 * 1024
"""Longest line in bytes, its end not counted; of a longer one only the first byte is kept."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One ended line, without the bytes that ended it.

    ``first_ns`` is the arrival of its first byte, ``at_ns`` of the CR or LF that
    ended it, ``read`` the index of the read which brought that. ``offset`` is
    where the line begins in the stream, ``end`` the offset behind the byte that
    ended it (of a CRLF: behind the CR). ``overlong``: over `LINE_LIMIT`; ``data``
    holds the first byte only.
    """

    data: bytes
    offset: int
    end: int
    first_ns: int
    at_ns: int
    read: int
    overlong: bool = False


class Arrivals:
    """When each byte of a stretch of stream came.

    ``at_ns`` and ``ends`` run in parallel, one entry a read: its arrival and the
    offset behind its last byte. ``first_read`` is the index of the first of them.
    """

    __slots__ = ("at_ns", "ends", "first_read")

    def __init__(self, at_ns: Sequence[int], ends: Sequence[int], first_read: int) -> None:
        self.at_ns = at_ns
        self.ends = ends
        self.first_read = first_read

    def locate(self, offset: int, start: int = 0) -> int:
        """Entry of the read that brought the byte at ``offset``; not before entry ``start``."""
        return bisect_right(self.ends, offset, start)


class LineSplitter:
    """Cut a stream into lines ended by LF, CR or CRLF.

    A CR ends its line at once: waiting to see whether LF follows would stamp
    the line one read late. The LF is swallowed when it comes.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._held = 0
        self._offset = 0
        self._first_ns: int | None = None
        self._after_cr = False

    @property
    def idle(self) -> bool:
        """No line has begun that has not ended."""
        return self._first_ns is None

    def feed(self, data: bytes, offset: int, arrivals: Arrivals) -> list[Line]:
        """Return the lines that end in ``data``, the stream's bytes from ``offset`` on."""
        if self._after_cr and data.startswith(b"\n"):
            self._after_cr = False
            data = data[1:]
            offset += 1
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        lines = []
        read = arrivals.locate(offset)
        # bytes.splitlines cuts at LF, CR and CRLF alone; str.splitlines at more.
        for piece in data.splitlines(keepends=True):
            content = piece.rstrip(b"\r\n")
            if self._first_ns is None:
                read = arrivals.locate(offset, read)
                self._first_ns = arrivals.at_ns[read]
                self._offset = offset
            self._hold(content)
            if len(content) < len(piece):
                ending = offset + len(content)
                read = arrivals.locate(ending, read)
                lines.append(
                    self._end_line(ending + 1, arrivals.at_ns[read], arrivals.first_read + read)
                )
            offset += len(piece)
        return lines

    def finish(self) -> Line | None:
        """The line that the end of the stream cut short, if any; its ``at_ns`` means nothing."""
        return None if self._first_ns is None else self._end_line(self._offset + self._held, 0, 0)

    def _hold(self, content: bytes) -> None:
        self._held += len(content)
        if self._held <= LINE_LIMIT:
            self._parts.append(content)
        else:
            self._parts = [(b"".join(self._parts) or content)[:1]]

    def _end_line(self, end: int, at_ns: int, read: int) -> Line:
        first_ns = at_ns if self._first_ns is None else self._first_ns
        overlong = self._held > LINE_LIMIT
        line = Line(b"".join(self._parts), self._offset, end, first_ns, at_ns, read, overlong)
        self._parts.clear()
        self._held = 0
        self._first_ns = None
        return line
