"""Sessions: the refresh cookie, its rotation and its chunks."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzer.lab.credentials import Access, Issuer
from analyzer.lab.options import CookieStyle
from analyzer.lab.truth import CredentialLine, Stamp, TruthLog

COOKIE = "__Secure-next-auth.session-token"
SESSION_LIFETIME_S = 90 * 86_400
_MAX_SESSIONS = 10_000
_PLAIN_BYTES = 450
_CHUNKED_BYTES = 3_300  # in base64 more than one cookie of 4096 bytes may hold
_CHUNK_LENGTH = 3_900
_OLD_VALUE_S = 10.0  # requests that were on their way during a rotation still carry the old value
_ATTRIBUTES = "Path=/; HttpOnly; Secure; SameSite=Lax"


@dataclass(slots=True)
class Session:
    """``secret`` is the cookie's value; ``id`` names it in logs and claims."""

    id: str
    secret: str
    issued_at_s: float
    chunked: bool
    access: Access | None = None
    old_secrets: dict[str, float] = field(default_factory=dict)


class Sessions:
    """All sessions, in memory. ``now`` returns Unix seconds."""

    def __init__(
        self,
        style: CookieStyle,
        rotate_after_s: float | None,
        truth: TruthLog,
        now: Callable[[], float],
    ) -> None:
        self._style = style
        self._rotate_after_s = rotate_after_s
        self._truth = truth
        self._now = now
        self._by_secret: dict[str, Session] = {}
        self._by_id: dict[str, Session] = {}

    def open(self) -> Session:
        """Log a newcomer in; the oldest session goes when there are too many."""
        if len(self._by_id) >= _MAX_SESSIONS:
            self.close(next(iter(self._by_id.values())))
        chunked = self._style == "chunked"
        session = Session(f"authsess_{secrets.token_hex(8)}", "", self._now(), chunked)
        session.secret = _make_secret(chunked=chunked)
        self._by_secret[session.secret] = session
        self._by_id[session.id] = session
        self._log("issued", session)
        return session

    def find(self, cookies: Mapping[str, str]) -> Session | None:
        """Return the session of a request's cookies; chunks are joined by their numbers."""
        secret = _read_cookie(cookies)
        session = self._by_secret.get(secret)
        if session and secret != session.secret and session.old_secrets[secret] < self._now():
            return None
        return session

    def by_id(self, session_id: str) -> Session | None:
        return self._by_id.get(session_id)

    def close(self, session: Session) -> None:
        """Forget a session: its cookie is worth nothing from now on."""
        self._by_id.pop(session.id, None)
        for secret in (session.secret, *session.old_secrets):
            self._by_secret.pop(secret, None)
        self._log("revoked", session)

    def rotate_if_due(self, session: Session) -> bool:
        """Give the cookie a new value if it is old enough; the old one works a little longer."""
        now = self._now()
        if self._rotate_after_s is None or now - session.issued_at_s < self._rotate_after_s:
            return False
        for secret in [old for old, until in session.old_secrets.items() if until < now]:
            del session.old_secrets[secret], self._by_secret[secret]
        session.old_secrets[session.secret] = now + _OLD_VALUE_S
        session.chunked = self._style != "plain"
        session.secret = _make_secret(chunked=session.chunked)
        session.issued_at_s = now
        self._by_secret[session.secret] = session
        self._log("rotated", session)
        return True

    def access(self, session: Session, issuer: Issuer) -> Access:
        """Return the session's access credential, a new one when the old won't do."""
        if session.access is None or not issuer.is_usable(session.access):
            session.access = issuer.issue_access(session.id)
        return session.access

    def set_cookies(self, session: Session, cookies: Mapping[str, str]) -> list[str]:
        """Return Set-Cookie values; a plain cookie that chunks replace is cleared."""
        kept = f"Max-Age={SESSION_LIFETIME_S}; {_ATTRIBUTES}"
        if not session.chunked:
            return [f"{COOKIE}={session.secret}; {kept}"]
        chunks = range(0, len(session.secret), _CHUNK_LENGTH)
        values = [session.secret[start : start + _CHUNK_LENGTH] for start in chunks]
        numbered = [f"{COOKIE}.{number}={value}; {kept}" for number, value in enumerate(values)]
        cleared = [f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"] if COOKIE in cookies else []
        return cleared + numbered

    def _log(self, what: Literal["issued", "revoked", "rotated"], session: Session) -> None:
        stamp = Stamp.now()
        self._truth.write(
            CredentialLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                what=what,
                kind="session",
                id=session.id,
                issued_at_s=session.issued_at_s,
                expires_at_s=session.issued_at_s + SESSION_LIFETIME_S,
            )
        )


def _make_secret(*, chunked: bool) -> str:
    return secrets.token_urlsafe(_CHUNKED_BYTES if chunked else _PLAIN_BYTES)


def _read_cookie(cookies: Mapping[str, str]) -> str:
    if f"{COOKIE}.0" not in cookies:
        return cookies.get(COOKIE, "")
    value, number = "", 0
    while chunk := cookies.get(f"{COOKIE}.{number}"):
        value += chunk
        number += 1
    return value
