"""Find identifiers in JSON: bodies, event payloads, frames."""

import json
import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

from analyzer.analyses.identifiers import names
from analyzer.analyses.identifiers.moments import creation_time
from analyzer.analyses.identifiers.shapes import LONGEST, SHORTEST, look_at
from analyzer.analyses.paths import ID

FIELD_LIMIT = 160
"""Longest field name; a deeper place is cut and ends in an ellipsis."""

ROWS_LEAST = 3
"""Fewest rows of a list that are looked through by columns."""

OUTFIT_LIMIT = 1_000
"""Characters of the names of an object's members, up to which what they say is remembered."""

# From a digit to the closing quote, and eight characters of an identifier before that.
_MAY_HOLD = re.compile(r'[0-9](?:[0-9A-Za-z_:.~+=-]{0,127}+(?<=[0-9A-Za-z_:.~+=-]{8})"|[0-9]{14})')
_MAY_HOLD_BYTES = re.compile(_MAY_HOLD.pattern.encode())
_CANDIDATE = r'(?=[A-Za-z_:.~+=-]*[0-9])[0-9A-Za-z_:.~+=-]{8,128}"'
# Candidates (the group), names of members, and the brackets that place them.
_OUTLINE = re.compile(
    rf'("{_CANDIDATE}|(?<![0-9])[0-9]{{15,20}})|"[^"\\]{{0,128}}"\s{{0,8}}:|[\[\]{{}}]'
)
_BIGGEST_INTEGER = 10**20

type Json = dict[str, Json] | list[Json] | str | int | float | bool | None


class Sight(NamedTuple):
    """An identifier in its field. ``created_us`` is what the object it names says of itself."""

    field: str
    value: str
    created_us: int | None = None


may_hold = _MAY_HOLD.search
"""Whether JSON text is worth parsing: cheap, and never wrong in saying None."""


def settled(text: str) -> str:
    """The text as far as its last string begins: no sight reaches over a quote.

    Where the text holds nothing, another that begins so can only hold something behind that.
    """
    return text[: text.rfind('"', 0, max(text.rfind('"'), 0)) + 1]


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
    return _walk(document)


def _in_json_with_half_pairs(data: str | bytes) -> list[Sight] | None:
    """RFC 8259 (section 8.2) lets a string end within a surrogate pair; msgspec does not."""
    if (r"\u" not in data) if isinstance(data, str) else (rb"\u" not in data):
        return None
    try:
        return _walk(json.loads(data))
    except (ValueError, RecursionError):
        return None


class _Member(NamedTuple):
    """What the name of an object's member says of whatever stands there.

    ``is_key``: the name itself is an identifier; ``is_text``: what stands there is none;
    ``is_named``: what looks a little like one is one.
    """

    name: str
    field: str
    is_key: bool
    is_text: bool
    is_named: bool


class _Outfit(NamedTuple):
    """What objects share that stand in one place and have the same members.

    ``created`` are members that may state when the object was made; ``has_pointer``: it may
    be a delta.
    """

    place: str
    members: tuple[_Member, ...]
    created: tuple[str, ...]
    has_pointer: bool


type _Waiting = list[tuple[Json, str, str]]
"""Nodes still to be looked into, the next one last: with their field, and the last name in it."""


def _walk(document: Json) -> list[Sight]:
    """Depth first, without recursion: a peer decides how deep it goes."""
    found: list[Sight] = []
    # The rows of a list have the same members, so these are looked at once.
    outfits: dict[tuple[str, tuple[str, ...]], _Outfit] = {}
    waiting: _Waiting = [(document, "", "")]
    while waiting:
        node, place, name = waiting.pop()
        if isinstance(node, dict):
            at = place, tuple(node)
            outfit = outfits.get(at)
            if outfit is None:
                outfit = outfits[at] = _outfit(*at)
            _object(node, outfit, found, waiting)
        elif isinstance(node, list):
            inside = joined(place, "[]", "")
            if _flat_rows(node, inside, found):
                continue
            waiting += [(child, inside, name) for child in reversed(node) if child is not None]
        elif (value := identifier(node, name)) is not None:
            found.append(Sight(place, value))
    return found


def _outfit(place: str, members: tuple[str, ...]) -> _Outfit:
    """What a peer sent is remembered from one document to the next only if it is short."""
    short = sum(map(len, members)) <= OUTFIT_LIMIT
    return _known_outfit(place, members) if short else _new_outfit(place, members)


def _new_outfit(place: str, members: tuple[str, ...]) -> _Outfit:
    return _Outfit(
        place,
        tuple([_member(name, place) for name in members]),
        tuple([name for name in members if name in names.CREATED]),
        "p" in members and "v" in members,
    )


_known_outfit = lru_cache(maxsize=512)(_new_outfit)


def _member(name: str, place: str) -> _Member:
    is_key = _is_key(name)
    field = joined(place, ID if is_key else name)
    return _Member(name, field, is_key, _is_excluded(name), _is_identifier(name))


