"""Lives of credentials as the events, figures and the map of a whole capture tell them."""

import msgspec
import pytest
from asked import HEAD, ask
from signing_in import (
    CHAT,
    COOKIE,
    EPOCH_S,
    LIST,
    REFUSED_EXPIRED,
    REFUSED_INVALIDATED,
    REFUSED_PLAIN,
    SECOND,
    SESSION,
    TOOK_NS,
    A,
    B,
    C,
    D,
    a_call,
    a_session,
    a_stream,
    at,
    date,
    events,
    fitted,
    found_in,
    jwt,
    kinds,
    row,
)

from analyzer.analyses.credentials import CredentialsFound, CredentialsQuestion
from analyzer.model import Credential, RequestHead, Unmeasurable

FILLED = {"items": [{"id": "x"}], "total": 1}
EMPTY: dict[str, object] = {"items": [], "total": 0}
CARRIED = f"{COOKIE}={D}"


def test_an_empty_capture_has_no_rows_and_leaves_nothing_unsaid() -> None:
    assert found_in() == CredentialsFound()


def test_a_shape_does_not_claim_that_nothing_was_carried() -> None:
    """Its requests have no headers left; those of a recording without content have."""
    head = msgspec.structs.replace(HEAD, redaction="shape")
    (found, other) = (
        ask(
            CredentialsQuestion,
            [RequestHead(1, 0, "GET", "https", "a", "/", "HTTP/2.0", kept)],
            head,
        )
        for kept in ((), (("accept", "*/*"),))
    )

    assert [one.figure for one in found.unanswered] == ["all credentials"]
    assert found.credential_totals == ()
    assert other.credential_totals != ()


def test_a_bearer_that_expires_in_use_is_followed_to_its_successor() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(2, 1, bearer=A, body=FILLED),
        a_call(3, 12, bearer=A, status=401, body=REFUSED_EXPIRED),
        a_session(4, 13, B, iat=13, exp=23),
        a_call(5, 14, bearer=B, body=FILLED),
    )

    assert kinds(found, A) == [
        "issued", "first_used", "expires", "used_after_expiry", "refused", "refreshed",
    ]  # fmt: skip
    assert kinds(found, B) == ["issued", "first_used", "recovered"]
    assert [one.at_ns for one in events(found, "expires")] == [at(10)]
    assert [one.event for one in found.credential_events] == list(
        range(1, len(found.credential_events) + 1)
    )


def test_a_row_has_the_figures_of_a_life() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(2, 1, bearer=A, body=FILLED),
        a_call(3, 12, bearer=A, status=401, body=REFUSED_EXPIRED),
        a_session(4, 13, B, iat=13, exp=23),
        a_call(5, 14, bearer=B, body=FILLED),
    )
    life = row(found, A)

    assert (life.kind, life.names, life.place) == (
        "bearer", ("accessToken",), "response body accessToken",
    )  # fmt: skip
    assert (life.exchange, life.authority, life.length) == (1, CHAT, 900)
    assert life.issued_at == EPOCH_S * 10**6
    assert life.expires_at == (EPOCH_S + 10) * 10**6
    assert (life.expiry_known_by, life.lifetime_ns) == ("jwt exp", at(10))
    assert (life.first_used_ns, life.last_used_ns, life.requests) == (at(1), at(12), 2)
    assert (life.replaced_by, life.replaced_ns) == (B, at(13) + TOOK_NS)
    assert life.age_at_refresh_ns == at(13) + TOOK_NS
    assert life.share_used == pytest.approx(1.304)
    assert (life.refused, life.used_after_expiry, life.time_lost_ns) == (1, 1, at(2))


def test_time_is_lost_from_the_refusals_answer_to_the_successs() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(
            2, 12, bearer=A, cookies=(CARRIED,), status=401, body=REFUSED_EXPIRED, took_ns=at(0.5)
        ),
        a_call(3, 13, bearer=A, cookies=(CARRIED,), status=401, body=REFUSED_EXPIRED),
        a_call(4, 14, bearer=B, cookies=(CARRIED,), body=FILLED, took_ns=at(0.25)),
    )
    (incident,) = found.credential_incidents

    assert (incident.exchange, incident.recovered_exchange_id) == (2, 4)
    assert (incident.cause, incident.refusals) == ("expired", 2)
    assert (incident.began_ns, incident.recovered_ns) == (at(12.5), at(14.25))
    assert incident.time_lost_ns == at(1.75)


