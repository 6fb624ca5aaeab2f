"""The outline of a HAR file: what stands in ``log``, member by member, entry by entry."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import ijson

from analyzer.importers.har.fields import Json
from analyzer.importers.har.scanning import Cut, Reads, Scanner

BOM = b"\xef\xbb\xbf"

WANTED = ("creator", "browser", "_streamscope", "_streamscope_rest")
"""Members of ``log`` that are read beside the entries."""


class DamageError(Exception):
    """The file is no JSON from here on, or ends."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.offset = offset


class Member(NamedTuple):
    name: str
    value: Json


class Element(NamedTuple):
    """One of ``entries``, which begins at ``offset``.

    Not ``whole``: the file ends in it, is damaged in it, or it is over a limit; ``value`` is
    as much as could be read.
    """

    value: Json
    offset: int
    whole: bool
    ended: bool
    shortened: bool


def walk(file: Reads) -> Iterator[Member | Element]:
    """What ``log`` holds, in the file's order.

    Raises DamageError where the file cannot be read on; all before that has been yielded.
    """
    scanner = Scanner(file)
    if scanner.peek() == BOM[:1]:
        scanner.skip(len(BOM))
    for name in _members(scanner):
        if name == "log" and scanner.peek() == b"{":
            yield from _log(scanner)
        else:
            _ended(scanner.value(keep=False))


def _log(scanner: Scanner) -> Iterator[Member | Element]:
    for name in _members(scanner):
        if name == "entries" and scanner.peek() == b"[":
            yield from _entries(scanner)
        elif name in WANTED:
            cut = scanner.value()
            value, _ = decode(cut)
            yield Member(name, value)
            _ended(cut)
        else:
            _ended(scanner.value(keep=False))


def _entries(scanner: Scanner) -> Iterator[Element]:
    scanner.take(b"[")
    while not scanner.take(b"]"):
        cut = scanner.value()
        value, intact = decode(cut)
        yield Element(value, cut.offset, cut.whole and intact, cut.ended, cut.shortened)
        _ended(cut)
        if not intact and cut.whole:
            raise DamageError("what stands there is no JSON", cut.offset)
        if not scanner.take(b",") and scanner.peek() != b"]":
            raise _unexpected(scanner)


def _members(scanner: Scanner) -> Iterator[str]:
    """The names of an object's members; whoever asks goes past each value in between."""
    if not scanner.take(b"{"):
        raise _unexpected(scanner)
    while not scanner.take(b"}"):
        cut = scanner.value()
        name, intact = decode(cut)
        _ended(cut)
        if not intact or not isinstance(name, str) or not scanner.take(b":"):
            raise _unexpected(scanner)
        yield name
        if not scanner.take(b",") and scanner.peek() != b"}":
            raise _unexpected(scanner)


def _ended(cut: Cut) -> None:
    if not cut.ended:
        raise DamageError("it is cut, or nested without end", cut.offset + len(cut.raw))


def _unexpected(scanner: Scanner) -> DamageError:
    byte = scanner.peek()
    why = "it is cut" if not byte else f"{byte.decode('latin-1')!r} cannot stand there"
    return DamageError(why, scanner.offset)


def decode(cut: Cut) -> tuple[Json, bool]:
    """The value, and whether it was all there; else as much of it as makes sense."""
    if cut.whole:
        try:
            return _loads(cut.raw), True
        except (ValueError, RecursionError):
            pass
    return _beginning(cut.raw), False


def _loads(raw: bytes) -> Json:
    """Laxer than the standard where nothing is lost: control characters, bytes of no UTF-8."""
    value: Json = json.loads(raw.decode("utf-8", "replace"), strict=False, parse_int=_integer)
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def _beginning(raw: bytes) -> Json:
    """What stands before the damage, members that are whole."""
    builder = ijson.ObjectBuilder()
    try:
        for event, value in ijson.basic_parse(raw, use_float=True):
            builder.event(event, value)
    except (ijson.JSONError, ValueError, OverflowError):
        pass
    found: Json = getattr(builder, "value", None)
    return found
