"""Which credentials are in use in a capture that still grows, and when they end.

The same ledger, clocks and rules as the analysis of the whole capture.
"""

from collections import OrderedDict

import msgspec

from analyzer.analyses.credentials.calls import Call, read_call, read_date
from analyzer.analyses.credentials.carried import read_carried
from analyzer.analyses.credentials.clock import SECOND_NS, UNMEASURED, SkewMeter, WallClock
from analyzer.analyses.credentials.forecast import Forecast, begun, forecast, is_in_use
from analyzer.analyses.credentials.ledger import Ledger
from analyzer.analyses.credentials.lives import LOGINS, Life
from analyzer.analyses.credentials.outcomes import answered
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

ROWS_LIMIT = 100
"""Credentials that have a row; of more those that were met last."""


class CredentialRow(msgspec.Struct, frozen=True):
    """A login or token as it stands. Times are the capture's, None where not known.

    ``since_ns`` is when it was met first. ``expires_ns`` is when it ends, ``expires_wall_ns``
    the same as Unix ns; ``lifetime_ns`` is None where it is not known when it began.
    ``replaced_by`` is the fingerprint that took its place at ``replaced_ns``. ``refused``
    counts requests with it that were refused because of it, the last at ``refused_ns`` for
    ``refused_why``; refusals in disguise (404, an empty list) are told by the whole capture
    alone. ``in_use``: requests ride on it and nothing has replaced it.
    """

    fingerprint: str
    kind: str
    names: tuple[str, ...]
    authority: str
    since_ns: int
    requests: int
    last_used_ns: int | None
    expires_ns: int | None
    expires_wall_ns: int | None
    lifetime_ns: int | None
    replaced_by: str
    replaced_ns: int | None
    refused: int
    refused_ns: int | None
    refused_why: str
    in_use: bool


class _Refusals(msgspec.Struct):
    count: int = 0
    at_ns: int = 0
    why: str = ""


class Expiries:
    """Feed it records as they come and exchanges as they end; ask it for the forecast."""

    def __init__(self) -> None:
        self._ledger = Ledger()
        self._clock = WallClock(0, 0, has_times=False)
        self._meters: dict[str, SkewMeter] = {}
        self._asked: OrderedDict[int, tuple[str, int]] = OrderedDict()
        self._in_body: OrderedDict[int, dict[str, bool]] = OrderedDict()
        self._refusals: OrderedDict[str, _Refusals] = OrderedDict()
        self._with_bearer: set[str] = set()

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
        self._judge(call)

    def forecast(self, now_ns: int) -> tuple[Forecast, ...]:
        """What is in use and when it ends, the soonest first."""
        if not self._clock.has_times:
            return ()
        self._ledger.link()
        used = filter(is_in_use, self._ledger.lives.values())
        lives = [(life, self._ends(life)) for life in used]
        return forecast(lives, now_ns, self._clock)

    def rows(self) -> tuple[CredentialRow, ...]:
        """Every login and token that was met, in the order in which they were."""
        self._ledger.link()
        logins = [life for life in self._ledger.lives.values() if life.kind in LOGINS]
        logins.sort(key=lambda life: (life.since, life.fingerprint))
        return tuple([self._row(life) for life in logins[-ROWS_LIMIT:]])

    def _row(self, life: Life) -> CredentialRow:
        ends_ns = self._ends(life) if self._clock.has_times else None
        begun_ns = None if ends_ns is None else begun(life, self._clock)
        refused = self._refusals.get(life.fingerprint, _Refusals())
        return CredentialRow(
            fingerprint=life.fingerprint,
            kind=life.kind,
            names=tuple(sorted(life.names)),
            authority=life.authority or life.since.authority,
            since_ns=life.since.at_ns,
            requests=life.requests,
            last_used_ns=life.last_used_ns,
            expires_ns=ends_ns,
            expires_wall_ns=None if ends_ns is None else self._clock.wall_at(ends_ns),
            lifetime_ns=None if ends_ns is None or begun_ns is None else ends_ns - begun_ns,
            replaced_by=life.replaced_by,
            replaced_ns=life.replaced.at_ns if life.replaced else None,
            refused=refused.count,
            refused_ns=refused.at_ns if refused.count else None,
            refused_why=refused.why,
            in_use=is_in_use(life),
        )

    def _judge(self, call: Call) -> None:
        """Count a refusal for the credential that it is about, as `outcomes.judge` does."""
        if call.carried.bearer and len(self._with_bearer) < SERVICES_LIMIT:
            self._with_bearer.add(call.authority)
        if call.refusal is None or call.refusal.what != "credential" or not call.credential:
            return
        if not (call.carried.bearer or call.carried.hidden) and call.authority in self._with_bearer:
            return  # a bearer is missing
        refused = self._refusals.setdefault(call.credential, _Refusals())
        refused.count += 1
        refused.at_ns, refused.why = answered(call), str(call.refusal)
        _shorten(self._refusals)

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
