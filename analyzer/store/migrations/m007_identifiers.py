"""Identifiers that passed, and what those of each field tell together."""

SQL = """
CREATE TABLE identifiers (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    value TEXT NOT NULL,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    embedded_at TEXT,
    first_seen_ns INTEGER,
    created_at TEXT,
    exchange_id INTEGER,
    is_first INTEGER NOT NULL,
    exchanges INTEGER NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, value, field),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE identifier_order (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    field TEXT NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    basis TEXT NOT NULL,
    judged INTEGER NOT NULL,
    pairs INTEGER NOT NULL,
    time_ordered_share REAL,
    inversions INTEGER,
    kendall_tau REAL,
    same_ms_pairs INTEGER,
    same_ms_inversions INTEGER,
    entropy_bits REAL,
    collisions INTEGER,
    resolution_ns INTEGER,
    clock_skew_ns INTEGER,
    skew_n INTEGER NOT NULL,
    skew_against TEXT NOT NULL,
    believed INTEGER NOT NULL,
    why TEXT NOT NULL,
    leaks TEXT NOT NULL,
    locality TEXT,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, field, kind)
) STRICT;

CREATE VIEW identifier_values AS
SELECT i.capture, i.value, i.kind, i.field AS first_field, i.embedded_at, i.created_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (i.first_seen_ns - c.mono_ns)) / 1e9,
        'unixepoch') AS first_seen_at,
    i.exchange_id,
    (SELECT count(*) FROM identifiers f WHERE f.capture = i.capture AND f.value = i.value)
        AS fields
FROM identifiers i
JOIN captures c USING (capture)
WHERE i.is_first
ORDER BY i.capture, i.first_seen_ns, i.value;

CREATE VIEW identifier_schemes AS
SELECT capture, kind, count(*) AS identifiers,
    count(embedded_at) AS times_believed,
    min(embedded_at) AS earliest, max(embedded_at) AS latest
FROM identifiers
WHERE is_first
GROUP BY capture, kind
ORDER BY capture, identifiers DESC, kind;

CREATE VIEW identifier_locality AS
SELECT capture, field, kind, n, basis, judged, locality,
    round(100 * time_ordered_share, 1) AS in_order_percent,
    kendall_tau, inversions, same_ms_pairs, same_ms_inversions, entropy_bits,
    clock_skew_ns / 1e6 AS clock_skew_ms,
    skew_n, skew_against, leaks
FROM identifier_order
ORDER BY capture, n DESC, field, kind;
"""
