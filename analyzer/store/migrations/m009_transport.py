"""How the traffic was carried: connections, sharing, protocols, endpoints."""

SQL = """
CREATE TABLE connections (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    connection_id INTEGER NOT NULL,
    side TEXT NOT NULL,
    protocol TEXT NOT NULL,
    chosen_by TEXT NOT NULL,
    announcement_id INTEGER,
    alpn TEXT NOT NULL,
    alpn_offers TEXT NOT NULL,
    sni TEXT NOT NULL,
    tls TEXT NOT NULL,
    peer TEXT NOT NULL,
    local TEXT NOT NULL,
    opened_ns INTEGER,
    ready_ns INTEGER,
    closed_ns INTEGER,
    handshake_ns INTEGER,
    tls_handshake_ns INTEGER,
    first_ns INTEGER,
    last_ns INTEGER,
    busy_ns INTEGER,
    idle_ns INTEGER,
    exchanges INTEGER NOT NULL,
    event_streams INTEGER NOT NULL,
    most_at_once INTEGER,
    reused INTEGER NOT NULL,
    waited INTEGER,
    waited_ns INTEGER,
    request_header_bytes INTEGER NOT NULL,
    request_body_bytes INTEGER NOT NULL,
    response_header_bytes INTEGER NOT NULL,
    response_body_bytes INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    aborted INTEGER NOT NULL,
    error TEXT NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, connection_id),
    FOREIGN KEY (capture, announcement_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE protocol_moves (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    exchange_id INTEGER NOT NULL,
    origin TEXT NOT NULL,
    same_client INTEGER NOT NULL,
    from_protocol TEXT NOT NULL,
    to_protocol TEXT NOT NULL,
    connection_id INTEGER NOT NULL,
    moved_ns INTEGER NOT NULL,
    chosen_by TEXT NOT NULL,
    announcement_id INTEGER,
    since_announced_ns INTEGER,
    requests_since INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange_id),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, connection_id) REFERENCES connections (capture, connection_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, announcement_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE stream_transport (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    exchange_id INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    client_connection_id INTEGER,
    server_connection_id INTEGER,
    others INTEGER,
    shared_ns INTEGER,
    shared_share REAL,
    gaps_shared INTEGER,
    gaps_alone INTEGER,
    gap_shared_ns INTEGER,
    gap_alone_ns INTEGER,
    request_header_bytes INTEGER NOT NULL,
    request_body_bytes INTEGER NOT NULL,
    response_header_bytes INTEGER NOT NULL,
    wire_bytes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    coding TEXT NOT NULL,
    coding_ratio REAL,
    reads INTEGER NOT NULL,
    events INTEGER NOT NULL,
    events_per_read REAL,
    reads_per_event REAL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange_id),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, client_connection_id) REFERENCES connections (capture, connection_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, server_connection_id) REFERENCES connections (capture, connection_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE content_codings (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    protocol TEXT NOT NULL,
    coding TEXT NOT NULL,
    streams INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    turn_bytes_up INTEGER,
    turn_bytes_down INTEGER,
    wire_bytes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    coding_ratio REAL,
    reads INTEGER NOT NULL,
    events INTEGER NOT NULL,
    events_per_read REAL,
    reads_per_event REAL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, protocol, coding)
) STRICT;

CREATE TABLE head_of_line (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    protocol TEXT NOT NULL,
    turns INTEGER NOT NULL,
    compared INTEGER NOT NULL,
    gaps_shared INTEGER NOT NULL,
    gaps_alone INTEGER NOT NULL,
    gap_shared_ns INTEGER,
    gap_alone_ns INTEGER,
    difference_ns INTEGER,
    p_value REAL,
    verdict TEXT NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, protocol)
) STRICT;

CREATE TABLE protocol_comparison (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    metric TEXT NOT NULL,
    counted TEXT NOT NULL,
    protocol_first TEXT NOT NULL,
    protocol_second TEXT NOT NULL,
    n_first INTEGER NOT NULL,
    n_second INTEGER NOT NULL,
    connections_first INTEGER NOT NULL,
    connections_second INTEGER NOT NULL,
    median_first_ns INTEGER,
    median_second_ns INTEGER,
    difference_ns INTEGER,
    p_value REAL,
    smaller_share REAL,
    verdict TEXT NOT NULL,
    caution TEXT NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, metric)
) STRICT;

CREATE TABLE endpoints (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    endpoint_id INTEGER NOT NULL,
    method TEXT NOT NULL,
    authority TEXT NOT NULL,
    path TEXT NOT NULL,
    calls INTEGER NOT NULL,
    event_streams INTEGER NOT NULL,
    protocols TEXT NOT NULL,
    statuses TEXT NOT NULL,
    unanswered_calls INTEGER NOT NULL,
    waits INTEGER NOT NULL,
    wait_p50_ns INTEGER,
    wait_p95_ns INTEGER,
    wait_max_ns INTEGER,
    duration_p50_ns INTEGER,
    duration_max_ns INTEGER,
    request_header_bytes INTEGER NOT NULL,
    request_body_bytes INTEGER NOT NULL,
    response_header_bytes INTEGER NOT NULL,
    response_body_bytes INTEGER NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, endpoint_id)
) STRICT;

CREATE VIEW connection_times AS
SELECT c.capture, c.connection_id, c.side, c.protocol, c.chosen_by, c.announcement_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', (k.wall_ns + (c.opened_ns - k.mono_ns)) / 1e9, 'unixepoch')
        AS opened_at,
    (c.closed_ns - c.opened_ns) / 1e9 AS open_s,
    c.handshake_ns / 1e6 AS handshake_ms,
    c.tls_handshake_ns / 1e6 AS tls_handshake_ms,
    c.exchanges, c.event_streams, c.most_at_once, c.waited,
    c.waited_ns / 1e6 AS waited_ms,
    c.busy_ns / 1e9 AS busy_s,
    c.idle_ns / 1e9 AS idle_s,
    c.request_header_bytes + c.request_body_bytes AS bytes_up,
    c.response_header_bytes + c.response_body_bytes AS bytes_down,
    c.failed, c.aborted, c.error
FROM connections c
JOIN captures k USING (capture)
ORDER BY c.capture, c.side, c.connection_id;

CREATE VIEW transport_by_protocol AS
WITH ranked AS (
    SELECT side, protocol, handshake_ns,
        row_number() OVER (PARTITION BY side, protocol ORDER BY handshake_ns) - 1 AS rank,
        count(*) OVER (PARTITION BY side, protocol) AS n
    FROM connections
    WHERE handshake_ns IS NOT NULL
), handshakes AS (
    SELECT side, protocol, n AS handshakes,
        sum(handshake_ns * max(0.0, 1 - abs(rank - (n - 1) * 0.50))) / 1e6 AS handshake_p50_ms
    FROM ranked
    GROUP BY side, protocol, n
)
SELECT c.side, c.protocol,
    count(*) AS connections,
    sum(c.exchanges) AS exchanges,
    sum(c.event_streams) AS event_streams,
    max(c.most_at_once) AS most_at_once,
    coalesce(h.handshakes, 0) AS handshakes,
    h.handshake_p50_ms,
    sum(c.idle_ns) / 1e9 AS idle_s,
    sum(c.request_header_bytes + c.request_body_bytes) AS bytes_up,
    sum(c.response_header_bytes + c.response_body_bytes) AS bytes_down,
    sum(c.failed) AS failed,
    sum(c.aborted) AS aborted
FROM connections c
LEFT JOIN handshakes h USING (side, protocol)
GROUP BY c.side, c.protocol
ORDER BY c.side, c.protocol;

CREATE VIEW protocol_move_times AS
SELECT m.capture, m.exchange_id, m.origin, m.same_client, m.from_protocol, m.to_protocol,
    m.chosen_by,
    strftime('%Y-%m-%dT%H:%M:%fZ', (k.wall_ns + (m.moved_ns - k.mono_ns)) / 1e9, 'unixepoch')
        AS moved_at,
    m.announcement_id,
    m.since_announced_ns / 1e6 AS since_announced_ms,
    m.requests_since
FROM protocol_moves m
JOIN captures k USING (capture)
ORDER BY m.capture, m.moved_ns;

CREATE VIEW stream_sharing AS
SELECT s.capture, s.exchange_id, s.protocol, s.server_connection_id, s.others,
    s.shared_ns / 1e6 AS shared_ms,
    round(100 * s.shared_share, 1) AS shared_percent,
    s.gaps_shared,
    s.gap_shared_ns / 1e6 AS gap_shared_ms,
    s.gaps_alone,
    s.gap_alone_ns / 1e6 AS gap_alone_ms,
    s.request_header_bytes + s.request_body_bytes AS bytes_up,
    s.wire_bytes, s.coding, s.coding_ratio, s.events_per_read, s.reads_per_event
FROM stream_transport s
ORDER BY s.capture, s.exchange_id;

CREATE VIEW protocol_differences AS
SELECT d.capture, d.metric, d.counted, d.protocol_first, d.protocol_second,
    d.n_first, d.n_second,
    d.median_first_ns / 1e6 AS median_first_ms,
    d.median_second_ns / 1e6 AS median_second_ms,
    d.difference_ns / 1e6 AS difference_ms,
    d.p_value, d.verdict, d.caution
FROM protocol_comparison d
ORDER BY d.capture, d.metric;

CREATE VIEW endpoint_waits AS
SELECT e.capture, e.endpoint_id, e.method, e.authority, e.path, e.calls, e.event_streams,
    e.protocols, e.statuses, e.unanswered_calls,
    e.wait_p50_ns / 1e6 AS wait_p50_ms,
    e.wait_p95_ns / 1e6 AS wait_p95_ms,
    e.wait_max_ns / 1e6 AS wait_max_ms,
    e.duration_p50_ns / 1e6 AS duration_p50_ms,
    e.duration_max_ns / 1e6 AS duration_max_ms,
    e.request_header_bytes + e.request_body_bytes AS bytes_up,
    e.response_header_bytes + e.response_body_bytes AS bytes_down
FROM endpoints e
ORDER BY e.capture, e.endpoint_id;
"""
