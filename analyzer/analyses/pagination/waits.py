"""How long a page took: on the way, and in the service.

From outside only the wait for the headers is seen. The service's own time is what it says
in Server-Timing, or else is inferred: the wait less the least wait that any call had on the
connection to the service (of the same host, where the connection is not known). The
least wait holds the way there and back and the service's least effort, so an inferred time
is what a page cost above the cheapest call.

A walk that went over several connections has one least wait, that of the quickest of them: a
connection that was opened for deep pages alone would hide what depth costs.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from analyzer.analyses.measured import Measured
from analyzer.model import Unmeasurable

STATED = "server-timing"
INFERRED = "inferred"


class Wait(msgspec.Struct, frozen=True):
    """``source`` is empty where the service's time is not known."""

    ttfb_ns: int | Unmeasurable
    server_ns: int | Unmeasurable
    source: str = ""


class Waits:
    """The waits of a capture's exchanges."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self._ttfb: dict[int, int | Unmeasurable] = {}
        self._way: dict[int, object] = {}
        self._least: dict[object, int] = {}
        self._calls: Counter[object] = Counter()
        for one in measured:
            number, ttfb = one.exchange.exchange, one.times.time_to_headers_ns
            way: object = one.exchange.server_connection
            if way is None:
                way = one.exchange.authority
            self._ttfb[number], self._way[number] = ttfb, way
            if isinstance(ttfb, int):
                self._least[way] = min(ttfb, self._least.get(way, ttfb))
                self._calls[way] += 1

    def __contains__(self, exchange: int) -> bool:
        return exchange in self._ttfb

    def of_walk(self, requests: Sequence[tuple[int, int | None]]) -> tuple[Wait, ...]:
        """The waits of one walk's exchanges, each with what its Server-Timing says in ns."""
        ways = {self._way[exchange] for exchange, _ in requests}
        least: int | Unmeasurable = Unmeasurable(_ALONE)
        if sum(self._calls[way] for way in ways) > 1:
            least = min(self._least[way] for way in ways if way in self._least)
        return tuple(self._wait(exchange, stated_ns, least) for exchange, stated_ns in requests)

    def _wait(self, exchange: int, stated_ns: int | None, least_ns: int | Unmeasurable) -> Wait:
        ttfb = self._ttfb[exchange]
        if stated_ns is not None:
            return Wait(ttfb, stated_ns, STATED)
        if isinstance(ttfb, Unmeasurable):
            return Wait(ttfb, ttfb)
        if isinstance(least_ns, Unmeasurable):
            return Wait(ttfb, least_ns)
        return Wait(ttfb, ttfb - least_ns, INFERRED)


_ALONE = "no other call went over its connection: there is nothing to tell the way from the work"
