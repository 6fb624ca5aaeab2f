"""The database's shape, as an ordered list of migrations.

A migration that has been released is never edited: a change is a new one at the
end. `analyzer.store.schema` describes what they come to.
"""

from sqlite_utils import Database, Migrations

from analyzer.store.migrations import (
    m001_tables,
    m002_views,
    m003_stream_views,
    m004_exchange_id,
    m005_credentials,
    m006_pagination,
    m007_identifiers,
    m008_conversations,
    m009_transport,
    m010_duets,
    m011_timed,
    m012_chars,
)

APPLICATION_ID = 0x73736370
"""``sscp``, in the file's header: how a database of streamscope is recognised."""

STEPS = (
    ("m001_tables", m001_tables.SQL),
    ("m002_views", m002_views.SQL),
    ("m003_stream_views", m003_stream_views.SQL),
    ("m004_exchange_id", m004_exchange_id.SQL),
    ("m005_credentials", m005_credentials.SQL),
    ("m006_pagination", m006_pagination.SQL),
    ("m007_identifiers", m007_identifiers.SQL),
    ("m008_conversations", m008_conversations.SQL),
    ("m009_transport", m009_transport.SQL),
    ("m010_duets", m010_duets.SQL),
    ("m011_timed", m011_timed.SQL),
    ("m012_chars", m012_chars.SQL),
)
"""The name that a database remembers a step by, and the step."""

NEWEST = len(STEPS)
"""The ``user_version`` that the last migration sets."""

migrations = Migrations("streamscope")


def _register(version: int, name: str, sql: str) -> None:
    def step(db: Database) -> None:
        db.executescript(sql)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")

    migrations(name=name)(step)


for _number, (_name, _sql) in enumerate(STEPS, 1):
    _register(_number, _name, _sql)
