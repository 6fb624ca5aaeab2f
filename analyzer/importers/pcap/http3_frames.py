"""HTTP/3's frames in the bytes of one direction of a stream (RFC 9114, section 7). Pure."""

from dataclasses import dataclass

from analyzer.importers.pcap.held import Held
from analyzer.importers.pcap.messages import HEAD_LIMIT, BrokenError

_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_MAX_TABLE_CAPACITY = 1


@dataclass(frozen=True, slots=True)
class Head:
    """A field section, still compressed."""

    block: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A part of a DATA frame, as it came."""

    data: bytes


class Frames:
    """Bytes go in as they come, frames are taken out one by one.

    So whoever takes them can wait with the next one. ``fin`` is set once no more bytes come.
    """

    def __init__(self, held: Held) -> None:
        self._held = held
        self._buffer = bytearray()
        self._skip = self._left = 0
        self.fin = False

    @property
    def cut(self) -> bool:
        """Whether bytes of a frame are still to come."""
        return bool(self._buffer or self._left or self._skip)

    def feed(self, data: bytes) -> None:
        if not self._held.take(len(data)):
            raise BrokenError("too many bytes wait")
        self._buffer += data

    def take(self) -> Head | Body | None:
        """The next frame that carries something; None if there is none yet.

        Raises:
            BrokenError: a head is too long.
        """
        while self._buffer:
            if self._skip:
                self._skip -= len(self._cut(min(self._skip, len(self._buffer))))
            elif self._left:
                data = self._cut(min(self._left, len(self._buffer)))
                self._left -= len(data)
                return Body(data)
            else:
                frame = _frame_head(self._buffer)
                if frame is None:
                    return None
                kind, length, size = frame
                if kind == _HEADERS:
                    return self._head(length, size)
                self._cut(size)
                self._left, self._skip = (length, 0) if kind == _DATA else (0, length)
        return None

    def drop(self) -> None:
        self._cut(len(self._buffer))

    def _head(self, length: int, size: int) -> Head | None:
        if length > HEAD_LIMIT:
            raise BrokenError(f"a head is {length} bytes long")
        if len(self._buffer) < size + length:
            return None
        self._cut(size)
        return Head(self._cut(length))

    def _cut(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._held.give(size)
        return data


class Single:
    """A stream in one direction (RFC 9114, section 6.2): its type, then what it carries."""

    CONTROL, ENCODER = 0, 2

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._settings_passed = False
        self.kind: int | None = None

    def feed(self, data: bytes) -> bytes:
        """What these bytes brought behind the type; of streams that nobody reads, nothing."""
        if self.kind is not None:
            return data if self.kind in (self.CONTROL, self.ENCODER) else b""
        self._buffer += data
        head = _varint(self._buffer, 0)
        if head is None:
            return b""
        self.kind, size = head
        rest = bytes(self._buffer[size:])
        self._buffer.clear()
        return rest if self.kind in (self.CONTROL, self.ENCODER) else b""

    def table_capacity(self, data: bytes) -> int | None:
        """The QPACK table that the settings allow, once they are whole; they come first."""
        if self._settings_passed:
            return None
        self._buffer += data
        frame = _frame_head(self._buffer)
        if frame is None:
            return None
        kind, length, size = frame
        if kind != _SETTINGS or length > HEAD_LIMIT:
            raise BrokenError("a control stream does not begin with settings")
        if len(self._buffer) < size + length:
            return None
        self._settings_passed = True
        settings, self._buffer = self._buffer[size : size + length], bytearray()
        return _pairs(settings).get(_MAX_TABLE_CAPACITY, 0)


def _pairs(data: bytearray) -> dict[int, int]:
    found: dict[int, int] = {}
    at = 0
    while (name := _varint(data, at)) and (value := _varint(data, at + name[1])):
        found[name[0]] = value[0]
        at += name[1] + value[1]
    return found


def _frame_head(data: bytearray) -> tuple[int, int, int] | None:
    """Type and length of the frame that begins here, and how many bytes they take."""
    kind = _varint(data, 0)
    length = _varint(data, kind[1]) if kind else None
    if kind is None or length is None:
        return None
    return kind[0], length[0], kind[1] + length[1]


def _varint(data: bytearray, at: int) -> tuple[int, int] | None:
    """A variable-length integer (RFC 9000, section 16) and its size; None if it is cut."""
    if at >= len(data):
        return None
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        return None
    return int.from_bytes(data[at : at + size]) & ((1 << (8 * size - 2)) - 1), size
