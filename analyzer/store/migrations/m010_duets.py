"""Conversations that pass answers on to each other: tables and views."""

SQL = """
CREATE TABLE duets (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    duet INTEGER NOT NULL,
    speakers INTEGER NOT NULL,
    conversation_ids TEXT NOT NULL,
    turns INTEGER NOT NULL,
    began_ns INTEGER,
    ended_ns INTEGER,
    handover_ns INTEGER,
    overlap_ns INTEGER,
    refused INTEGER NOT NULL,
    one_connection INTEGER,
    loop_turn INTEGER,
    loop_period INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, duet)
) STRICT;

CREATE TABLE duet_turns (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    duet INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    speaker INTEGER NOT NULL,
    conversation_id TEXT NOT NULL,
    exchange_id INTEGER NOT NULL,
    prompt_exchange_id INTEGER,
    status TEXT NOT NULL,
    client_connection INTEGER,
    sent_ns INTEGER,
    first_text_ns INTEGER,
    last_text_ns INTEGER,
    waited_ns INTEGER,
    handover_ns INTEGER,
    refused INTEGER NOT NULL,
    repeated_of INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, duet, turn),
    FOREIGN KEY (capture, duet) REFERENCES duets (capture, duet)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (capture, prompt_exchange_id) REFERENCES exchanges (capture, exchange_id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE duet_waits (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    duet INTEGER NOT NULL,
    speaker INTEGER NOT NULL,
    waited_for INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    waited_ns INTEGER,
    longest_ns INTEGER,
    unmeasurable TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, duet, speaker, waited_for),
    FOREIGN KEY (capture, duet) REFERENCES duets (capture, duet)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE VIEW duet_score AS
SELECT t.capture, t.duet, t.turn, t.speaker, t.conversation_id, t.exchange_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', (c.wall_ns + (t.sent_ns - c.mono_ns)) / 1e9, 'unixepoch')
        AS sent_at,
    (t.sent_ns - d.began_ns) / 1e6 AS since_began_ms,
    (t.first_text_ns - t.sent_ns) / 1e6 AS ttft_ms,
    (t.last_text_ns - t.sent_ns) / 1e6 AS e2el_ms,
    t.waited_ns / 1e6 AS waited_ms,
    t.handover_ns / 1e6 AS handover_ms,
    t.refused, t.status, t.repeated_of
FROM duet_turns t
JOIN duets d USING (capture, duet)
JOIN captures c USING (capture)
ORDER BY t.capture, t.duet, t.turn;

CREATE VIEW duet_waiting AS
SELECT w.capture, w.duet, w.speaker, w.waited_for, w.answers,
    w.waited_ns / 1e6 AS waited_ms,
    w.longest_ns / 1e6 AS longest_ms,
    1.0 * w.waited_ns / nullif(d.ended_ns - d.began_ns, 0) AS share
FROM duet_waits w
JOIN duets d USING (capture, duet)
ORDER BY w.capture, w.duet, w.speaker, w.waited_for;
"""
