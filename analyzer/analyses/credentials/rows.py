"""The tables that the question of credentials answers with; the schema says what columns mean."""

from typing import Literal

from analyzer.analyses.questions import Found, Row
from analyzer.model import Unmeasurable

type EventKind = Literal[
    "issued",
    "first_used",
    "refreshed",
    "rotated",
    "expires",
    "used_after_expiry",
    "refused",
    "revoked",
    "masked",
    "recovered",
    "expired_mid_stream",
    "never_refreshed",
]
type Cause = Literal["expired", "revoked", "refused", "missing", "forbidden", "page", "masked"]
type KnownBy = Literal[
    "jwt exp", "expires_in", "expires field", "cookie Max-Age", "cookie Expires", "unknown"
]
type Span = int | Unmeasurable


class CredentialRow(Row, frozen=True):
    """One credential, known by its fingerprint, and its life as far as the capture holds it."""

    fingerprint: str
    kind: str
    names: tuple[str, ...]
    parts: int
    length: int | None
    authority: str
    place: str
    exchange: int | None
    issued_at: int | Unmeasurable
    expires_at: int | Unmeasurable
    expiry_known_by: KnownBy
    lifetime_ns: Span
    first_used_ns: Span
    last_used_ns: Span
    requests: int
    replaced_by: str
    replaced_ns: int | None
    age_at_refresh_ns: Span
    share_used: float | Unmeasurable
    refused: int
    used_after_expiry: int
    time_lost_ns: Span
    remaining_ns: Span
    refused_from_at: int | Unmeasurable


class CredentialEvent(Row, frozen=True):
    """Something that happened to a credential, in order of time; ``event`` counts from 1."""

    event: int
    at_ns: int
    kind: EventKind
    credential: str | None
    exchange: int | None
    expires_at: int | None
    detail: str


class Incident(Row, frozen=True):
    """From the first refusal of a call to its next success. ``exchange`` was refused first."""

    incident: int
    exchange: int | None
    recovered_exchange_id: int | None
    credential: str | None
    cause: Cause
    method: str
    authority: str
    path: str
    began_ns: int
    recovered_ns: Span
    time_lost_ns: Span
    refusals: int


class Authentication(Row, frozen=True):
    """How the requests of one endpoint were authenticated."""

    authority: str
    method: str
    path: str
    requests: int
    bearer: int
    cookie_only: int
    other: int
    none: int
    refused: int
    masked: int
    pages: int


class ClockSkew(Row, frozen=True):
    """How far a service's clock is ahead of the capture's, measured in one way."""

    authority: str
    measured_by: Literal["Date", "iat"]
    n: int
    median_ns: int
    lowest_ns: int
    highest_ns: int
    at_least_ns: int
    at_most_ns: Span
    is_consistent: bool


class CredentialTotals(Row, frozen=True):
    """The figures of the whole capture: one row."""

    credentials: int
    requests: int
    bearer: int
    cookie_only: int
    other: int
    none: int
    refused: int
    masked: int
    pages: int
    incidents: Span
    recovered: Span
    time_lost_ns: Span


class CredentialsFound(Found, frozen=True):
    credentials: tuple[CredentialRow, ...] = ()
    credential_events: tuple[CredentialEvent, ...] = ()
    credential_incidents: tuple[Incident, ...] = ()
    authentication: tuple[Authentication, ...] = ()
    clock_skew: tuple[ClockSkew, ...] = ()
    credential_totals: tuple[CredentialTotals, ...] = ()
