"""The times of a HAR file: days of the calendar and milliseconds, as integer nanoseconds."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from analyzer.importers.har.fields import Json, number, text

MS, S = 1_000_000, 1_000_000_000

LIMIT_NS = 2**61
"""Beyond this no moment is believed."""

_FRACTION = re.compile(r"[.,](\d+)")
_STARTED = re.compile(rb'"startedDateTime"\s*:\s*"([^"\\]{10,64})"')
_FINE = (
    re.compile(rb'"(?:blocked|send|wait|receive)"\s*:\s*\d{1,9}\.\d*[1-9]'),
    re.compile(rb'"time"\s*:\s*\d{9,11}\.\d{4,}'),
    re.compile(rb'"startedDateTime"\s*:\s*"[^"\\.]{10,32}\.\d{4,}'),
)
"""Steps below a millisecond."""

_BEFORE_SENT = ("blocked", "dns", "connect", "send")


class Moments(NamedTuple):
    """When the parts of an exchange were; None for what the file does not tell."""

    start: int | None
    sent: int | None
    headers: int | None
    end: int | None


def wall_ns(started: Json) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 moment; without an offset it is taken as UTC."""
    said = text(started).strip()
    fraction = _FRACTION.search(said)
    whole = said[: fraction.start()] + said[fraction.end() :] if fraction else said
    try:
        when = datetime.fromisoformat(whole)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    since = when - datetime.fromtimestamp(0, UTC)
    seconds = since.days * 86_400 + since.seconds
    return seconds * S + int((fraction[1] if fraction else "0")[:9].ljust(9, "0"))


def first_wall_ns(head: bytes) -> int | None:
    """The first moment that a file's beginning tells."""
    told = (wall_ns(match[1].decode("latin-1")) for match in _STARTED.finditer(head))
    return next((ns for ns in told if ns is not None), None)


def resolution_ns(head: bytes) -> int:
    """The smallest step that the file's beginning shows: a microsecond or a millisecond."""
    return 1_000 if any(pattern.search(head) for pattern in _FINE) else MS


def epoch_ns(seconds: Json) -> int | None:
    """Seconds since 1970, which as floating point have no more than microseconds."""
    found = number(seconds)
    return round(found * 1e6) * 1_000 if found is not None and found < 1e11 else None


def moments(entry: Mapping[str, Json], origin_wall_ns: int) -> Moments:
    """When an entry's parts were, from ``origin_wall_ns`` on.

    A wait that is not told leaves open when the request was sent, as the other spans do
    not reach from one end to the other then.
    """
    wall = wall_ns(entry.get("startedDateTime"))
    start = wall - origin_wall_ns if wall is not None else None
    if start is None or abs(start) >= LIMIT_NS:
        return Moments(None, None, None, None)
    spans = entry.get("timings")
    told = {name: _ns(value) for name, value in spans.items()} if isinstance(spans, dict) else {}
    total = _ns(entry.get("time"))
    end = None if total is None else start + total
    wait = told.get("wait")
    if wait is None:
        return Moments(start, None, None, end)
    sent = start + sum(told.get(name) or 0 for name in _BEFORE_SENT)
    received = told.get("receive")
    whole = end if received is None else sent + wait + received
    return Moments(start, sent, sent + wait, whole)


def _ns(milliseconds: Json) -> int | None:
    found = number(milliseconds)
    return round(found * MS) if found is not None and found < 1e12 else None
