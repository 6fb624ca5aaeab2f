"""Origins and listening addresses, as users write them."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from analyzer.model import StreamscopeError

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class UsageError(StreamscopeError):
    """What was asked for cannot be done as asked; the sentence says what can."""


@dataclass(frozen=True)
class Origin:
    """An ``https`` origin; ``host`` is a name or an IPv4 address, in lower case."""

    host: str
    port: int


@dataclass(frozen=True)
class Http3Route:
    """Loopback port on which the proxy answers in the origin's place."""

    origin: Origin
    listen_port: int


def parse_origin(text: str) -> Origin:
    """``https://host[:port]`` as an `Origin`; raises UsageError for anything else."""
    refusal = f"an origin looks like https://chat.example or https://localhost:8443, not {text!r}"
    try:
        parts = urlsplit(text)
        port = 443 if parts.port is None else parts.port
    except ValueError as error:
        raise UsageError(f"{refusal} ({error})") from error
    host = (parts.hostname or "").lower()
    beyond = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme != "https" or beyond or not port or not _NAME.fullmatch(host):
        raise UsageError(refusal)
    return Origin(host, port)


def parse_listen(text: str) -> tuple[str, int]:
    """``HOST:PORT``, ``[IPV6]:PORT``, or ``PORT`` on 127.0.0.1; raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not colon:
        host = "127.0.0.1"
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not (port.isascii() and port.isdecimal()) or int(port) > 65535:
        raise UsageError(f"an address to listen on looks like 127.0.0.1:8080, not {text!r}")
    if not host or (":" in host) != bracketed:
        raise UsageError(f"{text!r} names no host: write 127.0.0.1:{port} or [::1]:{port}")
    return host, int(port)


def url_host(host: str) -> str:
    """A host as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
