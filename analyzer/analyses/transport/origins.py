"""Origins: which of them announced HTTP/3, and to whom."""

from collections.abc import Iterable, Sequence

from analyzer.analyses.measured import Measured
from analyzer.analyses.transport.alt_svc import Announced, Fresh, announced_http3
from analyzer.analyses.transport.carried import Carried, numbers
from analyzer.analyses.transport.clients import Clients
from analyzer.analyses.transport.rows import ChosenBy
from analyzer.model import Connection, Exchange

_PORTS = {"https": ":443", "http": ":80"}


def origin_of(exchange: Exchange) -> str:
    """Scheme, host and port (RFC 6454), the default port left out."""
    authority = exchange.authority.lower().removesuffix(_PORTS.get(exchange.scheme, "\0"))
    return f"{exchange.scheme}://{authority}"


class Origins:
    """Announcements of HTTP/3 by origin, and by origin and client that heard them."""

    def __init__(self, measured: Iterable[Measured], carried: Carried, clients: Clients) -> None:
        self._clients = clients
        said: dict[tuple[str, int | None], list[tuple[int, int, str]]] = {}
        over = numbers(carried)
        for one in measured:
            exchange = one.exchange
            if exchange.headers_ns is None:
                continue
            number = over.get(exchange.exchange)
            hearers = {None} if number is None else {None, clients.of(number)}
            for name, value in exchange.response_headers:
                if name == "alt-svc":
                    origin, line = origin_of(exchange), (exchange.headers_ns, exchange.exchange)
                    for hearer in hearers:
                        said.setdefault((origin, hearer), []).append((*line, value))
        self._announced = {key: _announced(found) for key, found in said.items()}

    def announced(
        self, known: Connection, exchanges: Sequence[Exchange]
    ) -> tuple[ChosenBy, int | None]:
        """How a client's connection over HTTP/3 came about, and what had announced it.

        That is what was in force, when it opened, for the origin of its first request: said
        to its own client, or else to any.
        """
        begun = [(one.started_ns, one) for one in exchanges if one.started_ns is not None]
        if not begun:
            return "unseen", None
        started, first = min(begun, key=lambda pair: (pair[0], pair[1].exchange))
        opened = started if known.opened_ns is None else known.opened_ns
        origin = origin_of(first)
        if fresh := self._at(origin, self._clients.of(known.connection), opened):
            return "alt-svc", fresh.exchange
        fresh = self._at(origin, None, opened)
        return "unseen", fresh.exchange if fresh else None

    def _at(self, origin: str, client: int | None, moment_ns: int) -> Fresh | None:
        announced = self._announced.get((origin, client))
        return announced.at(moment_ns) if announced else None


def _announced(found: list[tuple[int, int, str]]) -> Announced:
    read = ((at_ns, exchange, announced_http3(value)) for at_ns, exchange, value in sorted(found))
    return Announced((at_ns, number, said) for at_ns, number, said in read if said)
