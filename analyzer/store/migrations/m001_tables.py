"""Captures, what passed, and what was made of it."""

SQL = """
CREATE TABLE captures (
    capture INTEGER PRIMARY KEY,
    capture_id TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    source TEXT NOT NULL,
    tool TEXT NOT NULL,
    clock TEXT NOT NULL,
    resolution_ns INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    mono_ns INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL,
    ended_ns INTEGER,
    redaction TEXT NOT NULL,
    scope TEXT NOT NULL,
    stall_ns INTEGER NOT NULL,
    analysis INTEGER NOT NULL
) STRICT;

CREATE TABLE exchanges (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    exchange INTEGER NOT NULL,
    method TEXT NOT NULL,
    scheme TEXT NOT NULL,
    authority TEXT NOT NULL,
    path TEXT NOT NULL,
    protocol TEXT NOT NULL,
    http_version TEXT NOT NULL,
    upstream_version TEXT NOT NULL,
    status INTEGER,
    request_headers TEXT NOT NULL,
    response_headers TEXT NOT NULL,
    client_connection INTEGER,
    server_connection INTEGER,
    started_ns INTEGER,
    sent_ns INTEGER,
    headers_ns INTEGER,
    first_byte_ns INTEGER,
    first_event_ns INTEGER,
    last_byte_ns INTEGER,
    ended_ns INTEGER,
    how TEXT NOT NULL,
    detail TEXT NOT NULL,
    streamed INTEGER NOT NULL,
    request_length INTEGER NOT NULL,
    response_length INTEGER NOT NULL,
    content_encoding TEXT NOT NULL,
    dialect TEXT NOT NULL,
    reads INTEGER NOT NULL,
    wire_bytes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    events INTEGER NOT NULL,
    coalesced INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    time_to_headers_ns INTEGER,
    time_to_first_byte_ns INTEGER,
    time_to_first_event_ns INTEGER,
    duration_ns INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange)
) STRICT;

CREATE TABLE reads (
    capture INTEGER NOT NULL,
    exchange INTEGER NOT NULL,
    side TEXT NOT NULL,
    read INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    length INTEGER NOT NULL,
    wire_length INTEGER NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange, side, read),
    FOREIGN KEY (capture, exchange) REFERENCES exchanges (capture, exchange)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    capture INTEGER NOT NULL,
    exchange INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    read INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    retry_ms INTEGER,
    offset INTEGER NOT NULL,
    size INTEGER NOT NULL,
    kind TEXT,
    chars INTEGER NOT NULL,
    data TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange, seq),
    FOREIGN KEY (capture, exchange) REFERENCES exchanges (capture, exchange)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE turns (
    capture INTEGER NOT NULL,
    exchange INTEGER NOT NULL,
    status TEXT NOT NULL,
    dialect TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    model TEXT NOT NULL,
    title TEXT NOT NULL,
    answer TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    error TEXT NOT NULL,
    markers TEXT NOT NULL,
    server_ttft_ms REAL,
    chunks INTEGER NOT NULL,
    arrivals INTEGER,
    estimated_tokens INTEGER NOT NULL,
    first_text_ns INTEGER,
    last_text_ns INTEGER,
    ttft_ns INTEGER,
    ttfo_ns INTEGER,
    e2el_ns INTEGER,
    tail_ns INTEGER,
    itl_ns REAL,
    tpot_ns REAL,
    rate_per_s REAL,
    longest_gap_ns INTEGER,
    stall_count INTEGER,
    stall_total_ns INTEGER,
    stall_longest_ns INTEGER,
    stall_share REAL,
    stall_of_proxy INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange),
    FOREIGN KEY (capture, exchange) REFERENCES exchanges (capture, exchange)
) STRICT;

CREATE TABLE gaps (
    capture INTEGER NOT NULL,
    exchange INTEGER NOT NULL,
    gap INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    gap_ns INTEGER NOT NULL,
    lag_ns INTEGER NOT NULL,
    read INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    cause TEXT NOT NULL,
    phase TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, exchange, gap),
    FOREIGN KEY (capture, exchange) REFERENCES turns (capture, exchange)
) STRICT, WITHOUT ROWID;

CREATE TABLE problems (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    problem INTEGER NOT NULL,
    exchange INTEGER,
    code TEXT NOT NULL,
    place TEXT NOT NULL,
    detail TEXT NOT NULL,
    offset INTEGER,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, problem),
    FOREIGN KEY (capture, exchange) REFERENCES exchanges (capture, exchange)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE lost (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    loss INTEGER NOT NULL,
    exchange INTEGER,
    at_ns INTEGER NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, loss),
    FOREIGN KEY (capture, exchange) REFERENCES exchanges (capture, exchange)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE observations (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    observation INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    window_ns INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    lag_median_ns INTEGER NOT NULL,
    lag_max_ns INTEGER NOT NULL,
    late TEXT NOT NULL,
    reads INTEGER NOT NULL,
    stamping_ns INTEGER NOT NULL,
    writer_cpu_ns INTEGER NOT NULL,
    queue_peak INTEGER NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, observation)
) STRICT;
"""
