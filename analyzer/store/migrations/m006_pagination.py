"""Lists that were read page by page, and what depth costs."""

SQL = """
CREATE TABLE pagination_walks (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    walk_id INTEGER NOT NULL,
    exchange_id INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    filters TEXT NOT NULL,
    style TEXT NOT NULL,
    place TEXT NOT NULL,
    ordering TEXT,
    started_ns INTEGER,
    ended_ns INTEGER,
    requests INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    repeats INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    items INTEGER,
    new_items INTEGER,
    duplicates INTEGER,
    missed INTEGER,
    missed_how TEXT NOT NULL,
    end_seen TEXT NOT NULL,
    total INTEGER,
    page_size INTEGER,
    row_bytes INTEGER,
    bytes INTEGER NOT NULL,
    wasted_bytes INTEGER,
    wasted_share REAL,
    n INTEGER NOT NULL,
    deepest_rows INTEGER,
    estimator TEXT NOT NULL,
    server_time_source TEXT NOT NULL,
    network_ms REAL,
    base_ms REAL,
    slope_ms_per_1000_rows REAL,
    slope_low REAL,
    slope_high REAL,
    verdict TEXT NOT NULL,
    budget_ms REAL NOT NULL,
    budget_rows INTEGER,
    budget_rows_low INTEGER,
    budget_rows_high INTEGER,
    history_rows INTEGER,
    history_offset_ms REAL,
    history_offset_low_ms REAL,
    history_offset_high_ms REAL,
    history_keyset_ms REAL,
    history_offset_rows INTEGER,
    history_keyset_rows INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, walk_id),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE page_requests (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    exchange_id INTEGER NOT NULL,
    walk_id INTEGER NOT NULL,
    page INTEGER NOT NULL,
    role TEXT NOT NULL,
    style TEXT NOT NULL,
    position TEXT NOT NULL,
    depth INTEGER,
    "limit" INTEGER,
    items INTEGER,
    total INTEGER,
    ttfb_ns INTEGER,
    server_ns INTEGER,
    server_time_source TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    duplicates INTEGER,
    missed INTEGER,
    new_items INTEGER,
    wasted_bytes INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, walk_id, page),
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, walk_id) REFERENCES pagination_walks (capture, walk_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE VIEW page_waits AS
SELECT p.capture, p.walk_id, p.page, p.exchange_id, w.endpoint, p.role, p.position, p.depth,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (x.sent_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS sent_at,
    p.ttfb_ns / 1e6 AS ttfb_ms,
    p.server_ns / 1e6 AS server_ms,
    p.server_time_source,
    w.network_ms + w.base_ms + w.slope_ms_per_1000_rows * p.depth / 1000 AS modelled_ms,
    p.items, p.new_items, p.duplicates, p.missed, p.bytes, p.wasted_bytes
FROM page_requests p
JOIN pagination_walks w USING (capture, walk_id)
JOIN captures c USING (capture)
JOIN exchanges x ON x.capture = p.capture AND x.exchange_id = p.exchange_id
ORDER BY p.capture, p.walk_id, p.page;

CREATE VIEW pagination_costs AS
SELECT w.capture, w.walk_id, w.method, w.endpoint, w.filters, w.style, w.pages, w.items,
    w.duplicates, w.missed,
    round(100.0 * w.wasted_share, 1) AS wasted_percent,
    w.verdict,
    w.slope_ms_per_1000_rows,
    w.slope_low,
    w.slope_high,
    w.n,
    w.deepest_rows,
    w.server_time_source,
    w.budget_ms,
    w.budget_rows,
    w.budget_rows_low,
    w.budget_rows_high,
    w.history_rows,
    w.history_offset_ms / 1e3 AS history_offset_s,
    w.history_offset_low_ms / 1e3 AS history_offset_low_s,
    w.history_offset_high_ms / 1e3 AS history_offset_high_s,
    w.history_keyset_ms / 1e3 AS history_keyset_s,
    w.history_offset_rows,
    w.history_keyset_rows
FROM pagination_walks w
ORDER BY w.capture, w.walk_id;
"""