def test_refusals_at_once_are_waited_for_once() -> None:
    """Two calls are refused and recover together: the total is no sum."""
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(2, 12, bearer=A, cookies=(CARRIED,), status=401, body=REFUSED_EXPIRED),
        a_call(3, 12, "/other", bearer=A, cookies=(CARRIED,), status=401, body=REFUSED_EXPIRED),
        a_call(4, 14, bearer=B, cookies=(CARRIED,), body=FILLED),
        a_call(5, 15, "/other", bearer=B, cookies=(CARRIED,), body=FILLED),
    )

    assert [one.time_lost_ns for one in found.credential_incidents] == [at(2), at(3)]
    assert found.credential_totals[0].time_lost_ns == at(3)


def test_a_success_that_was_on_its_way_before_the_refusal_is_no_recovery() -> None:
    found = found_in(
        a_call(1, 12, bearer=A, body=FILLED, took_ns=at(1)),
        a_call(2, 12, bearer=A, status=401, body=REFUSED_PLAIN),
    )
    (incident,) = found.credential_incidents

    assert incident.recovered_exchange_id is None
    assert isinstance(incident.time_lost_ns, Unmeasurable)
    assert isinstance(found.credential_totals[0].time_lost_ns, Unmeasurable)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (REFUSED_EXPIRED, "401 token_expired"),
        (REFUSED_INVALIDATED, "401 token_invalidated"),
        (REFUSED_PLAIN, "401 Your authentication token has been invalidated."),
        ({}, "401"),
        (b"not JSON", "401"),
    ],
)
def test_a_refusal_says_its_code_in_every_envelope(body: object, said: str) -> None:
    found = found_in(a_call(1, 1, bearer=A, status=401, body=body))

    assert [one.detail for one in events(found, "refused")] == [said]


def test_refused_before_its_expiry_is_revoked() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600, headers=(date(0),)),
        a_call(2, 5, bearer=A, status=401, body=REFUSED_INVALIDATED),
        a_call(3, 6, bearer=A, status=401, body=REFUSED_INVALIDATED),
    )

    assert kinds(found, A) == [
        "issued", "first_used", "refused", "revoked", "refused", "never_refreshed",
    ]  # fmt: skip
    assert events(found, "revoked")[0].exchange == 2
    assert row(found, A).remaining_ns == Unmeasurable("it was revoked before")
    assert found.credential_incidents[0].cause == "revoked"


def test_what_is_accepted_again_was_not_revoked() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600, headers=(date(0),)),
        a_call(2, 5, bearer=A, status=401, body=REFUSED_INVALIDATED),
        a_call(3, 6, bearer=A, body=FILLED),
    )

    assert "revoked" not in kinds(found)
    assert found.credential_incidents[0].cause == "refused"


def test_a_service_whose_clock_is_ahead_refuses_early_without_revoking() -> None:
    """Its Date header says so: 20 s ahead, a bearer ends 20 s sooner here."""
    found = found_in(
        a_session(1, 0, A, iat=20, exp=50, headers=(date(20),)),
        a_call(2, 35, bearer=A, status=401, body={"detail": "no"}, headers=(date(55),)),
    )

    assert "revoked" not in kinds(found)
    assert events(found, "expires")[0].at_ns == at(30.04)
    assert "used_after_expiry" in kinds(found)


@pytest.mark.parametrize(
    ("worked", "body", "cause"),
    [
        (False, {"detail": {"code": "insufficient_scope"}}, "refused"),
        (True, {"detail": {"code": "insufficient_scope"}}, "revoked"),
        (False, REFUSED_PLAIN, "revoked"),
    ],
)
def test_an_early_refusal_is_a_revocation_if_it_says_so_or_the_call_had_worked(
    worked: bool, body: object, cause: str
) -> None:
    """A bearer may be good and not enough for one endpoint."""
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600, headers=(date(0),)),
        a_call(2, 1, LIST if worked else "/other", bearer=A, body=FILLED),
        a_call(3, 5, LIST, bearer=A, status=401, body=body),
    )

    assert found.credential_incidents[0].cause == cause


@pytest.mark.parametrize(("status", "told"), [(200, [3]), (401, [2, 3])])
def test_what_is_accepted_was_late_only_if_no_clock_allows_otherwise(
    status: int, told: list[int]
) -> None:
    """Nothing compared the clocks: a minute is allowed for."""
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(2, 69, bearer=A, status=status),
        a_call(3, 71, bearer=A, status=status),
    )

    assert [one.exchange for one in events(found, "used_after_expiry")] == told
    assert row(found, A).used_after_expiry == len(told)


