"""What makes two requests the same one: a digest of method, path and body, at three strictnesses.

Pure, but for what a `Redactor` remembers. Recorded requests have fingerprints where live ones
have secrets, so both sides are redacted and every fingerprint becomes one and the same
placeholder. ``ids`` goes on to what differs from run to run: identifiers and moments.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus

import msgspec

from analyzer.analyses.paths import ID, fold_path
from analyzer.redact import FINGERPRINT, Redactor, Where
from analyzer.replay.script import plain_authority

type Strictness = Literal["exact", "ids", "path"]
STRICTNESSES: tuple[Strictness, ...] = ("exact", "ids", "path")
"""From the strictest on. A looser one still prefers a recorded request that is stricter equal."""

FOLDED_LIMIT = 1024 * 1024
"""Longest body whose members are looked at; a longer one is the same only byte by byte."""

DEPTH_LIMIT = 200
"""Deepest value of a body that is looked at."""

_TEXT_LIMIT = 400
"""Longest value that may be an identifier; a longer one is prose."""

_MOMENT_FROM = 1_000_000_000
"""Numbers from here on are moments or identifiers: Unix seconds, milliseconds, Snowflakes."""

_WHERE = Where(0, 0, "request")
_FINGERPRINT = re.compile(FINGERPRINT.pattern.encode())
_PLACEHOLDER = "{credential}"
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TIMING = re.compile(r"time|stamp|elapsed|since|nonce|_at$|_ms$|Ms$|At$", re.IGNORECASE)
_FORM = re.compile(rb"[\w.\-*+%\[\]]+=[^\s{}\"<>]*")
_BOUNDARY = re.compile(rb"--([!-~]{1,70})\r\n")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, live or recorded. ``path`` has its query. ``body`` None: nobody knows it.

    ``conditional``: who asks has a copy, and may be told 304 (RFC 9110, section 13).
    """

    method: str
    authority: str
    path: str
    body: bytes | None = b""
    conditional: bool = True


CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
"""Request fields by which a client says that it has a copy."""


class Keys:
    """Makes the digests; remembers the secrets that it saw, as the recorder does."""

    def __init__(self) -> None:
        self._redactor = Redactor(b"the fingerprints are never looked at")

    def see(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Learn the secrets of a live request's headers: they may stand elsewhere, too."""
        self._redactor.headers(fields, _WHERE)
        self._redactor.take()

    def redacted(self, asked: Asked) -> Asked:
        """The request without secrets, each replaced by the placeholder."""
        path = self._redactor.text(asked.path, _WHERE, "query")
        body = asked.body
        if body:
            body = _FINGERPRINT.sub(_PLACEHOLDER.encode(), self._redactor.body(body, _WHERE))
        self._redactor.take()
        path = FINGERPRINT.sub(_PLACEHOLDER, path)
        authority = plain_authority(asked.authority)
        return Asked(asked.method.upper(), authority, path, body, asked.conditional)

    def of(self, redacted: Asked, strictness: Strictness) -> bytes:
        """The digest of a request that is redacted already."""
        path, body = redacted.path.partition("#")[0], redacted.body
        if strictness == "path":
            path, body = path.partition("?")[0], b""
        elif strictness == "ids":
            path, body = fold_target(path), fold_body(body)
        digest = hashlib.blake2b(digest_size=16)
        for part in (redacted.method.encode(), path.encode("utf-8", "replace"), _marked(body)):
            digest.update(len(part).to_bytes(8) + part)
        return digest.digest()


def _marked(body: bytes | None) -> bytes:
    return b"unknown" if body is None else b"body:" + body


def fold_target(target: str) -> str:
    """Path and query with identifiers and moments as placeholders; small numbers stay in a query.

    ``offset=28`` is another page and no identifier.
    """
    path, mark, query = target.partition("?")
    folded = fold_path(path.replace(_PLACEHOLDER, ID))
    return folded + mark + "&".join(sorted(_fold_pair(pair) for pair in query.split("&")))


def _fold_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return name + equals + str(fold_value(unquote_plus(value), name))


def fold_body(body: bytes | None) -> bytes | None:
    """A body with its identifiers and moments as placeholders: JSON, a form, or parts of one."""
    if not body or len(body) > FOLDED_LIMIT:
        return body
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            value = msgspec.json.decode(body)
            return msgspec.json.encode(_fold_json(value, "", 0), order="deterministic")
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return body
    if _FORM.fullmatch(body):
        pairs = body.decode("ascii", "replace").split("&")
        return "&".join(sorted(map(_fold_pair, pairs))).encode()
    if boundary := _BOUNDARY.match(body):
        body = body.replace(boundary[1], b"boundary")
    return _UUID.sub(ID, body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _fold_json(value: object, name: str, depth: int) -> object:
    if depth > DEPTH_LIMIT:
        return None
    match value:
        case dict():
            return {
                str(fold_value(key, "")): _fold_json(inner, key, depth + 1)
                for key, inner in value.items()
            }
        case list():
            return [_fold_json(inner, name, depth + 1) for inner in value]
        case bool() | None:
            return value
        case str() | int() | float():
            return fold_value(value, name)
    return value


def fold_value(value: str | float, name: str) -> str | float:
    """One value, ``{id}`` if it is an identifier or a moment. ``name`` is its member's."""
    if not isinstance(value, str):
        return ID if abs(value) >= _MOMENT_FROM or _TIMING.search(name) else value
    if _NUMBER.fullmatch(value):
        moment = len(value.partition(".")[0]) >= len(str(_MOMENT_FROM))
        return ID if moment or _TIMING.search(name) else value
    if _ISO.fullmatch(value):
        return ID
    if len(value) <= _TEXT_LIMIT and not re.search(r"[\s/?#]", value):
        folded = fold_path(f"/{value.replace(_PLACEHOLDER, ID)}")[1:]
        return ID if ID in folded else value
    return _UUID.sub(ID, value)
