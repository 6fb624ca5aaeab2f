"""What happens to one user's credentials says nothing of another's."""

from signing_in import (
    CHAT,
    COOKIE,
    LIST,
    REFUSED_EXPIRED,
    REFUSED_INVALIDATED,
    A,
    B,
    C,
    D,
    a_call,
    a_session,
    at,
    events,
    fitted,
    found_in,
    row,
)

from analyzer.model import AnyRecord, Credential, Unmeasurable

ANN, BOB = (f"cred:{letter * 16}" for letter in "12")
ANNS, BOBS = f"{COOKIE}={ANN}", f"{COOKIE}={BOB}"
FILLED = {"items": [{"id": "x"}]}
EMPTY: dict[str, object] = {"items": [], "total": 0}
INACCESSIBLE = {"detail": {"message": "no", "code": "conversation_inaccessible"}}


def handed_out(exchange: int, seconds: float, token: str, sent: str = "") -> list[AnyRecord]:
    """An access token by OAuth, where no cookie tells users apart; ``sent``: a refresh token."""
    asked = Credential(
        exchange, at(seconds), sent, "session", "request body refresh_token", 60, "refresh_token"
    )
    note = Credential(
        exchange, at(seconds), token, "bearer", "response body access_token", 60, "access_token"
    )
    body = {"access_token": fitted(token), "expires_in": 10}
    notes = (asked, note) if sent else (note,)
    return a_call(exchange, seconds, "/oauth/token", method="POST", body=body, notes=notes)


def test_two_users_tokens_do_not_replace_each_other() -> None:
    found = found_in(
        a_session(1, 0, A, iat=0, exp=60, cookie=ANN),
        a_session(2, 1, B, iat=1, exp=61, cookie=BOB),
        a_session(3, 50, C, iat=50, exp=110, cookie=ANN),
    )

    assert [row(found, one).replaced_by for one in (A, B, C)] == [C, "", ""]
    assert [one.credential for one in events(found, "refreshed")] == [A]


def test_a_users_cookie_may_change_between_two_tokens() -> None:
    rotated = a_call(2, 10, "/", cookies=(ANNS,), sets=(f"{COOKIE}={D}; Max-Age=60",))
    found = found_in(
        a_session(1, 0, A, iat=0, exp=60, cookie=ANN),
        rotated,
        a_session(3, 50, B, iat=50, exp=110, cookie=D),
    )

    assert row(found, A).replaced_by == B


def test_what_goes_on_being_used_was_not_replaced_if_nothing_tells_users_apart() -> None:
    one_by_one = found_in(
        handed_out(1, 0, A), a_call(2, 1, bearer=A), handed_out(3, 9, B), a_call(4, 10, bearer=B)
    )
    at_once = found_in(
        handed_out(1, 0, A), handed_out(3, 1, B), a_call(4, 2, bearer=B), a_call(5, 3, bearer=A)
    )

    assert row(one_by_one, A).replaced_by == B
    assert row(at_once, A).replaced_by == ""


def test_a_refresh_token_tells_users_apart() -> None:
    def first(exchange: int, seconds: float, token: str, refresh: str) -> list[AnyRecord]:
        note = Credential(
            exchange, at(seconds), refresh, "session", "response body refresh_token", 60
        )
        head, *rest = handed_out(exchange, seconds, token)
        return [head, *rest[:-1], note, rest[-1]]

    found = found_in(
        first(1, 0, A, ANN),
        first(2, 1, B, BOB),
        handed_out(3, 9, C, sent=ANN),
        handed_out(4, 10, D, sent=BOB),
    )

    assert [row(found, one).replaced_by for one in (A, B)] == [C, D]


def test_another_users_success_is_no_recovery() -> None:
    found = found_in(
        a_call(1, 1, bearer=A, cookies=(ANNS,), status=401, body=REFUSED_EXPIRED),
        a_call(2, 2, bearer=B, cookies=(BOBS,), body=FILLED),
    )
    (incident,) = found.credential_incidents

    assert incident.recovered_exchange_id is None
    assert isinstance(incident.time_lost_ns, Unmeasurable)
    assert events(found, "recovered") == []


