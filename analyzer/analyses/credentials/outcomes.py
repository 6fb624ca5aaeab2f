"""What became of each request: refused, masked or good; and how long refusals cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import msgspec

from analyzer.analyses.credentials.calls import Call, Key
from analyzer.analyses.credentials.rows import Cause

MASKING_CODE = "conversation_inaccessible"
"""A 404 with this code, for what could be read before, is a refusal in disguise."""


class Outcome(msgspec.Struct, frozen=True):
    """A request that was not answered as asked, why, and what to say of it."""

    call: Call
    cause: Cause
    credential: str | None
    detail: str


class Lost(msgspec.Struct, frozen=True):
    """From the first refusal of a call to its next success; None if there was none."""

    first: Outcome
    refusals: int
    recovered: Call | None

    @property
    def began_ns(self) -> int:
        return answered(self.first.call)

    @property
    def recovered_ns(self) -> int | None:
        return None if self.recovered is None else answered(self.recovered)


def answered(call: Call) -> int:
    """When a call's answer was known."""
    return call.started_ns if call.answered_ns is None else call.answered_ns


type UserOf = Callable[[Call], str]
"""Tells users apart; "" is nobody known."""


_READING = ("GET", "HEAD", "OPTIONS")


@dataclass
class Validity:
    """When a bearer ends on the capture's clock: at the earliest, as assumed, at the latest."""

    earliest_ns: int
    assumed_ns: int
    latest_ns: int


def judge(
    calls: Sequence[Call], validity: Mapping[str, Validity], user_of: UserOf
) -> list[Outcome]:
    """Every refused and masked request, in the order of the answers.

    ``calls`` are ordered by their answers. A refusal is ``expired`` if its credential had
    ended when it was answered, or if the service says so; ``revoked`` if it had not, even at
    the earliest moment that the clocks allow, no later request with it succeeded, and either
    the service says so or the same call had worked with it.
    """
    accepted: dict[str, int] = {}
    worked: set[tuple[str, Key]] = set()
    for call in calls:
        if call.has_worked and call.carried.bearer and not call.answer.hands_out:
            last_ns = accepted.get(call.carried.bearer, call.started_ns)
            accepted[call.carried.bearer] = max(last_ns, call.started_ns)
            worked.add((call.carried.bearer, call.key))
    with_bearer = {call.authority for call in calls if call.carried.bearer}
    judged, masks = list[Outcome](), _Masks(validity, user_of)
    for call in calls:
        if call.refusal is not None:
            outcome = _refused(call, validity, accepted, with_bearer)
            if outcome.cause == "revoked" and not call.refusal.says_revoked:
                is_known = (call.carried.bearer, call.key) in worked
                outcome = outcome if is_known else msgspec.structs.replace(outcome, cause="refused")
            judged.append(outcome)
        elif (masked := masks.see(call)) is not None:
            judged.append(masked)
    return judged


def _refused(
    call: Call,
    validity: Mapping[str, Validity],
    accepted: Mapping[str, int],
    with_bearer: set[str],
) -> Outcome:
    refusal, bearer = call.refusal, call.carried.bearer
    assert refusal is not None
    said = str(refusal)
    if refusal.what == "page":
        return Outcome(
            call, "page", call.credential, f"{said}, HTML of a gateway, not a credential's"
        )
    if refusal.what == "forbidden":
        return Outcome(
            call, "forbidden", call.credential, f"{said}: the credential is not the cause"
        )
    if not (bearer or call.carried.hidden) and call.authority in with_bearer:
        return Outcome(call, "missing", None, f"{said}: no bearer was sent")
    ends = validity.get(bearer)
    if refusal.says_expired or (ends is not None and call.started_ns >= ends.assumed_ns):
        return Outcome(call, "expired", call.credential, said)
    is_final = accepted.get(bearer, -1) <= answered(call)
    if ends is not None and answered(call) < ends.earliest_ns and is_final:
        return Outcome(call, "revoked", call.credential, said)
    return Outcome(call, "refused", call.credential, said)


def late_uses(
    calls: Sequence[Call], validity: Mapping[str, Validity], judged: Sequence[Outcome]
) -> list[Call]:
    """Requests that went out with a bearer that had ended.

    What the service accepted was late only if no clock allows otherwise.
    """
    refused = {id(one.call) for one in judged if one.cause != "masked"}
    late: list[Call] = []
    for call in calls:
        ends = validity.get(call.carried.bearer)
        if ends is not None:
            from_ns = ends.assumed_ns if id(call) in refused else ends.latest_ns
            late += [call] if call.started_ns >= from_ns else []
    return late


