"""Times of day as services write them, to Unix seconds."""

import calendar
import math
import re
from collections.abc import Sequence
from email.utils import parsedate_tz

YEAR_10000_S = 253_402_300_800
"""Unix seconds from which no calendar of ours goes on."""

MILLISECONDS_FROM = 100_000_000_000
"""A number from here on is Unix milliseconds: as seconds it would lie after the year 5000."""

_TEXT_LIMIT = 64
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def plausible(seconds: float | None) -> float | None:
    """The value if a calendar can show it, else None."""
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds < YEAR_10000_S:
        return None
    return seconds


def read_http_date(text: str) -> int | None:
    """Of a Date header or a cookie's Expires (RFC 9110, section 5.6.7; older forms too)."""
    try:
        parts = parsedate_tz(text[:_TEXT_LIMIT])
        seconds = _seconds(parts[:6]) - (parts[9] or 0) if parts else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return None if plausible(seconds) is None else seconds


def read_moment(value: object) -> float | None:
    """A JSON value that names a moment: ISO 8601 (UTC if it says nothing), Unix s or ms."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            seconds = float(value)
        except OverflowError:
            return None
        return plausible(seconds / 1e3 if seconds >= MILLISECONDS_FROM else seconds)
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        return None
    if re.fullmatch(r"[0-9]{9,13}", value):
        return read_moment(int(value))
    match = _ISO.fullmatch(value)
    if match is None:
        return None
    try:
        whole = _seconds([int(part) for part in match.groups()[:6]])
    except ValueError:
        return None
    return plausible(whole + float(match[7] or 0) - _zone_s(match[8]))


def read_span(value: object) -> float | None:
    """A JSON value that counts seconds from now, a number or digits; None if it is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return plausible(float(value))
    except OverflowError:
        return None


def _seconds(parts: Sequence[int]) -> int:
    """Unix seconds of year to second in UTC; ValueError for what no calendar has."""
    year, month, day, hour, minute, second = parts
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise ValueError("no such day")
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no such time of day")
    return calendar.timegm((year, month, day, hour, minute, second))


def _zone_s(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds
