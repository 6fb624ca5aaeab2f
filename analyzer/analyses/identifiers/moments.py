"""Times of day as services write them: to µs since 1970, and back to words."""

import re

import numpy as np

from analyzer.analyses import iso8601

US = 1_000_000
EARLIEST_US = 946_684_800 * US
"""2000-01-01: no service states a time before it, and no identifier was made before it."""
LATEST_US = 4_102_444_800 * US
"""2100-01-01: the same."""

_NUMBER = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)
_UNITS = (US, US // 1_000, 1)


def creation_time(value: object) -> int | None:
    """A stated time in µs since 1970: ISO 8601 (UTC where it names no zone), or epoch s, ms, µs.

    The unit of a number is the one that puts it between 2000 and 2100; None if none does.
    """
    if type(value) is float and EARLIEST_US <= value * US < LATEST_US - US:
        return round(value * US)  # what most say, without a detour
    if isinstance(value, str):
        if (at_us := iso8601.microseconds(value)) is not None:
            return at_us if EARLIEST_US <= at_us < LATEST_US else None
        if _NUMBER.fullmatch(value) is None:
            return None
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value < LATEST_US + 1:  # so also not NaN and no infinity
        return None
    for unit in _UNITS:
        at_us = round(value * unit)
        if EARLIEST_US <= at_us < LATEST_US:
            return at_us
    return None


def iso(at_us: int) -> str:
    """A time in words, to the second: ``2025-10-09T08:53:20Z``."""
    return f"{np.datetime64(at_us // US, 's')}Z"
