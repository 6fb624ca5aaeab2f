"""What an answer holds of a list: its items, its total, and what points to the next page.

Services wrap lists in many ways; the list is found by looking: under a usual name first,
else the longest list of objects that is not buried deep.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from analyzer.analyses.pagination import names
from analyzer.analyses.pagination.moments import unix_seconds
from analyzer.analyses.pagination.names import bare

BODY_LIMIT = 8_000_000
"""Longest answer in bytes that is looked into."""

PAGE_LIMIT = 10_000
"""Most items of one page that are kept apart."""

NODES_LIMIT = 2_000
"""Most members of an answer that are looked at while looking for its list."""

FIELDS_LIMIT = 32
"""Most members of an item that may be what the list is sorted by."""

_DEPTH = 5
_IDS = ("id", "uuid", "_id")
_LARGEST = 2**53


class Item(msgspec.Struct, frozen=True, gc=False):
    """One row of a list: ``size`` in bytes as it was served, times in Unix seconds."""

    id: str
    size: int
    created_s: float | None = None
    updated_s: float | None = None


class Listing(msgspec.Struct, frozen=True):
    """A page's answer.

    ``items`` are in their order. ``named_by`` is the member that names an item; empty where
    none does (and then so are their ``id``). ``next`` are tokens and ``targets`` addresses
    that lead to the next page, ``previous`` tokens to the one before; ``says_next``: a member
    for ``next`` exists, even if it is empty now. ``sorted_by`` are the members that run one
    way on this page, with ``asc`` or ``desc``.
    """

    items: tuple[Item, ...] = ()
    named_by: str = ""
    total: int | None = None
    next: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    says_next: bool = False
    more: bool | None = None
    offset: int | None = None
    limit: int | None = None
    sorted_by: dict[str, str] = {}


def read_listing(body: bytes) -> Listing | None:
    """The list in an answer; None if it holds none, or is no JSON, or too long to look into."""
    if body[:64].lstrip()[:1] not in (b"{", b"[") or len(body) > BODY_LIMIT:
        return None
    try:
        value = msgspec.json.decode(body)
        path = _find(value)
        raw = None if path is None else _raw_items(body, path)
    except (ValueError, RecursionError):
        return None
    if path is None or raw is None:
        return None
    rows: list[object] = value
    around: list[dict[str, object]] = []
    for step in path:
        around.append(rows)  # type: ignore[arg-type] # a path leads through objects only
        rows = rows[step]  # type: ignore[call-overload] # the same
    return _listing(rows[:PAGE_LIMIT], raw[:PAGE_LIMIT], around)


def _listing(
    rows: list[object], raw: Sequence[msgspec.Raw], around: list[dict[str, object]]
) -> Listing:
    objects = [row for row in rows if isinstance(row, dict)]
    inner, wrapper = _unwrapped(objects)
    name = _identity(inner)
    sizes = [len(memoryview(one)) for one in raw]
    items = tuple(_items(inner, name, sizes))
    told: dict[str, object] = {}
    for level in around:
        told |= dict(_about(level, 0))
    tokens = list(_texts(told, names.NEXT))
    if wrapper and objects and isinstance(edge := objects[-1].get("cursor"), str):
        tokens.append(edge)
    return Listing(
        items=items,
        named_by=f"{wrapper}.{name}" if wrapper and name else name,
        total=_total(told),
        next=tuple(token for token in tokens if not _is_address(token)),
        previous=tuple(_texts(told, names.PREVIOUS)),
        targets=tuple(token for token in tokens if _is_address(token)),
        says_next=any(key in names.NEXT for key in told),
        more=next((v for k, v in told.items() if k in names.MORE and isinstance(v, bool)), None),
        offset=_count(told.get("offset")),
        limit=_count(told.get("limit")),
        sorted_by=_orders(inner),
    )


def _find(value: object) -> tuple[str, ...] | None:
    """Where the list is: of usual names the shallowest, else the longest list of objects."""
    if isinstance(value, list):
        return () if _is_rows(value, named=False) else None
    best: tuple[tuple[int, int, int], tuple[str, ...]] | None = None
    level: list[tuple[tuple[str, ...], object]] = [((), value)]
    seen = 0
    for depth in range(_DEPTH):
        below: list[tuple[tuple[str, ...], object]] = []
        for path, holder in level:
            if not isinstance(holder, dict):
                continue
            for key, inner in holder.items():
                seen += 1
                if seen > NODES_LIMIT:
                    return best[1] if best else None
                if isinstance(inner, dict):
                    below.append(((*path, key), inner))
                elif isinstance(inner, list):
                    named = bare(key) in names.LISTS
                    if _is_rows(inner, named=named):
                        rank = (0 if named else 1, depth, -len(inner))
                        if best is None or rank < best[0]:
                            best = (rank, (*path, key))
        level = below
    return best[1] if best else None


def _is_rows(value: list[object], *, named: bool) -> bool:
    """An empty list is one only under a usual name."""
    return all(isinstance(row, dict) for row in value) if value else named


def _raw_items(body: bytes, path: tuple[str, ...]) -> list[msgspec.Raw]:
    """The items' own bytes, by reading down the path again without building anything."""
    raw = msgspec.Raw(body)
    for step in path:
        raw = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[step]
    return msgspec.json.decode(raw, type=list[msgspec.Raw])


