"""Header fields and other short facts of an exchange without what they say."""

import re
from http import HTTPStatus

from analyzer.model import Headers
from analyzer.redact import FINGERPRINT
from analyzer.redact.addresses import redact_address, redact_name
from analyzer.redact.filler import fill_text
from analyzer.redact.pseudonyms import Pseudonyms
from analyzer.redact.vocabulary import is_enumeration, is_identifier, judge

METHODS = frozenset(
    "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND QUERY".split()  # noqa: SIM905 - a list
)

_TYPE = (
    r"(?:text|application|image|audio|video|font|multipart|message|model|\*)"
    r"/[\w.+*-]{1,80}(?:; ?(?:charset|q|v)=[\w.-]{1,20})*"
)
_DATE = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
_CODINGS = r"(?:gzip|deflate|br|zstd|identity|chunked|compress|trailers|\*|;q=[\d.]+|, ?)*"
_PATTERNS = {
    name: re.compile(pattern, re.ASCII)
    for names, pattern in (
        ("content-type accept", rf"{_TYPE}(?:, ?{_TYPE})*"),
        ("content-length age upload-length", r"\d{1,19}"),
        ("content-encoding accept-encoding transfer-encoding te", _CODINGS),
        ("date expires last-modified if-modified-since", rf"{_DATE}|0|-1"),
        ("retry-after", rf"\d{{1,10}}|{_DATE}"),
        (
            "alt-svc",
            r'clear|(?:h[\w-]{1,8}="[\w.-]{0,100}:\d{1,5}"(?:; ?\w{1,9}=\d{1,10})*(?:, ?)?)+',
        ),
        ("connection upgrade", r"(?:keep-alive|close|upgrade|websocket|, ?)+"),
        (
            "cache-control pragma",
            r"(?:(?:no-cache|no-store|private|public|must-revalidate|immutable|no-transform"
            r"|max-age=\d{1,10}|s-maxage=\d{1,10}|stale-\w+-\w+=\d{1,10}), ?)*"
            r"(?:no-cache|no-store|private|public|must-revalidate|immutable|no-transform"
            r"|max-age=\d{1,10}|s-maxage=\d{1,10}|stale-\w+-\w+=\d{1,10})",
        ),
        (
            "sec-fetch-mode sec-fetch-site sec-fetch-dest",
            r"cors|no-cors|navigate|websocket|same-origin|same-site|cross-site|none|empty|document"
            r"|script|style|image|font|worker|iframe",
        ),
        (
            "vary",
            r"\*|(?:(?:accept|accept-encoding|accept-language|authorization|cookie|origin"
            r"|user-agent)(?:, ?|\Z))+",
        ),
        (
            "www-authenticate",
            r'(?:Bearer|Basic)(?:,? error="(?:invalid|expired|missing|insufficient)_\w{1,7}")?',
        ),
        ("accept-ranges", r"bytes|none"),
        ("access-control-allow-credentials", r"true|false"),
        ("access-control-max-age", r"\d{1,10}"),
        ("sec-fetch-user upgrade-insecure-requests dnt sec-gpc", r"\?1|1|0"),
        ("priority", r"u=\d(?:, ?i)?|i"),
        ("x-content-type-options", r"nosniff"),
    )
    for name in names.split()
}
"""Fields whose values stay if they look as the standards want them."""

_TIMING = re.compile(r"([\w-]{1,40})((?:; ?dur=[\d.]{1,20})?(?:, ?|\Z))", re.ASCII)
_RATE = re.compile(r"(?:x-)?rate-?limit-[a-z-]{1,40}|[a-z-]{1,40}-ms", re.ASCII)
_SHORT_NUMBER = re.compile(r"\d{1,10}(?:\.\d{1,6})?(?:ms|s)?", re.ASCII)
_NAME = re.compile(r":?[a-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
_SECRET = re.compile(r"(?:[A-Za-z]{1,16} )?(?:cred:[0-9a-f]{16}\.*)", re.ASCII)
_COOKIE = re.compile(r"([\w.-]{0,64})(=?)(.*)", re.ASCII | re.DOTALL)
_ATTRIBUTE = re.compile(
    r"\s*(?:path=/|secure|httponly|partitioned|max-age=-?\d{1,12}|samesite=\w{1,6}"
    r"|expires=[a-z]{3}, \d\d[ -][a-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d gmt)\s*",
    re.IGNORECASE | re.ASCII,
)
_RELATION = (
    r"(?:first|prev|previous|next|last|self|canonical|alternate|preload|prefetch|preconnect"
    r"|dns-prefetch|modulepreload|stylesheet|icon)"
)
_LINK = re.compile(
    rf'<([^>]*)>|(; ?rel=(?:"{_RELATION}"|{_RELATION}(?=[;,]|\Z)))|(, ?)|([^<;,]+|.)', re.DOTALL
)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)
_ADDRESSES = frozenset({"location", "content-location", "referer", "origin", "x-forwarded-for"})


