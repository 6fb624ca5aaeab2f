"""Questions on identifiers."""

from analyzer.report.queries.query import Query

QUERIES = (
    Query(
        "Which identifiers would an index take at its edge, and which would it scatter?",
        """
SELECT capture, field, kind, n, locality, in_order_percent, round(kendall_tau, 3) AS tau,
    same_ms_inversions
FROM identifier_locality
WHERE locality IS NOT NULL
ORDER BY n DESC;
""",
    ),
    Query(
        "What do the identifiers give away, and are the clocks inside them right?",
        """
SELECT capture, kind, field, leaks, round(clock_skew_ms, 1) AS clock_skew_ms, skew_against
FROM identifier_locality
WHERE leaks NOT LIKE 'nothing%'
ORDER BY kind, n DESC;
""",
    ),
    Query(
        "How long before its first appearance was a thing created, by its own identifier?",
        """
SELECT capture, kind, first_field, value, embedded_at, first_seen_at,
    round(86400 * (julianday(first_seen_at) - julianday(embedded_at)), 3) AS seconds
FROM identifier_values
WHERE embedded_at IS NOT NULL AND first_seen_at IS NOT NULL
ORDER BY seconds
LIMIT 20;
""",
    ),
)
