"""Lives and outcomes told as events, in order of time."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from analyzer.analyses.credentials.calls import Call
from analyzer.analyses.credentials.lives import LOGINS, Life, Met
from analyzer.analyses.credentials.outcomes import Lost, Outcome, answered
from analyzer.analyses.credentials.refusals import says_expired
from analyzer.analyses.credentials.rows import EventKind

_ORDER: dict[str, int] = {kind: place for place, kind in enumerate(get_args(EventKind.__value__))}


class Told(NamedTuple):
    """An event before it has its number; ``life`` is the fingerprint of its credential."""

    at_ns: int
    kind: EventKind
    life: str | None
    exchange: int | None
    detail: str


class Story(NamedTuple):
    """What the capture says of one life: when it ends, and until when the capture goes."""

    life: Life
    expires_ns: int | None
    last_ns: int
    is_revoked: bool


def in_order(told: Iterable[Told]) -> list[Told]:
    return sorted(
        told, key=lambda one: (one.at_ns, _ORDER[one.kind], one.exchange or 0, one.life or "")
    )


def tell_life(story: Story) -> list[Told]:
    """Issued, first used, replaced, expired, never refreshed."""
    life, expires_ns = story.life, story.expires_ns
    if life.kind not in LOGINS:
        return []
    told: list[Told] = []
    if life.was_issued and life.came:
        told.append(_met("issued", life, life.came, life.came.place))
    if life.went:
        told.append(_met("first_used", life, life.went, life.went.place))
    if life.replaced:
        told.append(_replaced(life, life.replaced))
    has_expired = expires_ns is not None and life.since.at_ns <= expires_ns <= story.last_ns
    if has_expired and expires_ns is not None:
        known_by = life.expiry.known_by if life.expiry else ""
        said = f"by {known_by}"
        if life.replaced and life.replaced.at_ns <= expires_ns:
            said += "; it had been replaced"
        told.append(Told(expires_ns, "expires", life.fingerprint, None, said))
    is_over = has_expired or story.is_revoked
    if life.kind == "bearer" and life.requests and is_over and not life.replaced:
        why = "revoked" if story.is_revoked else "expired"
        detail = f"{why}, and none came after it"
        told.append(Told(story.last_ns, "never_refreshed", life.fingerprint, None, detail))
    return told


def _met(kind: EventKind, life: Life, met: Met, detail: str) -> Told:
    return Told(met.at_ns, kind, life.fingerprint, met.exchange, detail)


def _replaced(life: Life, met: Met) -> Told:
    kind: EventKind = "rotated" if life.kind == "session" else "refreshed"
    detail = (f"{life.note}; " if life.note else "") + f"by {life.replaced_by}"
    return _met(kind, life, met, detail)


def tell_late_use(call: Call, expires_ns: int) -> Told:
    """A request that went out with a bearer that had ended."""
    outcome = "no answer" if call.status is None else f"answered {call.status}"
    late_s = (call.started_ns - expires_ns) / 1e9
    detail = f"{late_s:.3f} s after it, {outcome}"
    return Told(call.started_ns, "used_after_expiry", call.carried.bearer, call.exchange, detail)


def tell_stream(call: Call, expires_ns: int | None, last_ns: int) -> list[Told]:
    """A stream that was open when its bearer ended, and whether it survived that.

    A service that ends it and says why has the last word on when that was: an ``expires_in``
    in whole seconds is off by up to one.
    """
    if not call.streamed or call.refusal or call.answered_ns is None:
        return []
    until_ns = last_ns if call.ended_ns is None else call.ended_ns
    if call.turn == "error" and says_expired(call.turn_error):
        at_ns = until_ns if expires_ns is None else min(expires_ns, until_ns)
        said = "did not survive: ended by an error that says so"
        return [Told(at_ns, "expired_mid_stream", call.carried.bearer, call.exchange, said)]
    if expires_ns is None or not call.answered_ns <= expires_ns <= until_ns:
        return []
    said = _survival(call, (until_ns - expires_ns) / 1e9)
    if call.last_byte_ns is None or call.last_byte_ns <= expires_ns:
        said += "; nothing came after the expiry"
    return [Told(expires_ns, "expired_mid_stream", call.carried.bearer, call.exchange, said)]


def _survival(call: Call, after_s: float) -> str:
    """How a stream ended, ``after_s`` after its credential."""
    match call.how:
        case "complete" if call.turn in ("error", "cut"):
            what = "ended by an error" if call.turn == "error" else "cut off"
            return f"did not survive: {what} {after_s:.3f} s later"
        case "complete":
            return f"survived: complete {after_s:.3f} s later"
        case "client_abort":
            return f"survived until the client left {after_s:.3f} s later"
        case "unfinished":
            return "unknown: still open at the capture's end"
        case _:
            return f"did not survive: {call.how} {after_s:.3f} s later"


def tell_outcomes(judged: Sequence[Outcome]) -> list[Told]:
    """Refusals and masks; of a revocation the first refusal is told."""
    told: list[Told] = []
    revoked: set[str | None] = set()
    for outcome in judged:
        call, at_ns = outcome.call, answered(outcome.call)
        kind: EventKind = "masked" if outcome.cause == "masked" else "refused"
        told.append(Told(at_ns, kind, outcome.credential, call.exchange, outcome.detail))
        if outcome.cause == "revoked" and outcome.credential not in revoked:
            revoked.add(outcome.credential)
            detail = f"{outcome.detail}: refused before its expiry, never accepted again"
            told.append(Told(at_ns, "revoked", outcome.credential, call.exchange, detail))
    return told


def tell_recoveries(losses: Sequence[Lost]) -> list[Told]:
    """Each call that worked again."""
    told: list[Told] = []
    for lost in losses:
        call, at_ns = lost.recovered, lost.recovered_ns
        if call is None or at_ns is None:
            continue
        lost_s = (at_ns - lost.began_ns) / 1e9
        first = lost.first.call.exchange
        detail = f"{lost_s:.3f} s after exchange {first}: {call.key[0]} {call.endpoint}"
        told.append(Told(at_ns, "recovered", call.credential, call.exchange, detail))
    return told
