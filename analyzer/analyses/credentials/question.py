"""The question: every credential's life, from what the recorder kept of it."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar

from analyzer.analyses.credentials import rowing
from analyzer.analyses.credentials.calls import Call, read_call
from analyzer.analyses.credentials.clock import SECOND_NS, UNMEASURED, Offset, SkewMeter, WallClock
from analyzer.analyses.credentials.ledger import Ledger
from analyzer.analyses.credentials.lives import Expiry, Life, Met
from analyzer.analyses.credentials.outcomes import (
    Lost,
    Outcome,
    Validity,
    answered,
    find_losses,
    judge,
    late_uses,
)
from analyzer.analyses.credentials.rows import CredentialsFound
from analyzer.analyses.credentials.telling import (
    Story,
    Told,
    in_order,
    tell_late_use,
    tell_life,
    tell_outcomes,
    tell_recoveries,
    tell_stream,
)
from analyzer.analyses.questions import Question, Unanswered, Whole
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Credential,
    Exchange,
    RequestHead,
    Unmeasurable,
)

OPEN_LIMIT = 10_000
"""Exchanges whose bodies' credentials are remembered until they end."""

IN_BODY_LIMIT = 1_000
"""Credentials of one body that are remembered."""


class CredentialsQuestion(Question[CredentialsFound]):
    """Follows credentials by their fingerprints; it never sees one."""

    RECORDS: ClassVar = (RequestHead, Credential)

    def __init__(self, head: CaptureHead) -> None:
        super().__init__(head)
        self._clock = WallClock.of(head)
        self._ledger = Ledger()
        self._in_body: OrderedDict[int, dict[str, bool]] = OrderedDict()
        self._calls: dict[int, Call] = {}
        self._has_heads = head.redaction != "shape"

    def record(self, record: AnyRecord, /) -> None:
        if isinstance(record, RequestHead):
            self._ledger.asked(record.exchange, record.authority)
            self._has_heads |= bool(record.headers)
        elif isinstance(record, Credential):
            self._ledger.note(record)
            if record.place.startswith("response body"):
                found = self._in_body.setdefault(record.exchange, {})
                if len(found) < IN_BODY_LIMIT:
                    found[record.fingerprint] = record.expires_at_s is not None
                if len(self._in_body) > OPEN_LIMIT:
                    self._in_body.popitem(last=False)

    def exchange(self, exchange: Exchange, /) -> None:
        found = self._in_body.pop(exchange.exchange, {})
        self._calls[exchange.exchange] = read_call(exchange, found, self._clock)

    def finish(self, whole: Whole, /) -> CredentialsFound:
        if self._calls and not self._has_heads:
            reason = "the capture was redacted to its shape: what requests carried is gone"
            return CredentialsFound((Unanswered("credentials", "all credentials", reason),))
        return _Finish(self._ledger, self._clock, self._calls, whole).found()


