"""Captured names as attributes and labels: short, one line, nothing that moves a terminal."""

from urllib.parse import urlsplit

from analyzer.analyses.measured import Measured
from analyzer.report.plain import printable

LONGEST = 120
"""Characters of a name that a service or a host gave."""

_VERSIONS = {"HTTP/1.0": "1.0", "HTTP/1.1": "1.1", "HTTP/2.0": "2", "HTTP/2": "2", "HTTP/3": "3"}
_PORTS = {"http": 80, "https": 443}

_PROVIDERS = {"chatgpt_web": "openai"}
"""Dialects whose service has a well-known name in OpenTelemetry's conventions."""


def model_of(one: Measured) -> str:
    """The model as the service names it; empty if it doesn't."""
    turn = one.exchange.turn
    return printable(turn.model, LONGEST) if turn else ""


def spoken(one: Measured) -> str:
    """What the client spoke: h1, h2, h3."""
    return printable(one.protocol, 12)


def version_of(one: Measured) -> str:
    """OpenTelemetry's network.protocol.version: 1.1, 2, 3; empty if it is another."""
    return _VERSIONS.get(one.exchange.http_version, "")


def provider_of(one: Measured) -> str:
    """By whose service's rules the stream was read."""
    dialect = one.exchange.dialect
    return _PROVIDERS.get(dialect, printable(dialect, LONGEST))


def server_of(one: Measured) -> tuple[str, int | None]:
    """Host and port that were asked."""
    exchange = one.exchange
    try:
        parts = urlsplit(f"//{exchange.authority}")
        host, port = parts.hostname or "", parts.port
    except ValueError:  # captured text: anything can stand there
        return printable(exchange.authority, LONGEST), None
    return printable(host, LONGEST), port or _PORTS.get(exchange.scheme)


def failure_of(one: Measured) -> str:
    """OpenTelemetry's error.type; empty for a turn that did not fail.

    A turn that its reader stopped did not fail.
    """
    exchange, turn = one.exchange, one.exchange.turn
    if exchange.status is not None and exchange.status >= 400:
        return str(exchange.status)
    if turn is not None and turn.status in ("error", "cut"):
        ended = exchange.how in ("client_abort", "server_abort", "error")
        return exchange.how if ended else turn.status
    return ""
