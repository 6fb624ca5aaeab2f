"""Questions on connections, protocols and endpoints."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Is HTTP/3 better than HTTP/2 by more than noise?",
        """
SELECT metric, n_first AS n_h2, n_second AS n_h3, round(difference_ms, 1) AS h3_minus_h2_ms,
    verdict, round(p_value, 3) AS p, caution
FROM protocol_differences
ORDER BY capture, metric;
""",
    ),
    Query(
        "Which connections were opened, why over that protocol, and did anything wait for them?",
        """
SELECT capture, connection_id, side, protocol, chosen_by, round(handshake_ms, 1) AS handshake_ms,
    exchanges, most_at_once, waited, round(waited_ms, 1) AS waited_ms, round(idle_s, 1) AS idle_s
FROM connection_times
ORDER BY capture, side, connection_id;
""",
    ),
    Query(
        "What does an answer cost upstream, and what does its content coding save?",
        """
SELECT coding, count(*) AS streams, round(avg(bytes_up)) AS bytes_up,
    round(avg(wire_bytes)) AS bytes_down, round(avg(coding_ratio), 2) AS ratio
FROM stream_sharing
GROUP BY coding
ORDER BY streams DESC;
""",
    ),
)
