"""What headers, bodies and dates say of credentials, one by one."""

import pytest
from asked import HEAD
from signing_in import COOKIE, EPOCH_S, A, B, C, date, fitted

from analyzer.analyses.credentials.bodies import LIST_LIMIT, NODES_LIMIT, Told, read_answer
from analyzer.analyses.credentials.carried import (
    CHUNKS_LIMIT,
    COOKIES_LIMIT,
    Carried,
    Cookie,
    read_carried,
    read_set_cookies,
)
from analyzer.analyses.credentials.clock import (
    SAMPLES_LIMIT,
    UNMEASURED,
    Offset,
    SkewMeter,
    WallClock,
)
from analyzer.analyses.credentials.dates import read_http_date, read_moment, read_span
from analyzer.analyses.credentials.refusals import TEXT_LIMIT, read_refusal

SECOND = 1_000_000_000
HTML = (("content-type", "text/html; charset=utf-8"),)


def cookies(*values: str) -> tuple[Cookie, ...]:
    return read_carried(tuple(("cookie", value) for value in values)).cookies


def test_a_bearer_goes_before_other_credentials() -> None:
    carried = read_carried((("x-api-key", B), ("authorization", f"Bearer {A}")))

    assert (carried.bearer, carried.others) == (A, (B,))


def test_basic_authentication_is_no_bearer() -> None:
    carried = read_carried((("authorization", f"Basic {A}"),))

    assert (carried.bearer, carried.others) == ("", (A,))


@pytest.mark.parametrize(
    ("name", "is_login"),
    [
        (COOKIE, True),
        ("session", True),
        ("connect.sid", True),
        ("JSESSIONID", True),
        ("sessionKey", True),
        ("__Host-next-auth.csrf-token", False),
        ("_ga", False),
        ("inside", False),
    ],
)
def test_a_login_cookie_is_known_by_its_name(name: str, is_login: bool) -> None:
    assert cookies(f"{name}={A}")[0].is_login == is_login


def test_chunks_go_before_a_plain_cookie_of_their_name() -> None:
    (cookie,) = cookies(f"{COOKIE}={C}; {COOKIE}.1={B}; {COOKIE}.0={A}")

    assert (cookie.name, cookie.fingerprint, cookie.parts) == (COOKIE, f"{A}+{B}", 2)


def test_a_number_without_a_first_chunk_is_part_of_the_name() -> None:
    assert cookies(f"a.1={A}") == (Cookie("a.1", A),)


def test_chunks_are_joined_up_to_a_limit() -> None:
    value = "; ".join(f"{COOKIE}.{number}={A}" for number in range(CHUNKS_LIMIT + 5))

    assert cookies(value)[0].parts == CHUNKS_LIMIT


def test_cookies_are_read_up_to_a_limit() -> None:
    assert len(cookies(*(f"c{number}={A}" for number in range(COOKIES_LIMIT + 5)))) == COOKIES_LIMIT


@pytest.mark.parametrize("value", [f"{COOKIE}={A}; Max-Age=-1", f"{COOKIE}={A}; Max-Age=0"])
def test_a_cookie_that_is_over_at_once_is_none(value: str) -> None:
    assert read_set_cookies((("set-cookie", value),), EPOCH_S) == ()


def test_a_cookie_without_an_end_has_an_unknown_one() -> None:
    (one,) = read_set_cookies((("set-cookie", f"{COOKIE}={A}; Path=/; HttpOnly"),), EPOCH_S)

    assert (one.expires_s, one.known_by) == (None, "unknown")


def test_chunks_end_with_the_first_of_them() -> None:
    values = (f"{COOKIE}.0={A}; Max-Age=90", f"{COOKIE}.1={B}; Max-Age=60")
    (one,) = read_set_cookies(tuple(("set-cookie", value) for value in values), EPOCH_S)

    assert one.expires_s == EPOCH_S + 60


def test_without_a_time_of_day_max_age_says_nothing() -> None:
    (one,) = read_set_cookies((("set-cookie", f"{COOKIE}={A}; Max-Age=60"),), None)

    assert (one.expires_s, one.known_by) == (None, "unknown")