def test_without_a_measured_clock_a_minute_is_allowed_for() -> None:
    soon = found_in(
        a_session(1, 0, A, iat=0, exp=60),
        a_call(2, 1, bearer=A, status=401, body=REFUSED_INVALIDATED),
    )
    late = found_in(
        a_session(1, 0, A, iat=0, exp=62),
        a_call(2, 1, bearer=A, status=401, body=REFUSED_INVALIDATED),
    )

    assert "revoked" not in kinds(soon)
    assert "revoked" in kinds(late)
    assert [one.figure for one in soon.unanswered] == ["clock skew"]


@pytest.mark.parametrize(("seconds", "cause"), [(8.5, "revoked"), (9.5, "refused")])
def test_a_lifetime_in_whole_seconds_is_believed_but_for_one(seconds: float, cause: str) -> None:
    """``expires_in`` counts from its own response, so no clocks have to agree."""
    note = Credential(1, TOOK_NS, A, "bearer", "response body access_token", 60, "access_token")
    body = {"access_token": fitted(A), "expires_in": 10}
    found = found_in(
        a_call(1, 0, "/oauth/token", body=body, notes=(note,)),
        a_call(2, seconds, bearer=A, status=401, body=REFUSED_INVALIDATED),
    )

    assert found.credential_incidents[0].cause == cause


def test_a_403_in_html_is_a_gateways_and_no_refusal_of_the_credential() -> None:
    page = b"<!doctype html><title>Just a moment...</title>"
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600, headers=(date(0),)),
        a_call(2, 5, bearer=A, status=403, body=page, headers=(("content-type", "text/html"),)),
    )

    assert kinds(found, A) == ["issued", "first_used", "refused"]
    assert events(found, "refused")[0].detail == "403, HTML of a gateway, not a credential's"
    assert row(found, A).refused == 0
    assert found.credential_totals[0].pages == 1
    assert found.credential_incidents[0].cause == "page"


def test_a_403_that_forbids_something_else_does_not_revoke() -> None:
    body = {"detail": {"message": "not yours", "code": "insufficient_plan"}}
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600, headers=(date(0),)),
        a_call(2, 5, bearer=A, status=403, body=body),
    )

    assert found.credential_incidents[0].cause == "forbidden"
    assert "revoked" not in kinds(found)


def test_a_401_without_a_bearer_is_nobodys_where_bearers_are_used() -> None:
    found = found_in(
        a_call(1, 1, bearer=A, body=FILLED),
        a_call(2, 2, "/other", cookies=(CARRIED,), status=401, body={"detail": "Unauthorized"}),
    )
    (refused,) = events(found, "refused")

    assert refused.credential is None
    assert refused.detail == "401 Unauthorized: no bearer was sent"
    assert found.credential_incidents[0].cause == "missing"


def test_a_401_to_a_cookie_is_the_cookies_where_no_bearer_is_used() -> None:
    found = found_in(a_call(2, 2, cookies=(CARRIED,), status=401, body={"detail": "No"}))

    assert events(found, "refused")[0].credential == D


def test_too_many_requests_are_no_refusal() -> None:
    body = {"detail": {"code": "model_cap_exceeded", "clears_in": 60}}
    found = found_in(a_call(1, 1, bearer=A, status=429, body=body))

    assert kinds(found) == ["first_used"]
    assert found.credential_incidents == ()


def test_an_empty_list_on_the_cookie_alone_is_masked_if_it_was_filled_before() -> None:
    found = found_in(
        a_call(1, 1, bearer=A, cookies=(CARRIED,), body=FILLED),
        a_call(2, 2, cookies=(CARRIED,), body=EMPTY),
        a_call(3, 3, bearer=A, cookies=(CARRIED,), body=FILLED),
    )
    (masked,) = events(found, "masked")

    assert (masked.exchange, masked.credential) == (2, D)
    assert events(found, "recovered")[0].exchange == 3
    assert found.credential_incidents[0].cause == "masked"


def test_an_empty_list_is_not_masked_for_a_good_bearer_or_where_nothing_was_seen() -> None:
    found = found_in(
        a_call(1, 1, cookies=(CARRIED,), body=EMPTY),
        a_call(2, 2, bearer=A, cookies=(CARRIED,), body=FILLED),
        a_call(3, 3, bearer=A, cookies=(CARRIED,), body=EMPTY),
    )

    assert events(found, "masked") == []


