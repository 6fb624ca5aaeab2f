"""What a secret looks like: its name, its shape, the times written inside it.

Names are the ones that services in the field use; a name decides alone where it
is unmistakable, and together with the value's look where it is not (``token``
is also what a model puts out).
"""

import base64
import binascii
import re
from typing import Literal, NamedTuple

import msgspec

type Kind = Literal["bearer", "cookie", "session", "resume", "api_key", "other"]

JWT_LIMIT = 16 * 1024
"""Longest JWT payload segment that is read for its times."""

SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-authorization",
        "x-conduit-token",
        "oai-device-id",
        "oai-session-id",
        "chatgpt-account-id",
        "x-amz-security-token",
    }
)
_HEADER = re.compile(
    r"(?:^|-)(?:token|secret|password|passwd|credentials?|jwt|bearer|csrf|xsrf|csrftoken"
    r"|xsrftoken|session|sessionid|api-?key|access-?key|auth-?key|subscription-?key"
    r"|functions-?key|access-?token|device-?id|authentication|signature|auth)(?:$|-(?!limit))"
)
_NOT_A_SECRET_HEADER = re.compile(
    r"ratelimit|rate-limit|^access-control-|^www-|^proxy-authenticate"
)

_CERTAIN: dict[str, Kind] = {
    "accesstoken": "bearer",
    "bearertoken": "bearer",
    "authtoken": "bearer",
    "authorization": "bearer",
    "refreshtoken": "session",
    "sessiontoken": "session",
    "resumetoken": "resume",
    "conduittoken": "other",
    "idtoken": "other",
    "csrftoken": "other",
    "xsrftoken": "other",
    "securitytoken": "other",
    "apikey": "api_key",
    "apitoken": "api_key",
    "accesskey": "api_key",
    "secretkey": "api_key",
    "privatekey": "api_key",
    "clientsecret": "other",
    "secret": "other",
    "password": "other",
    "passwd": "other",
    "passphrase": "other",
}
_CERTAIN_ENDS = tuple(sorted(set(_CERTAIN) - {"authorization"}, key=len, reverse=True))
_LIKELY_ENDS = ("accountid", "deviceid", "oaidid")
_CERTAIN_IN_QUERY = frozenset(
    {"codeverifier", "sig", "signature", "xamzsignature", "xgoogsignature"}
)
_LIKELY_IN_QUERY = frozenset(
    {"key", "code", "ticket", "verify", "auth", "session", "sessionid", "sid", "state"}
)
_CURSOR = re.compile(r"page|next|prev|continu|cursor|sync|max|min|num|count|usage|stop|first|last")


class Shape(NamedTuple):
    """A secret that shows by its look alone: how it starts, and what it is then."""

    name: str
    kind: Kind
    start: bytes
    pattern: re.Pattern[bytes]


NOT_INSIDE_A_WORD = rb"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf]))"
"""A word's beginning, also behind a line feed that JSON writes as a backslash and a letter."""


def _key(name: str, start: bytes, rest: bytes, kind: Kind = "api_key") -> Shape:
    return Shape(name, kind, start, re.compile(NOT_INSIDE_A_WORD + re.escape(start) + rest))


SHAPES = (
    Shape("jwt", "other", b"eyJ", re.compile(rb"eyJ[\w\-]{8,}(?:\.[\w\-]*){2,4}")),
    _key("sk key", b"sk-", rb"[\w\-]{20,}"),
    _key("sess key", b"sess-", rb"[\w\-]{20,}"),
    _key("google key", b"AIza", rb"[\w\-]{35}"),
    _key("google token", b"ya29.", rb"[\w\-]{20,}", "bearer"),
    _key("aws key", b"AKIA", rb"[0-9A-Z]{16}"),
    _key("aws key", b"ASIA", rb"[0-9A-Z]{16}"),
    *(_key("github key", b"gh%c_" % letter, rb"[A-Za-z0-9]{30,}") for letter in b"pousr"),
    _key("github key", b"github_pat_", rb"\w{30,}"),
    _key("gitlab key", b"glpat-", rb"[\w\-]{20,}"),
    _key("slack key", b"xox", rb"[abeoprs]-[\w\-]{12,}"),
    _key("hugging face key", b"hf_", rb"[A-Za-z0-9]{30,}"),
    _key("groq key", b"gsk_", rb"[A-Za-z0-9]{30,}"),
    _key("xai key", b"xai-", rb"[A-Za-z0-9]{30,}"),
)

RUN = 16
"""Every shape has this many characters of ``[A-Za-z0-9_-]`` in a row."""

_NAME_CHARS = bytes(
    code if chr(code).isascii() and (chr(code).isalnum() or chr(code) in "_-") else 0x20
    for code in range(256)
)
_ONES = bytes(0x20 if code == 0x20 else 0x31 for code in _NAME_CHARS)
_RUN_OF_ONES = b"1" * RUN


def long_runs(data: bytes) -> bytes:
    """The distinct runs of at least `RUN` name characters, in any order: none in most text."""
    if _RUN_OF_ONES not in data.translate(_ONES):
        return b""
    return b" ".join({word for word in data.translate(_NAME_CHARS).split() if len(word) >= RUN})


def looks_random(value: str, least: int = RUN) -> bool:
    """Whether a value looks made by a machine: long, no blanks, digits among letters."""
    return (
        len(value) >= least
        and value.isascii()
        and not any(char.isspace() for char in value)
        and any(char.isdigit() for char in value)
        and any(char.isalpha() for char in value)
    )


def _compact(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def header_kind(name: str) -> Kind | None:
    """The kind of secret that a header of this (lower-case) name carries."""
    if name in SECRET_HEADERS or (
        _HEADER.search(name) is not None and _NOT_A_SECRET_HEADER.search(name) is None
    ):
        if "key" in name:
            return "api_key"
        if "authorization" in name:
            return "bearer"
        return "other"
    return None


def member_kind(name: str, value: str) -> Kind | None:
    """The kind of secret that a JSON member or a form field of this name carries."""
    compact = _compact(name)
    if compact in _CERTAIN:
        return _CERTAIN[compact]
    ends = next((end for end in _CERTAIN_ENDS if compact.endswith(end)), None)
    if ends is not None:
        return _CERTAIN[ends]
    if compact.endswith(_LIKELY_ENDS) and looks_random(value):
        return "other"
    if compact.endswith("token") and _CURSOR.search(compact) is None and looks_random(value):
        return "other"
    return None


def query_kind(name: str, value: str) -> Kind | None:
    """The same for a query parameter, where signatures and one-time codes come too."""
    compact = _compact(name)
    if compact in _CERTAIN_IN_QUERY or (compact in _LIKELY_IN_QUERY and looks_random(value)):
        return "other"
    return member_kind(name, value)


def cookie_kind(name: str) -> Kind:
    """``session`` for what keeps a login, ``cookie`` for the rest."""
    return "session" if "session-token" in name or _compact(name) == "session" else "cookie"


class JwtTimes(NamedTuple):
    issued_at_s: float | None = None
    expires_at_s: float | None = None


class _Claims(msgspec.Struct):
    iat: float | None = None
    exp: float | None = None


_claims = msgspec.json.Decoder(_Claims)


def jwt_times(value: str) -> JwtTimes:
    """``iat`` and ``exp`` of a JWT (RFC 7519), signature unchecked; empty for anything else."""
    parts = value.split(".")
    if len(parts) != 3 or not value.startswith("eyJ") or len(parts[1]) > JWT_LIMIT:
        return JwtTimes()
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = _claims.decode(payload)
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return JwtTimes()
    return JwtTimes(claims.iat, claims.exp)
