"""Questions on waiting, gaps and trust."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Is HTTP/3 faster than HTTP/2 here?",
        """
SELECT metric, protocol, n, round(p50_ms, 1) AS p50, round(p95_ms, 1) AS p95
FROM latency_by_protocol
ORDER BY metric, protocol;
""",
    ),
    Query(
        "Which turns kept one waiting longest for the first text?",
        """
SELECT capture, exchange_id, sent_at, protocol, round(ttft_ms) AS ttft_ms, model, title
FROM turn_latency
WHERE ttft_ms IS NOT NULL
ORDER BY ttft_ms DESC
LIMIT 10;
""",
    ),
    Query(
        "Where did the answer stand still, and what came over the wire meanwhile?",
        """
SELECT began_at, capture, exchange_id, round(stall_ms) AS stall_ms, cause, phase
FROM stalls
ORDER BY stall_ms DESC
LIMIT 20;
""",
    ),
    Query(
        "How much of the waiting between texts was whose?",
        """
SELECT protocol, cause, gaps, round(total_ms / 1000, 2) AS seconds,
    round(100 * total_ms / sum(total_ms) OVER (PARTITION BY protocol), 1) AS percent
FROM gap_causes
ORDER BY protocol, seconds DESC;
""",
    ),
    Query(
        "How far is the service's own time to its first visible token from ours?",
        """
SELECT capture, exchange_id, round(ttfo_ms) AS ours_ms, round(server_ttft_ms) AS theirs_ms,
    round(ttfo_ms - server_ttft_ms) AS on_the_way_ms
FROM turn_latency
WHERE server_ttft_ms IS NOT NULL AND ttfo_ms IS NOT NULL
ORDER BY on_the_way_ms DESC;
""",
    ),
    Query(
        "Which reads brought several events at once?",
        """
SELECT capture, exchange_id, read, events, round(since_sent_ms, 1) AS since_sent_ms
FROM coalesced_reads
ORDER BY events DESC
LIMIT 20;
""",
    ),
    Query(
        "How many events came in each second of the newest stream?",
        """
SELECT second, events, chunks, bytes
FROM event_rate
WHERE (capture, exchange_id) = (
    SELECT capture, exchange_id FROM event_rate ORDER BY capture DESC, exchange_id DESC LIMIT 1
)
ORDER BY second;
""",
    ),
    Query(
        "What exactly came around the longest gap?",
        """
SELECT capture, exchange_id, e.seq, round(e.since_sent_ms, 1) AS since_sent_ms,
    round(e.since_event_ms, 1) AS since_event_ms, e.type, e.kind, substr(e.data, 1, 60) AS data
FROM event_times e
JOIN (SELECT capture, exchange_id, seq FROM slowest_gaps LIMIT 1) g USING (capture, exchange_id)
WHERE e.seq BETWEEN g.seq - 3 AND g.seq + 3
ORDER BY e.seq;
""",
    ),
    Query(
        "Which calls around the chat were slow or refused?",
        """
SELECT method, path, status, count(*) AS n, round(max(duration_ms)) AS slowest_ms
FROM calls
GROUP BY method, path, status
ORDER BY status >= 400 DESC, slowest_ms DESC
LIMIT 20;
""",
    ),
    Query(
        "Can the figures be trusted: was anything lost, malformed or unmeasurable?",
        """
SELECT 'lost' AS what, capture, exchange_id, count || ' × ' || what AS which, reason AS why
FROM lost
UNION ALL
SELECT 'problem', capture, exchange_id, code, detail FROM problems
UNION ALL
SELECT 'unmeasurable', t.capture, t.exchange_id, u.key, u.value
FROM turns t, json_each(t.unmeasurable) u;
""",
    ),
)
