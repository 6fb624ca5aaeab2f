"""Access and resume credentials: JWTs that are issued, checked and revoked.

Claims as wire formats of chat web clients name them. Tokens never leave this
module except to be sent to their client; logs name them by ``jti``.
"""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Callable
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from analyzer.lab import refusals
from analyzer.lab.options import AccessFormat, JwtAlgorithm
from analyzer.lab.truth import CredentialLine, Stamp, TruthLog

USER_ID = "user-lab0000000000000000000"
USER_NAME = "Lab User"
USER_EMAIL = "user@lab.example"
ACCOUNT_ID = "00000000-1ab0-4000-8000-000000000001"
_ISSUER = "https://auth.lab.example"
_AUDIENCE = "https://api.openai.com/v1"
_RESUME_AUDIENCE = "conversation-resume"
_CLIENT_ID = "app_lab0000000000000000"
_SCOPES = ["openid", "email", "profile", "offline_access", "model.request", "model.read"]
_RESUME_LIFETIME_S = 7_200
_RSA_BITS = 2048
_OPAQUE_BYTES = 48
MAX_OPAQUE = 10_000
_RENEW_BEFORE = 0.1  # share of its lifetime before its end in which a credential is replaced

type Claims = dict[str, Any]


class Access(msgspec.Struct, frozen=True):
    """An issued access credential; ``token`` is the secret itself."""

    token: str
    jti: str
    expires_at_s: float


class Bearer(msgspec.Struct, frozen=True):
    """Whose access credential a request came with, and which; nothing secret."""

    session_id: str
    jti: str
    expires_at_s: float


class Issuer:
    """Signs and checks with a key of its own, made at start. ``now`` returns Unix seconds.

    Opaque access credentials are random, and looked up instead; they end at
    a fraction of a second, as nothing rounds their times.
    """

    def __init__(
        self,
        algorithm: JwtAlgorithm,
        lifetime_s: float,
        truth: TruthLog,
        now: Callable[[], float],
        access_format: AccessFormat = "jwt",
    ) -> None:
        self._algorithm = algorithm
        self._lifetime_s = lifetime_s
        self._truth = truth
        self._now = now
        self._key = _make_key(algorithm)
        public = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        digest = base64.urlsafe_b64encode(hashlib.sha256(public).digest())
        self._key_id = digest.decode().rstrip("=")
        self._format = access_format
        self._opaque: dict[str, Bearer] = {}
        self._revoked: dict[str, tuple[Access, Callable[[], refusals.Refused]]] = {}

    def issue_access(self, session_id: str) -> Access:
        now = self._now()
        if self._format == "opaque":
            return self._issue_opaque(session_id, now)
        claims = {
            "iss": _ISSUER,
            "aud": [_AUDIENCE],
            "client_id": _CLIENT_ID,
            "nbf": int(now),
            "session_id": session_id,
            "scp": _SCOPES,
            "sub": f"auth0|{USER_ID}",
            "https://api.openai.com/auth": {
                "chatgpt_account_id": ACCOUNT_ID,
                "chatgpt_plan_type": "free",
                "user_id": USER_ID,
            },
            "https://api.openai.com/profile": {"email": USER_EMAIL, "email_verified": True},
        }
        return self._issue("access", claims, now, self._lifetime_s)

    def issue_resume(self, conversation_id: str) -> str:
        claims = {"iss": _ISSUER, "aud": _RESUME_AUDIENCE, "conversation_id": conversation_id}
        return self._issue("resume", claims, self._now(), _RESUME_LIFETIME_S).token

    def check_access(self, token: str) -> Bearer:
        """Return what a valid credential stands for, else raise the refusal that it gets."""
        bearer = self._opaque.get(token) if self._format == "opaque" else self._read(token)
        if bearer is None:
            raise self._refuse("", refusals.invalid())
        if revoked := self._revoked.get(bearer.jti):
            raise self._refuse(bearer.jti, revoked[1]())
        if bearer.expires_at_s <= self._now():
            raise self._refuse(bearer.jti, refusals.expired())
        return bearer

    def _read(self, token: str) -> Bearer | None:
        """Return what a JWT of ours claims, expired or not; None if it is no such thing."""
        try:
            # The times are checked below: the clock is ours to move.
            claims: Claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=[self._algorithm],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        return Bearer(str(claims["session_id"]), claims["jti"], claims["exp"])

    def revoke(self, access: Access, refusal: Callable[[], refusals.Refused]) -> None:
        """Refuse this credential from now on, with the given envelope."""
        now = self._now()  # what has expired is refused anyway, and need not be remembered
        kept = {jti: old for jti, old in self._revoked.items() if old[0].expires_at_s > now}
        self._revoked = kept | {access.jti: (access, refusal)}
        self._log("revoked", access.jti, code=refusal().code)

    def is_usable(self, access: Access) -> bool:
        """Whether to hand it out once more: not revoked, and not about to expire."""
        margin_s = _RENEW_BEFORE * self._lifetime_s
        return access.jti not in self._revoked and access.expires_at_s - margin_s > self._now()

    def _issue(
        self, kind: Literal["access", "resume"], claims: Claims, now: float, lifetime_s: float
    ) -> Access:
        jti = str(uuid.uuid4())
        issued, expires = int(now), int(now + lifetime_s)
        timed = {"iat": issued, "exp": expires, "jti": jti}
        token = jwt.encode(
            claims | timed, self._key, algorithm=self._algorithm, headers={"kid": self._key_id}
        )
        self._log_issued(kind, jti, issued, expires)
        return Access(token, jti, expires)

    def _issue_opaque(self, session_id: str, now: float) -> Access:
        if len(self._opaque) >= MAX_OPAQUE:
            del self._opaque[next(iter(self._opaque))]
        bearer = Bearer(session_id, str(uuid.uuid4()), now + self._lifetime_s)
        token = secrets.token_urlsafe(_OPAQUE_BYTES)
        self._opaque[token] = bearer
        self._log_issued("access", bearer.jti, now, bearer.expires_at_s)
        return Access(token, bearer.jti, bearer.expires_at_s)

    def _log_issued(
        self, kind: Literal["access", "resume"], jti: str, issued: float, expires: float
    ) -> None:
        stamp = Stamp.now()
        self._truth.write(
            CredentialLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                what="issued",
                kind=kind,
                id=jti,
                issued_at_s=issued,
                expires_at_s=expires,
            )
        )

    def _refuse(self, jti: str, refusal: refusals.Refused) -> refusals.Refused:
        self._log("refused", jti, code=refusal.code)
        return refusal

    def _log(self, what: Literal["refused", "revoked"], jti: str, code: str) -> None:
        stamp = Stamp.now()
        self._truth.write(
            CredentialLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                what=what,
                kind="access",
                id=jti,
                code=code,
            )
        )


def _make_key(algorithm: JwtAlgorithm) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, _RSA_BITS)
