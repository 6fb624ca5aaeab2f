"""Find identifiers in the heads of messages: addresses, header fields."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from analyzer.analyses.identifiers import names
from analyzer.analyses.identifiers.finding import Sight, identifier, joined
from analyzer.analyses.identifiers.shapes import LONGEST, SHORTEST, look_at
from analyzer.analyses.paths import ID, PATH_LIMIT, fold_path
from analyzer.model import Headers

ADDRESS_LIMIT = 16 * 1024
"""Longest path with query that is looked at."""

_ASSET = re.compile(r"\.(?:js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|wasm)$", re.I)


def in_address(address: str) -> list[Sight]:
    """The identifiers of a request target: segments of its path, parameters of its query."""
    if len(address) > ADDRESS_LIMIT:
        return []
    path, _, query = address.partition("?")
    found = [] if _ASSET.search(path) else list(_in_path(path[:PATH_LIMIT]))
    for name, value in parse_qsl(query, errors="replace"):
        if (seen := identifier(value, name)) is not None:
            found.append(Sight(joined("query ", name, ""), seen))
    return found


def _in_path(path: str) -> Iterator[Sight]:
    """The field is the path as far as the identifier, folded."""
    segments, folded = path.split("/"), fold_path(path).split("/")
    for index, segment in enumerate(segments[: len(folded)]):
        value = unquote(segment, errors="replace") if "%" in segment else segment
        look = look_at(value) if SHORTEST <= len(value) <= LONGEST else None
        if look is not None and look.fits_paths:
            field = "/".join((*folded[:index], ID))
            yield Sight(joined("path ", field, ""), value)


def in_headers(headers: Headers) -> list[Sight]:
    found: list[Sight] = []
    for name, value in headers:
        lower = name.lower()
        if not SHORTEST <= len(value) <= LONGEST or names.is_excluded_header(lower):
            continue
        look = look_at(value)
        if look is not None and (look.is_evident or names.is_identifier_header(lower)):
            found.append(Sight(joined("header ", lower, ""), value))
    return found
