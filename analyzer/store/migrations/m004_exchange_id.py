"""An exchange's number is ``exchange_id`` everywhere; what could not be said has a table."""

import re

from analyzer.store.migrations import m002_views, m003_stream_views

VIEWS = (
    "capture_summary", "turn_latency", "slowest_gaps", "stalls", "gap_causes",
    "latency_by_protocol", "event_times", "event_rate", "coalesced_reads", "event_gaps",
    "other_streams", "calls", "proxy_lag",
)  # fmt: skip
TABLES = (
    "exchanges", "reads", "events", "turns", "gaps", "problems", "lost",
)  # fmt: skip

_UNANSWERED = """
CREATE TABLE unanswered (
    capture INTEGER NOT NULL REFERENCES captures (capture),
    number INTEGER NOT NULL,
    question TEXT NOT NULL,
    figure TEXT NOT NULL,
    reason TEXT NOT NULL,
    analysis INTEGER NOT NULL,
    PRIMARY KEY (capture, number)
) STRICT;
"""


def _renamed(sql: str) -> str:
    return re.sub(r"\bexchange\b", "exchange_id", sql)


SQL = "\n".join(
    (
        *(f"DROP VIEW {name};" for name in VIEWS),
        *(f"ALTER TABLE {name} RENAME COLUMN exchange TO exchange_id;" for name in TABLES),
        _renamed(m002_views.SQL),
        _renamed(m003_stream_views.SQL),
        _UNANSWERED,
    )
)
