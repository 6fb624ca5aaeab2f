"""The Server-Timing header (W3C Server Timing): what the service says of its own time."""

import re
from collections.abc import Iterator

from analyzer.model import Headers

LENGTH_LIMIT = 16_384
"""Longest header value in characters that is read."""

TOTALS = ("total", "total_time", "request", "app")
"""Metrics that stand for all of the service's time, the likeliest first.

They mean it by custom only: the standard leaves names to the service.
"""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's token, no secret
_METRIC = re.compile(rf"\s*({_TOKEN})")
_PARAMETER = re.compile(rf"\s*;\s*({_TOKEN})\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|({_TOKEN})))?")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{0,9})?", re.ASCII)


def server_time_ns(headers: Headers) -> int | None:
    """The service's time: its total if it names one, else the sum of all durations.

    None if no metric has a duration. A sum counts twice what metrics share; that
    can't be told from outside.
    """
    found = [
        metric
        for name, value in headers
        if name.lower() == "server-timing"
        for metric in _metrics(value[:LENGTH_LIMIT])
    ]
    if not found:
        return None
    by_name = dict(reversed(found))
    total = next((by_name[name] for name in TOTALS if name in by_name), None)
    return round((sum(ms for _, ms in found) if total is None else total) * 1e6)


def _metrics(value: str) -> Iterator[tuple[str, float]]:
    """Names in lower case with their ``dur`` in ms; the first ``dur`` of a metric counts."""
    at = 0
    while match := _METRIC.match(value, at):
        at = match.end()
        duration: str | None = None
        while parameter := _PARAMETER.match(value, at):
            at = parameter.end()
            if parameter[1].lower() == "dur" and duration is None:
                duration = parameter[2] if parameter[2] is not None else parameter[3] or ""
        if duration is not None and _NUMBER.fullmatch(duration):
            yield match[1].lower(), float(duration)
        comma = value.find(",", at)
        if comma < 0:
            return
        at = comma + 1
