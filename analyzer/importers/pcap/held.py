"""Bytes that wait: for what is missing before them, or for the end of their body. Pure."""

from heapq import heappop, heappush

HELD_LIMIT = 192 * 1024 * 1024
"""Most bytes of a capture that are held at once, of all its bodies and streams together."""

PARTS_LIMIT = 20_000
"""Most parts of one stream that wait for what is missing before them."""


class Held:
    """How many bytes are held; shared by all that hold some."""

    def __init__(self, limit: int = HELD_LIMIT) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Whether so many bytes more may be held; if so they count from now on."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        self._left += size


class OverrunError(Exception):
    """More waits than may; whoever waits is given up."""


class Ordered:
    """Puts the parts of one direction of a QUIC stream in order (RFC 9000, section 2.2).

    Parts may come twice, overlap, and come before what precedes them. ``ended`` once
    all bytes up to the stream's final one are out.
    """

    def __init__(self, held: Held) -> None:
        self._held = held
        self._next = 0
        self._final: int | None = None
        self._waiting: dict[int, bytes] = {}
        self._offsets: list[int] = []  # a heap

    @property
    def ended(self) -> bool:
        return self._final == self._next

    @property
    def waits(self) -> bool:
        """Whether something came whose predecessor did not."""
        return bool(self._waiting)

    def feed(self, offset: int, data: bytes, *, fin: bool) -> bytes:
        """Return the bytes that are in order now. Raise OverrunError if too much waits."""
        if fin and self._final is None:
            self._final = offset + len(data)
        if offset > self._next:
            self._keep(offset, data)
            return b""
        out = data[self._next - offset :]
        self._next += len(out)
        if not self._waiting or not out:
            return out
        return b"".join([out, *self._released()])

    def drop(self) -> None:
        """Let go what waits."""
        for data in self._waiting.values():
            self._held.give(len(data))
        self._waiting.clear()
        self._offsets.clear()

    def _keep(self, offset: int, data: bytes) -> None:
        before = self._waiting.get(offset, b"")
        if len(data) <= len(before):
            return
        if len(self._waiting) >= PARTS_LIMIT or not self._held.take(len(data) - len(before)):
            self.drop()
            raise OverrunError
        if not before:
            heappush(self._offsets, offset)
        self._waiting[offset] = data

    def _released(self) -> list[bytes]:
        out: list[bytes] = []
        while self._offsets and self._offsets[0] <= self._next:
            offset = heappop(self._offsets)
            data = self._waiting.pop(offset)
            self._held.give(len(data))
            fresh = data[self._next - offset :]
            self._next += len(fresh)
            out.append(fresh)
        return out
