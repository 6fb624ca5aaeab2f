"""HTTP/2 against HTTP/3, metric by metric, and gaps under load against the others.

Several streams of one connection share its luck, so they are not independent. ICL counts as
one median a turn for that reason; where all turns of a protocol came over few connections,
the row says so: then a difference may be the connections' and not the protocols'.
"""

from collections.abc import Container, Hashable, Iterable, Sequence

import msgspec
import numpy as np

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.transport.facts import spoken
from analyzer.analyses.transport.ranks import compare, compare_pairs, middle
from analyzer.analyses.transport.rows import (
    ConnectionRow,
    HeadOfLine,
    ProtocolComparison,
    Span,
    StreamTransport,
)

FIRST, SECOND = "h2", "h3"
NAMES = {"h1": "HTTP/1.1", "h2": "HTTP/2", "h3": "HTTP/3"}

FEW_CONNECTIONS = 5
"""With fewer connections than this a protocol's turns are said not to be independent."""

GAPS_LEAST = 5
"""Gaps of either kind that a turn must have for its medians to be compared."""

METRICS = {
    "TTFT": "turns",
    "median ICL": "turns",
    "time to headers": "turns",
    "handshake": "connections",
    "rise under load": "turns",
}
"""What is compared, and what counts as one figure. Median ICL is of a turn's gaps; rise under
load is a turn's median gap with another response on its connection minus that without. E2EL
is left out: it goes with the answer's length, which no transport decides."""


class Sample(msgspec.Struct, frozen=True):
    """One figure; ``connection`` tells those apart that share one."""

    metric: str
    protocol: str
    value: int
    connection: Hashable


def samples(
    measured: Iterable[Measured],
    connections: Iterable[ConnectionRow],
    streams: Iterable[StreamTransport],
    capture: str = "",
) -> list[Sample]:
    """Every figure of one capture that can be compared."""
    found: list[Sample] = []
    for one in measured:
        if one.latency is not None:
            number = one.exchange.server_connection
            alone = one.exchange.exchange if number is None else None
            key = (capture, number, alone)
            spans = (
                ("TTFT", one.latency.ttft_ns),
                ("median ICL", _turn_median(one.latency.gaps)),
                ("time to headers", one.times.time_to_headers_ns),
            )
            protocol = spoken(one.exchange)
            found += [
                Sample(name, protocol, span, key) for name, span in spans if isinstance(span, int)
            ]
    for row in connections:
        if isinstance(row.handshake_ns, int):
            key = (capture, row.connection_id, None)
            found.append(Sample("handshake", row.protocol, row.handshake_ns, key))
    for stream in streams:
        pair = _pair(stream)
        if pair is not None:
            key = (capture, stream.server_connection_id, None)
            found.append(Sample("rise under load", stream.protocol, pair[0] - pair[1], key))
    return found


def _turn_median(gaps: object) -> Span | None:
    return round(float(np.median(gaps.gap_ns))) if isinstance(gaps, Gaps) else None


def compare_protocols(found: Sequence[Sample]) -> list[ProtocolComparison]:
    """A row a metric that has a figure, where both protocols passed; else none."""
    spoken_here = {one.protocol for one in found}
    if not {FIRST, SECOND} <= spoken_here:
        return []
    told = {one.metric for one in found}
    return [_compared(metric, found) for metric in METRICS if metric in told]


def _compared(metric: str, found: Iterable[Sample]) -> ProtocolComparison:
    ones = [one for one in found if one.metric == metric]
    first = [one.value for one in ones if one.protocol == FIRST]
    second = [one.value for one in ones if one.protocol == SECOND]
    over_first = len({one.connection for one in ones if one.protocol == FIRST})
    over_second = len({one.connection for one in ones if one.protocol == SECOND})
    few = min(over_first, over_second) < FEW_CONNECTIONS and METRICS[metric] == "turns"
    where = " here" if few else ""
    difference = compare(first, second, NAMES[SECOND], where)
    return ProtocolComparison(
        metric=metric,
        counted=METRICS[metric],
        protocol_first=FIRST,
        protocol_second=SECOND,
        n_first=len(first),
        n_second=len(second),
        connections_first=over_first,
        connections_second=over_second,
        median_first_ns=difference.median_first_ns,
        median_second_ns=difference.median_second_ns,
        difference_ns=difference.difference_ns,
        p_value=difference.p_value,
        smaller_share=difference.smaller_share,
        verdict=difference.verdict,
        caution=_caution(over_first, over_second) if few and first and second else "",
    )


def _caution(first: int, second: int) -> str:
    return (
        f"the turns came over {first} and {second} connections, so they are not independent: "
        "a difference may be that of these connections"
    )


def head_of_line(streams: Iterable[StreamTransport], turns: Container[int]) -> list[HeadOfLine]:
    """A row a protocol over which chat turns came, turn by turn."""
    groups: dict[str, list[StreamTransport]] = {}
    for stream in streams:
        if stream.exchange in turns:
            groups.setdefault(stream.protocol, []).append(stream)
    return [_lined(protocol, groups[protocol]) for protocol in sorted(groups)]


def _lined(protocol: str, streams: Sequence[StreamTransport]) -> HeadOfLine:
    pairs = [pair for pair in map(_pair, streams) if pair is not None]
    differences = [shared - alone for shared, alone in pairs]
    p_value, verdict = compare_pairs(differences, "gaps under load")
    return HeadOfLine(
        protocol=protocol,
        turns=len(streams),
        compared=len(pairs),
        gaps_shared=sum(one.gaps_shared for one in streams if isinstance(one.gaps_shared, int)),
        gaps_alone=sum(one.gaps_alone for one in streams if isinstance(one.gaps_alone, int)),
        gap_shared_ns=middle([shared for shared, _ in pairs]),
        gap_alone_ns=middle([alone for _, alone in pairs]),
        difference_ns=middle(differences),
        p_value=p_value,
        verdict=verdict,
    )


def _pair(stream: StreamTransport) -> tuple[int, int] | None:
    """A turn's median gap under load and without, if it has enough of both."""
    counts = stream.gaps_shared, stream.gaps_alone
    if not all(isinstance(count, int) and count >= GAPS_LEAST for count in counts):
        return None
    shared, alone = stream.gap_shared_ns, stream.gap_alone_ns
    return (shared, alone) if isinstance(shared, int) and isinstance(alone, int) else None