def test_a_call_without_any_credential_recovers_by_whoever_makes_it_again() -> None:
    found = found_in(
        a_call(1, 1, status=401, body={"detail": "Unauthorized"}),
        a_call(2, 2, bearer=A, cookies=(ANNS,), body=FILLED),
    )

    assert found.credential_incidents[0].recovered_exchange_id == 2


def test_cookies_beside_a_login_may_change_without_making_another_user() -> None:
    """Scripts set cookies with such names, and anew each time."""
    found = found_in(
        a_call(1, 1, bearer=A, cookies=(f"tracker-session={C}", ANNS), status=401,
               body=REFUSED_INVALIDATED),
        a_call(2, 2, bearer=B, cookies=(f"tracker-session={D}", ANNS), body=FILLED),
    )  # fmt: skip

    assert found.credential_incidents[0].recovered_exchange_id == 2


def test_a_list_that_ends_is_not_masked_where_cookies_are_all_there_is() -> None:
    found = found_in(
        a_call(1, 1, f"{LIST}?offset=0", cookies=(ANNS,), body=FILLED),
        a_call(2, 2, f"{LIST}?offset=1", cookies=(ANNS,), body=EMPTY),
        a_call(3, 3, f"{LIST}?offset=0", cookies=(ANNS,), body=EMPTY),
    )

    assert events(found, "masked") == []


def test_the_end_of_a_list_is_not_masked_by_its_first_page() -> None:
    found = found_in(
        a_call(1, 1, f"{LIST}?offset=0", bearer=A, cookies=(ANNS,), body=FILLED),
        a_call(2, 2, f"{LIST}?offset=1", cookies=(ANNS,), body=EMPTY),
    )

    assert events(found, "masked") == []


def test_what_another_user_could_read_is_not_masked() -> None:
    path = "/backend-api/conversation/x"
    found = found_in(
        a_call(1, 1, path, bearer=A, cookies=(ANNS,), body={"title": "t"}),
        a_call(2, 2, path, bearer=B, cookies=(BOBS,), status=404, body=INACCESSIBLE),
        a_call(3, 3, bearer=A, cookies=(ANNS,), body=FILLED),
        a_call(4, 4, cookies=(BOBS,), body=EMPTY),
    )

    assert events(found, "masked") == []


def test_what_was_deleted_is_not_masked() -> None:
    path = "/backend-api/conversation/x"
    found = found_in(
        a_call(1, 1, path, bearer=A, cookies=(ANNS,), body={"title": "t"}),
        a_call(2, 2, path, method="PATCH", bearer=A, cookies=(ANNS,), body={"success": True}),
        a_call(3, 3, path, bearer=A, cookies=(ANNS,), status=404, body=INACCESSIBLE),
    )

    assert events(found, "masked") == []


def test_users_of_two_services_are_two() -> None:
    """A session endpoint of the same path elsewhere hands out something else."""
    found = found_in(
        a_session(1, 0, A, iat=0, exp=60, cookie=ANN),
        a_session(2, 1, B, iat=1, exp=61, cookie=ANN, authority="other.example"),
    )

    assert {row(found, one).authority for one in (A, B)} == {CHAT, "other.example"}
    assert row(found, A).replaced_by == ""


def test_long_chains_of_one_user_are_followed_in_time() -> None:
    calls = [
        a_session(n, n, f"cred:a{n:015x}", iat=n, exp=n + 9, cookie=f"cred:{n:015x}f",
                  sets=(f"{COOKIE}=cred:{n + 1:015x}f",))
        for n in range(1, 400)
    ]  # fmt: skip
    found = found_in(*calls)

    assert len(events(found, "refreshed")) == 398
    assert len(events(found, "rotated")) == 399
