"""Small pieces of HAR entries: dates, cookies, parameters, text."""

import base64
import ipaddress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_plus

from analyzer.model import Headers

type Json = dict[str, object]

_VERSIONS = {"HTTP/2.0": "http/2.0", "HTTP/3": "h3"}
"""As Chromium writes them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_US = -62_135_596_800 * 10**6
_LATEST_US = 253_402_300_799 * 10**6
"""The years 1 to 9999, which is what ISO 8601 has room for."""

UNKNOWN_TYPE = "x-unknown"
"""As Chromium says it where no type was told."""


def date(wall_ns: int) -> str:
    """ISO 8601 with microseconds; a moment that it can't say becomes the nearest it can."""
    us = min(max(wall_ns // 1_000, _EARLIEST_US), _LATEST_US)
    return (_EPOCH + timedelta(microseconds=us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def seconds(wall_ns: int) -> float:
    """Since 1970, to the microsecond: floating point has no more there."""
    return round(wall_ns / 1e3) / 1e6


def milliseconds(begin: int | None, end: int | None) -> float:
    """The span between two moments; -1, HAR's "not known", if one is missing or it is negative."""
    if begin is None or end is None or end < begin:
        return -1
    return (end - begin) / 1e6


def http_version(said: str) -> str:
    return _VERSIONS.get(said, said)


def fields(headers: Headers) -> list[Json]:
    return [{"name": name, "value": value} for name, value in headers]


def value_of(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def query(path: str) -> list[Json]:
    _, _, asked = path.partition("?")
    pairs = (part.partition("=") for part in asked.split("&") if part)
    return [{"name": unquote_plus(name), "value": unquote_plus(value)} for name, _, value in pairs]


def cookies(headers: Headers) -> list[Json]:
    """Those of a request."""
    parts = (
        part.strip().partition("=")
        for name, value in headers
        if name == "cookie"
        for part in value.split(";")
        if part.strip()
    )
    return [{"name": name, "value": value} for name, _, value in parts]


def set_cookies(headers: Headers) -> list[Json]:
    """Those of a response, with the attributes that HAR knows (RFC 6265)."""
    return [_set_cookie(value) for name, value in headers if name == "set-cookie"]


def _set_cookie(field: str) -> Json:
    pair, *attributes = field.split(";")
    name, _, value = pair.strip().partition("=")
    cookie: Json = {"name": name, "value": value}
    for attribute in attributes:
        key, _, said = attribute.strip().partition("=")
        match key.lower():
            case "path" | "domain":
                cookie[key.lower()] = said
            case "httponly":
                cookie["httpOnly"] = True
            case "secure":
                cookie["secure"] = True
            case "expires":
                try:
                    cookie["expires"] = parsedate_to_datetime(said).astimezone(UTC).isoformat()
                except (ValueError, OverflowError):
                    continue
    return cookie


def text(data: bytes) -> Json:
    """Bytes as ``text``: UTF-8 where they are that, else base64."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(data).decode("ascii"), "encoding": "base64"}


def address(peer: str) -> str:
    """The IP address of a peer's ``host:port``; empty if it is none."""
    host = peer.rpartition(":")[0].strip("[]")
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return ""


def port(peer: str) -> str:
    return peer.rpartition(":")[2]
