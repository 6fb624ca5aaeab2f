"""How the traffic was carried, held against what the lab saw of its connections."""

from collections import Counter

import pytest
from recorded import Recorded

from analyzer.analyses.paths import fold_path
from analyzer.analyses.transport import TransportFound
from analyzer.analyses.transport.rows import ConnectionRow
from analyzer.lab.truth import EndLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]


@pytest.fixture(scope="session")
def found(session: Recorded) -> TransportFound:
    return session.result.answers.transport


@pytest.fixture(scope="session")
def service(found: TransportFound) -> dict[int, ConnectionRow]:
    """The connections to the lab."""
    return {row.connection_id: row for row in found.connections if row.side == "server"}


def test_requests_came_over_the_connections_that_the_lab_says(
    session: Recorded, service: dict[int, ConnectionRow]
) -> None:
    """The proxy's own address is what the lab takes for its client's."""
    came = {}
    for name, exchange in session.exchanges.items():
        assert exchange.server_connection is not None
        came[name] = service[exchange.server_connection].local

    assert came == {name: line.peer for name, line in session.requests.items()}


def test_each_connection_carried_as_many_requests_as_the_lab_counts(
    session: Recorded, service: dict[int, ConnectionRow]
) -> None:
    carried = {row.local: (row.exchanges, row.protocol) for row in service.values()}
    counted = Counter((line.peer, line.protocol) for line in session.requests.values())

    assert carried == {peer: (n, protocol) for (peer, protocol), n in counted.items()}


def test_every_connection_to_the_service_has_its_handshake_timed(
    session: Recorded, service: dict[int, ConnectionRow]
) -> None:
    assert service
    for row in service.values():
        assert isinstance(row.handshake_ns, int)
        assert isinstance(row.tls_handshake_ns, int)
        assert 0 < row.tls_handshake_ns <= row.handshake_ns
        assert row.alpn == session.protocol
        assert row.alpn in row.alpn_offers
        assert row.chosen_by == {"h2": "alpn", "h3": "proxy"}[session.protocol]


def test_a_browser_that_was_told_to_use_http3_was_told_so_by_nobody_we_saw(
    session: Recorded, found: TransportFound
) -> None:
    over = {
        row.chosen_by
        for row in found.connections
        if row.side == "client" and row.protocol == session.protocol
    }

    assert over == {{"h2": "alpn", "h3": "unseen"}[session.protocol]}
    assert found.protocol_moves == ()


def test_streams_have_the_bytes_and_events_that_were_sent(
    session: Recorded, found: TransportFound
) -> None:
    rows = {row.exchange: row for row in found.stream_transport}
    sent = {session.numbers[line.stream]: line for line in session.lines(EndLine)}

    assert rows.keys() == sent.keys()
    for number, line in sent.items():
        row = rows[number]
        assert (row.wire_bytes, row.bytes, row.events) == (line.wire_size, line.size, line.events)
        assert row.coding == {"none": ""}.get(
            session.streams[line.stream].encoding, session.streams[line.stream].encoding
        )


def test_the_inventory_is_what_the_lab_answered(session: Recorded, found: TransportFound) -> None:
    answered: Counter[tuple[str, str, int]] = Counter(
        (line.method, fold_path(line.path), line.status) for line in session.requests.values()
    )
    authority = next(iter(session.exchanges.values())).authority
    listed = {
        (row.method, row.path, status): n
        for row in found.endpoints
        if row.authority == authority
        for status, n in row.statuses
    }

    assert listed == answered
