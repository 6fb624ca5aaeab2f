"""Members of a HAR file, any of which may be absent, null or of another type."""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote_plus

from analyzer.intake.seen import Fields, value_of

type Json = object
"""What JSON decodes to: the members of a dict or list are as little known as itself."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^#]*)")
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

_VERSIONS = (
    (re.compile(r"h3\b|http/3|quic", re.IGNORECASE), "HTTP/3"),
    (re.compile(r"h2\b|http/2|spdy", re.IGNORECASE), "HTTP/2.0"),
    (re.compile(r"http/1\.0", re.IGNORECASE), "HTTP/1.0"),
    (re.compile(r"http/1\.1", re.IGNORECASE), "HTTP/1.1"),
)
ALPN = {"HTTP/3": "h3", "HTTP/2.0": "h2", "HTTP/1.1": "http/1.1", "HTTP/1.0": "http/1.0"}


class Url(NamedTuple):
    scheme: str
    authority: str
    path: str


class Content(NamedTuple):
    """A body as the file holds it. Text is in UTF-8 here, whatever it was on its way."""

    data: bytes
    is_text: bool


def mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def mappings(value: Json) -> Iterator[Mapping[str, Json]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def text(value: Json) -> str:
    """A string; a number as one, as some tools mix them up; else nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number(value: Json) -> float | None:
    """A finite number that is not negative: -1 says that it is not known."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def size(value: Json) -> int | None:
    found = number(value)
    return int(found) if found is not None and found < 2**53 else None


def octets(value: str) -> bytes:
    """UTF-8; what JSON escaped and is no character becomes U+FFFD."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()


def clean(value: str) -> str:
    return value if value.isascii() else octets(value).decode()


def url(value: Json) -> Url | None:
    """The parts of an HTTP address, without its user and its fragment; None for any other."""
    match = _URL.match(text(value))
    scheme = _SCHEMES.get(match[1].lower()) if match else None
    if match is None or scheme is None:
        return None
    path = clean(match[3])
    path = path if path.startswith("/") else f"/{path}"
    return Url(scheme, clean(match[2].rpartition("@")[2]), path)


def version(value: Json) -> str:
    """The protocol in one way of writing: browsers say ``h3``, ``http/2.0``, ``HTTP/1.1``.

    Chromium's ``HTTP/0.9`` says that it read no version.
    """
    said = text(value)
    return next((name for pattern, name in _VERSIONS if pattern.match(said)), "")


def headers(value: Json) -> Fields:
    """Header fields without pseudo-header fields.

    Chrome joins fields of one name by line feeds: each is a field of its own again.
    """
    found: list[tuple[bytes, bytes]] = []
    for one in mappings(value):
        name = text(one.get("name"))
        if name and not name.startswith(":"):
            lines = text(one.get("value")).split("\n")
            found += [(octets(name), octets(line.strip("\r"))) for line in lines]
    return tuple(found)


def request_headers(request: Mapping[str, Json]) -> Fields:
    """Safari and some proxies tell cookies in their own list alone."""
    fields = headers(request.get("headers"))
    pairs = [
        f"{text(one.get('name'))}={text(one.get('value'))}"
        for one in mappings(request.get("cookies"))
        if text(one.get("name"))
    ]
    if not pairs or value_of(fields, b"cookie"):
        return fields
    return (*fields, (b"cookie", octets("; ".join(pairs))))


def response_headers(response: Mapping[str, Json]) -> Fields:
    """The same, and the type of the body, where only ``content`` tells it."""
    fields = headers(response.get("headers"))
    if not value_of(fields, b"set-cookie"):
        given = filter(None, map(_set_cookie, mappings(response.get("cookies"))))
        fields = (*fields, *((b"set-cookie", octets(one)) for one in given))
    kind = text(mapping(response.get("content")).get("mimeType"))
    if "/" in kind and not value_of(fields, b"content-type"):
        fields = (*fields, (b"content-type", octets(kind)))
    return fields


def _set_cookie(cookie: Mapping[str, Json]) -> str:
    name = text(cookie.get("name"))
    if not name:
        return ""
    parts = [f"{name}={text(cookie.get('value'))}"]
    for attribute, member in (("Path", "path"), ("Domain", "domain")):
        if said := text(cookie.get(member)):
            parts.append(f"{attribute}={said}")
    parts += [
        attribute
        for attribute, member in (("HttpOnly", "httpOnly"), ("Secure", "secure"))
        if cookie.get(member) is True
    ]
    return "; ".join(parts)


def content(value: Mapping[str, Json]) -> Content | None:
    """The body in ``content`` or ``postData``; None where it holds none."""
    said = value.get("text")
    if not isinstance(said, str):
        return None
    if text(value.get("encoding")).lower() != "base64":
        return Content(octets(said), is_text=True)
    try:
        return Content(base64.b64decode(said.encode("ascii", "ignore")), is_text=False)
    except binascii.Error:
        whole = re.sub(rb"[^A-Za-z0-9+/]", b"", said.encode("ascii", "ignore"))
        whole = whole[: len(whole) - len(whole) % 4]
        return Content(base64.b64decode(whole), is_text=False)


def form(params: Iterable[Mapping[str, Json]]) -> bytes:
    """Form fields, as a browser writes them into a body."""
    return "&".join(
        f"{quote_plus(octets(text(one.get('name'))))}={quote_plus(octets(text(one.get('value'))))}"
        for one in params
    ).encode()
