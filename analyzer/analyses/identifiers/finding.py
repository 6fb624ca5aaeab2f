"""Find identifiers in what passes: JSON, event payloads, addresses, header fields."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from analyzer.analyses.identifiers import names
from analyzer.analyses.identifiers.moments import creation_time
from analyzer.analyses.identifiers.shapes import LONGEST, SHORTEST, look_at
from analyzer.analyses.paths import ID, PATH_LIMIT, fold_path
from analyzer.model import Headers

FIELD_LIMIT = 160
"""Longest field name; a deeper place is cut and ends in an ellipsis."""

ADDRESS_LIMIT = 16 * 1024
"""Longest path with query that is looked at."""

# From a digit to the closing quote, and eight characters of an identifier before that.
_MAY_HOLD = re.compile(r'[0-9](?:[0-9A-Za-z_:.~+=-]{0,127}(?<=[0-9A-Za-z_:.~+=-]{8})"|[0-9]{14})')
_MAY_HOLD_BYTES = re.compile(_MAY_HOLD.pattern.encode())
_CANDIDATE = r'(?=[A-Za-z_:.~+=-]*[0-9])[0-9A-Za-z_:.~+=-]{8,128}"'
# Candidates (the group), names of members, and the brackets that place them.
_OUTLINE = re.compile(
    rf'("{_CANDIDATE}|(?<![0-9])[0-9]{{15,20}})|"[^"\\]{{0,128}}"\s{{0,8}}:|[\[\]{{}}]'
)
_ASSET = re.compile(r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|wasm)$", re.I)
_BIGGEST_INTEGER = 10**20

type Json = dict[str, Json] | list[Json] | str | int | float | bool | None


class Sight(NamedTuple):
    """An identifier in its field. ``created_us`` is what the object it names says of itself."""

    field: str
    value: str
    created_us: int | None = None


may_hold = _MAY_HOLD.search
"""Whether JSON text is worth parsing: cheap, and never wrong in saying None."""


def may_hold_bytes(data: bytes) -> bool:
    return _MAY_HOLD_BYTES.search(data) is not None


class Outline(NamedTuple):
    """What of a JSON text decides which identifiers stand where in it.

    ``digest`` is equal where that is equal; ``until`` is the text as far as the end of the
    last that may be an identifier, empty if there is none.
    """

    digest: int
    until: str


def outline(text: str) -> Outline:
    """Read a payload's outline: several times faster than parsing it and looking at each part."""
    parts, end = [], 0
    for match in _OUTLINE.finditer(text):
        parts.append(match[0])
        if match.lastindex:
            end = match.end()
    return Outline(hash(tuple(parts)), text[:end])


def in_json(data: str | bytes) -> list[Sight] | None:
    """The identifiers of a JSON document, in its order; None if it is no JSON."""
    try:
        document: Json = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _in_json_with_half_pairs(data)
    return list(_walk(document))


def _in_json_with_half_pairs(data: str | bytes) -> list[Sight] | None:
    """RFC 8259 (section 8.2) lets a string end within a surrogate pair; msgspec does not."""
    if (r"\u" not in data) if isinstance(data, str) else (rb"\u" not in data):
        return None
    try:
        return list(_walk(json.loads(data)))
    except (ValueError, RecursionError):
        return None


def _walk(document: Json) -> Iterator[Sight]:
    """Depth first, without recursion: a peer decides how deep it goes."""
    waiting: list[tuple[Json, str, str]] = [(document, "", "")]
    while waiting:
        node, path, name = waiting.pop()
        if isinstance(node, dict):
            yield from _members(node, path, waiting)
        elif isinstance(node, list):
            inside = _joined(path, "[]", "")
            waiting += [(child, inside, name) for child in reversed(node) if child is not None]
        elif (value := _identifier(node, name)) is not None:
            yield Sight(path, value)


