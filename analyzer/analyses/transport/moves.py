"""When an origin's clients went over to another protocol, and what told them that they could."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from analyzer.analyses.transport.carried import Carried
from analyzer.analyses.transport.clients import Clients
from analyzer.analyses.transport.origins import origin_of
from analyzer.analyses.transport.rows import ConnectionRow, Count, ProtocolMove, Span
from analyzer.model import Unmeasurable

_NOT_ANNOUNCED = Unmeasurable("no announcement was seen before")
_NOT_HEARD = Unmeasurable("it was announced before, but nothing shows that this client heard it")


class _Use(msgspec.Struct, frozen=True, order=True):
    """The first that an origin's requests made of a connection."""

    at_ns: int
    exchange: int
    connection: int
    client: int


def find_moves(
    carried: Carried, connections: Sequence[ConnectionRow], clients: Clients
) -> list[ProtocolMove]:
    """Each time an origin's next connection spoke another protocol than the one before.

    ``carried`` are the clients' exchanges by connection. Connections count in the order in
    which an origin's requests first used them, so requests that alternate over two of them
    are one move. The one before is the same client's; for a client's first, anybody's.
    """
    moves = _Moves(carried, connections, clients)
    found = [move for origin in moves.uses for move in moves.of(origin)]
    return sorted(found, key=lambda move: (move.moved_ns, move.exchange))


class _Moves:
    def __init__(
        self, carried: Carried, connections: Sequence[ConnectionRow], clients: Clients
    ) -> None:
        self._rows = {row.connection_id: row for row in connections}
        self._announced_ns: dict[int, int | None] = {}
        self._asked: dict[tuple[str, int, str], list[int]] = {}
        """When each client asked an origin over a protocol."""
        first: dict[tuple[str, int], _Use] = {}
        for number, ones in carried.items():
            client, protocol = clients.of(number), self._rows[number].protocol
            for exchange in (one.exchange for one in ones):
                self._announced_ns[exchange.exchange] = exchange.headers_ns
                if exchange.started_ns is None:
                    continue
                origin = origin_of(exchange)
                use = _Use(exchange.started_ns, exchange.exchange, number, client)
                first[origin, number] = min(first.get((origin, number), use), use)
                self._asked.setdefault((origin, client, protocol), []).append(use.at_ns)
        for column in self._asked.values():
            column.sort()
        self.uses: dict[str, list[_Use]] = {}
        for (origin, _), use in first.items():
            self.uses.setdefault(origin, []).append(use)

    def of(self, origin: str) -> Iterator[ProtocolMove]:
        """The origin's moves."""
        latest: dict[int, _Use] = {}
        before: _Use | None = None
        for use in sorted(self.uses[origin]):
            before = latest.get(use.client, before)
            if before is not None:
                row = self._rows[before.connection]
                if row.protocol != self._rows[use.connection].protocol:
                    yield self._move(origin, before, use)
            before = latest[use.client] = use

    def _move(self, origin: str, before: _Use, use: _Use) -> ProtocolMove:
        old, new = self._rows[before.connection], self._rows[use.connection]
        since, requests = self._since_announced(origin, old.protocol, use, new)
        return ProtocolMove(
            exchange=use.exchange,
            origin=origin,
            same_client=before.client == use.client,
            from_protocol=old.protocol,
            to_protocol=new.protocol,
            connection_id=new.connection_id,
            moved_ns=use.at_ns,
            chosen_by=new.chosen_by,
            announcement_id=new.announcement_id,
            since_announced_ns=since,
            requests_since=requests,
        )

    def _since_announced(
        self, origin: str, protocol: str, use: _Use, row: ConnectionRow
    ) -> tuple[Span, Count]:
        """From the announcement on: time, and the client's requests over the old protocol."""
        if row.announcement_id is None:
            return _NOT_ANNOUNCED, _NOT_ANNOUNCED
        said_ns = self._announced_ns.get(row.announcement_id)
        if row.chosen_by != "alt-svc" or said_ns is None:
            return _NOT_HEARD, _NOT_HEARD
        asked = self._asked.get((origin, use.client, protocol), [])
        between = bisect_left(asked, use.at_ns) - bisect_right(asked, said_ns)
        return use.at_ns - said_ns, max(between, 0)
