"""Two runs, matched and compared."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from analyzer.analyses.alignment.drifting import measure_drift
from analyzer.analyses.alignment.likeness import same_body
from analyzer.analyses.alignment.matching import Match, Matching, match_exchanges
from analyzer.analyses.alignment.pairing import Pairs, pair_events
from analyzer.analyses.alignment.results import (
    Alignment,
    Capture,
    Drift,
    Matched,
    Moment,
    Offset,
    Side,
    Unmatched,
)
from analyzer.analyses.alignment.runs import MOMENTS, Run, Seen
from analyzer.analyses.statistics import Distribution, Nanoseconds, distribution
from analyzer.model import Unmeasurable

EACH_EVENT = "each event"

_OFFSET_BY = (EACH_EVENT, "response headers", "end", "request sent")
"""What the offset is taken from: the first of these that both captures have."""


class _Compared(msgspec.Struct, frozen=True):
    """One match and its events that both have: B − A, when A saw them, and in which reads."""

    match: Match
    pairs: Pairs
    difference_ns: Nanoseconds
    at_ns: Nanoseconds
    arrivals: int


def align(a: Run, b: Run) -> Alignment:
    """Compare two captures of one run. Without a matched exchange everything is `Unmeasurable`."""
    matching = match_exchanges(a, b)
    compared = [_compare(match) for match in matching.matches]
    matched = tuple(map(_matched, compared))
    differences = _differences(compared)
    texts = [one.same_text for one in matched if one.same_text is not None]
    offset = _offset(differences, compared, a, b)
    return Alignment(
        a=_capture(a),
        b=_capture(b),
        matched=matched,
        unmatched=tuple(_unmatched(matching)),
        same_exchanges=not (matching.only_a or matching.only_b or a.left_out or b.left_out),
        same_events=all(one.same_events for one in matched),
        same_text=all(texts) if texts else None,
        resolution_ns=max(a.head.resolution_ns, b.head.resolution_ns),
        offset=offset,
        moments=tuple(
            Moment(name, _distribution(values, name, a, b)) for name, values in differences.items()
        ),
        jitter_ns=_jitter(differences[EACH_EVENT], a, b),
        drift=_drift(compared),
    )


def _compare(match: Match) -> _Compared:
    a, b = match.a, match.b
    pairs = pair_events(a.events, b.events)
    if len(a.event_ns) != len(a.events) or len(b.event_ns) != len(b.events):
        nothing = np.array([], dtype=np.int64)
        return _Compared(match, pairs, nothing, nothing, 0)
    at_ns = a.event_ns[pairs.a]
    reads = np.stack((a.event_read[pairs.a], b.event_read[pairs.b]))
    arrivals = np.unique(reads, axis=1).shape[1] if len(at_ns) else 0
    return _Compared(match, pairs, b.event_ns[pairs.b] - at_ns, at_ns, arrivals)


def _matched(one: _Compared) -> Matched:
    a, b, pairs = one.match.a, one.match.b, one.pairs
    texts = None if a.text is None or b.text is None else a.text == b.text
    return Matched(
        a=a.exchange,
        b=b.exchange,
        by=one.match.by,
        method=a.method,
        authority=a.authority,
        path=a.path,
        http_version=a.http_version or b.http_version,
        status_a=a.status,
        status_b=b.status,
        streamed=a.streamed or b.streamed,
        events=len(pairs.a),
        other_events=pairs.other,
        only_a=pairs.only_a,
        only_b=pairs.only_b,
        same_text=texts,
        same_body=None if a.streamed or b.streamed else same_body(a.response, b.response),
        event_ns=distribution(one.difference_ns)
        if len(one.difference_ns)
        else Unmeasurable(_no_events(a, b)),
    )


def _no_events(a: Seen, b: Seen) -> str:
    if not (a.streamed or b.streamed):
        return "no stream of events"
    for seen, side in ((a, "A"), (b, "B")):
        if not len(seen.events):
            return f"{side} holds no event of it"
        if not len(seen.event_ns):
            return f"{side} does not know when its events came"
    return "no event is the same in both"


def _differences(compared: Sequence[_Compared]) -> dict[str, Nanoseconds]:
    """B − A for each moment, in the order in which they come."""
    found: dict[str, Nanoseconds] = {}
    for place, name in enumerate(MOMENTS):
        pairs = ((one.match.a.times[place], one.match.b.times[place]) for one in compared)
        found[name] = np.array(
            [b - a for a, b in pairs if a is not None and b is not None], dtype=np.int64
        )
    columns = [one.difference_ns for one in compared]
    end = found.pop("end")
    found[EACH_EVENT] = np.concatenate(columns) if columns else end[:0]
    found["end"] = end
    return found


def _distribution(values: Nanoseconds, name: str, a: Run, b: Run) -> Distribution | Unmeasurable:
    return distribution(values) if len(values) else Unmeasurable(_untimed(name, a, b))


def _untimed(name: str, a: Run, b: Run) -> str:
    for run, side in ((a, "A"), (b, "B")):
        if not run.timed:
            return f"{side} holds no times"
    return f"no exchange has this moment in both: {name}"


def _offset(
    differences: dict[str, Nanoseconds], compared: Sequence[_Compared], a: Run, b: Run
) -> Offset | Unmeasurable:
    for name in _OFFSET_BY:
        values = differences[name]
        if len(values):
            low, middle, high = (round(float(q)) for q in np.percentile(values, (25, 50, 75)))
            is_events = name == EACH_EVENT
            arrivals = sum(one.arrivals for one in compared) if is_events else len(values)
            return Offset(name, len(values), arrivals, middle, low, high)
    return Unmeasurable(_untimed(EACH_EVENT, a, b))


def _jitter(values: Nanoseconds, a: Run, b: Run) -> Distribution | Unmeasurable:
    if not len(values):
        return Unmeasurable(_untimed(EACH_EVENT, a, b))
    return distribution(np.abs(values - round(float(np.median(values)))))


def _drift(compared: Sequence[_Compared]) -> Drift | Unmeasurable:
    at_ns = [one.at_ns for one in compared]
    differences = [one.difference_ns for one in compared]
    if not at_ns:
        return Unmeasurable("no exchange is in both")
    return measure_drift(np.concatenate(at_ns), np.concatenate(differences))


def _unmatched(matching: Matching) -> Iterator[Unmatched]:
    sides: tuple[tuple[Side, tuple[tuple[Seen, str], ...]], ...] = (
        ("a", matching.only_a),
        ("b", matching.only_b),
    )
    for side, left in sides:
        for one, reason in left:
            yield Unmatched(
                side, one.exchange, one.method, one.authority, one.path, one.status, reason
            )


def _capture(run: Run) -> Capture:
    head = run.head
    return Capture(
        file=run.name,
        capture_id=head.capture_id,
        source=head.source,
        tool=head.tool,
        clock=head.clock,
        resolution_ns=head.resolution_ns,
        wall_ns=head.wall_ns,
        exchanges=len(run.exchanges),
        streams=sum(one.streamed for one in run.exchanges),
        events=sum(len(one.events) for one in run.exchanges),
        problems=len(run.problems),
        lost=run.lost,
        left_out=run.left_out,
        redaction=head.redaction,
    )