def test_a_token_in_a_nested_object_is_found() -> None:
    body = b'{"data":{"auth":[{"access_token":"%s","expires_in":60}]}}' % fitted(A).encode()

    assert read_answer(body, {}, EPOCH_S).tokens == (Told(A, EPOCH_S + 60, "expires_in"),)


def test_a_refresh_token_does_not_take_the_access_tokens_lifetime() -> None:
    body = (
        b'{"access_token":"%s","refresh_token":"%s","expires_in":60,"refresh_expires_in":900}'
        % (fitted(A).encode(), fitted(B).encode())
    )

    assert read_answer(body, {}, EPOCH_S).tokens == (
        Told(A, EPOCH_S + 60, "expires_in"),
        Told(B, EPOCH_S + 900, "expires_in"),
    )


def test_an_expires_beside_expires_in_is_the_sessions() -> None:
    body = (
        b'{"accessToken":"%s","expires_in":60,"expires":"2026-01-07T08:53:20Z"}'
        % fitted(A).encode()
    )
    answer = read_answer(body, {A: False}, EPOCH_S)

    assert answer.tokens == (Told(A, EPOCH_S + 60, "expires_in"),)
    assert answer.session_expires_s == EPOCH_S + 90 * 86_400


def test_two_fingerprints_that_begin_alike_are_not_guessed_between() -> None:
    body = b'{"access_token":"%s","expires_in":60}' % fitted(A, 9).encode()

    assert read_answer(body, {A: False, A[:10] + "0" * 11: False}, EPOCH_S).tokens == ()


def test_a_body_is_searched_up_to_a_limit() -> None:
    nested = b'{"a":' * 10 + b"{}" + b"}" * 10
    body = b"[" + b",".join([nested] * (NODES_LIMIT // 5)) + b',"cred:"]'

    assert read_answer(body, {}, EPOCH_S).tokens == ()


@pytest.mark.parametrize(
    ("body", "listing"),
    [
        (b'{"items":[],"total":0}', "empty"),
        (b'{"items":[]}', "empty"),
        (b'{"items":[],"total":60}', "filled"),
        (b'{"items":[1]}', "filled"),
        (b"[]", "empty"),
        (b"[1]", "filled"),
        (b'{"title":"x"}', ""),
        (b'{"items":[' + b"1," * LIST_LIMIT + b"1]}", "filled"),
        (b"not JSON", ""),
        (b"[" * 2_000, ""),
    ],
)
def test_a_list_is_empty_or_filled_or_none(body: bytes, listing: str) -> None:
    assert read_answer(body, {}, EPOCH_S).listing == listing


def test_an_empty_object_is_told_from_an_empty_list() -> None:
    assert read_answer(b" {} ", {}, EPOCH_S).is_empty_object


@pytest.mark.parametrize(
    ("status", "headers", "body", "what", "said"),
    [
        (401, (), b'{"detail":{"code":"invalid_jwt"}}', "credential", "401 invalid_jwt"),
        (401, HTML, b"<html>", "credential", "401"),
        (403, HTML, b"<html>", "page", "403"),
        (403, (), b"  <!doctype html>", "page", "403"),
        (403, (), b'{"error":{"code":"token_revoked"}}', "credential", "403 token_revoked"),
        (403, (), b'{"error":{"code":"no_plan"}}', "forbidden", "403 no_plan"),
        (401, (), b'{"error":"invalid_token","error_description":"x"}', "credential",
         "401 invalid_token"),
        (401, (("www-authenticate", 'Bearer realm="x", error="invalid_token"'),), b"",
         "credential", "401 invalid_token"),
        (401, (), b'{"detail":[{"loc":["body"]}]}', "credential", "401"),
        (401, (), b'{"detail":{"code":7}}', "credential", "401"),
    ],
)  # fmt: skip
def test_a_refusal_is_read_in_any_envelope(
    status: int, headers: tuple[tuple[str, str], ...], body: bytes, what: str, said: str
) -> None:
    refusal = read_refusal(status, headers, body)

    assert refusal is not None
    assert (refusal.what, str(refusal)) == (what, said)


@pytest.mark.parametrize("status", [None, 200, 404, 407, 429, 500])
def test_other_statuses_are_no_refusals(status: int | None) -> None:
    assert read_refusal(status, (), b'{"detail":{"code":"token_expired"}}') is None


def test_what_a_refusal_says_is_cut_and_fit_for_any_file() -> None:
    refusal = read_refusal(401, (), b'{"detail":"\\ud800%s"}' % (b"x" * 1_000))

    assert refusal is not None
    assert len(refusal.message.encode()) <= TEXT_LIMIT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 09 Oct 2025 08:53:20 GMT", EPOCH_S),
        ("Thursday, 09-Oct-25 08:53:20 GMT", EPOCH_S),
        ("Thu, 09-Oct-2025 08:53:20 GMT", EPOCH_S),
        ("Thu, 09 Oct 2025 10:53:20 +0200", EPOCH_S),
        ("Thu, 99 Oct 2025 08:53:20 GMT", None),
        ("", None),
        ("0", None),
    ],
)
def test_http_dates_of_all_forms_are_read(text: str, seconds: int | None) -> None:
    assert read_http_date(text) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (EPOCH_S, EPOCH_S),
        (EPOCH_S * 1000, EPOCH_S),
        (str(EPOCH_S), EPOCH_S),
        ("2025-10-09T08:53:20Z", EPOCH_S),
        ("2025-10-09 08:53:20.5", EPOCH_S + 0.5),
        ("2025-10-09T10:53:20.123456+02:00", EPOCH_S + 0.123456),
        ("2025-10-09T06:53:20-0200", EPOCH_S),
        ("2025-13-09T08:53:20Z", None),
        (True, None),
        (float("inf"), None),
        (-1, None),
        (10**400, None),
        ([], None),
        ("soon", None),
    ],
)
def test_moments_in_json_are_read(value: object, seconds: float | None) -> None:
    assert read_moment(value) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(60, 60), ("60", 60), (0.5, 0.5), (-1, None), (True, None), ("1e3", None), (10**400, None)],
)
def test_spans_in_json_are_read(value: object, seconds: float | None) -> None:
    assert read_span(value) == seconds


