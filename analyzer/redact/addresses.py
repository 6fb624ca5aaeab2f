"""Addresses without what they say: structure, known words, identifiers and numbers stay."""

import re
from urllib.parse import unquote

from analyzer.redact.pseudonyms import Pseudonyms
from analyzer.redact.vocabulary import is_enumeration, is_identifier, is_key, judge

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,15}://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?", re.ASCII)
_NAMES = re.compile(r"([.\[\] /]+)")
_INDEX = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"\d{1,20}", re.ASCII)
_FILE = re.compile(
    r"(.+)(\.(?:js|mjs|css|html|json|map|png|svg|ico|jpg|jpeg|gif|webp|woff2?|txt|xml|wasm))"
)
_PARTS = re.compile(r"([?#])")


def redact_address(address: str, names: Pseudonyms) -> str:
    """A path with its query and fragment, or a whole address; as long as it was."""
    origin = _ORIGIN.match(address)
    start = origin[0] if origin else ""
    path, *rest = _PARTS.split(address[len(start) :])
    parts = [start, "/".join(_segment(one, names) for one in path.split("/"))]
    for mark, part in zip(rest[::2], rest[1::2], strict=True):
        parts += [mark, redact_query(part, names)]
    return "".join(parts)


def redact_query(query: str, names: Pseudonyms) -> str:
    """Parameters, as of a query or a form, keep their names and the order they stand in."""
    return "&".join(_parameter(one, names) for one in query.split("&"))


def redact_name(name: str, names: Pseudonyms) -> str:
    """A name of members, as of a parameter or a cookie: ``filter[name]``, ``session-token.0``."""
    parts = _NAMES.split(name)
    return "".join(
        part if number % 2 or not part or is_key(unquote(part)) else names.of_escaped(part)
        for number, part in enumerate(parts)
    )


def redact_pointer(pointer: str, names: Pseudonyms) -> str:
    """A path through a document; names come out as they do where they are members'."""
    return "/".join(
        one if not one or one == "-" or is_key(one) or _INDEX.fullmatch(one) else names.of(one)
        for one in pointer.split("/")
    )


def _parameter(text: str, names: Pseudonyms) -> str:
    name, equals, value = text.partition("=")
    if not equals:
        return _segment(name, names)
    plain = unquote(value)
    shown = redact_name(name, names)
    if judge(name, plain) == "keep":
        return f"{shown}={value}"
    return f"{shown}={names.of_escaped(value)}"


def _segment(segment: str, names: Pseudonyms) -> str:
    plain = unquote(segment)
    if (
        not segment
        or is_enumeration(segment)
        or _NUMBER.fullmatch(segment)
        or judge("", plain) == "keep"
    ):
        return segment
    if (file := _FILE.fullmatch(segment)) is not None and not is_identifier(file[1]):
        return names.of_escaped(file[1]) + file[2]
    return names.of_escaped(segment)