def _object(node: dict[str, Json], outfit: _Outfit, found: list[Sight], waiting: _Waiting) -> None:
    """The identifiers that an object holds itself; what is nested goes to ``waiting``."""
    held: dict[str, Sight] = {}
    nested: _Waiting = []
    pointed = _pointed(node) if outfit.has_pointer else None
    for (name, field, is_key, is_text, is_named), child in zip(
        outfit.members, node.values(), strict=True
    ):
        if is_key:
            found.append(Sight(field, name))
        if isinstance(child, dict | list):
            nested.append((child, field, name))
        elif pointed is not None and name == "v":
            if (value := identifier(child, pointed[1])) is not None:
                found.append(Sight(joined(outfit.place, pointed[0]), value))
        elif not is_text and (value := _looking(child, is_named=is_named)) is not None:
            held[name] = Sight(field, value)
    if held and outfit.created and (created := _creation(node, outfit.created)) is not None:
        own = names.own_name(list(held))
        if own is not None:
            held[own] = Sight(held[own].field, held[own].value, created)
    found.extend(held.values())
    waiting.extend(reversed(nested))


def _flat_rows(nodes: list[Json], place: str, found: list[Sight]) -> bool:
    """The identifiers of objects with the same members and nothing nested: of a page of a list.

    They are looked through by columns, which is several times faster. False, and nothing
    found, if they are no such rows.
    """
    if len(nodes) < ROWS_LEAST or not all(isinstance(node, dict) for node in nodes):
        return False
    rows: list[dict[str, Json]] = nodes  # type: ignore[assignment] # just looked
    members = tuple(rows[0])
    if any(tuple(row) != members for row in rows):
        return False
    outfit = _outfit(place, members)
    held = _columns(rows, outfit)
    if held is None:
        return False
    for index, row in enumerate(rows):
        seen = [(member, value) for member, values in held if (value := values[index]) is not None]
        created = _creation(row, outfit.created) if seen and outfit.created else None
        own = names.own_name([member.name for member, _ in seen]) if created is not None else None
        for member, value in seen:
            found.append(Sight(member.field, value, created if member.name == own else None))
    return True


def _columns(
    rows: list[dict[str, Json]], outfit: _Outfit
) -> list[tuple[_Member, list[str | None]]] | None:
    """Members with what each row holds of identifiers there; None if rows are not flat."""
    if outfit.has_pointer or any(member.is_key for member in outfit.members):
        return None
    held = []
    columns = zip(*(row.values() for row in rows), strict=True)
    for member, column in zip(outfit.members, columns, strict=True):
        kinds = set(map(type, column))
        if dict in kinds or list in kinds:
            return None
        if not member.is_text and (str in kinds or int in kinds):
            held.append((member, [_looking(one, is_named=member.is_named) for one in column]))
    return held


def _creation(node: dict[str, Json], among: tuple[str, ...]) -> int | None:
    """When an object says that it was created; the first member that tells it counts."""
    for name in among:
        if (created_us := creation_time(node[name])) is not None:
            return created_us
    return None


def _pointed(node: dict[str, Json]) -> tuple[str, str] | None:
    """A delta's target: field and last name of the pointer beside its value ``v``."""
    pointer = node.get("p")
    if not isinstance(pointer, str) or not pointer.startswith("/") or len(pointer) > FIELD_LIMIT:
        return None
    field, name = "", ""
    for segment in pointer[1:].split("/"):
        if segment.isdigit():
            field = joined(field, "[]", "")
        else:
            field, name = joined(field, ID if _is_key(segment) else segment), segment
    return field, name


def identifier(node: Json, name: str) -> str | None:
    return None if _is_excluded(name) else _looking(node, is_named=_is_identifier(name))


def _looking(node: Json, *, is_named: bool) -> str | None:
    """What a string or number is, if it looks like an identifier, by name or clearly."""
    if isinstance(node, str):
        value = node
    elif isinstance(node, int) and 10**14 <= node < _BIGGEST_INTEGER:
        value = str(node)
    else:
        return None
    if not SHORTEST <= len(value) <= LONGEST:
        return None
    look = look_at(value)
    return value if look is not None and (is_named or look.is_evident) else None


def _is_excluded(name: str) -> bool:
    return _excluded(name) if len(name) <= FIELD_LIMIT else names.is_excluded(name)


def _is_identifier(name: str) -> bool:
    return _named(name) if len(name) <= FIELD_LIMIT else names.is_identifier(name)


_excluded = lru_cache(maxsize=4_096)(names.is_excluded)
_named = lru_cache(maxsize=4_096)(names.is_identifier)


def _is_key(name: str) -> bool:
    """Whether an object's member is named by an identifier, as the nodes of a tree are."""
    if not SHORTEST <= len(name) <= LONGEST:
        return False
    look = look_at(name)
    return look is not None and look.is_evident


def joined(path: str, name: str, dot: str = ".") -> str:
    if path.endswith("…"):
        return path
    whole = f"{path}{dot}{name}" if path else name
    if len(whole) > FIELD_LIMIT:
        whole = whole[: FIELD_LIMIT - 1] + "…"
    # A peer chooses names, also such as no UTF-8 text can hold.
    return whole if whole.isascii() else whole.encode(errors="replace").decode()
