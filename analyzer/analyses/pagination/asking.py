"""What a request says of the page that it wants, in its query or in its body.

No vendor's names are wired in: a parameter is known by what APIs commonly call it and by
the kind of its value. Everything that is not about the page is a filter, and other filters
make another list.
"""

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import msgspec

from analyzer.analyses.pagination import names
from analyzer.analyses.pagination.names import bare
from analyzer.model import Exchange

QUERY_LIMIT = 100
"""Most query parameters, or members of a body, that are looked at."""

BODY_LIMIT = 1_000_000
"""Longest request body in bytes that is read for paging variables."""

NUMBER_LIMIT = 10**12
"""Above it a number is no offset, page or limit; an epoch in ms is one such."""

TEXT_LIMIT = 500
"""Longest position or filter text that is kept whole."""

_DEPTH = 4

_ROLE_OF = {name: role for role, known in names.ROLES.items() for name in known}


class Asked(msgspec.Struct, frozen=True):
    """The page that a request wants.

    ``key`` is equal for requests of the same list (method, address, filters, order).
    ``style`` is ``offset``, ``page``, ``cursor``, ``after``, or empty where no parameter says
    it: then only what came with the answer can tell a page from any other call. ``position``
    is empty at the start of a cursor walk. ``certain`` is False where the names alone are not
    enough (a date filter may be called ``after``, too). ``target`` is the address as a link
    to the next page would name it.
    """

    key: bytes
    method: str
    endpoint: str
    filters: str
    target: str
    style: str = ""
    position: str = ""
    backwards: bool = False
    limit: int | None = None
    order: str = ""
    place: str = "query"
    certain: bool = False


class _Member(msgspec.Struct, frozen=True):
    """One parameter: its full name, the bare one to know it by, its value as text or None."""

    name: str
    bare: str
    value: str | None
    place: str


def read_request(exchange: Exchange) -> Asked | None:
    """The page that is asked for; None if the method can't fetch a list."""
    if exchange.method not in {"GET", "POST", "QUERY"}:
        return None
    path, _, query = exchange.path.partition("?")
    members = [*_of_query(query), *_of_body(exchange)]
    roles, filters = _sort(members)
    endpoint = f"{exchange.scheme}://{exchange.authority}{path}"
    told = (exchange.method, endpoint, *sorted(f"{m.name}={m.value}" for m in filters))
    key = hashlib.blake2b("\0".join(told).encode("utf-8", "replace"), digest_size=16).digest()
    base = Asked(
        key=key,
        method=exchange.method,
        endpoint=clean(endpoint),
        filters=clean("&".join(f"{m.name}={m.value or ''}" for m in filters)),
        target=address(exchange.path, exchange.authority),
        order=(roles["order"].value or "") if "order" in roles else "",
    )
    return _with_paging(base, roles)


def address(url: str, authority: str) -> str:
    """A link's address with its query in one order; relative ones lie at ``authority``."""
    try:
        parts = urlsplit(url)
        query = "&".join(sorted(f"{k}={v}" for k, v in _pairs(parts.query)))
    except ValueError:
        return ""
    return f"{parts.netloc or authority}{parts.path}?{query}"


def clean(text: str) -> str:
    """Text that any file can hold, cut to `TEXT_LIMIT`."""
    kept = text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
    return kept.encode("utf-8", "replace").decode()


def whole_number(text: str | None) -> int | None:
    """A number that can be an offset, a page or a limit."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 15:
        return None
    number = int(text)
    return number if number < NUMBER_LIMIT else None


def _with_paging(base: Asked, roles: dict[str, _Member]) -> Asked:
    limit = whole_number(roles["limit"].value) if "limit" in roles else None
    style = _style(roles)
    if not style:
        return msgspec.structs.replace(base, limit=limit)
    member = roles[style]
    value = member.value or ""
    number = whole_number(value)
    return msgspec.structs.replace(
        base,
        style="after" if style == "before" else style,
        # A number may be written with leading zeros; a cursor is taken as it is.
        position=str(number) if style in {"offset", "page"} else value.rstrip("."),
        backwards=style == "before",
        limit=limit,
        place=member.place,
        certain=style in {"offset", "page", "cursor"} or limit is not None,
    )


def _style(roles: dict[str, _Member]) -> str:
    """What the position is; an empty cursor beside an offset is not what the page goes by."""
    if "cursor" in roles and (roles["cursor"].value or "offset" not in roles):
        return "cursor"
    if "after" in roles and "before" in roles:
        # GraphQL sends both and leaves one empty.
        return "before" if roles["before"].value and not roles["after"].value else "after"
    return next((r for r in ("offset", "page", "after", "before") if r in roles), "")


def _sort(members: list[_Member]) -> tuple[dict[str, _Member], list[_Member]]:
    """Members by their role, the first of each, and all that filter or order the list."""
    roles: dict[str, _Member] = {}
    filters: list[_Member] = []
    has_limit = any(_role(member) == "limit" for member in members)
    for member in members:
        role = _role(member)
        if member.bare in names.VAGUE and not has_limit:
            role = ""
        if role and role not in roles:
            roles[role] = member
        elif member.name not in names.CACHE_BUSTERS:
            filters.append(member)
    if "order" in roles:
        filters.append(roles["order"])
    return roles, filters


def _role(member: _Member) -> str:
    role = _ROLE_OF.get(member.bare, "")
    numeric = role in {"offset", "limit", "page"}
    if numeric and whole_number(member.value) is None:
        return ""
    return role


def _of_query(query: str) -> Iterator[_Member]:
    for name, value in _pairs(query):
        if name == "variables" and value.startswith("{"):
            yield from _of_json(value.encode("utf-8", "replace"), "query")
        else:
            yield _Member(name, bare(name), value, "query")


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_LIMIT)
    except ValueError:  # more fields than that: it is taken as one filter
        return [("", query)]


def _of_body(exchange: Exchange) -> Iterator[_Member]:
    body = exchange.request_body
    if exchange.method != "GET" and body[:1] == b"{" and len(body) <= BODY_LIMIT:
        yield from _of_json(body, "body")


def _of_json(data: bytes, place: str) -> Iterator[_Member]:
    try:
        value = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        digest = hashlib.blake2b(data, digest_size=8).hexdigest()
        yield _Member("body", "", digest, place)
        return
    if isinstance(value, dict):
        yield from _members(value, "", "", place, 0)


def _members(
    value: dict[str, object], path: str, parent: str, place: str, depth: int
) -> Iterator[_Member]:
    """Scalars of the object and of what wraps variables; anything else is one filter."""
    for name, inner in list(value.items())[:QUERY_LIMIT]:
        full = f"{path}{name}"
        if isinstance(inner, dict) and bare(name) in names.WRAPPERS and depth < _DEPTH:
            yield from _members(inner, f"{full}.", bare(name), place, depth + 1)
        elif inner is None or isinstance(inner, str | int | float):
            short = bare(name)
            if parent == "page" and short in {"number", "size"}:
                short = f"page{short}"
            yield _Member(full, short, None if inner is None else str(inner), place)
        else:
            told = hashlib.blake2b(msgspec.json.encode(inner, order="sorted"), digest_size=8)
            yield _Member(full, "", told.hexdigest(), place)
    if len(value) > QUERY_LIMIT:
        yield _Member(f"{path}…", "", str(len(value)), place)
