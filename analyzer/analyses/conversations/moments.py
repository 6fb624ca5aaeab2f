"""Times of day as services write them, in integer µs since 1970."""

from typing import Any

from analyzer.analyses import iso8601
from analyzer.dialects.message_facts import seconds


def microseconds(value: Any) -> int | None:
    """The moment that a JSON value names: Unix seconds, or ISO 8601 (UTC unless it says)."""
    if isinstance(value, str):
        at_us = iso8601.microseconds(value)
        return at_us if at_us is not None and at_us >= 0 else None
    stated = seconds(value)
    return None if stated is None else round(stated * 1_000_000)
