"""The views on transport say what was recorded, in units that people read."""

from pathlib import Path

import pytest
from asked import HEAD
from making import ns
from msgspec.structs import replace
from stored import rows
from synthetic import write
from travelling import call, client, cookie, server

from analyzer.analyze import analyze
from analyzer.store import Store

MINE = cookie("session=my-cookie-0000000")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two connections to the service, one over HTTP/3 after a move by Alt-Svc."""
    directory = tmp_path_factory.mktemp("views")
    records = [
        HEAD,
        client(1),
        server(2),
        client(3, "h3", 400),
        replace(server(4), tls_ns=ns(40)),
        server(6, "h3", 400),
        *call(1, 100, headers=(("alt-svc", 'h3=":443"'),), asked_headers=MINE),
        *call(2, 200, on=(1, 4), asked_headers=MINE),
        *call(3, 450, on=(3, 6), protocol="h3", asked_headers=MINE),
    ]
    path = directory / "made.db"
    analyze([write(directory / "made.jsonl", records)], sink=Store(path))
    return path


def test_connections_are_summed_up_by_protocol(database: Path) -> None:
    found = rows(
        database,
        "SELECT side, protocol, connections, exchanges, handshakes, handshake_p50_ms "
        "FROM transport_by_protocol",
    )

    assert found == [
        ("client", "h2", 1, 2, 0, None),
        ("client", "h3", 1, 1, 0, None),
        ("server", "h2", 2, 2, 2, 30.0),
        ("server", "h3", 1, 1, 1, 20.0),
    ]


def test_a_move_is_timed_from_its_announcement(database: Path) -> None:
    found = rows(
        database,
        "SELECT exchange_id, same_client, chosen_by, moved_at, announcement_id, "
        "since_announced_ms, requests_since FROM protocol_move_times",
    )

    assert found == [(3, 1, "alt-svc", "2025-10-09T08:53:20.450Z", 1, 340.0, 1)]
