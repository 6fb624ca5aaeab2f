"""ISO 8601 as services write it, to µs since 1970. Pure; the calendar is numpy's."""

import re

import numpy as np

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII
)
_LONGEST = 64


def microseconds(text: str) -> int | None:
    """The moment that the whole text names, UTC where it names no zone; None if it names none."""
    match = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    day, clock, zone = match.groups()
    try:
        at_us = int(np.datetime64(f"{day}T{clock[:18].replace(',', '.')}", "us").astype(np.int64))
    except ValueError:
        return None
    if zone and zone not in "Zz":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        at_us -= (minutes if zone[0] == "+" else -minutes) * 60_000_000
    return at_us
