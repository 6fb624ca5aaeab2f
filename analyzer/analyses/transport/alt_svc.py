"""``Alt-Svc``: where else, and over what, an origin says that it can be reached (RFC 7838)."""

import re
from bisect import bisect_right
from collections.abc import Iterable

import msgspec

LENGTH_LIMIT = 4_096
"""Characters of a field that are read."""

DEFAULT_MAX_AGE_S = 86_400
"""RFC 7838, section 3.1: how long an alternative is fresh if it does not say."""

LONGEST_S = 10 * 365 * DEFAULT_MAX_AGE_S
"""Longer lifetimes are read as this."""

# Section 3: alternatives are separated by commas, none of which stands in the quoted parts
# of `protocol-id="host:port"` by the grammar of an authority.
_ALTERNATIVE = re.compile(r'^\s*(?P<protocol>[\w!#$%&\'*+.^`|~-]+)\s*=\s*"(?P<at>[^"]*)"')
_MAX_AGE = re.compile(r";\s*ma\s*=\s*\"?(\d{1,18})", re.IGNORECASE)


class Announcement(msgspec.Struct, frozen=True):
    """What one field says of HTTP/3: fresh for ``max_age_s``; 0 if it takes all back."""

    max_age_s: int


def announced_http3(value: str) -> Announcement | None:
    """What the field's value says of HTTP/3; None if nothing."""
    text = value[:LENGTH_LIMIT].strip()
    if text.lower() == "clear":
        return Announcement(0)
    for part in text.split(","):
        found = _ALTERNATIVE.match(part)
        if found and (found["protocol"] == "h3" or found["protocol"].startswith("h3-")):
            age = _MAX_AGE.search(part, found.end())
            return Announcement(min(int(age[1]), LONGEST_S) if age else DEFAULT_MAX_AGE_S)
    return None


class Fresh(msgspec.Struct):
    """While HTTP/3 was announced without a break; ``exchange`` brought the first word of it."""

    since_ns: int
    until_ns: int
    exchange: int


class Announced:
    """When one origin's HTTP/3 was announced, from announcements in the order of time."""

    def __init__(self, announcements: Iterable[tuple[int, int, Announcement]]) -> None:
        self._spans: list[Fresh] = []
        for at_ns, exchange, said in announcements:
            until_ns = at_ns + said.max_age_s * 1_000_000_000
            last = self._spans[-1] if self._spans else None
            if last is not None and at_ns < last.until_ns:
                last.until_ns = until_ns  # renewed, shortened or taken back
            elif said.max_age_s:
                self._spans.append(Fresh(at_ns, until_ns, exchange))
        self._begins = [span.since_ns for span in self._spans]

    def at(self, moment_ns: int) -> Fresh | None:
        """What was in force then."""
        place = bisect_right(self._begins, moment_ns)
        span = self._spans[place - 1] if place else None
        return span if span is not None and moment_ns < span.until_ns else None