def _unwrapped(rows: list[dict[str, object]]) -> tuple[list[dict[str, object]], str]:
    """The items, and the member that wraps each of them (GraphQL's ``node``), if one does."""
    if not rows or any(_scalar(rows[0].get(name)) for name in _IDS):
        return rows, ""
    for name, inner in rows[0].items():
        if isinstance(inner, dict) and any(_scalar(inner.get(one)) for one in _IDS):
            unwrapped = [row.get(name) for row in rows]
            if all(isinstance(row, dict) for row in unwrapped):
                return unwrapped, name  # type: ignore[return-value] # just looked
    return rows, ""


def _identity(rows: list[dict[str, object]]) -> str:
    """The member that names an item: ``id``, or else one like ``conversation_id``."""
    if not rows:
        return ""
    others = [name for name in rows[0] if name.endswith(("_id", "Id", "_uuid", "ID"))]
    for name in (*_IDS, *others[:FIELDS_LIMIT]):
        values = [row.get(name) for row in rows]
        if not all(_scalar(value) for value in values):
            continue
        # A member that many items share (an owner's id) names none of them.
        if name in _IDS or len({_id(value) for value in values}) == len(values):
            return name
    return ""


def _scalar(value: object) -> bool:
    return (isinstance(value, str) and bool(value)) or (
        isinstance(value, int) and not isinstance(value, bool)
    )


def _id(value: object) -> str:
    return str(value)


def _items(rows: list[dict[str, object]], name: str, sizes: list[int]) -> Iterator[Item]:
    """Rows as items. Most rows of a list have the same members, so these are sorted out once."""
    members: Sequence[str] = ()
    created: list[str] = []
    updated: list[str] = []
    for row, size in zip(rows, sizes, strict=False):
        if (own := tuple(row)) != members:
            members = own
            known = [(one, bare(one)) for one in own[:FIELDS_LIMIT]]
            created = [one for one, short in known if short in names.CREATED]
            updated = [one for one, short in known if short in names.UPDATED]
        yield Item(
            _id(row.get(name)) if name else "", size, _time(row, created), _time(row, updated)
        )


def _time(row: dict[str, object], among: list[str]) -> float | None:
    """The first of these members that states a time."""
    for name in among:
        if (at_s := unix_seconds(row[name])) is not None:
            return at_s
    return None


def _about(level: dict[str, object], depth: int) -> Iterator[tuple[str, object]]:
    """Members beside the list, and those of objects that tell of pages."""
    for name, value in list(level.items())[:FIELDS_LIMIT]:
        short = bare(name)
        if isinstance(value, dict):
            if short in names.ABOUT and depth < 2:
                yield from _about(value, depth + 1)
            elif short == "next" and isinstance(value.get("href"), str):
                yield short, value["href"]  # HAL
        elif not isinstance(value, list):
            yield short, value


def _texts(told: dict[str, object], names: frozenset[str]) -> Iterator[str]:
    for name, value in told.items():
        if name in names and _scalar(value):
            yield str(value).rstrip(".")  # what fills a redacted cursor up is no part of it


def _is_address(token: str) -> bool:
    return token.startswith(("http://", "https://", "/", "?"))


def _total(told: dict[str, object]) -> int | None:
    found = next((_count(v) for k, v in told.items() if k in names.TOTAL), None)
    # ``count`` is a total where links stand beside it, as Django's REST framework has it.
    if found is None and "next" in told and "previous" in told:
        return _count(told.get("count"))
    return found


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST:
        return value
    return None


def _orders(rows: list[dict[str, object]]) -> dict[str, str]:
    """The members by which these items are sorted, as far as one page can show it."""
    found: dict[str, str] = {}
    for name in list(rows[0])[:FIELDS_LIMIT] if len(rows) > 1 else ():
        values = [row.get(name) for row in rows]
        direction = _direction(values)
        if direction:
            found[name] = direction
    return found


def _direction(values: list[object]) -> str:
    kinds = set(map(type, values))
    if not (kinds == {str} or kinds <= {int, float}) or values[0] == values[-1]:
        return ""
    column: list[Any] = values  # of one kind throughout, so they compare
    if column == sorted(column):
        return "asc"
    return "desc" if column == sorted(column, reverse=True) else ""
