"""The tables of the answer. Columns are described in `analyzer.store.schema.transport`."""

from typing import Literal

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable

type Span = int | Unmeasurable
type Count = int | Unmeasurable
type Ratio = float | Unmeasurable
type ChosenBy = Literal["alpn", "alt-svc", "prior knowledge", "default", "proxy", "unseen"]

CHOSEN_BY: dict[ChosenBy, str] = {
    "alpn": "agreed upon in the TLS handshake (RFC 7301)",
    "alt-svc": "an earlier response of the origin to the same client announced it (RFC 7838)",
    "prior knowledge": "the client began with HTTP/2 without asking (RFC 9113, section 3.3)",
    "default": "nothing was agreed upon, so it is HTTP/1",
    "proxy": "the proxy asked the service over what its own client spoke to it",
    "unseen": "nothing in the capture shows why: a DNS record, an earlier visit or a setting",
}


class ConnectionRow(Row, frozen=True):
    """One transport connection of one side, and what it carried."""

    connection_id: int
    side: str
    protocol: str
    chosen_by: ChosenBy
    announcement_id: int | None
    alpn: str
    alpn_offers: tuple[str, ...]
    sni: str
    tls: str
    peer: str
    local: str
    opened_ns: int | None
    ready_ns: int | None
    closed_ns: int | None
    handshake_ns: Span
    tls_handshake_ns: Span
    first_ns: int | None
    last_ns: int | None
    busy_ns: Span
    idle_ns: Span
    exchanges: int
    event_streams: int
    most_at_once: Count
    reused: int
    waited: Count
    waited_ns: Span
    request_header_bytes: int
    request_body_bytes: int
    response_header_bytes: int
    response_body_bytes: int
    failed: int
    aborted: int
    error: str


class ProtocolMove(Row, frozen=True):
    """An origin's next connection spoke another protocol; ``exchange`` is the first so.

    ``same_client``: a cookie shows that one client used both; without, it can't be known.
    """

    exchange: int
    origin: str
    same_client: bool
    from_protocol: str
    to_protocol: str
    connection_id: int
    moved_ns: int
    chosen_by: ChosenBy
    announcement_id: int | None
    since_announced_ns: Span
    requests_since: Count


class StreamTransport(Row, frozen=True):
    """What carrying one event stream took."""

    exchange: int
    protocol: str
    client_connection_id: int | None
    server_connection_id: int | None
    others: Count
    shared_ns: Span
    shared_share: Ratio
    gaps_shared: Count
    gaps_alone: Count
    gap_shared_ns: Span
    gap_alone_ns: Span
    request_header_bytes: int
    request_body_bytes: int
    response_header_bytes: int
    wire_bytes: int
    bytes: int
    coding: str
    coding_ratio: Ratio
    reads: int
    events: int
    events_per_read: Ratio
    reads_per_event: Ratio


class ContentCoding(Row, frozen=True):
    """The event streams of one content coding over one protocol, together."""

    protocol: str
    coding: str
    streams: int
    turns: int
    turn_bytes_up: Count
    turn_bytes_down: Count
    wire_bytes: int
    bytes: int
    coding_ratio: Ratio
    reads: int
    events: int
    events_per_read: Ratio
    reads_per_event: Ratio


class HeadOfLine(Row, frozen=True):
    """Per protocol: gaps that began while another response came, against the others."""

    protocol: str
    turns: int
    compared: int
    gaps_shared: int
    gaps_alone: int
    gap_shared_ns: Span
    gap_alone_ns: Span
    difference_ns: Span
    p_value: Ratio
    verdict: str


class ProtocolComparison(Row, frozen=True):
    """One metric over two protocols."""

    metric: str
    counted: str
    protocol_first: str
    protocol_second: str
    n_first: int
    n_second: int
    connections_first: int
    connections_second: int
    median_first_ns: Span
    median_second_ns: Span
    difference_ns: Span
    p_value: Ratio
    smaller_share: Ratio
    verdict: str
    caution: str


class Endpoint(Row, frozen=True):
    """All calls of one method to one folded path of one authority."""

    endpoint_id: int
    method: str
    authority: str
    path: str
    calls: int
    event_streams: int
    protocols: tuple[str, ...]
    statuses: tuple[tuple[int, int], ...]
    unanswered_calls: int
    waits: int
    wait_p50_ns: Span
    wait_p95_ns: Span
    wait_max_ns: Span
    duration_p50_ns: Span
    duration_max_ns: Span
    request_header_bytes: int
    request_body_bytes: int
    response_header_bytes: int
    response_body_bytes: int


class TransportFound(Found, frozen=True):
    connections: tuple[ConnectionRow, ...] = ()
    protocol_moves: tuple[ProtocolMove, ...] = ()
    stream_transport: tuple[StreamTransport, ...] = ()
    content_codings: tuple[ContentCoding, ...] = ()
    head_of_line: tuple[HeadOfLine, ...] = ()
    protocol_comparison: tuple[ProtocolComparison, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
