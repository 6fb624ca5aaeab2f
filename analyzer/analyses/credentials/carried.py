"""Which credentials a message's headers carry, by their fingerprints."""

import re
from collections.abc import Iterable

import msgspec

from analyzer.analyses.credentials import dates
from analyzer.analyses.credentials.rows import KnownBy
from analyzer.model import Headers
from analyzer.redact.shapes import cookie_kind

COOKIES_LIMIT = 200
"""Cookies of one message that are looked at; browsers send 180 to a site at most."""

CHUNKS_LIMIT = 16
"""Chunks of one cookie that are joined."""

VALUE_LIMIT = 16 * 1024
"""Characters of a header's value that are looked at."""

FINGERPRINT = re.compile(r"cred:[0-9a-f]{16}")
_HIDDEN = re.compile(r"cred:(?![0-9a-f])")
"""A credential of which the capture does not even hold which one it was."""

_CHUNK = re.compile(r"(.+)\.([0-9]{1,3})", re.ASCII | re.DOTALL)
_LOGIN = re.compile(r"session|(?:^|[._-])(?:sid|auth|jwt|login)(?:$|[._-])", re.IGNORECASE)
_NO_LOGIN = re.compile(r"csrf|xsrf|callback", re.IGNORECASE)


class Cookie(msgspec.Struct, frozen=True):
    """One cookie as its parts make it: ``name`` without chunk numbers.

    ``fingerprint`` is that of its value, or those of its chunks joined by ``+``. ``parts``
    is the number of chunks, 1 for a plain one.
    """

    name: str
    fingerprint: str
    parts: int = 1
    is_login: bool = False


class SetCookie(msgspec.Struct, frozen=True):
    """A cookie that a response sets. ``expires_s`` is Unix seconds or None.

    ``clears``: names (as they stand) that the same response empties.
    """

    cookie: Cookie
    expires_s: float | None
    known_by: KnownBy
    clears: tuple[str, ...] = ()


class Carried(msgspec.Struct, frozen=True):
    """The credentials of one request: the bearer, other ones in headers, and cookies.

    ``hidden``: some were sent that the capture cannot tell from others.
    """

    bearer: str = ""
    others: tuple[str, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    hidden: bool = False

    @property
    def login(self) -> Cookie | None:
        """The cookie that keeps a login; of several the first."""
        return next((one for one in self.cookies if one.is_login), None)


def is_login_name(name: str) -> bool:
    """Whether a cookie of this name keeps a login; the recorder's judgement and common names."""
    if cookie_kind(name) == "session":
        return True
    return _LOGIN.search(name) is not None and _NO_LOGIN.search(name) is None


def read_carried(headers: Headers) -> Carried:
    """Read a request's headers. Over HTTP/2 and HTTP/3 each cookie may have its own field."""
    bearer, others, hidden = "", list[str](), False
    pairs: list[tuple[str, str]] = []
    for name, value in headers:
        low = name.lower()
        hidden = hidden or _HIDDEN.search(value[:VALUE_LIMIT]) is not None
        if low == "cookie":
            pairs += _pairs(value)
            continue
        if "cred:" not in value:
            continue
        found = FINGERPRINT.findall(value[:VALUE_LIMIT])[:CHUNKS_LIMIT]
        is_basic = value[:6].lower() == "basic "
        if low in ("authorization", "x-authorization") and found and not is_basic:
            bearer = bearer or found[0]
        else:
            others += found
    return Carried(bearer, tuple(dict.fromkeys(others)), _joined(pairs[:COOKIES_LIMIT]), hidden)


def read_set_cookies(headers: Headers, wall_s: float | None) -> tuple[SetCookie, ...]:
    """The cookies that a response sets, chunks joined; ``wall_s`` is when it came (Unix s).

    Max-Age goes before Expires (RFC 6265, section 5.3). One with Max-Age 0 clears its name.
    """
    set_pairs: list[tuple[str, str]] = []
    ends: dict[str, tuple[float | None, KnownBy]] = {}
    clears: list[str] = []
    values = [value for name, value in headers if name.lower() == "set-cookie"]
    for value in values[:COOKIES_LIMIT]:
        pair, _, attributes = value[:VALUE_LIMIT].partition(";")
        name, _, secret = pair.strip().partition("=")
        expires_s, known_by, cleared = _ending(attributes, wall_s)
        if cleared or not FINGERPRINT.fullmatch(secret):
            clears += [name] if cleared else []
            continue
        set_pairs.append((name, secret))
        ends[secret] = (expires_s, known_by)
    made = []
    for cookie in _joined(set_pairs):
        known = [ends[part] for part in cookie.fingerprint.split("+")]
        end = min((one for one in known if one[0] is not None), default=(None, "unknown"))
        made.append(SetCookie(cookie, end[0], end[1], tuple(_of(cookie.name, clears))))
    return tuple(made)


def _of(stem: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name == stem or name.startswith(f"{stem}.")]


def _pairs(value: str) -> list[tuple[str, str]]:
    pairs = []
    for pair in value[:VALUE_LIMIT].split(";")[:COOKIES_LIMIT]:
        name, _, secret = pair.strip().partition("=")
        if FINGERPRINT.fullmatch(secret):
            pairs.append((name, secret))
    return pairs


def _joined(pairs: list[tuple[str, str]]) -> tuple[Cookie, ...]:
    """Cookies with chunks ``name.0``, ``name.1`` … as one; they go before a plain ``name``."""
    given = dict(pairs)
    chunks: dict[str, dict[int, str]] = {}
    for name, secret in given.items():
        match = _CHUNK.fullmatch(name)
        if match is not None and f"{match[1]}.0" in given:
            chunks.setdefault(match[1], {})[int(match[2])] = secret
    made = []
    for name, secret in given.items():
        match = _CHUNK.fullmatch(name)
        stem = match[1] if match is not None and match[1] in chunks else name
        if stem not in chunks:
            made.append(Cookie(name, secret, 1, is_login_name(name)))
        elif numbered := chunks[stem]:
            run = [numbered[number] for number in range(CHUNKS_LIMIT) if number in numbered]
            made.append(Cookie(stem, "+".join(run), len(run), is_login_name(stem)))
            chunks[stem] = {}
    return tuple(made)


def _ending(attributes: str, wall_s: float | None) -> tuple[float | None, KnownBy, bool]:
    """When a cookie with these attributes ends, how that is known, and whether it is cleared."""
    expires: int | None = None
    max_age: int | None = None
    for attribute in attributes.split(";")[:32]:
        name, _, value = attribute.strip().partition("=")
        low = name.strip().lower()
        if low == "max-age" and re.fullmatch(r"-?[0-9]{1,12}", value.strip()):
            max_age = int(value)
        elif low == "expires":
            expires = dates.read_http_date(value.strip())
    if max_age is not None:
        if max_age <= 0:
            return None, "unknown", True
        end = None if wall_s is None else dates.plausible(wall_s + max_age)
        return end, "cookie Max-Age" if end is not None else "unknown", False
    if expires is None:
        return None, "unknown", False
    return expires, "cookie Expires", wall_s is not None and expires <= wall_s
