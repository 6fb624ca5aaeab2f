"""When a body's bytes came in, as the frames that brought them say it.

The log tells twice of a body: each frame's size when the network stack took it off the
connection, and each read's bytes when the browser took them from there, which is as late as
it liked and may join several frames. The bytes come in order both times, so that counting
matches them: a read is cut where the frames were, and each part came when its frame did.
"""

from collections import deque

PENDING_LIMIT = 500_000
"""Arrivals of all streams that wait to be read; beyond them a stream's are joined into its last.
A browser's flow control lets some thousands wait."""


class Room:
    """How many arrivals may wait yet, in all streams of a log together."""

    def __init__(self) -> None:
        self.left = PENDING_LIMIT


class Arrivals:
    """Arrivals that no read has taken yet: (moment, number of bytes), in order.

    Those of one moment are one.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pending: deque[tuple[int, int]] = deque()

    def add(self, at_ns: int, size: int) -> None:
        if size <= 0:
            return
        pending = self._pending
        if pending and (self._room.left <= 0 or pending[-1][0] == at_ns):
            size += pending.pop()[1]  # they were all there when the last of them was
            self._room.left += 1
        pending.append((at_ns, size))
        self._room.left -= 1

    def take(self, size: int, at_ns: int) -> list[tuple[int, int]]:
        """When the next ``size`` bytes came; those that no frame told of came with the read."""
        parts: list[tuple[int, int]] = []
        while size > 0 and self._pending:
            came_ns, count = self._pending[0]
            if count > size:
                self._pending[0] = came_ns, count - size
                count = size
            else:
                self._pending.popleft()
                self._room.left += 1
            parts.append((min(came_ns, at_ns), count))
            size -= count
        if size > 0:
            parts.append((at_ns, size))
        return parts

    def end(self) -> tuple[int, int]:
        """How many arrivals nobody has read, and how many bytes they brought; forgets them."""
        count, size = len(self._pending), sum(size for _, size in self._pending)
        self._pending.clear()
        self._room.left += count
        return count, size