def _members(
    node: dict[str, Json], path: str, waiting: list[tuple[Json, str, str]]
) -> Iterator[Sight]:
    """The identifiers that an object holds itself; what is nested goes to ``waiting``."""
    held: dict[str, str] = {}
    nested: list[tuple[Json, str, str]] = []
    pointed = _pointed(node)
    for name, child in node.items():
        key = name
        if isinstance(child, dict | list):
            if _is_key(name):
                key = ID
                yield Sight(_joined(path, key), name)
            nested.append((child, _joined(path, key), name))
        elif name == "v" and pointed is not None:
            if (value := _identifier(child, pointed[1])) is not None:
                yield Sight(_joined(path, pointed[0]), value)
        elif (value := _identifier(child, name)) is not None:
            held[name] = value
    own, created = _creation(node, held) if held else (None, None)
    for name, value in held.items():
        yield Sight(_joined(path, name), value, created if name == own else None)
    waiting.extend(reversed(nested))


def _creation(node: dict[str, Json], held: dict[str, str]) -> tuple[str | None, int | None]:
    """Which member names this object, and when it says that it was created."""
    for name in node.keys() & names.CREATED:
        if (created := creation_time(node[name])) is not None:
            return names.own_name(list(held)), created
    return None, None


def _pointed(node: dict[str, Json]) -> tuple[str, str] | None:
    """A delta's target: field and last name of the pointer beside its value ``v``."""
    pointer = node.get("p")
    if not isinstance(pointer, str) or not pointer.startswith("/") or len(pointer) > FIELD_LIMIT:
        return None
    field, name = "", ""
    for segment in pointer[1:].split("/"):
        if segment.isdigit():
            field = _joined(field, "[]", "")
        else:
            field, name = _joined(field, ID if _is_key(segment) else segment), segment
    return field, name


def _identifier(node: Json, name: str) -> str | None:
    if isinstance(node, str):
        if not SHORTEST <= len(node) <= LONGEST:
            return None
        value = node
    elif isinstance(node, int) and 10**14 <= node < _BIGGEST_INTEGER:
        value = str(node)
    else:
        return None
    look = look_at(value)
    if look is None or _is_excluded(name):
        return None
    return value if look.is_evident or _is_identifier(name) else None


@lru_cache(maxsize=4_096)
def _is_excluded(name: str) -> bool:
    return names.is_excluded(name)


@lru_cache(maxsize=4_096)
def _is_identifier(name: str) -> bool:
    return names.is_identifier(name)


def _is_key(name: str) -> bool:
    """Whether an object's member is named by an identifier, as the nodes of a tree are."""
    if not SHORTEST <= len(name) <= LONGEST:
        return False
    look = look_at(name)
    return look is not None and look.is_evident


def _joined(path: str, name: str, dot: str = ".") -> str:
    if path.endswith("…"):
        return path
    whole = f"{path}{dot}{name}" if path else name
    return whole if len(whole) <= FIELD_LIMIT else whole[: FIELD_LIMIT - 1] + "…"


def in_address(address: str) -> list[Sight]:
    """The identifiers of a request target: segments of its path, parameters of its query."""
    if len(address) > ADDRESS_LIMIT:
        return []
    path, _, query = address.partition("?")
    found = [] if _ASSET.search(path) else list(_in_path(path[:PATH_LIMIT]))
    for name, value in parse_qsl(query, errors="replace"):
        if (seen := _identifier(value, name)) is not None:
            found.append(Sight(_joined("query ", name, ""), seen))
    return found


def _in_path(path: str) -> Iterator[Sight]:
    """The field is the path as far as the identifier, folded."""
    segments, folded = path.split("/"), fold_path(path).split("/")
    for index, segment in enumerate(segments[: len(folded)]):
        value = unquote(segment, errors="replace") if "%" in segment else segment
        look = look_at(value) if SHORTEST <= len(value) <= LONGEST else None
        if look is not None and look.fits_paths:
            field = "/".join((*folded[:index], ID))
            yield Sight(_joined("path ", field, ""), value)


def in_headers(headers: Headers) -> list[Sight]:
    found: list[Sight] = []
    for name, value in headers:
        lower = name.lower()
        if not SHORTEST <= len(value) <= LONGEST or names.is_excluded_header(lower):
            continue
        look = look_at(value)
        if look is not None and (look.is_evident or names.is_identifier_header(lower)):
            found.append(Sight(_joined("header ", lower, ""), value))
    return found
