"""Lives, outcomes and losses as rows of the tables."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from analyzer.analyses.credentials.calls import Call
from analyzer.analyses.credentials.clock import SECOND_NS, Offset, SkewMeter, WallClock, skew_by_iat
from analyzer.analyses.credentials.forecast import is_in_use
from analyzer.analyses.credentials.lives import Life
from analyzer.analyses.credentials.outcomes import Lost, Outcome, united_ns
from analyzer.analyses.credentials.rows import (
    Authentication,
    ClockSkew,
    CredentialEvent,
    CredentialRow,
    CredentialTotals,
    Incident,
)
from analyzer.analyses.credentials.telling import Told
from analyzer.model import Unmeasurable

_UNKNOWN_EXPIRY = Unmeasurable("nothing in the capture says when it expires")
_BEFORE = Unmeasurable("it was issued before the capture began, and states no time itself")
_UNUSED = Unmeasurable("no request in the capture carried it")
_NOT_REPLACED = Unmeasurable("no other one replaced it in the capture")
_NOT_IN_USE = Unmeasurable("it was not in use at the capture's end")
_REVOKED = Unmeasurable("it was revoked before")
_NO_SUCCESS = Unmeasurable("the same user's same call did not succeed again in the capture")
_NO_REFUSAL_ENDED = Unmeasurable("no refused call succeeded again before the capture's end")
_NOT_THE_CREDENTIAL = ("page", "forbidden")


class Rows:
    """Makes rows of one capture; ``ends`` is when each life ends on the capture's clock."""

    def __init__(
        self,
        clock: WallClock,
        last_ns: int,
        known: Collection[int],
        ends: Mapping[str, int | None],
        offset: Callable[[Life], Offset],
    ) -> None:
        self._clock = clock
        self._last_ns = last_ns
        self._known = known
        self._ends = ends
        self._offset = offset

    def credentials(
        self,
        lives: Iterable[Life],
        judged: Sequence[Outcome],
        losses: Sequence[Lost],
        late_uses: Sequence[Call],
    ) -> tuple[CredentialRow, ...]:
        """In the order in which they were met."""
        refused: dict[str | None, int] = {}
        revoked = {one.credential for one in judged if one.cause == "revoked"}
        for one in judged:
            if one.cause not in (*_NOT_THE_CREDENTIAL, "masked"):
                refused[one.credential] = refused.get(one.credential, 0) + 1
        late = Counter(call.carried.bearer for call in late_uses)
        lost: dict[str | None, list[Lost]] = {}
        for each in losses:
            if each.first.cause not in _NOT_THE_CREDENTIAL:
                lost.setdefault(each.first.credential, []).append(each)
        ordered = sorted(lives, key=lambda life: (life.since, life.fingerprint))
        return tuple(
            self._credential(
                life,
                refused.get(life.fingerprint, 0),
                late[life.fingerprint],
                lost.get(life.fingerprint, []),
                is_revoked=life.fingerprint in revoked,
            )
            for life in ordered
        )

    def events(
        self, told: Sequence[Told], lives: Mapping[str, Life]
    ) -> tuple[CredentialEvent, ...]:
        return tuple(
            CredentialEvent(
                number,
                one.at_ns,
                one.kind,
                self._known_one(one.life),
                self._exchange(one.exchange),
                self._expires_us(lives.get(one.life or "")),
                one.detail,
            )
            for number, one in enumerate(told, 1)
        )

    def incidents(self, losses: Sequence[Lost]) -> tuple[Incident, ...]:
        rows = []
        for number, lost in enumerate(losses, 1):
            first, ended_ns = lost.first, lost.recovered_ns
            method, authority, path = first.call.key
            rows.append(
                Incident(
                    number,
                    self._exchange(first.call.exchange),
                    self._exchange(lost.recovered.exchange) if lost.recovered else None,
                    self._known_one(first.credential),
                    first.cause,
                    method,
                    authority,
                    path,
                    lost.began_ns,
                    _NO_SUCCESS if ended_ns is None else ended_ns,
                    _NO_SUCCESS if ended_ns is None else ended_ns - lost.began_ns,
                    lost.refusals,
                )
            )
        return tuple(rows)

    def _credential(
        self, life: Life, refused: int, late: int, lost: list[Lost], *, is_revoked: bool
    ) -> CredentialRow:
        issued_s, ends_ns = self._issued_s(life), self._ends.get(life.fingerprint)
        expires_s = life.expiry.at_s if life.expiry else None
        lifetime: int | Unmeasurable = _UNKNOWN_EXPIRY
        if expires_s is not None:
            lifetime = _BEFORE if issued_s is None else round((expires_s - issued_s) * SECOND_NS)
        age = self._age_ns(life, issued_s)
        first = life.came if life.was_issued and life.came else life.went
        remaining, refused_from = self._outlook(life, ends_ns, is_revoked=is_revoked)
        return CredentialRow(
            fingerprint=life.fingerprint,
            kind=life.kind,
            names=tuple(sorted(life.names)),
            parts=life.parts,
            length=life.length,
            authority=first.authority if first else "",
            place=first.place if first else "",
            exchange=self._exchange(first.exchange if first else None),
            issued_at=_BEFORE if issued_s is None else round(issued_s * 1e6),
            expires_at=_UNKNOWN_EXPIRY if expires_s is None else round(expires_s * 1e6),
            expiry_known_by=life.expiry.known_by if life.expiry else "unknown",
            lifetime_ns=lifetime,
            first_used_ns=life.went.at_ns if life.went else _UNUSED,
            last_used_ns=_UNUSED if life.last_used_ns is None else life.last_used_ns,
            requests=life.requests,
            replaced_by=life.replaced_by,
            replaced_ns=life.replaced.at_ns if life.replaced else None,
            age_at_refresh_ns=age,
            share_used=_share(age, lifetime),
            refused=refused,
            used_after_expiry=late,
            time_lost_ns=_lost_ns(lost),
            remaining_ns=remaining,
            refused_from_at=refused_from,
        )

    def _outlook(
        self, life: Life, ends_ns: int | None, *, is_revoked: bool
    ) -> tuple[int | Unmeasurable, int | Unmeasurable]:
        """How long it lives yet at the capture's end (ns), and the time of day (µs) of that."""
        if ends_ns is None:
            return _UNKNOWN_EXPIRY, _UNKNOWN_EXPIRY
        if is_revoked or not is_in_use(life):
            reason = _REVOKED if is_revoked else _NOT_IN_USE
            return reason, reason
        return ends_ns - self._last_ns, self._clock.wall_at(ends_ns) // 1000

    def _issued_s(self, life: Life) -> float | None:
        """What the credential states, else when the response came that brought it."""
        if life.issued_at_s is not None:
            return life.issued_at_s
        return self._clock.wall_s(life.came.at_ns) if life.was_issued and life.came else None

    def _age_ns(self, life: Life, issued_s: float | None) -> int | Unmeasurable:
        if life.replaced is None:
            return _NOT_REPLACED
        if issued_s is None:
            return _BEFORE
        ahead = 0 if life.issued_at_s is None else self._offset(life).assumed_ns
        return life.replaced.at_ns - self._clock.moment(issued_s) + ahead

    def _expires_us(self, life: Life | None) -> int | None:
        return None if life is None or life.expiry is None else round(life.expiry.at_s * 1e6)

    def _known_one(self, fingerprint: str | None) -> str | None:
        """A credential that has a row; of too many some have none."""
        return fingerprint if fingerprint in self._ends else None

    def _exchange(self, number: int | None) -> int | None:
        return number if number in self._known else None


