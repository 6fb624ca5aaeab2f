"""Event streams whose text no dialect knows: their events and pace."""

SQL = """
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
