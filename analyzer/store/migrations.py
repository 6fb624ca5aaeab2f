"""The database's shape, as an ordered list of migrations.

A migration that has been released is never edited: a change is a new one at the
end. `analyzer.store.schema` describes what they come to.
"""

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x73736370
"""``sscp``, in the file's header: how a database of streamscope is recognised."""

migrations = Migrations("streamscope")

_TABLES = """
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

_VIEWS = """
CREATE VIEW capture_summary AS
SELECT c.capture, c.capture_id, c.file, c.started_at, c.tool, c.clock,
    c.resolution_ns / 1e6 AS resolution_ms,
    (c.ended_ns - c.mono_ns) / 1e9 AS duration_s,
    (SELECT count(*) FROM exchanges x WHERE x.capture = c.capture) AS exchanges,
    (SELECT count(*) FROM exchanges x WHERE x.capture = c.capture AND x.streamed) AS streams,
    (SELECT count(*) FROM turns t WHERE t.capture = c.capture) AS turns,
    (SELECT coalesce(sum(x.events), 0) FROM exchanges x WHERE x.capture = c.capture) AS events,
    (SELECT count(*) FROM problems p WHERE p.capture = c.capture) AS problems,
    (SELECT coalesce(sum(l.count), 0) FROM lost l WHERE l.capture = c.capture) AS lost
FROM captures c
ORDER BY c.wall_ns;

