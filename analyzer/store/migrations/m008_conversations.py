"""Conversations put together: their messages, titles, feedback."""

SQL = """
CREATE TABLE conversations (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    conversation_id TEXT NOT NULL,
    is_synthetic INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    title TEXT NOT NULL,
    title_from TEXT NOT NULL,
    title_exchange_id INTEGER,
    model TEXT NOT NULL,
    created_at TEXT,
    updated_at TEXT,
    first_ns INTEGER,
    last_ns INTEGER,
    current_message_id TEXT NOT NULL,
    detail_exchange_id INTEGER,
    messages INTEGER NOT NULL,
    turns INTEGER NOT NULL,
    branches INTEGER NOT NULL,
    variants INTEGER NOT NULL,
    edits INTEGER NOT NULL,
    orphans INTEGER NOT NULL,
    stops INTEGER NOT NULL,
    handoffs INTEGER NOT NULL,
    resumed INTEGER NOT NULL,
    ratings INTEGER NOT NULL,
    compared INTEGER NOT NULL,
    differing INTEGER NOT NULL,
    ttft_p50_ns INTEGER,
    ttft_n INTEGER NOT NULL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, conversation_id),
    FOREIGN KEY (capture, title_exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, detail_exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE messages (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    message INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    parent_from TEXT NOT NULL,
    depth INTEGER NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    model TEXT NOT NULL,
    action TEXT NOT NULL,
    branch INTEGER NOT NULL,
    branches INTEGER NOT NULL,
    is_current INTEGER NOT NULL,
    is_orphan INTEGER NOT NULL,
    is_stopped INTEGER NOT NULL,
    rating TEXT NOT NULL,
    seen_as TEXT NOT NULL,
    exchange_id INTEGER,
    resumed_exchange_ids TEXT NOT NULL,
    stop_exchange_id INTEGER,
    created_at TEXT,
    first_ns INTEGER,
    last_ns INTEGER,
    ttft_ns INTEGER,
    rate_per_s REAL,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, message),
    FOREIGN KEY (capture, conversation_id) REFERENCES conversations (capture, conversation_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, stop_exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX messages_of_conversation ON messages (capture, conversation_id, message_id);

CREATE TABLE conversation_titles (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    telling INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    title TEXT NOT NULL,
    told_by TEXT NOT NULL,
    exchange_id INTEGER,
    at_ns INTEGER,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, telling),
    FOREIGN KEY (capture, conversation_id) REFERENCES conversations (capture, conversation_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE message_feedback (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    feedback INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    rating TEXT NOT NULL,
    tags TEXT NOT NULL,
    text TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    exchange_id INTEGER,
    at_ns INTEGER,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, feedback),
    FOREIGN KEY (capture, conversation_id) REFERENCES conversations (capture, conversation_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE VIEW conversation_list AS
SELECT v.capture, v.conversation_id, v.title, v.title_from, v.model,
    strftime('%Y-%m-%dT%H:%M:%fZ', (k.wall_ns + (v.first_ns - k.mono_ns)) / 1e9, 'unixepoch')
        AS first_at,
    v.turns, v.messages, v.variants, v.edits, v.stops, v.resumed, v.ratings, v.orphans,
    v.differing,
    v.ttft_p50_ns / 1e6 AS ttft_p50_ms
FROM conversations v
JOIN captures k USING (capture)
ORDER BY v.capture, v.first_ns;

CREATE VIEW transcript AS
SELECT m.capture, m.conversation_id, v.title, m.message, m.role, m.kind, m.action,
    CASE WHEN m.branches > 1 THEN m.branch || ' of ' || m.branches END AS branch,
    m.is_current,
    m.text,
    m.model,
    m.exchange_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', (k.wall_ns + (x.sent_ns - k.mono_ns)) / 1e9, 'unixepoch')
        AS sent_at,
    m.ttft_ns / 1e6 AS ttft_ms,
    m.rate_per_s,
    m.rating,
    m.is_stopped
FROM messages m
JOIN captures k USING (capture)
JOIN conversations v USING (capture, conversation_id)
LEFT JOIN exchanges x ON x.capture = m.capture AND x.exchange_id = m.exchange_id
WHERE m.text != '' AND (m.role = 'user' OR m.kind != '')
ORDER BY m.capture, m.message;
"""
