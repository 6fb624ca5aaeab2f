"""One request on its way through the application: its id, its raw ``send``, its log line."""

import uuid
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Scope, Send

from analyzer.lab.truth import RequestLine, Stamp, TruthLog
from analyzer.serving.peer import Peer

_KEY = "streamscope.lab.exchange"
_PROTOCOLS = {"2": "h2", "3": "h3"}
# Query values that analyses of pagination want; any other might be a secret.
_LOGGED_QUERY = frozenset(
    {"offset", "limit", "order", "cursor", "is_archived", "page", "per_page", "after"}
)


@dataclass(slots=True)
class Exchange:
    """``send`` is the server's own, before any middleware wrapped it.

    ``credential`` is what became of the bearer: ``none``, ``valid``,
    ``masked`` (cookie only), or the code of the refusal.
    """

    scope: Scope
    send: Send
    truth: TruthLog
    credential: str = "none"
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    arrived: Stamp = field(default_factory=Stamp.now)

    def __post_init__(self) -> None:
        self.scope[_KEY] = self

    @classmethod
    def of(cls, request: Request) -> Self:
        found: Self = request.scope[_KEY]
        return found

    @property
    def protocol(self) -> str:
        """The ALPN name of the protocol that the request came over."""
        version = self.scope["http_version"]
        return _PROTOCOLS.get(version, f"http/{version}")

    @property
    def peer(self) -> str:
        """The client's address, ``host:port``, an IPv6 host in brackets."""
        host, port = self.scope["client"][:2]  # over UDP and IPv6 Hypercorn has two more
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def log(self, status: int) -> None:
        """Write the request's line, once its response's status is known."""
        query = parse_qsl(self.scope["query_string"].decode("latin-1"))
        self.truth.write(
            RequestLine(
                mono_ns=self.arrived.mono_ns,
                wall_ns=self.arrived.wall_ns,
                request=self.request_id,
                method=self.scope["method"],
                path=self.scope["path"],
                query={name: value for name, value in query if name in _LOGGED_QUERY},
                protocol=self.protocol,
                status=status,
                credential=self.credential,
                peer=self.peer,
                connection=Peer(self.send).connection_number(),
            )
        )