def test_a_404_of_what_could_be_read_before_is_masked() -> None:
    body = {"detail": {"message": "no", "code": "conversation_inaccessible"}}
    path, other = "/backend-api/conversation/x", "/backend-api/conversation/y"
    found = found_in(
        a_call(1, 1, path, bearer=A, cookies=(CARRIED,), body={"title": "t"}),
        a_call(2, 2, path, cookies=(CARRIED,), status=404, body=body),
        a_call(3, 3, other, cookies=(CARRIED,), status=404, body=body),
    )

    assert [one.exchange for one in events(found, "masked")] == [2]


def test_a_session_endpoint_that_answers_nothing_any_more_is_masked() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600),
        a_call(2, 5, SESSION, cookies=(CARRIED,), body={}),
    )

    assert [(one.exchange, one.credential) for one in events(found, "masked")] == [(2, D)]


@pytest.mark.parametrize(
    ("until", "how", "last", "said"),
    [
        (12.0, "complete", 12.0, "survived: complete 2.000 s later"),
        (12.0, "client_abort", 11.0, "survived until the client left 2.000 s later"),
        (10.5, "server_abort", 9.0,
         "did not survive: server_abort 0.500 s later; nothing came after the expiry"),
        (12.0, None, 12.0, "unknown: still open at the capture's end"),
    ],
)  # fmt: skip
def test_a_stream_that_is_open_at_the_expiry_says_whether_it_survived(
    until: float, how: str | None, last: float, said: str
) -> None:
    stream = a_stream(2, 8, until, A, how=how, last=last)  # type: ignore[arg-type] # an Ending
    found = found_in(a_session(1, 0, A, iat=0, exp=10), stream)
    (told,) = events(found, "expired_mid_stream")

    assert (told.at_ns, told.exchange, told.detail) == (at(10), 2, said)


@pytest.mark.parametrize(
    ("message", "told"),
    [("Your authentication token has expired.", [at(9.5)]), ("The trial has expired.", [])],
)
def test_a_stream_that_ends_with_the_word_that_it_expired_knows_best_when(
    message: str, told: list[int]
) -> None:
    """An ``expires_in`` in whole seconds may reckon the end later than the service does."""
    event = b'data: {"error":{"message":"%s"}}\n\n' % message.encode()
    stream = a_stream(2, 8, 9.5, A, event=event, path="/backend-api/f/conversation")
    found = found_in(a_session(1, 0, A, iat=0, exp=10), stream, a_call(3, 20, "/x"))
    ended = events(found, "expired_mid_stream")

    assert [one.at_ns for one in ended] == told
    assert {one.detail for one in ended} <= {"did not survive: ended by an error that says so"}


def test_a_stream_that_ended_before_the_expiry_is_none_of_those() -> None:
    found = found_in(a_session(1, 0, A, iat=0, exp=10), a_stream(2, 8, 9.5, A), a_call(3, 20, "/x"))

    assert events(found, "expired_mid_stream") == []


def test_what_expired_in_use_and_was_never_replaced_is_said_so_at_the_end() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=10),
        a_call(2, 1, bearer=A, body=FILLED),
        a_call(3, 30, "/x"),
    )

    assert kinds(found, A) == ["issued", "first_used", "expires", "never_refreshed"]
    assert events(found, "never_refreshed")[0].at_ns == at(30) + TOOK_NS


def test_a_bearer_that_nobody_used_needs_no_refresh() -> None:
    found = found_in(a_session(1, 0, A, iat=0, exp=10), a_call(3, 30, "/x"))

    assert kinds(found, A) == ["issued", "expires"]


def test_the_same_bearer_handed_out_again_is_no_refresh() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=600),
        a_session(2, 5, A, iat=0, exp=600),
    )

    assert kinds(found, A) == ["issued"]


def test_a_bearer_from_before_the_capture_is_refreshed_by_the_first_that_comes() -> None:
    found = found_in(
        a_call(1, 1, bearer=A, cookies=(CARRIED,), body=FILLED),
        a_session(2, 5, B, iat=5, exp=600),
    )

    assert kinds(found, A) == ["first_used", "refreshed"]
    assert isinstance(row(found, A).issued_at, Unmeasurable)
    assert isinstance(row(found, A).share_used, Unmeasurable)