def test_clocks_count_as_equal_unless_they_cannot_be() -> None:
    assert UNMEASURED.assumed_ns == 0
    assert Offset(-5, 7).assumed_ns == 0
    assert Offset(3, 7).assumed_ns == 3
    assert Offset(-7, -3).assumed_ns == -3


def test_dates_that_contradict_each_other_leave_what_lies_between() -> None:
    meter = SkewMeter()
    meter.add(10 * SECOND, 10 * SECOND, 10 * SECOND)
    meter.add(25 * SECOND, 20 * SECOND, 20 * SECOND)
    row = meter.by_date("x")

    assert meter.offset() == Offset(SECOND, 5 * SECOND)
    assert (row.n, row.is_consistent, row.median_ns) == (2, False, 3 * SECOND)


def test_the_median_of_a_clock_is_of_so_many_samples_at_most() -> None:
    meter = SkewMeter()
    for _ in range(SAMPLES_LIMIT):
        meter.add(0, 0, 0)
    for _ in range(SAMPLES_LIMIT + 2):
        meter.add(9 * SECOND, 0, 0)

    assert meter.by_date("x").median_ns == SECOND // 2
    assert meter.by_date("x").n == 2 * SAMPLES_LIMIT + 2


def test_a_moment_of_the_wall_clock_comes_back_from_the_captures() -> None:
    clock = WallClock.of(HEAD)

    assert clock.moment(clock.wall_s(12 * SECOND) or 0) == pytest.approx(12 * SECOND, abs=1_000)
    assert date(12.9) == ("date", "Thu, 09 Oct 2025 08:53:32 GMT")


def test_a_credential_that_the_capture_does_not_hold_is_hidden_and_no_credential() -> None:
    known = "cred:0123456789abcdef"

    assert read_carried((("authorization", "cred:"), ("cookie", "cred:"))) == Carried(hidden=True)
    assert read_carried((("authorization", f"Bearer {known}"),)) == Carried(bearer=known)
