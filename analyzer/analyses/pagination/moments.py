"""Times of day as services write them, in Unix seconds."""

from email.utils import mktime_tz, parsedate_tz

from analyzer.analyses import iso8601

_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2099


def unix_seconds(value: object) -> float | None:
    """An ISO 8601 text (UTC if it names no zone), or a number of seconds or milliseconds."""
    if isinstance(value, str):
        at_us = iso8601.microseconds(value)
        return None if at_us is None else _within(at_us / 1e6)
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


def _within(seconds: float) -> float | None:
    return seconds if _EARLIEST <= seconds <= _LATEST else None