def test_a_session_cookie_that_gets_a_new_value_is_rotated() -> None:
    found = found_in(
        a_call(1, 0, "/", sets=(f"{COOKIE}={A}; Max-Age=7776000; Path=/",)),
        a_call(2, 1, SESSION, cookies=(f"{COOKIE}={A}",), sets=(f"{COOKIE}={B}; Max-Age=60",)),
    )

    assert kinds(found, A) == ["issued", "first_used", "rotated"]
    assert row(found, A).replaced_by == B
    assert (row(found, B).expiry_known_by, row(found, B).lifetime_ns) == ("cookie Max-Age", at(60))


def test_chunks_are_one_session_credential_and_clear_the_plain_cookie() -> None:
    chunks = (f"{COOKIE}.0={B}; Max-Age=60", f"{COOKIE}.1={C}; Max-Age=60")
    found = found_in(
        a_call(1, 0, "/", sets=(f"{COOKIE}={A}",)),
        a_call(2, 1, SESSION, cookies=(f"{COOKIE}={A}",),
               sets=(f"{COOKIE}=; Max-Age=0", *chunks)),
        a_call(3, 2, "/x", cookies=(f"{COOKIE}.0={B}", f"{COOKIE}.1={C}")),
    )  # fmt: skip
    both = f"{B}+{C}"
    (rotated,) = events(found, "rotated")

    assert [one.fingerprint for one in found.credentials] == [A, both]
    assert (row(found, both).parts, row(found, both).names) == (2, (COOKIE,))
    assert row(found, both).requests == 1
    assert rotated.detail == f"now in 2 chunks; {COOKIE} cleared with Max-Age 0; by {both}"


def test_chunks_in_one_cookie_header_are_the_same_credential() -> None:
    found = found_in(
        a_call(1, 0, cookies=(f"{COOKIE}.1={C}; {COOKIE}.0={B}",)),
        a_call(2, 1, cookies=(f"{COOKIE}.0={B}", f"{COOKIE}.1={C}")),
    )

    assert row(found, f"{B}+{C}").requests == 2


@pytest.mark.parametrize(
    ("member", "known_by", "at_s"),
    [
        ({"expires_in": 600}, "expires_in", 600.04),
        ({"expires_in": "600"}, "expires_in", 600.04),
        ({"expires_at": EPOCH_S + 700}, "expires field", 700),
        ({"expiresAt": (EPOCH_S + 700) * 1000}, "expires field", 700),
        ({"expires": "2025-10-09T09:03:20.000Z"}, "expires field", 600),
        ({"expires": "2025-10-09T11:03:20+02:00"}, "expires field", 600),
    ],
)
def test_an_opaque_bearer_expires_as_its_neighbours_say(
    member: dict[str, object], known_by: str, at_s: float
) -> None:
    note = Credential(1, TOOK_NS, A, "bearer", "response body access_token", 60, "access_token")
    body = {"access_token": fitted(A), **member}
    found = found_in(a_call(1, 0, "/oauth/token", body=body, notes=(note,)))

    assert row(found, A).expiry_known_by == known_by
    assert row(found, A).expires_at == round((EPOCH_S + at_s) * 1e6)


def test_a_bearer_shorter_than_its_fingerprint_is_known_by_its_beginning() -> None:
    note = Credential(1, TOOK_NS, A, "bearer", "response body access_token", 12, "access_token")
    body = {"access_token": fitted(A, 12), "expires_in": 60}
    found = found_in(a_call(1, 0, "/oauth/token", body=body, notes=(note,)))

    assert row(found, A).expiry_known_by == "expires_in"


def test_the_expires_beside_a_jwt_is_the_sessions() -> None:
    """An access token of ten minutes must not be given the session's three months."""
    found = found_in(a_session(1, 0, A, iat=0, exp=600))

    assert row(found, A).lifetime_ns == at(600)
    assert row(found, D).expiry_known_by == "expires field"
    assert row(found, D).expires_at == (EPOCH_S + 90 * 86_400) * 10**6


def test_a_cookie_that_says_both_lives_by_max_age() -> None:
    both = f"{COOKIE}={A}; Expires=Thu, 09 Oct 2025 10:00:00 GMT; Max-Age=60"
    only = f"{COOKIE}={B}; Expires=Thu, 09 Oct 2025 08:54:20 GMT"
    found = found_in(a_call(1, 0, "/", sets=(both,)), a_call(2, 1, "/", sets=(only,)))

    assert (row(found, A).expiry_known_by, row(found, A).lifetime_ns) == ("cookie Max-Age", at(60))
    assert (row(found, B).expiry_known_by, row(found, B).expires_at) == (
        "cookie Expires", (EPOCH_S + 60) * 10**6,
    )  # fmt: skip