def _share(age: int | Unmeasurable, lifetime: int | Unmeasurable) -> float | Unmeasurable:
    if isinstance(age, Unmeasurable):
        return age
    if isinstance(lifetime, Unmeasurable):
        return lifetime
    return age / lifetime if lifetime > 0 else Unmeasurable("its lifetime is not positive")


def _lost_ns(lost: Sequence[Lost]) -> int | Unmeasurable:
    """Of incidents that ended; nothing if there was none at all."""
    ended = [(one.began_ns, one.recovered_ns) for one in lost if one.recovered_ns is not None]
    if lost and not ended:
        return _NO_REFUSAL_ENDED
    return united_ns(ended)


def authentication(calls: Sequence[Call], judged: Sequence[Outcome]) -> tuple[Authentication, ...]:
    """A row an endpoint, the busiest first."""
    bad = {id(one.call): one.cause for one in judged}
    groups: dict[tuple[str, str, str], list[Call]] = {}
    for call in calls:
        groups.setdefault((call.key[1], call.key[0], call.endpoint), []).append(call)
    rows = [Authentication(*key, len(group), *_counts(group, bad)) for key, group in groups.items()]
    rows.sort(key=lambda row: (-row.requests, row.authority, row.path, row.method))
    return tuple(rows)


type _Counts = tuple[int, int, int, int, int, int, int]


