"""When a body's bytes came in, as the frames that brought them say it.

The log tells twice of a body: each frame's size when the network stack took it off the
connection, and each read's bytes when the browser took them from there, which is as late as
it liked and may join several frames. The bytes come in order both times, so that counting
matches them: a read is cut where the frames were, and each part came when its frame did.
"""

from collections import deque

PENDING_LIMIT = 100_000
"""Arrivals of one stream that wait to be read; later ones are joined into the last."""


class Arrivals:
    """Arrivals that no read has taken yet: (moment, number of bytes), in order."""

    def __init__(self) -> None:
        self._pending: deque[tuple[int, int]] = deque()

    def add(self, at_ns: int, size: int) -> None:
        if size <= 0:
            return
        if len(self._pending) >= PENDING_LIMIT:
            size += self._pending.pop()[1]  # they were there when the last of them was
        self._pending.append((at_ns, size))

    def take(self, size: int, at_ns: int) -> list[tuple[int, int]]:
        """When the next ``size`` bytes came; those that no frame told of came with the read."""
        parts: list[tuple[int, int]] = []
        while size > 0 and self._pending:
            came_ns, count = self._pending.popleft()
            if count > size:
                self._pending.appendleft((came_ns, count - size))
                count = size
            parts.append((min(came_ns, at_ns), count))
            size -= count
        if size > 0:
            parts.append((at_ns, size))
        return parts

    def left(self) -> tuple[int, int]:
        """How many arrivals nobody has read, and how many bytes they brought."""
        return len(self._pending), sum(size for _, size in self._pending)
