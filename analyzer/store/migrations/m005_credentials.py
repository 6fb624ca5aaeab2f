"""Credentials: their lives, what happened to them, what refusals cost, clocks."""

SQL = """
CREATE TABLE credentials (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    fingerprint TEXT NOT NULL,
    kind TEXT NOT NULL,
    names TEXT NOT NULL,
    parts INTEGER NOT NULL,
    length INTEGER,
    authority TEXT NOT NULL,
    place TEXT NOT NULL,
    exchange_id INTEGER,
    issued_at TEXT,
    expires_at TEXT,
    expiry_known_by TEXT NOT NULL,
    lifetime_ns INTEGER,
    first_used_ns INTEGER,
    last_used_ns INTEGER,
    requests INTEGER NOT NULL,
    replaced_by TEXT NOT NULL,
    replaced_ns INTEGER,
    age_at_refresh_ns INTEGER,
    share_used REAL,
    refused INTEGER NOT NULL,
    used_after_expiry INTEGER NOT NULL,
    time_lost_ns INTEGER,
    remaining_ns INTEGER,
    refused_from_at TEXT,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, fingerprint),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE credential_events (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    event INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    credential TEXT,
    exchange_id INTEGER,
    expires_at TEXT,
    detail TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, event),
    FOREIGN KEY (capture, credential) REFERENCES credentials (capture, fingerprint)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE credential_incidents (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    incident INTEGER NOT NULL,
    exchange_id INTEGER,
    recovered_exchange_id INTEGER,
    credential TEXT,
    cause TEXT NOT NULL,
    method TEXT NOT NULL,
    authority TEXT NOT NULL,
    path TEXT NOT NULL,
    began_ns INTEGER NOT NULL,
    recovered_ns INTEGER,
    time_lost_ns INTEGER,
    refusals INTEGER NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, incident),
    FOREIGN KEY (capture, credential) REFERENCES credentials (capture, fingerprint)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, recovered_exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE authentication (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    authority TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    requests INTEGER NOT NULL,
    bearer INTEGER NOT NULL,
    cookie_only INTEGER NOT NULL,
    other INTEGER NOT NULL,
    none INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    masked INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, authority, method, path)
) STRICT;

CREATE TABLE clock_skew (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    authority TEXT NOT NULL,
    measured_by TEXT NOT NULL,
    n INTEGER NOT NULL,
    median_ns INTEGER NOT NULL,
    lowest_ns INTEGER NOT NULL,
    highest_ns INTEGER NOT NULL,
    at_least_ns INTEGER NOT NULL,
    at_most_ns INTEGER,
    is_consistent INTEGER NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, authority, measured_by)
) STRICT;

CREATE TABLE credential_totals (
    capture INTEGER NOT NULL PRIMARY KEY REFERENCES captures (capture),
    credentials INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    bearer INTEGER NOT NULL,
    cookie_only INTEGER NOT NULL,
    other INTEGER NOT NULL,
    none INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    masked INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    incidents INTEGER,
    recovered INTEGER,
    time_lost_ns INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL
) STRICT;

CREATE INDEX credential_events_by_credential ON credential_events (capture, credential);

CREATE VIEW credential_lives AS
SELECT k.capture, k.fingerprint, k.kind, k.names, k.authority, k.place,
    k.issued_at, k.expires_at, k.expiry_known_by,
    k.lifetime_ns / 1e9 AS lifetime_s,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (k.first_used_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS first_used_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (k.last_used_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS last_used_at,
    k.requests, k.replaced_by,
    k.age_at_refresh_ns / 1e9 AS age_at_refresh_s,
    100 * k.share_used AS share_used_percent,
    k.refused, k.used_after_expiry,
    k.time_lost_ns / 1e6 AS time_lost_ms,
    k.remaining_ns / 1e9 AS remaining_s,
    k.refused_from_at
FROM credentials k
JOIN captures c USING (capture)
ORDER BY k.capture, coalesce(k.first_used_ns, k.replaced_ns), k.fingerprint;

CREATE VIEW credential_timeline AS
SELECT e.capture, e.event,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (e.at_ns - c.mono_ns)) / 1e9, 'unixepoch') AS at,
    e.kind, k.kind AS of, e.credential, e.exchange_id, x.method, x.path, x.status,
    e.expires_at, e.detail
FROM credential_events e
JOIN captures c USING (capture)
LEFT JOIN credentials k ON k.capture = e.capture AND k.fingerprint = e.credential
LEFT JOIN exchanges x ON x.capture = e.capture AND x.exchange_id = e.exchange_id
ORDER BY e.capture, e.event;

CREATE VIEW refusals AS
SELECT i.capture, i.incident,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (i.began_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS began_at,
    i.cause, i.method, i.authority, i.path, i.credential, i.exchange_id, i.refusals,
    i.recovered_exchange_id,
    i.time_lost_ns / 1e6 AS time_lost_ms,
    i.unmeasurable ->> 'time_lost_ns' AS why
FROM credential_incidents i
JOIN captures c USING (capture)
ORDER BY i.capture, i.incident;
"""
