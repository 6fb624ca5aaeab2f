"""What a 401 or 403 says, in whichever envelope, and whether it is about the credential."""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from analyzer.model import Headers

BODY_LIMIT = 64 * 1024
"""Longest body of a refusal that is read."""

TEXT_LIMIT = 200
"""Characters that are kept of a code or a message."""

type What = Literal["credential", "forbidden", "page"]

_OF_CREDENTIALS = re.compile(
    r"token|jwt|expired|invalidated|revoked|unauthenticated|signature|logged_?out"
    r"|(?:invalid|missing|no)_(?:auth|session|credential)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"invalidated|revoked|(?:logged|signed)[ _]?out", re.IGNORECASE)
_OF_LOGINS = re.compile(r"token|jwt|session|credential|authenticat|login", re.IGNORECASE)
_CHALLENGE = re.compile(r'error="([^"]{1,64})"')


class Refusal(msgspec.Struct, frozen=True):
    """A refused request. ``code`` is empty where the service names none.

    ``what``: ``credential`` (any 401, or a 403 whose code names the credential),
    ``forbidden`` (a 403 that says the credential is good but not for this), ``page`` (a 403
    in HTML: a gateway or content delivery network in front of the service made it).
    """

    status: int
    what: What
    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        said = self.code or self.message
        return f"{self.status} {said}" if said else str(self.status)

    @property
    def says_revoked(self) -> bool:
        return _ENDED.search(self.code or self.message) is not None

    @property
    def says_expired(self) -> bool:
        return "expired" in self.code.lower()


def says_expired(text: str) -> bool:
    """Whether an error's code or message is about a credential that ended."""
    return "expired" in text.lower() and _OF_LOGINS.search(text) is not None


def read_refusal(status: int | None, headers: Headers, body: bytes) -> Refusal | None:
    """The refusal that a response is, or None.

    Envelopes: ``{"detail": {"message", "code"}}``, ``{"detail": "…"}``,
    ``{"error": {"message", "code"}}``, OAuth's ``{"error": "…", "error_description": "…"}``,
    and the challenge of RFC 6750, section 3.
    """
    if status not in (401, 403):
        return None
    if status == 403 and is_page(headers, body):
        return Refusal(status, "page")
    code, message = _said(read_json(body))
    if not code:
        challenge = _CHALLENGE.search(_values(headers, "www-authenticate")[:4096])
        code = challenge[1] if challenge else ""
    is_credential = status == 401 or _OF_CREDENTIALS.search(code) is not None
    return Refusal(status, "credential" if is_credential else "forbidden", code, message)


def read_code(body: bytes) -> str:
    """The code in any of the envelopes, whatever the status."""
    return _said(read_json(body))[0]


def is_page(headers: Headers, body: bytes) -> bool:
    kind = _values(headers, "content-type").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") or (
        not kind and body[:64].lstrip().startswith(b"<")
    )


def read_json(body: bytes, limit: int = BODY_LIMIT) -> object:
    """The body's JSON value, or None for anything that is none or too long."""
    if not body or len(body) > limit:
        return None
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return value


def plain(text: object) -> str:
    """A JSON value as short text that any file can hold; empty if it is no text."""
    if not isinstance(text, str):
        return ""
    return text[:TEXT_LIMIT].encode(errors="replace").decode()


def _said(value: object) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "", ""
    for name in ("detail", "error"):
        inner = value.get(name)
        if isinstance(inner, dict):
            return plain(inner.get("code")), plain(inner.get("message"))
        if isinstance(inner, str) and name == "detail":
            return "", plain(inner)
        if isinstance(inner, str):
            return plain(inner), plain(value.get("error_description"))
    return plain(value.get("code")), plain(value.get("message"))


def _values(headers: Sequence[tuple[str, str]], name: str) -> str:
    return ", ".join(value for key, value in headers if key.lower() == name)
