"""Times of day as services write them, in Unix seconds."""

import re
from email.utils import mktime_tz, parsedate_tz

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*(?:(Z|z)|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)
_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2099
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def unix_seconds(value: object) -> float | None:
    """An ISO 8601 text (UTC if it names no zone), or a number of seconds or milliseconds."""
    if isinstance(value, str):
        match = _ISO.fullmatch(value[:40])
        return _within(_of_iso(match)) if match else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _within(float(value)) or _within(value / 1000)
    return None


def http_date(value: str) -> float | None:
    """The seconds of an RFC 9110 date."""
    try:
        parts = parsedate_tz(value[:64])
        return float(mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _of_iso(match: re.Match[str]) -> float:
    year, month, day, hour, minute = (int(match[group]) for group in range(1, 6))
    leaps = year // 4 - year // 100 + year // 400
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if is_leap and month <= 2:
        leaps -= 1
    days = 365 * year + leaps + _DAYS_BEFORE[(month - 1) % 12] + day - 719_528
    seconds = days * 86_400 + hour * 3600 + minute * 60 + int(match[6] or 0)
    if match[9]:
        offset = int(match[10]) * 3600 + int(match[11]) * 60
        seconds -= offset if match[9] == "+" else -offset
    return seconds + float(f"0.{match[7] or 0}")


def _within(seconds: float) -> float | None:
    return seconds if _EARLIEST <= seconds <= _LATEST else None