def test_the_map_says_what_each_endpoint_was_asked_with() -> None:
    ids = ("0c5d6a0e-0000-4000-8000-000000000001", "0c5d6a0e-0000-4000-8000-000000000002")
    found = found_in(
        a_call(1, 1, f"/c/{ids[0]}?x=1", bearer=A, cookies=(CARRIED,)),
        a_call(2, 2, f"/c/{ids[1]}", cookies=(CARRIED,)),
        a_call(3, 3, "/c/x", request_headers=(("x-api-key", B),)),
        a_call(4, 4, "/c/x", cookies=("_tracker=cred:9999999999999999",)),
    )
    by_path = {one.path: one for one in found.authentication}
    folded, plain = by_path["/c/{id}"], by_path["/c/x"]

    assert (folded.requests, folded.bearer, folded.cookie_only) == (2, 1, 1)
    assert (plain.requests, plain.other, plain.none) == (2, 1, 1)
    assert found.credential_totals[0].requests == 4


def test_the_clocks_are_compared_by_date_headers_within_their_second() -> None:
    calls = [a_call(n, n + n / 10, headers=(date(n + n / 10 + 0.03 + 5),)) for n in range(1, 9)]
    (skew,) = found_in(*calls).clock_skew

    assert (skew.authority, skew.measured_by, skew.n) == (CHAT, "Date", 8)
    assert skew.at_least_ns <= at(5.03) <= skew.at_most_ns  # type: ignore[operator] # by Date
    assert skew.at_most_ns - skew.at_least_ns < at(0.4)  # type: ignore[operator] # by Date
    assert abs(skew.median_ns - at(5)) < at(0.5)


def test_a_cached_responses_date_says_nothing_of_the_clock() -> None:
    found = found_in(a_call(1, 1, headers=(date(1), ("age", "30"))))

    assert found.clock_skew == ()


def test_the_forecast_is_of_what_is_in_use_at_the_end() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=100, headers=(date(0),)),
        a_call(2, 1, bearer=A, body=FILLED),
        a_call(3, 40 - TOOK_NS / SECOND, "/x", headers=(date(39.96),)),
    )

    assert row(found, A).remaining_ns == at(60)
    assert row(found, A).refused_from_at == (EPOCH_S + 100) * 10**6


def test_a_capture_without_times_still_says_who_asked_how() -> None:
    records = [*a_session(1, 0, A, iat=0, exp=10), *a_call(2, 0, bearer=A, status=401)]
    head = msgspec.structs.replace(HEAD, clock="none")
    found = ask(CredentialsQuestion, records, head)

    assert [*found.credential_events, *found.credential_incidents, *found.clock_skew] == []
    assert row(found, A).lifetime_ns == at(10)
    assert isinstance(row(found, A).remaining_ns, Unmeasurable)
    assert isinstance(row(found, D).issued_at, Unmeasurable)
    assert found.credential_totals[0].refused == 1
    assert {one.reason for one in found.unanswered} == {"the capture has no times"}


def test_a_credential_of_an_unknown_exchange_names_none() -> None:
    note = jwt(77, 1, A, 0, 10)
    found = found_in([note])

    assert row(found, A).exchange is None
    assert [one.exchange for one in found.credential_events] == [None]


def test_of_an_exchange_number_that_comes_twice_the_later_counts() -> None:
    found = found_in(a_call(1, 1, bearer=A), a_call(1, 2, bearer=B))

    assert found.credential_totals[0].requests == 1
    assert row(found, B).requests == 1


def test_a_resume_credential_in_a_stream_is_told_from_others() -> None:
    name = "resume_conversation_token"
    note = Credential(
        1, at(1.1), C, "resume", f"response body {name}", 60, name, None, EPOCH_S + 99
    )
    found = found_in([*a_stream(1, 1, 3, A), note])

    assert row(found, C).kind == "resume"
    assert kinds(found, C) == ["issued"]


def test_preflights_and_ends_without_an_answer_are_counted_too() -> None:
    head = RequestHead(1, 1, "OPTIONS", "https", CHAT, LIST, "HTTP/2.0")
    found = ask(CredentialsQuestion, [head])

    assert (found.authentication[0].method, found.authentication[0].none) == ("OPTIONS", 1)
