"""Which exchanges each connection carried, on either side of the proxy."""

from collections.abc import Iterable

from analyzer.analyses.measured import Measured
from analyzer.analyses.transport.facts import Facts

type Carried = dict[int, list[Measured]]
"""Exchanges by the number of the connection that carried them."""


def by_connection(measured: Iterable[Measured], facts: Facts) -> tuple[Carried, Carried]:
    """What the clients' connections carried, and what the service's did.

    A number that a record gives to the other side is none of this side. A CONNECT is between
    client and proxy alone: only those that failed are exchanges, and they reached no service.
    """
    client: Carried = {}
    server: Carried = {}
    for one in measured:
        exchange = one.exchange
        tunnel = exchange.method == "CONNECT"
        for side, number, on in (
            ("client", exchange.client_connection, client),
            ("server", None if tunnel else exchange.server_connection, server),
        ):
            known = facts.connections.get(number) if number is not None else None
            if number is not None and (known is None or known.side == side):
                on.setdefault(number, []).append(one)
    for number in client.keys() & server.keys():
        del server[number]  # no record says whose it is; one connection has one side
    return client, server


def numbers(carried: Carried) -> dict[int, int]:
    """The connection of each exchange."""
    return {one.exchange.exchange: number for number, ones in carried.items() for one in ones}
