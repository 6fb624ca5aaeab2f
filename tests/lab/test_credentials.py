"""Access credentials and sessions, with a clock that the tests move."""

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from analyzer.lab import credentials, refusals
from analyzer.lab.credentials import Bearer, Issuer
from analyzer.lab.options import CookieStyle, JwtAlgorithm
from analyzer.lab.sessions import COOKIE, Sessions
from analyzer.lab.truth import CredentialLine, TruthLog, read_truth

START_S = 1_800_000_000.0


class Clock:
    now_s = START_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[TruthLog]:
    log = TruthLog(tmp_path / "truth.jsonl")
    yield log
    log.close()


def facts(path: Path) -> list[tuple[str, str, str]]:
    lines = read_truth(path / "truth.jsonl")
    return [(line.what, line.kind, line.code) for line in lines if isinstance(line, CredentialLine)]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_claims_are_those_of_chat_services(
    truth: TruthLog, clock: Clock, algorithm: JwtAlgorithm
) -> None:
    access = Issuer(algorithm, 900, truth, clock).issue_access("session-1")
    claims = jwt.decode(access.token, options={"verify_signature": False})

    assert jwt.get_unverified_header(access.token)["alg"] == algorithm
    assert {"iss", "aud", "client_id", "iat", "nbf", "exp", "jti", "session_id", "scp", "sub"} | {
        "https://api.openai.com/auth",
        "https://api.openai.com/profile",
    } == set(claims)
    assert claims["exp"] - claims["iat"] == 900
    assert claims["session_id"] == "session-1"


def test_an_access_credential_expires(truth: TruthLog, clock: Clock, tmp_path: Path) -> None:
    issuer = Issuer("ES256", 60, truth, clock)
    access = issuer.issue_access("session-1")
    clock.now_s = START_S + 59

    assert issuer.check_access(access.token).session_id == "session-1"

    clock.now_s = START_S + 60
    with pytest.raises(refusals.Refused) as refused:
        issuer.check_access(access.token)

    assert refused.value.status == 401
    assert refused.value.body == {
        "detail": {
            "message": "Provided authentication token is expired. Please try signing in again.",
            "type": "invalid_request_error",
            "param": None,
            "code": "token_expired",
        }
    }
    assert facts(tmp_path) == [("issued", "access", ""), ("refused", "access", "token_expired")]


@pytest.mark.parametrize(
    ("refusal", "status", "body"),
    [
        (
            refusals.invalidated,
            401,
            {
                "error": {
                    "message": "Your authentication token has been invalidated."
                    " Please try signing in again.",
                    "type": "invalid_request_error",
                    "code": "token_invalidated",
                },
                "status": 401,
            },
        ),
        (
            refusals.logged_out,
            401,
            {
                "detail": "Your authentication token has been invalidated."
                " Please try signing in again."
            },
        ),
    ],
)
def test_a_revoked_credential_is_refused_before_its_end(
    truth: TruthLog, clock: Clock, refusal: type, status: int, body: object
) -> None:
    issuer = Issuer("ES256", 900, truth, clock)
    access = issuer.issue_access("session-1")
    issuer.revoke(access, refusal)

    with pytest.raises(refusals.Refused) as refused:
        issuer.check_access(access.token)

    assert (refused.value.status, refused.value.body) == (status, body)
    assert not issuer.is_usable(access)


def test_blocked_is_403_in_html() -> None:
    assert refusals.blocked().status == 403
    assert refusals.blocked().response().headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_credential_of_ours_is_invalid(
    truth: TruthLog, clock: Clock, token: str
) -> None:
    with pytest.raises(refusals.Refused, match="invalid_jwt"):
        Issuer("ES256", 900, truth, clock).check_access(token)


def test_an_opaque_credential_says_nothing_and_ends_on_time(
    truth: TruthLog, clock: Clock, tmp_path: Path
) -> None:
    clock.now_s = START_S + 0.25
    issuer = Issuer("ES256", 60, truth, clock, "opaque")
    access = issuer.issue_access("session-1")
    clock.now_s = START_S + 60.2
    bearer = issuer.check_access(access.token)
    clock.now_s = START_S + 60.25
    with pytest.raises(refusals.Refused, match="token_expired"):
        issuer.check_access(access.token)

    assert bearer == Bearer("session-1", access.jti, START_S + 60.25)
    assert access.token.count(".") == 0
    assert access.token not in (tmp_path / "truth.jsonl").read_text()
    assert facts(tmp_path) == [("issued", "access", ""), ("refused", "access", "token_expired")]


