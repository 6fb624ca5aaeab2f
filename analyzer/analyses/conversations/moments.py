"""Times of day as services write them, in integer µs since 1970."""

import re
from typing import Any

from analyzer.dialects.message_facts import seconds

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def microseconds(value: Any) -> int | None:
    """The moment that a JSON value names: Unix seconds, or ISO 8601 (UTC unless it says)."""
    if isinstance(value, str):
        return _of_iso(value)
    stated = seconds(value)
    return None if stated is None else round(stated * 1_000_000)


def _of_iso(text: str) -> int | None:
    found = _ISO.fullmatch(text[:64])
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[group]) for group in range(1, 7))
    in_range = 1970 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31
    if not in_range or hour > 23 or minute > 59 or second > 60:
        return None
    at_s = (_day(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - _offset_s(found[8])
    return at_s * 1_000_000 + int((found[7] or "0").ljust(6, "0")[:6]) if at_s >= 0 else None


def _day(year: int, month: int, day: int) -> int:
    """Days since 1970 in the Gregorian calendar."""
    before = year - 1
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    days = 365 * (year - 1970) + before // 4 - before // 100 + before // 400 - 477
    return days + _DAYS_BEFORE[month - 1] + (leap and month > 2) + day - 1


def _offset_s(zone: str | None) -> int:
    if zone in (None, "", "Z"):
        return 0
    assert zone is not None
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return (-60 if zone[0] == "-" else 60) * minutes
