"""Origins: which announced HTTP/3, and when browsers went over to another protocol with them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from analyzer.analyses.measured import Measured
from analyzer.analyses.transport.alt_svc import Announced, Fresh, announced_http3
from analyzer.analyses.transport.rows import ConnectionRow, Count, ProtocolMove, Span
from analyzer.model import Connection, Exchange, Unmeasurable

_NOT_ANNOUNCED = Unmeasurable("no announcement was seen before")
_PORTS = {"https": ":443", "http": ":80"}


def origin_of(exchange: Exchange) -> str:
    """Scheme, host and port (RFC 6454), the default port left out."""
    authority = exchange.authority.lower().removesuffix(_PORTS.get(exchange.scheme, "\0"))
    return f"{exchange.scheme}://{authority}"


class Origins:
    """Announcements of HTTP/3 by origin."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        said: dict[str, list[tuple[int, int, str]]] = {}
        for one in measured:
            exchange = one.exchange
            if exchange.headers_ns is None:
                continue
            for name, value in exchange.response_headers:
                if name == "alt-svc":
                    found = said.setdefault(origin_of(exchange), [])
                    found.append((exchange.headers_ns, exchange.exchange, value))
        self._announced = {origin: _announced(found) for origin, found in said.items()}

    def at(self, origin: str, moment_ns: int) -> Fresh | None:
        """What the origin's announcement was then, if one was in force."""
        announced = self._announced.get(origin)
        return announced.at(moment_ns) if announced else None

    def announced(self, known: Connection, exchanges: Sequence[Exchange]) -> Fresh | None:
        """What was in force for the origin of a connection's first request when it opened."""
        begun = [(one.started_ns, one) for one in exchanges if one.started_ns is not None]
        if not begun:
            return None
        started, first = min(begun, key=lambda pair: (pair[0], pair[1].exchange))
        opened = started if known.opened_ns is None else known.opened_ns
        return self.at(origin_of(first), opened)


def _announced(found: list[tuple[int, int, str]]) -> Announced:
    read = ((at_ns, exchange, announced_http3(value)) for at_ns, exchange, value in sorted(found))
    return Announced((at_ns, number, said) for at_ns, number, said in read if said)


def find_moves(
    carried: Mapping[int, Sequence[Measured]], connections: Sequence[ConnectionRow]
) -> list[ProtocolMove]:
    """Each time an origin's next connection spoke another protocol than the one before.

    ``carried`` are the clients' exchanges by connection. Connections count in the order in
    which an origin's requests first used them, so requests that alternate over two of them
    are one move.
    """
    rows = {row.connection_id: row for row in connections}
    uses: dict[str, list[tuple[int, int, int]]] = {}
    times: dict[tuple[str, str], list[int]] = {}
    for number, ones in carried.items():
        firsts: dict[str, tuple[int, int]] = {}
        for one in ones:
            exchange = one.exchange
            if exchange.started_ns is None:
                continue
            origin, use = origin_of(exchange), (exchange.started_ns, exchange.exchange)
            firsts[origin] = min(firsts.get(origin, use), use)
            times.setdefault((origin, rows[number].protocol), []).append(exchange.started_ns)
        for origin, (at_ns, first) in firsts.items():
            uses.setdefault(origin, []).append((at_ns, first, number))
    for column in times.values():
        column.sort()
    announced_ns = {
        one.exchange.exchange: one.exchange.headers_ns for ones in carried.values() for one in ones
    }
    moves = [
        _move(origin, before, after, times, announced_ns)
        for origin, used in uses.items()
        for before, after in _changes(sorted(used), rows)
    ]
    return sorted(moves, key=lambda move: (move.moved_ns, move.exchange))


type _Use = tuple[int, int, ConnectionRow]


def _changes(
    used: Sequence[tuple[int, int, int]], rows: Mapping[int, ConnectionRow]
) -> Iterable[tuple[ConnectionRow, _Use]]:
    before: ConnectionRow | None = None
    for at_ns, exchange, number in used:
        row = rows[number]
        if before is not None and row.protocol != before.protocol:
            yield before, (at_ns, exchange, row)
        before = row


def _move(
    origin: str,
    before: ConnectionRow,
    after: _Use,
    times: Mapping[tuple[str, str], list[int]],
    announced_ns: Mapping[int, int | None],
) -> ProtocolMove:
    moved_ns, exchange, row = after
    said_ns = None if row.announcement_id is None else announced_ns.get(row.announcement_id)
    since: Span = _NOT_ANNOUNCED
    requests: Count = _NOT_ANNOUNCED
    if said_ns is not None:
        since = moved_ns - said_ns
        column = times[origin, before.protocol]
        requests = max(bisect_left(column, moved_ns) - bisect_right(column, said_ns), 0)
    return ProtocolMove(
        exchange=exchange,
        origin=origin,
        from_protocol=before.protocol,
        to_protocol=row.protocol,
        connection_id=row.connection_id,
        moved_ns=moved_ns,
        chosen_by=row.chosen_by,
        announcement_id=row.announcement_id,
        since_announced_ns=since,
        requests_since=requests,
    )
