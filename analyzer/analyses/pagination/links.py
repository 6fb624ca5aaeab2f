"""The Link header of a page (RFC 8288): where the next one is."""

import re
from collections.abc import Iterator

from analyzer.model import Headers

LENGTH_LIMIT = 16_384
"""Longest header value in characters that is read."""

_TARGET = re.compile(r"\s*<([^>]*)>")
_PARAMETER = re.compile(
    r"\s*;\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?"
)


def next_targets(headers: Headers) -> list[str]:
    """Every target with the relation ``next``; relation types know no case."""
    values = [value for name, value in headers if name.lower() == "link"]
    return [target for value in values for target, rel in _links(value) if "next" in rel]


def _links(value: str) -> Iterator[tuple[str, list[str]]]:
    """Targets with their relations; what is malformed ends the reading, quietly."""
    value, at = value[:LENGTH_LIMIT], 0
    while match := _TARGET.match(value, at):
        at = match.end()
        relations: list[str] | None = None
        while parameter := _PARAMETER.match(value, at):
            at = parameter.end()
            # Section 3.3: of several rel parameters only the first counts.
            if parameter[1].lower() == "rel" and relations is None:
                text = parameter[2] if parameter[2] is not None else parameter[3] or ""
                relations = text.lower().split()
        yield match[1], relations or []
        comma = value.find(",", at)
        if comma < 0:
            return
        at = comma + 1
