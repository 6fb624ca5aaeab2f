"""Credentials against the lab's truth: everything that befell them.

Over HTTP/2 and HTTP/3, as JWTs and opaque, with streams that survive their credential and that
are cut. Truth names access credentials by their ``jti``, captures by fingerprint: the n-th that was
issued is the n-th that came.
"""

import pytest
from recorded import Recorded

from analyzer.analyses.credentials.rows import CredentialEvent, CredentialRow, EventKind
from analyzer.lab.truth import CredentialLine, RequestLine
from analyzer.model import Exchange

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]

DETAILS = {
    "token_expired": "401 token_expired",
    "token_invalidated": "401 token_invalidated",
    "session_revoked": (
        "401 Your authentication token has been invalidated. Please try signing in again."
    ),
    "blocked": "403, HTML of a gateway, not a credential's",
    "missing": "401 Unauthorized: no bearer was sent",
}
"""What an event says of each refusal of the lab."""

CAUSES = {
    "token_expired": "expired",
    "token_invalidated": "revoked",
    "session_revoked": "revoked",
    "blocked": "page",
    "missing": "missing",
    "masked": "masked",
}
"""Why, in our words, a request came to what the lab says."""

WHOLE_SECONDS_US = 1_000_000
"""How far the end of an opaque credential may be off: `expires_in` is rounded."""


class Compared:
    """The lab's lines and our rows of one session."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.found = found = recorded.result.answers.credentials
        self.bearers = [
            one for one in found.credentials if one.kind == "bearer" and one.exchange is not None
        ]
        issued = self.lines("issued", "access")
        self.named = {
            line.id: bearer.fingerprint for line, bearer in zip(issued, self.bearers, strict=True)
        }

    def lines(self, what: str, kind: str = "access") -> list[CredentialLine]:
        return [
            line
            for line in self.recorded.lines(CredentialLine)
            if line.what == what and line.kind == kind
        ]

    def events(self, kind: EventKind) -> list[CredentialEvent]:
        return [one for one in self.found.credential_events if one.kind == kind]

    def ours(self) -> dict[int, RequestLine]:
        """The lab's line of each exchange, in order of arrival."""
        numbers = self.recorded.numbers
        lines = sorted(self.recorded.requests.values(), key=lambda line: line.mono_ns)
        return {numbers[line.request]: line for line in lines}

    @property
    def is_opaque(self) -> bool:
        return "opaque" in self.recorded.page["wished"]

    def outcome(self, line: RequestLine) -> str:
        """What became of a request, with one more mask: no session for a cookie that was sent."""
        closed = self.lines("revoked", "session")
        is_session = line.path == "/api/auth/session"
        if closed and is_session and line.mono_ns > closed[0].mono_ns:
            return "masked"
        return line.credential

    def exchange(self, number: int | None) -> Exchange:
        (one,) = [each for each in self.recorded.exchanges.values() if each.exchange == number]
        return one


@pytest.fixture
def compared(expiring: Recorded) -> Compared:
    return Compared(expiring)


