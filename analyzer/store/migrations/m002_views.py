"""The questions that a person asks first."""

SQL = """
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
