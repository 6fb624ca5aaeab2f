"""Credentials in the live view: all that were met, refused, replaced; as the report has them."""

from pathlib import Path

import pytest
from asked import HEAD, ask
from signing_in import TOOK_NS, A, B, a_call, a_session, at

from analyzer.analyses.credentials import CredentialsQuestion
from analyzer.analyses.credentials.watching import ROWS_LIMIT
from analyzer.importers import read_capture
from analyzer.model import AnyRecord
from analyzer.watch import CredentialRow, Watch

CAPTURES = Path(__file__).parents[2] / "captures"


def rows(*records: AnyRecord) -> dict[str, CredentialRow]:
    watch = Watch()
    watch.feed([HEAD, *records])
    return {one.fingerprint: one for one in watch.snapshot().credentials}


def test_a_bearer_is_seen_with_its_end() -> None:
    found = rows(*a_session(1, 1, A, iat=1, exp=301), *a_call(2, 2, bearer=A, body={"items": []}))
    bearer = found[A]

    assert (bearer.kind, bearer.requests, bearer.in_use) == ("bearer", 1, True)
    assert (bearer.expires_ns, bearer.lifetime_ns) == (at(301), at(300))
    assert (bearer.last_used_ns, bearer.refused, bearer.replaced_by) == (at(2), 0, "")


def test_a_refusal_is_counted_for_the_credential() -> None:
    body = {"error": {"code": "token_expired", "message": "Expired."}}
    refused = a_call(3, 400, bearer=A, status=401, body=body)
    found = rows(*a_session(1, 1, A, iat=1, exp=301), *a_call(2, 2, bearer=A), *refused)

    assert (found[A].refused, found[A].refused_ns) == (1, at(400) + TOOK_NS)
    assert found[A].refused_why == "401 token_expired"


def test_a_refused_request_without_a_bearer_counts_for_none() -> None:
    """Where bearers are used, it is the bearer that is missing; the login is not refused."""
    found = rows(
        *a_session(1, 1, A, iat=1, exp=301),
        *a_call(2, 2, bearer=A),
        *a_call(3, 3, status=401, body={}),
    )

    assert all(one.refused == 0 for one in found.values())


def test_a_replaced_bearer_says_by_which_and_when() -> None:
    found = rows(
        *a_session(1, 1, A, iat=1, exp=301),
        *a_call(2, 2, bearer=A, body={"items": []}),
        *a_session(3, 3, B, iat=3, exp=303),
        *a_call(4, 4, bearer=B, body={"items": []}),
    )

    assert (found[A].replaced_by, found[A].in_use, found[B].in_use) == (B, False, True)
    assert found[A].replaced_ns == found[B].since_ns


@pytest.mark.parametrize("name", ["expiry.jsonl", "good-h2.jsonl"])
def test_live_is_batch(name: str) -> None:
    head, *records = read_capture(CAPTURES / name)
    found = ask(CredentialsQuestion, records, head)  # type: ignore[arg-type] # the head is first
    told = {
        one.fingerprint: (one.kind, one.requests, one.refused, one.replaced_by)
        for one in found.credentials
        if one.kind in ("bearer", "session", "resume", "api_key")
    }
    watch = Watch()
    watch.feed([head, *records])
    seen = {
        one.fingerprint: (one.kind, one.requests, one.refused, one.replaced_by)
        for one in watch.snapshot().credentials
    }

    assert seen == told
    assert told


def test_only_so_many_have_a_row() -> None:
    many = [
        record
        for n in range(ROWS_LIMIT + 3)
        for record in a_session(n + 1, n + 1, f"cred:{n:016x}", iat=n + 1, exp=n + 301)
    ]

    assert len(rows(*many)) == ROWS_LIMIT