class _Masks:
    """Finds refusals in disguise, call by call in the order of the answers.

    Only what the same user has got before, by the same call with the same query, can be masked;
    a list, only if a bearer got it: services that go by cookies have lists that end, too.
    """

    def __init__(self, validity: Mapping[str, Validity], user_of: UserOf) -> None:
        self._validity = validity
        self._user_of = user_of
        self._filled: dict[tuple[Key, str], set[str]] = {}
        self._worked: dict[Key, set[str]] = {}
        self._issued: set[Key] = set()

    def see(self, call: Call) -> Outcome | None:
        detail = self._disguise(call)
        if detail is not None:
            return Outcome(call, "masked", call.credential, detail)
        method, authority, path = call.key
        if method not in _READING and call.has_worked:
            self._worked.pop(("GET", authority, path), None)  # it may have been deleted
        elif call.status == 200:
            user = self._user_of(call)
            self._worked.setdefault(call.key, set()).add(user)
            if call.answer.listing == "filled" and call.carried.bearer:
                self._filled.setdefault((call.key, call.query), set()).add(user)
            if call.answer.hands_out:
                self._issued.add(call.key)
        return None

    def _disguise(self, call: Call) -> str | None:
        if (
            call.status == 404
            and call.code == MASKING_CODE
            and self._is_one_of(self._worked.get(call.key, set()), call)
        ):
            return f"404 {MASKING_CODE}, after the same call had worked"
        if call.status != 200:
            return None
        if call.answer.is_empty_object and call.key in self._issued and call.carried.login:
            return "200 with {}: logged out, though the session's cookie was sent"
        if call.answer.listing == "empty" and self._is_one_of(
            self._filled.get((call.key, call.query), set()), call
        ):
            without = self._without_bearer(call)
            return f"200 with an empty list, {without}; it was filled before" if without else None
        return None

    def _is_one_of(self, users: set[str], call: Call) -> bool:
        """Whether this user got it before; of nobody known it is enough that anybody did."""
        user = self._user_of(call)
        return bool(users) and (not user or user in users)

    def _without_bearer(self, call: Call) -> str:
        bearer = call.carried.bearer
        if call.carried.hidden and not bearer:
            return ""
        if not bearer:
            return "on the cookie alone" if call.carried.cookies else "without a credential"
        ends = self._validity.get(bearer)
        return "by an expired bearer" if ends and call.started_ns >= ends.assumed_ns else ""


def find_losses(calls: Sequence[Call], judged: Sequence[Outcome], user_of: UserOf) -> list[Lost]:
    """Refusals with what they cost, in the order in which they began.

    The same call is the same method, authority and path by the same user; its success counts
    if it was asked for after the refusal was known. Masked refusals, which clients take for
    answers, are counted apart from open ones. What is lost is refusal's answer to success's
    answer: a success takes as long as it would have taken at once.
    """
    bad = {id(outcome.call): outcome for outcome in judged}
    opened: dict[tuple[Key, str, bool], tuple[Outcome, int]] = {}
    losses: list[Lost] = []
    for call in calls:
        outcome, user = bad.get(id(call)), user_of(call)
        if outcome is not None:
            key = (call.key, user, outcome.cause == "masked")
            first, count = opened.get(key) or (outcome, 0)
            opened[key] = (first, count + 1)
            continue
        # What was asked without any credential may have been asked by anybody.
        for key in product((call.key,), {user, ""}, (False, True)):
            begun = opened.get(key)
            if begun and call.has_worked and call.started_ns >= answered(begun[0].call):
                losses.append(Lost(*begun, call))
                del opened[key]
    losses += [Lost(first, count, None) for first, count in opened.values()]
    return sorted(losses, key=lambda lost: (lost.began_ns, lost.first.call.exchange))


def united_ns(spans: Sequence[tuple[int, int]]) -> int:
    """How long at least one of the spans lasted: refusals at once are waited for once."""
    total, end = 0, None
    for begin, until in sorted(spans):
        if end is None or begin > end:
            total += max(0, until - begin)
            end = until
        elif until > end:
            total += until - end
            end = until
    return total