def test_the_oldest_opaque_credential_goes_when_there_are_too_many(
    truth: TruthLog, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "MAX_OPAQUE", 2)
    issuer = Issuer("ES256", 60, truth, clock, "opaque")
    first, second, third = (issuer.issue_access(f"session-{n}") for n in range(3))
    with pytest.raises(refusals.Refused, match="invalid_jwt"):
        issuer.check_access(first.token)

    assert issuer.check_access(second.token).session_id == "session-1"
    assert issuer.check_access(third.token).session_id == "session-2"


def test_another_labs_credential_is_invalid(truth: TruthLog, clock: Clock) -> None:
    foreign = Issuer("ES256", 900, truth, clock).issue_access("session-1")

    with pytest.raises(refusals.Refused, match="invalid_jwt"):
        Issuer("ES256", 900, truth, clock).check_access(foreign.token)


def test_a_resume_credential_is_no_access_credential(truth: TruthLog, clock: Clock) -> None:
    issuer = Issuer("ES256", 900, truth, clock)

    with pytest.raises(refusals.Refused, match="invalid_jwt"):
        issuer.check_access(issuer.issue_resume("conversation-1"))


def test_a_session_hands_out_one_credential_until_it_is_nearly_over(
    truth: TruthLog, clock: Clock
) -> None:
    issuer, sessions = Issuer("ES256", 100, truth, clock), Sessions("plain", None, truth, clock)
    session = sessions.open()
    first = sessions.access(session, issuer)
    clock.now_s = START_S + 89
    again = sessions.access(session, issuer)
    clock.now_s = START_S + 90
    renewed = sessions.access(session, issuer)

    assert again == first
    assert renewed != first


def jar(set_cookies: list[str]) -> dict[str, str]:
    """What a browser keeps of Set-Cookie values."""
    pairs = [cookie.partition(";")[0].partition("=") for cookie in set_cookies]
    return {name: value for name, _, value in pairs if value}


@pytest.mark.parametrize(("style", "count"), [("plain", 1), ("chunked", 2)])
def test_a_session_is_found_by_its_cookies(
    truth: TruthLog, clock: Clock, style: CookieStyle, count: int
) -> None:
    sessions = Sessions(style, None, truth, clock)
    session = sessions.open()
    cookies = jar(sessions.set_cookies(session, {}))

    assert len(cookies) == count
    assert sessions.find(cookies) is session
    assert sessions.find({name: value[:-1] for name, value in cookies.items()}) is None
    assert sessions.find({}) is None


def test_a_rotation_to_chunks_clears_the_plain_cookie(
    truth: TruthLog, clock: Clock, tmp_path: Path
) -> None:
    sessions = Sessions("chunked-on-rotation", 30, truth, clock)
    session = sessions.open()
    plain = jar(sessions.set_cookies(session, {}))
    clock.now_s = START_S + 29
    early = sessions.rotate_if_due(session)
    clock.now_s = START_S + 30
    due = sessions.rotate_if_due(session)
    cookies = sessions.set_cookies(session, plain)

    assert (early, due) == (False, True)
    assert cookies[0].startswith(f"{COOKIE}=; Max-Age=0;")
    assert [cookie.partition("=")[0] for cookie in cookies[1:]] == [f"{COOKIE}.0", f"{COOKIE}.1"]
    assert sessions.find(jar(cookies)) is session
    assert ("rotated", "session", "") in facts(tmp_path)


def test_the_value_before_a_rotation_works_for_ten_seconds(truth: TruthLog, clock: Clock) -> None:
    sessions = Sessions("plain", 30, truth, clock)
    session = sessions.open()
    old = jar(sessions.set_cookies(session, {}))
    clock.now_s = START_S + 30
    sessions.rotate_if_due(session)
    clock.now_s = START_S + 40
    within = sessions.find(old)
    clock.now_s = START_S + 40.001

    assert within is session
    assert sessions.find(old) is None


def test_a_closed_session_is_forgotten(truth: TruthLog, clock: Clock) -> None:
    sessions = Sessions("plain", None, truth, clock)
    session = sessions.open()
    cookies = jar(sessions.set_cookies(session, {}))

    sessions.close(session)

    assert sessions.find(cookies) is None
    assert sessions.by_id(session.id) is None


def test_secrets_never_reach_the_log(truth: TruthLog, clock: Clock, tmp_path: Path) -> None:
    issuer, sessions = Issuer("ES256", 100, truth, clock), Sessions("plain", 0, truth, clock)
    session = sessions.open()
    secrets = [session.secret, sessions.access(session, issuer).token, issuer.issue_resume("c")]
    sessions.rotate_if_due(session)
    logged = (tmp_path / "truth.jsonl").read_text()

    assert "rotated" in logged
    assert not any(secret in logged for secret in [*secrets, session.secret])