class _Finish:
    """The end of the capture: everything is known, and is put in order of time."""

    def __init__(
        self,
        ledger: Ledger,
        clock: WallClock,
        calls: dict[int, Call],
        whole: Whole,
    ) -> None:
        known = {one.exchange.exchange for one in whole.measured}
        asked = [call for number, call in calls.items() if number in known]
        self.calls = sorted(asked, key=lambda call: (call.started_ns, call.exchange))
        self.by_answer = sorted(self.calls, key=lambda call: (answered(call), call.exchange))
        self.known, self.whole, self.clock, self.ledger = known, whole, clock, ledger
        self.meters = _meters(self.calls, clock)
        self.last_ns = whole.last_ns if whole.last_ns is not None else whole.head.mono_ns
        for call in self.calls:
            fill(ledger, call)
        ledger.link()

    def found(self) -> CredentialsFound:
        if self.whole.head.clock == "none":
            return self._without_times()
        ends = {life.fingerprint: self._ends(life) for life in self.ledger.lives.values()}
        validity = self._validity(ends)
        judged = judge(self.by_answer, validity, self._user)
        late = late_uses(self.calls, validity, judged)
        losses = find_losses(self.by_answer, judged, self._user)
        rows = rowing.Rows(self.clock, self.last_ns, self.known, ends, self._offset)
        return CredentialsFound(
            unanswered=self._unanswered(),
            credentials=rows.credentials(self.ledger.lives.values(), judged, losses, late),
            credential_events=rows.events(
                in_order(self._told(ends, judged, losses, late)), self.ledger.lives
            ),
            credential_incidents=rows.incidents(losses),
            authentication=rowing.authentication(self.calls, judged),
            clock_skew=rowing.skews(self.meters, self.ledger.lives.values(), self.clock),
            credential_totals=rowing.totals(len(self.ledger.lives), self.calls, judged, losses),
        )

    def _user(self, call: Call) -> str:
        login = call.carried.login
        return self.ledger.user(login.fingerprint if login else "", call.carried.bearer)

    def _offset(self, life: Life) -> Offset:
        """Of the service that issued it, else of the one that it is used at."""
        came = life.came.authority if life.came else ""
        meter = self.meters.get(came) or self.meters.get(life.authority)
        return meter.offset() if meter else UNMEASURED

    def _ends(self, life: Life) -> int | None:
        return life.expires_ns(self.clock, self._offset(life).assumed_ns)

    def _validity(self, ends: dict[str, int | None]) -> dict[str, Validity]:
        found: dict[str, Validity] = {}
        for fingerprint, at_ns in ends.items():
            if at_ns is not None:
                life = self.ledger.lives[fingerprint]
                offset = self._offset(life)
                early_ns = offset.at_most_ns - offset.assumed_ns
                late_ns = offset.assumed_ns - offset.at_least_ns
                if life.is_counted_here:  # spans are whole seconds, rounded or cut off
                    early_ns = late_ns = SECOND_NS
                found[fingerprint] = Validity(at_ns - early_ns, at_ns, at_ns + late_ns)
        return found

    def _told(
        self,
        ends: dict[str, int | None],
        judged: list[Outcome],
        losses: list[Lost],
        late: list[Call],
    ) -> list[Told]:
        revoked = {one.credential for one in judged if one.cause == "revoked"}
        told = [*tell_outcomes(judged), *tell_recoveries(losses)]
        for fingerprint, life in self.ledger.lives.items():
            story = Story(life, ends[fingerprint], self.last_ns, fingerprint in revoked)
            told += tell_life(story)
        told += [tell_late_use(call, ends[call.carried.bearer] or 0) for call in late]
        for call in self.calls:
            if call.carried.bearer:
                told += tell_stream(call, ends.get(call.carried.bearer), self.last_ns)
        return told

    def _unanswered(self) -> tuple[Unanswered, ...]:
        reasons: list[Unanswered] = []
        if self.ledger.forgotten:
            reason = f"{self.ledger.forgotten} credentials were forgotten: there were too many"
            reasons.append(Unanswered("credentials", "all credentials", reason))
        if self.calls and not self.meters:
            reason = "no response has a Date header that says what the service's clock was"
            reasons.append(Unanswered("credentials", "clock skew", reason))
        return (*reasons, *self._hidden())

    def _hidden(self) -> tuple[Unanswered, ...]:
        count = sum(call.carried.hidden for call in self.calls)
        if not count:
            return ()
        reason = (
            f"{count} of {len(self.calls)} requests brought credentials that the capture does not"
            " hold: the program that wrote it stripped them"
        )
        return (Unanswered("credentials", "which credentials were used", reason),)

    def _without_times(self) -> CredentialsFound:
        """A capture without times still says who asked how."""
        reason = "the capture has no times"
        figures = ("events", "incidents and time lost", "clock skew", "lifetimes and forecast")
        rows = rowing.Rows(self.clock, self.last_ns, self.known, {}, self._offset)
        judged = judge(self.by_answer, {}, self._user)
        return CredentialsFound(
            unanswered=(
                *(Unanswered("credentials", figure, reason) for figure in figures),
                *self._hidden(),
            ),
            credentials=tuple(
                rowing.timeless(row, reason)
                for row in rows.credentials(self.ledger.lives.values(), judged, [], [])
            ),
            authentication=rowing.authentication(self.calls, judged),
            credential_totals=rowing.totals(
                len(self.ledger.lives), self.calls, judged, Unmeasurable(reason)
            ),
        )


def fill(ledger: Ledger, call: Call, *, is_counted: bool = False) -> None:
    """Let the ledger know what one exchange says; ``is_counted``: its request counts already."""
    at_ns = answered(call)
    if not is_counted:
        ledger.use(call.exchange, call.started_ns, call.authority, call.carried)
    met = Met(at_ns, call.exchange, "response header set-cookie", call.authority)
    ledger.answer(met, call.set_cookies, call.carried)
    came_ns = at_ns if call.ended_ns is None else call.ended_ns
    for told in call.answer.tokens:
        ledger.told(told.fingerprint, Expiry(came_ns, told.expires_s, told.known_by))
    if call.answer.session_expires_s is not None:
        login = call.carried.login
        fresh = next((one.cookie for one in call.set_cookies if one.cookie.is_login), login)
        life = ledger.lives.get(fresh.fingerprint) if fresh else None
        if life is not None and life.expiry is None:
            expiry = Expiry(came_ns, call.answer.session_expires_s, "expires field")
            ledger.told(life.fingerprint, expiry)


def _meters(calls: Sequence[Call], clock: WallClock) -> dict[str, SkewMeter]:
    meters: dict[str, SkewMeter] = {}
    for call in calls:
        if call.date_s is not None and call.answered_ns is not None:
            meter = meters.setdefault(call.authority, SkewMeter())
            sent, came = clock.wall_at(call.sent_ns), clock.wall_at(call.answered_ns)
            meter.add(call.date_s * SECOND_NS, sent, came)
    return meters
