"""What HTTP/2 and HTTP/3 have in common: heads as lists of fields, and broken connections. Pure."""

from analyzer.importers.pcap.exchanges import Asked
from analyzer.intake.seen import Fields

HEAD_LIMIT = 1024 * 1024
"""Bytes of one head, coded or decoded; a connection with a longer one is given up."""

CLOSED = "the connection was closed"
"""Why an exchange ended that its connection's orderly end cut off."""


class BrokenError(Exception):
    """A connection's bytes are not what its protocol says; nothing after them can be told."""


def asked(fields: Fields, http_version: str) -> Asked:
    """A request's head (RFC 9113, section 8.3.1; RFC 9114, section 4.3.1)."""
    pseudo, plain = _parted(fields)
    authority = pseudo.get(b":authority") or _first(plain, b"host")
    return Asked(
        _text(pseudo.get(b":method", b"")),
        _text(pseudo.get(b":scheme", b"")),
        _text(authority),
        _text(pseudo.get(b":path", b"")),
        http_version,
        plain,
    )


def answered(fields: Fields) -> tuple[int, Fields]:
    """A response's status, 0 if it is no number, and its plain fields."""
    pseudo, plain = _parted(fields)
    status = pseudo.get(b":status", b"")
    return (int(status) if status.isdigit() and len(status) == 3 else 0), plain


def is_request(fields: Fields) -> bool:
    """Whether they begin a request; trailers have no pseudo fields."""
    return any(name == b":method" for name, _ in fields)


def _parted(fields: Fields) -> tuple[dict[bytes, bytes], Fields]:
    pseudo = {name: value for name, value in fields if name.startswith(b":")}
    return pseudo, tuple(field for field in fields if not field[0].startswith(b":"))


def _first(fields: Fields, name: bytes) -> bytes:
    return next((value for key, value in fields if key.lower() == name), b"")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