class Heads:
    """Redacts the heads of one capture: equal values come out equal."""

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names

    def headers(self, headers: Headers) -> Headers:
        """Names stay; values as far as they are known to say nothing."""
        return tuple((self._name(name), self._value(name, value)) for name, value in headers)

    def method(self, method: str) -> str:
        return method if method in METHODS else self._names.of(method)

    def host(self, host: str) -> str:
        return host if _HOST.fullmatch(host) else self._names.of(host)

    def matching(self, pattern: re.Pattern[str], text: str) -> str:
        """The text if it looks as it should, else another one for it."""
        return text if not text or pattern.fullmatch(text) else self._names.of(text)

    def path(self, path: str) -> str:
        return redact_address(path, self._names)

    def reason(self, status: int, reason: str) -> str:
        """The phrase that the standard has for a status says nothing of its own."""
        try:
            known = HTTPStatus(status).phrase
        except ValueError:
            known = ""
        return reason if reason.lower() == known.lower() else fill_text(reason)

    def _name(self, name: str) -> str:
        return name if _NAME.fullmatch(name) else self._names.of(name)

    def _value(self, name: str, value: str) -> str:
        pattern = _PATTERNS.get(name)
        if not value or (pattern is not None and pattern.fullmatch(value)):
            return value
        if name == "cookie":
            return "; ".join(self._cookie(one) for one in value.split("; "))
        if name == "set-cookie":
            return self._set_cookie(value)
        if name == "server-timing":
            return self._timings(value)
        if name == "link":
            return self._link(value)
        if name in ("host", ":authority"):
            return self.host(value)
        if name in _ADDRESSES:
            return redact_address(value, self._names)
        if name in ("content-type", "accept"):
            return self._typed(value)
        if _RATE.fullmatch(name) and _SHORT_NUMBER.fullmatch(value):
            return value
        if _SECRET.fullmatch(value) or is_identifier(value) or judge(name, value) == "keep":
            return value
        return self._names.of(value)

    def _timings(self, value: str) -> str:
        """Durations stay, and the names of the known; a description makes it another value."""
        if "".join(match[0] for match in _TIMING.finditer(value)) != value:
            return self._names.of(value)
        return "".join(
            (match[1] if is_enumeration(match[1]) else self._names.of(match[1])) + match[2]
            for match in _TIMING.finditer(value)
        )

    def _typed(self, value: str) -> str:
        """A type stays, its parameters may say anything."""
        kind, semicolon, rest = value.partition(";")
        known = re.fullmatch(_TYPE, kind, re.ASCII)
        return f"{kind}{semicolon}{fill_text(rest)}" if known else self._names.of(value)

    def _cookie(self, pair: str) -> str:
        match = _COOKIE.fullmatch(pair)
        if match is None or not match[2]:
            return pair if FINGERPRINT.fullmatch(pair) else self._names.of(pair)
        name, equals, value = match.groups()
        kept = not value or FINGERPRINT.fullmatch(value)
        shown = redact_name(name, self._names)
        return f"{shown}{equals}{value if kept else self._names.of(value)}"

    def _set_cookie(self, value: str) -> str:
        pair, *attributes = value.split(";")
        shown = [one if _ATTRIBUTE.fullmatch(one) else fill_text(one) for one in attributes]
        return ";".join([self._cookie(pair), *shown])

    def _link(self, value: str) -> str:
        parts = []
        for match in _LINK.finditer(value):
            if match[1] is not None:
                parts.append(f"<{redact_address(match[1], self._names)}>")
            else:
                parts.append(fill_text(match[4]) if match[4] is not None else match[0])
        return "".join(parts)
