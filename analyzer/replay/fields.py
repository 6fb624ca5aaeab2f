"""Header fields of replayed answers: the recorded ones, but for what would no longer be true.

Pure. Bytes go out without content codings and in this connection's own framing, so the
fields that spoke of those go. A front end that is served from elsewhere on this machine is let
in by cross-origin fields of our own.
"""

import re
from urllib.parse import urlsplit

from analyzer.model import Headers
from analyzer.replay.script import NOT_MODIFIED, Recorded

type Fields = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Of one connection only (RFC 9110, section 7.6.1); HTTP/2 and HTTP/3 forbid them."""

UNTRUE = frozenset({"content-encoding", "content-length", "alt-svc"})
"""Bytes are sent decoded; HTTP/3 is at the replay's own port, which it announces itself."""

ELSEWHERE = frozenset(
    {"strict-transport-security", "nel", "report-to", "reporting-endpoints", "expect-ct"}
)
"""Would bind all other ports of this host to TLS, or have the browser report to the service."""

_CROSS_ORIGIN = "access-control-"
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BROKEN = re.compile(r"[\0\r\n]")
_SOCKET = ("sec-websocket-",)

PREFLIGHT_S = 600


def answer_fields(recorded: Recorded) -> Fields:
    """The recorded fields that still hold; a length, if there was one, is that of what is sent."""
    fields = [
        (name.encode(), _encode(value))
        for name, value in recorded.headers
        if _goes_on(name) and _TOKEN.fullmatch(name) and not _BROKEN.search(value)
    ]
    if length := _length(recorded):
        fields.append((b"content-length", length.encode()))
    return fields


def _length(recorded: Recorded) -> str:
    said = recorded.header("content-length")
    if recorded.method == "HEAD" or recorded.status == NOT_MODIFIED:
        return said if said.isdecimal() else ""  # of a body that is not sent
    whole = recorded.how == "complete" and not recorded.streamed
    return str(recorded.parts.size) if said and whole else ""


def _goes_on(name: str) -> bool:
    return name not in HOP_BY_HOP | UNTRUE | ELSEWHERE and not name.startswith(_SOCKET)


def _encode(value: str) -> bytes:
    return value.encode("utf-8", "replace").strip()


def let_in(origin: str, own: str, allowed: frozenset[str]) -> bool:
    """Whether a page of this origin is let in: any of this machine, and those that were named.

    Not every origin: a capture holds conversations, and any site could read them otherwise.
    ``own`` is the request's authority: pages of the replay itself need nothing.
    """
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not origin or parts.netloc.lower() == own.lower():
        return False
    local = host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
    return local or origin in allowed


def cross_origin(fields: Fields, origin: str) -> Fields:
    """The fields as a page of another origin may read them all, cookies and credentials too."""
    kept = [(k, v) for k, v in fields if not k.startswith(_CROSS_ORIGIN.encode())]
    names = b", ".join(dict.fromkeys(name for name, _ in kept if name != b"set-cookie"))
    return [
        *kept,
        (b"access-control-allow-origin", _encode(origin)),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", names),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"vary", b"origin"),
    ]


def preflight(asked: Headers, origin: str) -> Fields:
    """Fields of the answer to a page's question whether it may ask (Fetch, section 4.8)."""
    wanted = dict(asked)
    fields = [
        (b"access-control-allow-origin", _encode(origin)),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", _encode(wanted["access-control-request-method"])),
        (b"access-control-max-age", str(PREFLIGHT_S).encode()),
        (b"vary", b"origin"),
    ]
    if names := wanted.get("access-control-request-headers"):
        fields.append((b"access-control-allow-headers", _encode(names)))
    if wanted.get("access-control-request-private-network") == "true":
        fields.append((b"access-control-allow-private-network", b"true"))
    return fields
