"""Which credentials are in use in a capture that still grows, and when they end.

The same ledger, clocks and rules as the analysis of the whole capture.
"""

from collections import OrderedDict

from analyzer.analyses.credentials.calls import read_call, read_date
from analyzer.analyses.credentials.carried import read_carried
from analyzer.analyses.credentials.clock import SECOND_NS, UNMEASURED, SkewMeter, WallClock
from analyzer.analyses.credentials.forecast import Forecast, forecast, is_in_use
from analyzer.analyses.credentials.ledger import Ledger
from analyzer.analyses.credentials.lives import Life
from analyzer.analyses.credentials.question import IN_BODY_LIMIT, fill
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Credential,
    Exchange,
    Problem,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

ASKED_LIMIT = 10_000
"""Requests whose time and credentials' places are remembered until they are answered."""

SERVICES_LIMIT = 1_000
"""Services whose clocks are measured."""


class Expiries:
    """Feed it records as they come and exchanges as they end; ask it for the forecast."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._clock = WallClock(0, 0, has_times=False)
        self._meters: dict[str, SkewMeter] = {}
        self._asked: OrderedDict[int, tuple[str, int]] = OrderedDict()
        self._in_body: OrderedDict[int, dict[str, bool]] = OrderedDict()

    def record(self, record: AnyRecord | Problem) -> None:
        match record:
            case CaptureHead():
                self._clock = WallClock.of(record)
            case RequestHead():
                self._ask(record)
            case RequestEnd() if record.exchange in self._asked:
                authority, _ = self._asked[record.exchange]
                self._asked[record.exchange] = authority, record.at_ns
            case ResponseHead():
                self._measure(record)
            case Credential():
                self._ledger.note(record)
                if record.place.startswith("response body"):
                    found = self._in_body.setdefault(record.exchange, {})
                    if len(found) < IN_BODY_LIMIT:
                        found[record.fingerprint] = record.expires_at_s is not None
                    _shorten(self._in_body)

    def exchange(self, exchange: Exchange) -> None:
        """An exchange ended: its cookies and what its body says count from now on."""
        call = read_call(exchange, self._in_body.pop(exchange.exchange, {}), self._clock)
        fill(self._ledger, call, is_counted=True)

    def forecast(self, now_ns: int) -> tuple[Forecast, ...]:
        """What is in use and when it ends, the soonest first."""
        if not self._clock.has_times:
            return ()
        self._ledger.link()
        used = filter(is_in_use, self._ledger.lives.values())
        lives = [(life, self._ends(life)) for life in used]
        return forecast(lives, now_ns, self._clock)

    def _ask(self, head: RequestHead) -> None:
        self._asked[head.exchange] = head.authority, head.at_ns
        _shorten(self._asked)
        self._ledger.asked(head.exchange, head.authority)
        carried = read_carried(head.headers)
        self._ledger.use(head.exchange, head.at_ns, head.authority, carried)

    def _measure(self, head: ResponseHead) -> None:
        asked = self._asked.pop(head.exchange, None)
        date_s = read_date(head.headers)
        if asked is None or date_s is None:
            return
        authority, sent_ns = asked
        if authority not in self._meters and len(self._meters) >= SERVICES_LIMIT:
            return
        meter = self._meters.setdefault(authority, SkewMeter())
        sent, came = self._clock.wall_at(sent_ns), self._clock.wall_at(head.at_ns)
        meter.add(date_s * SECOND_NS, sent, came)

    def _ends(self, life: Life) -> int | None:
        came = life.came.authority if life.came else ""
        meter = self._meters.get(came) or self._meters.get(life.authority)
        offset = meter.offset() if meter else UNMEASURED
        return life.expires_ns(self._clock, offset.assumed_ns)


def _shorten[K, V](kept: OrderedDict[K, V]) -> None:
    if len(kept) > ASKED_LIMIT:
        kept.popitem(last=False)
