"""JSON values cut out of a file, forward, in memory that does not grow with the file.

Only strings and brackets are told apart here, so that a value's end is found without
reading it; what a value is says whoever decodes it.
"""

import re
from typing import NamedTuple, Protocol

BLOCK = 256 * 1024
"""Bytes looked at together."""

STRING_LIMIT = 32 * 1024 * 1024
"""Bytes kept of one string, as the file writes it."""

STRINGS_LIMIT = 64 * 1024 * 1024
"""Bytes kept of all a value's strings that are longer than a block has left."""

VALUE_LIMIT = 32 * 1024 * 1024
"""Bytes kept of everything else in a value."""

CONTAINERS_LIMIT = 1_000_000
"""Most arrays and objects in a value: an empty one takes 2 bytes here and 64 in memory."""

DEPTH_LIMIT = 200
"""Most arrays and objects around each other."""

_BLANK = re.compile(rb"[ \t\r\n]*+")
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
"""All up to the next bracket or the next string that does not end in this block."""

_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:"{}\[\]]*+')
_QUOTE, _OPEN = 0x22, b"{["


class Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Cut(NamedTuple):
    """One value as the file writes it, from ``offset`` on.

    Not ``whole``: the file ends in it, or it is over a limit and ``raw`` is its beginning.
    ``shortened``: a string of it was over `STRING_LIMIT` and lacks its end.
    """

    raw: bytes
    offset: int
    whole: bool
    ended: bool
    shortened: bool


class Scanner:
    """Walks through a file that holds JSON."""

    def __init__(self, file: Reads) -> None:
        self._file = file
        self._block = b""
        self._base = 0  # the file's offset of the block's first byte
        self._at = 0
        self._mark = 0  # up to where the block is kept already
        self._kept = bytearray()
        self._full = False
        self._strings = self._containers = 0
        self._shortened = False

    @property
    def offset(self) -> int:
        return self._base + self._at

    def peek(self) -> bytes:
        """The next byte that is no blank; empty at the file's end."""
        while True:
            blank = _BLANK.match(self._block, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._block):
                return self._block[self._at : self._at + 1]
            if not self._next_block():
                return b""

    def take(self, byte: bytes) -> bool:
        """Go past this byte, if it is the next one that is no blank."""
        if self.peek() != byte:
            return False
        self._at += 1
        return True

    def skip(self, count: int) -> None:
        """Go past so many bytes, whatever they are, as far as the file has them."""
        while count > 0 and (self._at < len(self._block) or self._next_block()):
            step = min(count, len(self._block) - self._at)
            self._at += step
            count -= step

    def value(self, *, keep: bool = True) -> Cut:
        """The next value; without ``keep`` it is only gone past."""
        first = self.peek()
        self._forget(keep=keep)
        offset, self._mark = self.offset, self._at
        if first == b'"':
            self._at += 1
            ended = self._string()
        elif first and first in _OPEN:
            ended = self._nested()
        else:
            ended = self._scalar()
        self._hold(self._at)
        raw, self._kept = bytes(self._kept), bytearray()
        return Cut(raw, offset, ended and not self._full, ended, self._shortened)

    def _forget(self, *, keep: bool = True) -> None:
        self._kept = bytearray()
        self._mark = self._at
        self._full = not keep
        self._strings = self._containers = 0
        self._shortened = False

    def _next_block(self, held: bytes = b"") -> bool:
        """``held`` is the end of this block that has to be looked at again."""
        block = self._file.read(BLOCK)
        self._base += len(self._block) - len(held)
        self._block = held + block
        self._at = self._mark = 0
        return bool(block)

    def _hold(self, end: int) -> None:
        """Keep what was gone past since the last time."""
        if not self._full:
            self._kept += self._block[self._mark : end]
            self._full = len(self._kept) - self._strings > VALUE_LIMIT
        self._mark = end

    def _nested(self) -> bool:
        depth = 0
        while True:
            run = _TO_BRACKET.match(self._block, self._at)
            self._at = run.end() if run else self._at
            if self._at == len(self._block):
                self._hold(self._at)
                if not self._next_block():
                    return False
                continue
            byte = self._block[self._at]
            self._at += 1
            if byte == _QUOTE:
                if not self._string():
                    return False
            elif byte in _OPEN:
                depth += 1
                self._containers += 1
                if depth > DEPTH_LIMIT:
                    return False
                if self._containers > CONTAINERS_LIMIT:
                    self._hold(self._at)
                    self._full = True
            else:
                depth -= 1
                if not depth:
                    return True

    def _string(self) -> bool:
        """Go to the end of a string whose opening quote has been gone past."""
        self._hold(self._at)
        begun = len(self._kept)
        over = False
        while True:
            run = _IN_STRING.match(self._block, self._at)
            self._at = run.end() if run else self._at
            ended = self._at < len(self._block) and self._block[self._at] == _QUOTE
            if not self._full and not over:
                piece = self._block[self._mark : self._at]
                self._kept += piece
                self._strings += len(piece)
                over = len(self._kept) - begun > STRING_LIMIT or self._strings > STRINGS_LIMIT
                if over:
                    self._shorten(begun)
            self._mark = self._at
            if ended:
                self._at += 1
                return True
            if not self._next_block(self._block[self._at :]):
                return False

    def _shorten(self, begun: int) -> None:
        """End the string that is being kept where no escape and no character is cut."""
        self._shortened = True
        size = len(self._kept)
        clean_end(self._kept, begun)
        self._strings -= size - len(self._kept)

    def _scalar(self) -> bool:
        while True:
            run = _SCALAR.match(self._block, self._at)
            self._at = run.end() if run else self._at
            if self._at < len(self._block):
                return True
            self._hold(self._at)
            if not self._next_block():
                return False


def clean_end(raw: bytearray, begin: int = 0) -> None:
    """Take what is left of an escape or a character that was cut from a string's end."""
    escape = raw.rfind(b"\\u", max(len(raw) - 5, begin))
    at = escape if escape >= 0 else len(raw) - 1 if raw[-1:] == b"\\" else -1
    if at >= begin:
        before = at
        while before > begin and raw[before - 1] == 0x5C:
            before -= 1
        if (at - before) % 2 == 0:
            del raw[at:]
    for _ in range(4):
        if len(raw) <= begin or raw[-1] < 0x80:
            return
        if raw.pop() >= 0xC0:
            return
