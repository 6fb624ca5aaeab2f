"""How long a page took: on the way, and in the service.

From outside only the wait for the headers is seen. The service's own time is what it says
in Server-Timing, or else is inferred: the wait less the least wait that any call had on the
same connection to the service (of the same host, where the connection is not known). The
least wait holds the way there and back and the service's least effort, so an inferred time
is what a page cost above the cheapest call.
"""

from collections.abc import Iterable

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
        for one in measured:
            number, ttfb = one.exchange.exchange, one.times.time_to_headers_ns
            way: object = one.exchange.server_connection
            if way is None:
                way = one.exchange.authority
            self._ttfb[number], self._way[number] = ttfb, way
            if isinstance(ttfb, int):
                self._least[way] = min(ttfb, self._least.get(way, ttfb))

    def __contains__(self, exchange: int) -> bool:
        return exchange in self._ttfb

    def of(self, exchange: int, stated_ns: int | None) -> Wait:
        """The wait of an exchange whose Server-Timing says ``stated_ns``."""
        ttfb = self._ttfb[exchange]
        if stated_ns is not None:
            return Wait(ttfb, stated_ns, STATED)
        if isinstance(ttfb, Unmeasurable):
            return Wait(ttfb, ttfb)
        return Wait(ttfb, ttfb - self._least[self._way[exchange]], INFERRED)
