"""No traffic makes the question fail, and unrelated exchanges don't change its figures."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from asked import HEAD, ask
from hypothesis import given
from hypothesis import strategies as st
from signing_in import (
    COOKIE,
    LIST,
    REFUSED_EXPIRED,
    REFUSED_INVALIDATED,
    SESSION,
    A,
    B,
    C,
    D,
    a_call,
    a_session,
    a_stream,
    at,
    date,
    found_in,
)

from analyzer.analyses.credentials import CredentialsQuestion, ledger
from analyzer.analyses.credentials.ledger import NAMES_LIMIT, Ledger
from analyzer.analyses.credentials.watching import Expiries
from analyzer.model import AnyRecord, CaptureHead, Credential, Exchange
from analyzer.reassemble import Reassembler
from analyzer.store import tables

FINGERPRINTS = st.sampled_from([A, B, C, D, "cred:", "", "eyJ"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | FINGERPRINTS | st.just(A.ljust(40, ".")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["accessToken", "access_token", "expires", "expires_in", "items", "total", "detail",
             "error", "code", "message", "refresh_token", "x"]
        ),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=80) | JSON.map(msgspec.json.encode) | st.just(b"[" * 5_000)
VALUES = st.text(max_size=30) | st.builds(
    "{}={}; Max-Age={}".format, st.sampled_from([COOKIE, f"{COOKIE}.0", f"{COOKIE}.1", "x"]),
    FINGERPRINTS, st.integers(-5, 10**12) | st.just(""),
) | FINGERPRINTS.map("Bearer {}".format) | FINGERPRINTS  # fmt: skip
NAMES = st.sampled_from(
    ["authorization", "cookie", "set-cookie", "date", "age", "content-type", "x-api-key",
     "www-authenticate", "Cookie"]
)  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(tuple)
TIMES = st.none() | st.floats() | st.integers(0, 4 * 10**9)


@st.composite
def exchanges(draw: st.DrawFn, number: int = 0) -> list[AnyRecord]:
    """Any exchange, with any credentials in and around it."""
    exchange = number or draw(st.integers(1, 4))
    seconds = draw(st.integers(0, 100))
    notes = draw(
        st.lists(
            st.builds(
                Credential,
                st.integers(0, 5), st.integers(0, 10**12), FINGERPRINTS,
                st.sampled_from(["bearer", "session", "cookie", "other", "resume", "?"]),
                st.sampled_from(["response body accessToken", "request header cookie",
                                 "response header set-cookie", "query key", ""]),
                st.integers(0, 10**6), st.text(max_size=5), TIMES, TIMES,
            ),
            max_size=4,
        )
    )  # fmt: skip
    return a_call(
        exchange,
        seconds,
        draw(st.sampled_from([LIST, SESSION, "/x?y=z", "", "*", "//"])),
        status=draw(st.sampled_from([200, 204, 302, 401, 403, 404, 429, 500, None])),
        body=draw(BODIES),
        request_headers=draw(HEADERS),
        headers=draw(HEADERS),
        notes=notes,
    )


@given(
    st.lists(exchanges(), max_size=8),
    st.sampled_from(["chunk", "none", "event"]),
    st.integers(0, 3 * 10**18),
)
def test_any_traffic_is_answered_and_fits_the_tables(
    calls: list[list[AnyRecord]], clock: Any, wall_ns: int
) -> None:
    head = msgspec.structs.replace(HEAD, clock=clock, wall_ns=wall_ns)
    found = ask(CredentialsQuestion, [record for call in calls for record in call], head)
    rows = [row for name in tables.of(type(found)) for row in getattr(found, name)]
    kept = [tables.row_from(type(row), tables.row_of(row)) for row in rows]

    assert kept == rows
    known = {None, *(one.fingerprint for one in found.credentials)}
    assert {one.credential for one in found.credential_events} <= known
    assert {one.credential for one in found.credential_incidents} <= known


@given(st.lists(exchanges(), max_size=6))
def test_any_traffic_can_be_watched(calls: list[list[AnyRecord]]) -> None:
    watch(Expiries(), [HEAD, *(record for call in calls for record in call)])


def watch(expiries: Expiries, records: Sequence[AnyRecord]) -> Expiries:
    reassembler = Reassembler()
    for record in records:
        expiries.record(record)
        for made in reassembler.feed(record):
            if isinstance(made, Exchange):
                expiries.exchange(made)
        expiries.forecast(at(50))
    return expiries


def a_session_of_calls() -> list[list[AnyRecord]]:
    """A life with everything in it, an exchange an entry."""
    return [
        a_session(1, 0, A, iat=0, exp=20, headers=(date(0),)),
        a_call(2, 1, bearer=A, body={"items": [1]}),
        a_call(3, 2, cookies=(f"{COOKIE}={D}",), body={"items": []}),
        a_call(4, 3, "/other", bearer=A, body={"x": 1}),
        a_stream(5, 4, 30, A),
        a_call(6, 21, bearer=A, status=401, body=REFUSED_EXPIRED),
        a_session(7, 22, B, iat=22, exp=400, cookie=D),
        a_call(8, 23, bearer=B, body={"items": [1]}),
        a_call(9, 24, bearer=B, status=401, body=REFUSED_INVALIDATED),
        a_call(10, 25, "/", sets=(f"{COOKIE}={C}; Max-Age=60",), cookies=(f"{COOKIE}={D}",)),
        a_call(11, 26, "/elsewhere", authority="other.example", headers=(date(26),)),
    ]


@given(st.permutations(a_session_of_calls()))
def test_the_order_in_which_exchanges_were_written_changes_nothing(
    calls: list[list[AnyRecord]],
) -> None:
    """Each keeps its own times; a journal may hold them in any order."""
    shuffled = ask(CredentialsQuestion, [record for call in calls for record in call])

    assert shuffled == found_in(*a_session_of_calls())


@given(st.lists(st.integers(0, 40), max_size=10))
def test_unrelated_exchanges_change_no_life_and_no_event(seconds: list[int]) -> None:
    more = [
        a_call(100 + n, second, "/ad.js", authority="ads.example")
        for n, second in enumerate(seconds)
    ]
    with_them, without = found_in(*a_session_of_calls(), *more), found_in(*a_session_of_calls())

    assert with_them.credential_incidents == without.credential_incidents
    assert with_them.clock_skew == without.clock_skew
    if max(seconds, default=0) < 30:  # the capture ends no later
        assert with_them.credentials == without.credentials
        assert with_them.credential_events == without.credential_events


def test_credentials_are_forgotten_beyond_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "CREDENTIALS_LIMIT", 10)
    calls = [a_call(n, n, bearer=f"cred:{n:016x}", status=401) for n in range(1, 16)]
    found = found_in(*calls)

    assert len(found.credentials) == 10
    assert found.unanswered[0].reason == "5 credentials were forgotten: there were too many"
    assert [one.credential for one in found.credential_incidents] == [
        None, *(f"cred:{n:016x}" for n in range(6, 16)),
    ]  # fmt: skip


def test_names_of_one_credential_are_kept_up_to_a_limit() -> None:
    kept = Ledger()
    for n in range(NAMES_LIMIT + 5):
        kept.note(Credential(1, n, A, "bearer", "response body x", 9, f"name{n}"))

    assert len(kept.lives[A].names) == NAMES_LIMIT


def test_exchanges_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "EXCHANGES_LIMIT", 2)
    kept = Ledger()
    for n in (1, 2, 3):
        kept.asked(n, f"{n}.example")
    for n, fingerprint in ((1, A), (3, B)):
        kept.note(Credential(n, n, fingerprint, "bearer", "response body x", 9, "x"))

    assert [kept.lives[one].since.authority for one in (A, B)] == ["", "3.example"]


def test_a_head_without_anything_is_a_capture_too() -> None:
    assert isinstance(HEAD, CaptureHead)
    assert watch(Expiries(), [HEAD]).forecast(0) == ()
