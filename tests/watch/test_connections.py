"""Connections are seen from their first exchange to their end, with what they carry."""

from analyzer.model import (
    AnyRecord,
    Connection,
    ConnectionEnd,
    ExchangeEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.watch import ConnectionRow, Watch
from analyzer.watch.connections import CARRIED_KEPT, CONNECTIONS_KEPT, Connections

MS = 1_000_000


def opened(number: int, **fields: object) -> Connection:
    return Connection(number, 10 * MS, "client", "h2", "127.0.0.1:5000", **fields)  # type: ignore[arg-type] # fields of a Connection


def asked(exchange: int, connection: int) -> RequestHead:
    authority = f"chat{exchange}.example"
    return RequestHead(
        exchange, 20 * MS, "GET", "https", authority, "/", "HTTP/2.0", connection=connection
    )


def answered(exchange: int, connection: int) -> ResponseHead:
    return ResponseHead(exchange, 30 * MS, 200, "HTTP/2.0", connection=connection)


def rows(*records: AnyRecord) -> tuple[ConnectionRow, ...]:
    watch = Watch()
    watch.feed(records)
    return watch.snapshot().connections


def test_a_connection_tells_its_name_its_handshake_and_its_beginning() -> None:
    record = opened(1, sni="chat.example", opened_ns=2 * MS, tls_begun_ns=3 * MS, tls_ns=9 * MS)

    assert rows(record) == (
        ConnectionRow(1, "client", "h2", "chat.example", "127.0.0.1:5000", 2 * MS, 6 * MS),
    )


def test_what_is_not_told_stays_open() -> None:
    """Without TLS there is no handshake, and no name but the one that is asked."""
    unasked, asked_ = rows(opened(1), opened(2), asked(7, 2))

    assert (unasked.authority, unasked.handshake_ns, unasked.opened_ns) == (
        "127.0.0.1:5000",
        None,
        10 * MS,
    )
    assert asked_.authority == "chat7.example"


def test_it_counts_what_passes_and_what_has_passed() -> None:
    records = (opened(1), asked(7, 1), asked(8, 1), answered(7, 1))
    (before,) = rows(*records)
    (after,) = rows(*records, ExchangeEnd(7, 40 * MS, "complete"))

    assert (before.streams_open, before.streams) == (2, 2)
    assert (after.streams_open, after.streams) == (1, 2)


def test_an_exchange_counts_on_both_sides() -> None:
    found = rows(opened(1), opened(2), asked(7, 1), answered(7, 2))

    assert [(row.streams_open, row.streams) for row in found] == [(1, 1), (1, 1)]


def test_a_closed_connection_says_when_and_why() -> None:
    (row,) = rows(opened(1), asked(7, 1), ConnectionEnd(1, 50 * MS, "reset"))

    assert (row.is_open, row.closed_ns, row.error) == (False, 50 * MS, "reset")
    assert row.streams_open == 0


def test_a_service_that_was_never_reached_is_no_open_connection() -> None:
    """It has the name of what was asked, and what was asked is told."""
    nowhere = Connection(2, 30 * MS, "server")
    browser, service = rows(opened(1), asked(7, 1), nowhere, answered(7, 2))

    assert (browser.came_about, browser.is_open) == (True, True)
    assert (service.came_about, service.is_open) == (False, False)
    assert (service.authority, service.streams) == ("chat7.example", 1)


def test_of_too_many_open_exchanges_the_rest_is_only_counted() -> None:
    connections = Connections()
    connections.opened(opened(1))
    for exchange in range(CARRIED_KEPT + 2):
        connections.carries(asked(exchange, 1))
    (full,) = connections.rows()
    connections.ended(CARRIED_KEPT + 1)
    connections.ended(0)
    (after,) = connections.rows()

    assert (full.streams_open, full.streams) == (CARRIED_KEPT, CARRIED_KEPT + 2)
    assert (after.streams_open, after.streams) == (CARRIED_KEPT - 1, CARRIED_KEPT + 2)


def test_of_too_many_connections_the_closed_ones_go_first() -> None:
    records: list[AnyRecord] = [opened(number) for number in range(CONNECTIONS_KEPT)]
    found = rows(*records, ConnectionEnd(5, 20 * MS), opened(CONNECTIONS_KEPT), opened(1000))
    numbers = {row.number for row in found}

    assert len(found) == CONNECTIONS_KEPT
    assert not {5, 0} & numbers
    assert {1, 1000} <= numbers


def test_an_unknown_connection_is_no_row() -> None:
    assert rows(asked(7, 9), answered(7, 9), ConnectionEnd(9, 40 * MS)) == ()
