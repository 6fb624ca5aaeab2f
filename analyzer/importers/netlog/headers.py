"""Header fields as a NetLog writes them: a list of lines, some of whose values it strips."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from analyzer.intake.seen import Fields, value_of

UNKNOWN_SECRET = b"cred:"
"""What stands for a secret that the log does not hold: a fingerprint without digits. It equals
no other secret, and still says that there was one."""

_STRIPPED = re.compile(rb"\[\d+ bytes were stripped\]")
_ESCAPED = "%ESCAPED:\u200b "
"""Precedes text that is not ASCII and therefore percent-encoded (Chromium's net_log_values.cc)."""


class Asked(NamedTuple):
    """A request's head."""

    method: str
    scheme: str
    authority: str
    path: str
    version: str
    fields: Fields


class Answered(NamedTuple):
    """A response's head; ``coding`` is its content codings, as its header names them."""

    status: int
    reason: str
    fields: Fields
    content_type: str
    coding: str


def read_request(lines: Iterable[str], line: str, url: str, version: str) -> Asked | None:
    """The request as it was sent; None if it is none for http or https.

    ``line`` is HTTP/1.1's request line. What neither it nor pseudo-header fields say comes
    from ``url``, the one that the browser asked for.
    """
    pairs = [_split(one) for one in lines]
    pseudo = {name: _text(value) for name, value in pairs if name.startswith(b":")}
    fields = tuple((name, value) for name, value in pairs if not name.startswith(b":"))
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https"):
        return None
    host = next((_text(value) for name, value in fields if name.lower() == b"host"), parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    method, _, rest = line.strip().partition(" ")
    target, _, spoken = rest.rpartition(" ")
    return Asked(
        pseudo.get(b":method", method),
        scheme,
        pseudo.get(b":authority", host),
        pseudo.get(b":path", target if target.startswith("/") else path),
        spoken if spoken.startswith("HTTP/") else version,
        fields,
    )


def read_response(lines: Sequence[str]) -> Answered | None:
    """The response; Chromium gives it an HTTP/1.1 status line in every protocol."""
    version, _, rest = (lines[0] if lines else "").partition(" ")
    status, _, reason = rest.partition(" ")
    if not (version.startswith("HTTP/") and status.isdecimal() and len(status) == 3):
        return None
    fields = tuple(_split(one) for one in lines[1:])
    return Answered(
        int(status),
        reason.strip(),
        fields,
        value_of(fields, b"content-type"),
        value_of(fields, b"content-encoding"),
    )


def is_final(lines: Iterable[str]) -> bool:
    """Whether these are a response's fields, and not an interim one's or trailers."""
    status = next((value for name, value in map(_split, lines) if name == b":status"), b"1")
    return not status.startswith(b"1")


def _split(line: str) -> tuple[bytes, bytes]:
    if line.startswith(_ESCAPED):
        raw = unquote_to_bytes(line.removeprefix(_ESCAPED))
    else:
        raw = line.encode("utf-8", "replace")
    name, _, value = raw[1:].partition(b":")
    return raw[:1] + name, _STRIPPED.sub(UNKNOWN_SECRET, value.strip())


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