def _counts(calls: Sequence[Call], bad: Mapping[int, str]) -> _Counts:
    """bearer, cookie only, other, none, refused, masked, pages; what is hidden is in none."""
    ways = [_way(call) for call in calls]
    causes = [bad.get(id(call), "") for call in calls]
    masked, pages = causes.count("masked"), causes.count("page")
    refused = len(calls) - causes.count("") - masked - pages
    bearer, cookie, other, none = map(ways.count, ("bearer", "cookie", "other", "none"))
    return bearer, cookie, other, none, refused, masked, pages


def _way(call: Call) -> str:
    if call.carried.bearer:
        return "bearer"
    if call.carried.hidden:
        return "hidden"
    if call.carried.login:
        return "cookie"
    return "other" if call.carried.others else "none"


def skews(
    meters: Mapping[str, SkewMeter], lives: Iterable[Life], clock: WallClock
) -> tuple[ClockSkew, ...]:
    by_iat: dict[str, list[int]] = {}
    for life in lives:
        if life.was_issued and life.came and life.issued_at_s is not None:
            least = round(life.issued_at_s * SECOND_NS) - clock.wall_at(life.came.at_ns)
            by_iat.setdefault(life.came.authority, []).append(least)
    rows = [meter.by_date(authority) for authority, meter in meters.items()]
    rows += [skew_by_iat(authority, leasts) for authority, leasts in by_iat.items()]
    return tuple(sorted(rows, key=lambda row: (row.authority, row.measured_by)))


def totals(
    credentials: int,
    calls: Sequence[Call],
    judged: Sequence[Outcome],
    losses: Sequence[Lost] | Unmeasurable,
) -> tuple[CredentialTotals, ...]:
    """One row, or none of a capture without exchanges and credentials."""
    if not calls and not credentials:
        return ()
    counts = _counts(calls, {id(one.call): one.cause for one in judged})
    if isinstance(losses, Unmeasurable):
        return (CredentialTotals(credentials, len(calls), *counts, losses, losses, losses),)
    recovered = sum(1 for lost in losses if lost.recovered)
    figures = (len(losses), recovered, _lost_ns(losses))
    return (CredentialTotals(credentials, len(calls), *counts, *figures),)


def timeless(row: CredentialRow, reason: str) -> CredentialRow:
    """A credential's row from a capture without times: what it states itself stays."""
    unknown = Unmeasurable(reason)
    fields = ("first_used_ns", "last_used_ns", "age_at_refresh_ns", "share_used")
    more = ("time_lost_ns", "remaining_ns", "refused_from_at")
    changed: dict[str, Any] = dict.fromkeys((*fields, *more), unknown) | {"replaced_ns": None}
    if isinstance(row.issued_at, Unmeasurable):
        changed |= {"issued_at": unknown, "lifetime_ns": unknown}
    return msgspec.structs.replace(row, **changed)