def test_every_issued_bearer_came_with_its_times(compared: Compared) -> None:
    issued = compared.lines("issued")

    assert len(issued) == len(compared.bearers) == len(compared.events("issued")) - extra(compared)
    for line, bearer in zip(issued, compared.bearers, strict=True):
        exchange = compared.exchange(bearer.exchange)
        assert exchange.sent_ns is not None
        assert exchange.ended_ns is not None
        assert exchange.sent_ns <= line.mono_ns <= exchange.ended_ns
        if compared.is_opaque:
            assert bearer.expiry_known_by == "expires_in"
            assert abs(micros(bearer.expires_at) - micros(line.expires_at_s)) < WHOLE_SECONDS_US
            assert abs(micros(bearer.issued_at) - line.wall_ns // 1_000) < WHOLE_SECONDS_US
        else:
            assert bearer.expiry_known_by == "jwt exp"
            assert bearer.issued_at == micros(line.issued_at_s)
            assert bearer.expires_at == micros(line.expires_at_s)


def micros(moment: object) -> int:
    """A moment of a row (µs) or of the truth log (Unix seconds) in µs."""
    assert isinstance(moment, int | float)
    return moment if isinstance(moment, int) and moment > 10**12 else round(moment * 1_000_000)


def test_every_resume_credential_of_a_stream_is_one(compared: Compared) -> None:
    resumes = [one for one in compared.found.credentials if one.kind == "resume"]
    lines = compared.lines("issued", "resume")

    assert lines
    assert [(one.issued_at, one.expires_at) for one in resumes] == [
        (micros(line.issued_at_s), micros(line.expires_at_s)) for line in lines
    ]


def extra(compared: Compared) -> int:
    """Session cookies and resume credentials that were issued or rotated, too."""
    sessions = compared.lines("issued", "session") + compared.lines("rotated", "session")
    return len(sessions) + len(compared.lines("issued", "resume"))


def test_every_refusal_is_told_with_its_credential_and_code(compared: Compared) -> None:
    truth = [(compared.named[line.id], DETAILS[line.code]) for line in compared.lines("refused")]
    told = compared.events("refused")

    assert [(one.credential, one.detail) for one in told if one.credential] == truth
    assert [(one.exchange, one.detail) for one in told] == [
        (number, DETAILS[line.credential])
        for number, line in compared.ours().items()
        if line.status in (401, 403)
    ]
    last = "token_expired" if compared.recorded.protocol == "h2" else "session_revoked"
    assert [line.code for line in compared.lines("refused")] == [
        *["token_expired"] * 3, "token_invalidated", "blocked", last,
    ]  # fmt: skip


def test_what_was_revoked_is_told_apart_from_what_a_gateway_refused(compared: Compared) -> None:
    truth = [
        compared.named[line.id] for line in compared.lines("revoked") if line.code != "blocked"
    ]
    blocked = [one for one in compared.found.credential_incidents if one.cause == "page"]

    assert [one.credential for one in compared.events("revoked")] == truth
    assert len(blocked) == sum(line.code == "blocked" for line in compared.lines("revoked"))


def test_requests_after_the_expiry_are_those_that_the_lab_refused_as_expired(
    compared: Compared,
) -> None:
    truth = [n for n, line in compared.ours().items() if line.credential == "token_expired"]

    assert sorted(one.exchange or 0 for one in compared.events("used_after_expiry")) == sorted(
        truth
    )
    assert len(truth) >= 2


def test_masked_answers_are_those_that_the_lab_masked(compared: Compared) -> None:
    truth = [n for n, line in compared.ours().items() if compared.outcome(line) == "masked"]

    assert [one.exchange for one in compared.events("masked")] == truth
    assert len(truth) == (2 if compared.recorded.protocol == "h2" else 3)


def test_a_stream_that_was_open_at_the_expiry_survived_or_not(compared: Compared) -> None:
    numbers = compared.recorded.numbers
    truth = [
        (numbers[line.stream], compared.named[line.id], line.code)
        for line in compared.lines("expired_mid_stream")
    ]
    told = [
        (one.exchange, one.credential, "cut" if one.detail.startswith("did not") else "survive")
        for one in compared.events("expired_mid_stream")
    ]

    assert told == truth
    assert [fate for *_, fate in truth] == [compared.recorded.page["wished"][0]]


def test_incidents_end_with_the_next_success_of_the_same_call(compared: Compared) -> None:
    """Worked out from the lab's lines alone; time lost is between the two answers."""
    truth: list[tuple[int, str, int | None, int]] = []
    opened: dict[tuple[str, str, bool], list[tuple[int, str]]] = {}
    for number, line in compared.ours().items():
        outcome = compared.outcome(line)
        if outcome == "masked" or line.status in (401, 403):
            key = (line.method, line.path, outcome == "masked")
            opened.setdefault(key, []).append((number, CAUSES[outcome]))
        else:
            for each in (False, True):
                refused = opened.pop((line.method, line.path, each), None)
                truth += [(*refused[0], number, len(refused))] if refused else []
    truth += [(*refused[0], None, len(refused)) for refused in opened.values()]
    incidents = compared.found.credential_incidents

    assert [
        (one.exchange, one.cause, one.recovered_exchange_id, one.refusals) for one in incidents
    ] == sorted(truth)
    for one in incidents:
        if one.recovered_exchange_id is not None:
            ended = compared.exchange(one.recovered_exchange_id).headers_ns
            begun = compared.exchange(one.exchange).headers_ns
            assert ended is not None
            assert begun is not None
            assert one.time_lost_ns == ended - begun
    recovered = [one for one in incidents if one.recovered_exchange_id is not None]
    assert len(compared.events("recovered")) == len(recovered) >= 3


def test_each_bearer_is_refreshed_by_the_next_one_and_the_last_by_none(compared: Compared) -> None:
    order = [one.fingerprint for one in compared.bearers]
    revoked = {compared.named[line.id]: line.mono_ns for line in compared.lines("revoked")}
    last = compared.bearers[-1]

    assert [one.replaced_by for one in compared.bearers] == [*order[1:], ""]
    assert [one.credential for one in compared.events("refreshed")] == order[:-1]
    assert [one.credential for one in compared.events("never_refreshed")] == [last.fingerprint]
    for bearer in compared.bearers[:-1]:
        assert isinstance(bearer.share_used, float)
        late = bearer.fingerprint not in revoked
        assert (bearer.share_used > 1) == late, "revoked ones are refreshed early, others late"


def test_the_session_cookie_is_followed_through_its_rotations(compared: Compared) -> None:
    sessions = [one for one in compared.found.credentials if one.kind == "session"]
    lines = compared.lines("issued", "session") + compared.lines("rotated", "session")
    rotated = compared.events("rotated")

    assert len(sessions) == len(lines)
    assert [one.parts for one in sessions] == [1] + [2] * (len(sessions) - 1)
    for line, cookie in zip(lines, sessions, strict=True):
        assert cookie.expiry_known_by == "cookie Max-Age"
        assert abs(expiry_s(cookie) - (line.expires_at_s or 0)) < 1
    for line, event in zip(compared.lines("rotated", "session"), rotated, strict=True):
        exchange = compared.exchange(event.exchange)
        assert (exchange.sent_ns or 0) <= line.mono_ns <= (exchange.headers_ns or 0)
    assert "now in 2 chunks" in rotated[0].detail
    assert "cleared with Max-Age 0" in rotated[0].detail


def expiry_s(row: CredentialRow) -> float:
    assert isinstance(row.expires_at, int)
    return row.expires_at / 1_000_000


def test_the_map_counts_what_the_lab_counted(compared: Compared) -> None:
    lines = [line for line in compared.ours().values() if line.path.startswith("/backend-api")]
    rows = [one for one in compared.found.authentication if one.path.startswith("/backend-api")]

    assert sum(one.requests for one in rows) == len(lines)
    assert sum(one.masked for one in rows) == sum(line.credential == "masked" for line in lines)
    assert sum(one.pages for one in rows) == sum(line.credential == "blocked" for line in lines)
    assert sum(one.refused for one in rows) == sum(line.status == 401 for line in lines)
    assert sum(one.cookie_only for one in rows) == sum(
        line.credential in ("masked", "missing") for line in lines
    )
    assert sum(one.bearer for one in rows) == sum(
        line.credential not in ("masked", "missing", "none") for line in lines
    )


def test_the_clocks_of_one_machine_do_not_differ(compared: Compared) -> None:
    authority = compared.bearers[0].authority
    (skew,) = [
        one
        for one in compared.found.clock_skew
        if one.authority == authority and one.measured_by == "Date"
    ]

    assert isinstance(skew.at_most_ns, int)
    assert skew.at_least_ns <= 0 <= skew.at_most_ns
    assert skew.at_most_ns - skew.at_least_ns < 1_000_000_000


def test_nothing_is_refused_where_nothing_expires(session: Recorded) -> None:
    found = session.result.answers.credentials

    assert found.credential_incidents == ()
    assert found.credential_totals[0].refused == found.credential_totals[0].masked == 0
    assert found.credential_totals[0].bearer > 30
