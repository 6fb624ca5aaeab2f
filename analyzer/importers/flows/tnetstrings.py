"""Tnetstrings as mitmproxy writes them: ``length:payload`` and a byte that names the type.

Read defensively: lengths, depth and digits are limited, and nothing is looked up or called.
Two strings differ: ``,`` ends bytes, ``;`` ends UTF-8 text. Source: tnetstrings.org and
mitmproxy's ``io/tnetstring.py``.
"""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from analyzer.model import Problem

FLOW_LIMIT = 128 * 1024 * 1024
"""Longest flow that is read; a longer one is passed over and reported."""

DEPTH_LIMIT = 64
"""Deepest nesting of lists and dicts; a flow of mitmproxy's own needs six."""

VALUES_LIMIT = 4_000_000
"""Most values in a flow: an empty one takes three bytes of the file, and many times that here."""

PREFIX_DIGITS = 12
"""Most digits of a length, as mitmproxy has it."""

_STEP = 1024 * 1024
_INTEGER = re.compile(rb"[+-]?[0-9]{1,40}")

type Value = bool | int | float | bytes | str | list[Value] | dict[bytes | str, Value] | None
type Flow = tuple[int, dict[bytes | str, Value]]
"""A flow's offset in the file, and its state."""


class MalformedError(ValueError):
    """Not a tnetstring; the message says what is wrong, and never quotes the payload."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def loads(data: bytes) -> Value:
    """The value that ``data`` begins with."""
    (value,) = _Parser(data).values(0, _end(data), 0)
    return value


class _Parser:
    """Reads the values in ``data``, and counts them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = VALUES_LIMIT

    def values(self, start: int, stop: int, depth: int) -> list[Value]:
        """The values between ``start`` and ``stop``, which they fill."""
        data = self._data
        found: list[Value] = []
        while start < stop:
            colon = data.find(b":", start, start + PREFIX_DIGITS + 1)
            digits = data[start:colon]
            if colon < 0 or not digits.isdigit():
                raise MalformedError("a length is missing")
            end = colon + 1 + int(digits)
            if end >= stop:
                raise MalformedError("a length reaches beyond what it stands in")
            if len(found) >= self._left:
                raise MalformedError(f"more than {VALUES_LIMIT} values")
            scalar = _SCALARS.get(data[end])
            if scalar is None:
                found.append(self.container(colon + 1, end, depth))
            else:
                found.append(scalar(data[colon + 1 : end]))
            start = end + 1
        self._left -= len(found)
        return found

    def container(self, begin: int, end: int, depth: int) -> Value:
        """What stands between ``begin`` and the type byte at ``end``: a list or a dict."""
        kind = self._data[end : end + 1]
        if kind not in (b"}", b"]"):
            raise MalformedError("a value is of no type")
        if depth >= DEPTH_LIMIT:
            raise MalformedError(f"nested deeper than {DEPTH_LIMIT}")
        items = self.values(begin, end, depth + 1)
        return items if kind == b"]" else _paired(items)


def _end(data: bytes) -> int:
    """Where the first value ends."""
    colon = data.find(b":", 0, PREFIX_DIGITS + 1)
    if colon < 0 or not data[:colon].isdigit():
        raise MalformedError("a length is missing")
    return min(colon + 2 + int(data[:colon]), len(data))


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("a text is no UTF-8") from error


def _integer(payload: bytes) -> int:
    if not _INTEGER.fullmatch(payload):
        raise MalformedError("a number is none")
    return int(payload)


def _float(payload: bytes) -> float:
    try:
        return float(payload)
    except ValueError as error:
        raise MalformedError("a number is none") from error


def _truth(payload: bytes) -> bool:
    if payload not in (b"true", b"false"):
        raise MalformedError("a truth value is none")
    return payload == b"true"


def _nothing(payload: bytes) -> None:
    if payload:
        raise MalformedError("nothing has a length")


_SCALARS: dict[int, Callable[[bytes], Value]] = {
    ord(","): bytes,
    ord(";"): _text,
    ord("#"): _integer,
    ord("^"): _float,
    ord("!"): _truth,
    ord("~"): _nothing,
}


def _paired(items: list[Value]) -> dict[bytes | str, Value]:
    if len(items) % 2:
        raise MalformedError("a key has no value")
    made: dict[bytes | str, Value] = {}
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, bytes | str):
            raise MalformedError("a key is no string")
        made[key] = value
    return made


def flows(file: Readable, place: str) -> Iterator[Flow | Problem]:
    """Each flow of a file with its offset, one in memory at a time.

    A flow that is damaged inside, or too long, costs itself alone; where the frame around it is
    damaged or cut, nothing behind can be found, and the one `Problem` that says so is the last.
    """
    offset = 0
    while prefix := _prefix(file):
        if prefix.isdigit() and len(prefix) <= PREFIX_DIGITS:
            yield _cut(place, offset)
            return
        if not (prefix.endswith(b":") and prefix[:-1].isdigit()):
            detail = "no flow begins here: the file is damaged; what precedes this was read"
            yield Problem("damaged_flows", place, detail, offset)
            return
        length = int(prefix[:-1])
        if length > FLOW_LIMIT:
            detail = f"a flow of {length} bytes is over the limit of {FLOW_LIMIT}; passed over"
            if not _skip(file, length + 1):
                yield _cut(place, offset)
                return
            yield Problem("flow_too_long", place, detail, offset)
        else:
            payload = file.read(length + 1)
            if len(payload) <= length:
                yield _cut(place, offset)
                return
            yield _flow(payload, length, place, offset)
        offset += len(prefix) + length + 1


def _flow(payload: bytes, length: int, place: str, offset: int) -> Flow | Problem:
    try:
        state = _Parser(payload).container(0, length, 0)
        if not isinstance(state, dict):
            raise MalformedError("it is no dictionary")
    except MalformedError as error:
        return Problem("damaged_flow", place, f"a flow was left out: {error}", offset)
    return offset, state


def _prefix(file: Readable) -> bytes:
    """A length and its colon; shorter where the file ends, other where it is damaged."""
    prefix = b""
    while byte := file.read(1):
        prefix += byte
        if not byte.isdigit() or len(prefix) > PREFIX_DIGITS:
            break
    return prefix


def _skip(file: Readable, count: int) -> bool:
    """Read past ``count`` bytes; whether they were all there."""
    while count > 0:
        block = file.read(min(count, _STEP))
        if not block:
            return False
        count -= len(block)
    return True


def _cut(place: str, offset: int) -> Problem:
    detail = "the file is cut within a flow; what precedes it was read"
    return Problem("torn_tail", place, detail, offset)
