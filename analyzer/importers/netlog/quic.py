"""Bytes of an HTTP/3 body in the QUIC stream that carries them: which frame brought which.

The log has a DATA frame's length once its header was read, which may be long before all of it
came, and the pieces of the stream as packets brought them, with their offsets. Laying the
one over the other tells when each byte of the body came (RFC 9114, section 7.1).
"""

import heapq
from collections import deque

from analyzer.importers.netlog.arrivals import Arrivals

PIECES_LIMIT = 5_000
"""Pieces of one stream, or frames of it, that wait for each other."""

_VARINTS = ((1 << 6, 1), (1 << 14, 2), (1 << 30, 4), (1 << 62, 8))


def varint_length(value: int) -> int:
    """Bytes that a number takes as a QUIC integer, in its shortest form (RFC 9000, 16)."""
    return next((length for limit, length in _VARINTS if value < limit), 8)


class QuicBody:
    """One request stream's incoming side; feeds ``arrivals``.

    ``ended_ns`` is when all of it was there. Where the layout does not fit, as after a frame
    whose length was not in its shortest form, it stops: reads then tell when bytes came.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._came: deque[tuple[int, int]] = deque()  # (offset up to which all came, when)
        self._early: list[tuple[int, int]] = []  # a heap of (start, end) behind a hole
        self._whole = 0
        self._laid = 0
        self._bodies: deque[tuple[int, int]] = deque()  # (start, end) in the stream
        self._final: int | None = None
        self._is_lost = False
        self.ended_ns: int | None = None

    def piece(self, at_ns: int, offset: int, length: int, *, fin: bool) -> None:
        """A packet brought this piece of the stream."""
        end = offset + length
        if fin:
            self._final = end
        is_next = offset <= self._whole
        if end > self._whole and (is_next or len(self._early) < PIECES_LIMIT):
            heapq.heappush(self._early, (offset, end))
        before = self._whole
        while self._early and self._early[0][0] <= self._whole:
            self._whole = max(self._whole, heapq.heappop(self._early)[1])
        if self._whole > before:
            if len(self._came) >= PIECES_LIMIT:
                self._came.pop()
            self._came.append((self._whole, at_ns))
            self._feed()
        if self._final is not None and self._whole >= self._final and self.ended_ns is None:
            self.ended_ns = at_ns

    def frame(self, header: int, length: int, *, is_body: bool) -> None:
        """The next frame of the stream: so many bytes of header, so many of payload."""
        start = self._laid + header
        if start > self._whole or length < 0 or len(self._bodies) >= PIECES_LIMIT:
            self._is_lost = True  # its header was read, so it must have come
        if self._is_lost:
            return
        self._laid = start + length
        if is_body and length:
            self._bodies.append((start, self._laid))
            self._feed()

    def _feed(self) -> None:
        """Tell of the body's bytes that are there."""
        while self._bodies and self._came:
            start, end = self._bodies[0]
            came, at_ns = self._came[0]
            if came <= start:
                self._came.popleft()
                continue
            upto = min(came, end)
            self._arrivals.add(at_ns, upto - start)
            if upto == end:
                self._bodies.popleft()
            else:
                self._bodies[0] = upto, end
