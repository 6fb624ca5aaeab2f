"""Short ways to make the records of exchanges that carry credentials, in seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asked import ask

from analyzer.analyses.credentials import CredentialsFound, CredentialsQuestion
from analyzer.analyses.credentials.rows import CredentialEvent, CredentialRow
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Credential,
    Ending,
    ExchangeEnd,
    Headers,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

SECOND = 1_000_000_000
EPOCH_S = 1_760_000_000
"""Unix seconds at 0 of `asked.HEAD`'s clock."""

A, B, C, D = (f"cred:{letter * 16}" for letter in "abcd")
CHAT = "chat.example"
SESSION = "/api/auth/session"
LIST = "/backend-api/conversations"
COOKIE = "__Secure-next-auth.session-token"
SENT_NS = 1_000_000
"""From the first of a request to its end; its answer takes `TOOK_NS` from the first."""

TOOK_NS = 40_000_000


def at(seconds: float) -> int:
    return round(seconds * SECOND)


def fitted(fingerprint: str, length: int = 60) -> str:
    """How a body shows a secret of that length."""
    return fingerprint[:length].ljust(length, ".")


def date(seconds: float) -> tuple[str, str]:
    """A Date header of the second in which this moment lies, EPOCH_S being 08:53:20."""
    whole = 20 + 53 * 60 + 8 * 3600 + int(seconds)
    return (
        "date",
        f"Thu, 09 Oct 2025 {whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02} GMT",
    )


def jwt(
    exchange: int, seconds: float, fingerprint: str, iat: float, exp: float, place: str = ""
) -> Credential:
    """The recorder's fact about a JWT that came in a body, its times counted from EPOCH_S."""
    place = place or "response body accessToken"
    name = place.rpartition(" ")[2]
    return Credential(
        exchange, at(seconds), fingerprint, "bearer", place, 900, name, EPOCH_S + iat, EPOCH_S + exp
    )


def a_call(
    exchange: int,
    seconds: float,
    path: str = LIST,
    *,
    method: str = "GET",
    authority: str = CHAT,
    bearer: str = "",
    cookies: Sequence[str] = (),
    status: int | None = 200,
    body: object = None,
    sets: Sequence[str] = (),
    request_headers: Headers = (),
    headers: Headers = (),
    notes: Sequence[Credential] = (),
    how: Ending = "complete",
    took_ns: int = TOOK_NS,
) -> list[AnyRecord]:
    """An exchange that began at ``seconds`` and was over ``took_ns`` later.

    ``cookies`` and ``sets`` are values of cookie and set-cookie headers, ``body`` is bytes or
    what becomes JSON, ``notes`` stand behind the body.
    """
    begun = at(seconds)
    asked: list[tuple[str, str]] = [("cookie", value) for value in cookies]
    if bearer:
        asked.append(("authorization", f"Bearer {bearer}"))
    records: list[AnyRecord] = [
        RequestHead(
            exchange, begun, method, "https", authority, path, "HTTP/2.0",
            (*asked, *request_headers),
        ),
        RequestEnd(exchange, begun + SENT_NS),
    ]  # fmt: skip
    if status is None:
        return records
    data = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    is_json = body is not None and not isinstance(body, bytes)
    kind: Headers = (("content-type", "application/json"),) if is_json else ()
    given = (*kind, *(("set-cookie", value) for value in sets), *headers)
    over = begun + took_ns
    records.append(ResponseHead(exchange, over, status, "HTTP/2.0", given))
    if data:
        records.append(Body(exchange, over, "response", len(data), data))
    return [*records, *notes, ExchangeEnd(exchange, over, how)]


def a_session(
    exchange: int,
    seconds: float,
    token: str,
    *,
    iat: float,
    exp: float,
    cookie: str = D,
    **more: Any,
) -> list[AnyRecord]:
    """The session endpoint hands out a JWT."""
    body: Mapping[str, object] = {
        "expires": "2026-01-07T08:53:20.000Z",
        "accessToken": fitted(token, 900),
    }
    came = seconds + TOOK_NS / SECOND
    notes = [jwt(exchange, came, token, iat, exp)]
    cookies = (f"{COOKIE}={cookie}",)
    return a_call(exchange, seconds, SESSION, cookies=cookies, body=body, notes=notes, **more)


def a_stream(
    exchange: int,
    seconds: float,
    until: float,
    bearer: str,
    *,
    how: Ending | None = "complete",
    last: float | None = None,
    event: bytes = b"data: {}\n\n",
    path: str = "/f/conversation",
) -> list[AnyRecord]:
    """An event stream with an event at its beginning and the same at ``last``."""
    head = a_call(exchange, seconds, path, method="POST", bearer=bearer, status=None)
    kind = (("content-type", "text/event-stream"),)
    opened = at(seconds) + TOOK_NS
    times = (opened, at(until if last is None else last))
    records = [
        *head,
        ResponseHead(exchange, opened, 200, "HTTP/2.0", kind, streamed=True),
        Reads(exchange, times, (len(event), len(event)), event * 2),
    ]
    return records if how is None else [*records, ExchangeEnd(exchange, at(until), how)]


def found_in(*calls: Sequence[AnyRecord]) -> CredentialsFound:
    """The answer to these exchanges, in the order of their records' times."""
    records = sorted((record for call in calls for record in call), key=_moment)
    return ask(CredentialsQuestion, records)


def _moment(record: AnyRecord) -> int:
    if isinstance(record, CaptureHead):
        return 0
    return record.at_ns[0] if isinstance(record, Reads) else record.at_ns


def kinds(found: CredentialsFound, credential: str = "") -> list[str]:
    """What happened, in order; to one credential if it is named."""
    return [one.kind for one in found.credential_events if credential in ("", one.credential)]


def events(found: CredentialsFound, kind: str) -> list[CredentialEvent]:
    return [one for one in found.credential_events if one.kind == kind]


def row(found: CredentialsFound, fingerprint: str) -> CredentialRow:
    (only,) = [one for one in found.credentials if one.fingerprint == fingerprint]
    return only


REFUSED_EXPIRED = {
    "detail": {"message": "expired", "type": "invalid_request_error", "code": "token_expired"}
}
REFUSED_INVALIDATED = {"error": {"message": "invalidated", "code": "token_invalidated"}}
REFUSED_PLAIN = {"detail": "Your authentication token has been invalidated."}