CREATE VIEW turn_latency AS
SELECT t.capture, t.exchange,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (x.sent_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS sent_at,
    x.protocol, t.status, t.model, t.title,
    x.time_to_headers_ns / 1e6 AS time_to_headers_ms,
    x.time_to_first_byte_ns / 1e6 AS time_to_first_byte_ms,
    x.time_to_first_event_ns / 1e6 AS time_to_first_event_ms,
    t.ttft_ns / 1e6 AS ttft_ms,
    t.server_ttft_ms,
    t.ttfo_ns / 1e6 AS ttfo_ms,
    t.e2el_ns / 1e6 AS e2el_ms,
    t.tail_ns / 1e6 AS tail_ms,
    t.itl_ns / 1e6 AS itl_ms,
    t.rate_per_s,
    t.chunks, t.arrivals, t.estimated_tokens,
    t.longest_gap_ns / 1e6 AS longest_gap_ms,
    t.stall_count AS stalls,
    t.stall_total_ns / 1e6 AS stalled_ms
FROM turns t
JOIN exchanges x USING (capture, exchange)
JOIN captures c USING (capture)
ORDER BY t.capture, t.exchange;

CREATE VIEW slowest_gaps AS
SELECT g.capture, g.exchange, x.protocol,
    g.gap_ns / 1e6 AS gap_ms,
    g.cause, g.phase,
    (g.at_ns - x.sent_ns) / 1e6 AS since_sent_ms,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (g.at_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS ended_at,
    g.lag_ns / 1e6 AS lag_ms,
    g.read, g.seq
FROM gaps g
JOIN exchanges x USING (capture, exchange)
JOIN captures c USING (capture)
ORDER BY g.gap_ns DESC;

CREATE VIEW stalls AS
SELECT g.capture, g.exchange, x.protocol,
    g.gap_ns / 1e6 AS stall_ms,
    g.cause, g.phase,
    (g.at_ns - g.gap_ns - x.sent_ns) / 1e6 AS since_sent_ms,
    strftime(
        '%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (g.at_ns - g.gap_ns - c.mono_ns)) / 1e9, 'unixepoch'
    ) AS began_at,
    g.read, g.seq
FROM gaps g
JOIN exchanges x USING (capture, exchange)
JOIN captures c USING (capture)
WHERE g.gap_ns >= c.stall_ns
ORDER BY g.capture, g.at_ns;

CREATE VIEW gap_causes AS
SELECT x.protocol, g.cause,
    count(*) AS gaps,
    sum(g.gap_ns) / 1e6 AS total_ms,
    max(g.gap_ns) / 1e6 AS longest_ms
FROM gaps g
JOIN exchanges x USING (capture, exchange)
GROUP BY x.protocol, g.cause
ORDER BY sum(g.gap_ns) DESC;

CREATE VIEW latency_by_protocol AS
WITH figures (protocol, metric, ns) AS (
    SELECT x.protocol, 'time to headers', x.time_to_headers_ns
        FROM turns JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'time to first byte', x.time_to_first_byte_ns
        FROM turns JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'TTFT', t.ttft_ns
        FROM turns t JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'TTFO', t.ttfo_ns
        FROM turns t JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'ICL', g.gap_ns
        FROM gaps g JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'ITL', t.itl_ns
        FROM turns t JOIN exchanges x USING (capture, exchange)
    UNION ALL SELECT x.protocol, 'E2EL', t.e2el_ns
        FROM turns t JOIN exchanges x USING (capture, exchange)
), ranked AS (
    SELECT protocol, metric, ns,
        row_number() OVER (PARTITION BY protocol, metric ORDER BY ns) - 1 AS rank,
        count(*) OVER (PARTITION BY protocol, metric) AS n
    FROM figures
    WHERE ns IS NOT NULL
)
SELECT protocol, metric, n,
    sum(ns * max(0.0, 1 - abs(rank - (n - 1) * 0.50))) / 1e6 AS p50_ms,
    sum(ns * max(0.0, 1 - abs(rank - (n - 1) * 0.90))) / 1e6 AS p90_ms,
    sum(ns * max(0.0, 1 - abs(rank - (n - 1) * 0.95))) / 1e6 AS p95_ms,
    CASE WHEN n >= 20 THEN sum(ns * max(0.0, 1 - abs(rank - (n - 1) * 0.99))) / 1e6 END AS p99_ms,
    max(ns) / 1e6 AS max_ms
FROM ranked
GROUP BY protocol, metric, n;

CREATE VIEW event_times AS
SELECT e.capture, e.exchange, e.seq,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (e.at_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS at,
    (e.at_ns - x.sent_ns) / 1e6 AS since_sent_ms,
    (e.at_ns - lag(e.at_ns) OVER (PARTITION BY e.capture, e.exchange ORDER BY e.seq)) / 1e6
        AS since_event_ms,
    e.read, e.type, e.kind, e.chars, e.data
FROM events e
JOIN exchanges x USING (capture, exchange)
JOIN captures c USING (capture);

CREATE VIEW event_rate AS
SELECT e.capture, e.exchange,
    (e.at_ns - coalesce(x.sent_ns, x.first_byte_ns)) / 1000000000 AS second,
    count(*) AS events,
    sum(e.kind IN ('answer', 'reasoning')) AS chunks,
    sum(e.size) AS bytes
FROM events e
JOIN exchanges x USING (capture, exchange)
GROUP BY e.capture, e.exchange, second;

CREATE VIEW coalesced_reads AS
SELECT e.capture, e.exchange, e.read,
    (min(e.at_ns) - x.sent_ns) / 1e6 AS since_sent_ms,
    count(*) AS events,
    sum(e.size) AS bytes
FROM events e
JOIN exchanges x USING (capture, exchange)
GROUP BY e.capture, e.exchange, e.read
HAVING count(*) > 1;

CREATE VIEW calls AS
SELECT x.capture, x.exchange,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (x.started_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS started_at,
    x.protocol, x.method, x.authority, x.path, x.status, x.how,
    x.time_to_headers_ns / 1e6 AS time_to_headers_ms,
    x.duration_ns / 1e6 AS duration_ms,
    x.response_length
FROM exchanges x
JOIN captures c USING (capture)
LEFT JOIN turns t USING (capture, exchange)
WHERE t.exchange IS NULL
ORDER BY x.capture, x.exchange;

CREATE VIEW proxy_lag AS
SELECT o.capture,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (l.value ->> 0 - c.mono_ns)) / 1e9, 'unixepoch')
        AS at,
    (l.value ->> 1) / 1e6 AS late_ms
FROM observations o
JOIN captures c USING (capture)
JOIN json_each(o.late) l;
"""


_STREAM_VIEWS = """
CREATE VIEW event_gaps AS
WITH arrivals AS (
    SELECT capture, exchange, read, min(seq) AS seq, min(at_ns) AS at_ns, count(*) AS events
    FROM events
    GROUP BY capture, exchange, read
), spaced AS (
    SELECT *,
        at_ns - lag(at_ns) OVER (PARTITION BY capture, exchange ORDER BY read) AS gap_ns
    FROM arrivals
)
SELECT s.capture, s.exchange, s.read, s.seq, s.events,
    s.gap_ns / 1e6 AS gap_ms,
    (s.at_ns - x.sent_ns) / 1e6 AS since_sent_ms
FROM spaced s
JOIN exchanges x USING (capture, exchange)
WHERE s.gap_ns > 0;

CREATE VIEW other_streams AS
WITH ranked AS (
    SELECT g.capture, g.exchange, g.gap_ms,
        row_number() OVER (PARTITION BY g.capture, g.exchange ORDER BY g.gap_ms) - 1 AS rank,
        count(*) OVER (PARTITION BY g.capture, g.exchange) AS n
    FROM event_gaps g
), pace AS (
    SELECT capture, exchange, n,
        sum(gap_ms * max(0.0, 1 - abs(rank - (n - 1) * 0.50))) AS p50_ms,
        sum(gap_ms * max(0.0, 1 - abs(rank - (n - 1) * 0.95))) AS p95_ms,
        max(gap_ms) AS max_ms
    FROM ranked
    GROUP BY capture, exchange, n
)
SELECT x.capture, x.exchange,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (x.sent_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS sent_at,
    x.protocol, x.method, x.authority, x.path, x.status, x.how, x.dialect,
    x.unmeasurable ->> 'turn' AS why,
    x.time_to_headers_ns / 1e6 AS time_to_headers_ms,
    x.time_to_first_byte_ns / 1e6 AS time_to_first_byte_ms,
    x.time_to_first_event_ns / 1e6 AS time_to_first_event_ms,
    x.duration_ns / 1e6 AS duration_ms,
    x.reads, x.events, x.coalesced, x.comments,
    coalesce(p.n, 0) AS gaps,
    p.p50_ms AS gap_p50_ms,
    p.p95_ms AS gap_p95_ms,
    p.max_ms AS longest_gap_ms
FROM exchanges x
JOIN captures c USING (capture)
LEFT JOIN turns t USING (capture, exchange)
LEFT JOIN pace p USING (capture, exchange)
WHERE x.streamed AND t.exchange IS NULL
ORDER BY x.capture, x.exchange;
"""


@migrations()
def m001_tables(db: Database) -> None:
    """Captures, what passed, and what was made of it."""
    db.executescript(_TABLES)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")


@migrations()
def m002_views(db: Database) -> None:
    """The questions that a person asks first."""
    db.executescript(_VIEWS)
    db.execute("PRAGMA user_version = 2")


@migrations()
def m003_stream_views(db: Database) -> None:
    """Event streams whose text no dialect knows: their events and pace."""
    db.executescript(_STREAM_VIEWS)
    db.execute("PRAGMA user_version = 3")


NEWEST = 3
"""The ``user_version`` that the last migration sets."""
