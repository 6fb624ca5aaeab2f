"""Recorded sessions in a database: it answers what they hold, and says what they say."""

from pathlib import Path

import pytest
from recorded import Recorded
from said import left_out_of_json, left_out_of_report
from stored import rows, says_what_captures_say

from analyzer.analyze import analyze
from analyzer.store import Store, schema

pytestmark = pytest.mark.browser

NOT_HERE = {
    "lost", "observations", "problems", "unanswered", "other_streams", "proxy_lag", "stalls",
    "protocol_moves", "protocol_move_times", "protocol_comparison", "protocol_differences",
}  # fmt: skip
"""A session over one protocol with a healthy recorder has none of these for certain."""


def check(recorded: Recorded, tmp_path: Path, *parts: str) -> None:
    """The session says the same from its database, and there every view of these parts."""
    database = tmp_path / "session.db"
    analyze([recorded.capture], sink=Store(database))
    relations = [
        one.name
        for part in schema.PARTS
        if part.__name__.rpartition(".")[2] in parts
        for one in (*part.TABLES, *part.VIEWS)
    ]
    empty = {name for name in relations if not rows(database, f"SELECT * FROM {name} LIMIT 1")}

    assert len(relations) > len(parts)
    assert empty <= NOT_HERE
    assert left_out_of_json(recorded.result) == set()
    assert left_out_of_report(recorded.result, {}) == set()
    says_what_captures_say(tmp_path / "again.db", [recorded.capture])


@pytest.mark.xdist_group("sessions")
def test_a_session_in_a_database(session: Recorded, tmp_path: Path) -> None:
    check(session, tmp_path, "passed", "pagination", "identifiers", "conversations", "transport")


@pytest.mark.xdist_group("sessions")
def test_a_session_of_ending_credentials_in_a_database(expiring: Recorded, tmp_path: Path) -> None:
    check(expiring, tmp_path, "credentials", "transport")


@pytest.mark.xdist_group("duets")
def test_talks_in_a_database(talks: Recorded, tmp_path: Path) -> None:
    check(talks, tmp_path, "duets", "transport")
