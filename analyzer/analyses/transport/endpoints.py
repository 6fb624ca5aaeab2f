"""The inventory: every endpoint that was called, how often, with what result, how slowly."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from analyzer.analyses.measured import Measured
from analyzer.analyses.paths import fold_path
from analyzer.analyses.statistics import Distribution, distribution
from analyzer.analyses.transport.facts import Octets
from analyzer.analyses.transport.rows import Endpoint, Span
from analyzer.model import Unmeasurable

type Key = tuple[str, str, str]
"""Authority, path, method."""


def inventory(measured: Iterable[Measured], octets: Mapping[int, Octets]) -> list[Endpoint]:
    """The endpoints, those that took most time together first."""
    groups: dict[Key, list[Measured]] = {}
    for one in measured:
        exchange = one.exchange
        key = exchange.authority, fold_path(exchange.path), exchange.method
        groups.setdefault(key, []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (-_total(item[1]), item[0]))
    return [_endpoint(number, key, calls, octets) for number, (key, calls) in enumerate(ordered)]


def _total(calls: Iterable[Measured]) -> int:
    return sum(_spans(one.times.duration_ns for one in calls))


def _endpoint(
    number: int, key: Key, calls: Sequence[Measured], octets: Mapping[int, Octets]
) -> Endpoint:
    authority, path, method = key
    moved = sum((octets[one.exchange.exchange] for one in calls), Octets())
    statuses = Counter(one.exchange.status for one in calls)
    waits = distribution(_spans(one.times.time_to_headers_ns for one in calls))
    took = distribution(_spans(one.times.duration_ns for one in calls))
    first = calls[0].times
    return Endpoint(
        endpoint_id=number,
        method=method,
        authority=authority,
        path=path,
        calls=len(calls),
        event_streams=sum(one.exchange.streamed for one in calls),
        protocols=tuple(sorted({one.protocol for one in calls})),
        statuses=tuple(sorted((code, n) for code, n in statuses.items() if code is not None)),
        unanswered_calls=statuses[None],
        waits=waits.n if isinstance(waits, Distribution) else 0,
        wait_p50_ns=_of(waits, "p50", first.time_to_headers_ns),
        wait_p95_ns=_of(waits, "p95", first.time_to_headers_ns),
        wait_max_ns=_of(waits, "max", first.time_to_headers_ns),
        duration_p50_ns=_of(took, "p50", first.duration_ns),
        duration_max_ns=_of(took, "max", first.duration_ns),
        request_header_bytes=moved.request_headers,
        request_body_bytes=moved.request_body,
        response_header_bytes=moved.response_headers,
        response_body_bytes=moved.response_body,
    )


def _spans(spans: Iterable[Span]) -> list[int]:
    return [span for span in spans if isinstance(span, int)]


def _of(found: Distribution | Unmeasurable, name: str, first: Span) -> Span:
    """A figure of the distribution; where there is none, the reason of the first call."""
    if isinstance(found, Distribution):
        value: int = getattr(found, name)
        return value
    return first if isinstance(first, Unmeasurable) else found
