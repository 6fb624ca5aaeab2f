"""Short ways to make a capture whose identifiers are asked for; times are milliseconds."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from asked import HEAD, ask
from making import MS
from ulid import ULID
from uuid_utils import UUID

from analyzer.analyses.identifiers import (
    Identifier,
    IdentifierOrder,
    IdentifiersFound,
    IdentifiersQuestion,
)
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    ExchangeEnd,
    Headers,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

START_S = 1_760_000_000
"""Unix seconds at the clock's 0: 2025-10-09T08:53:20Z."""


def a_call(
    exchange: int,
    at_ms: float = 0,
    path: str = "/backend-api/conversations",
    *,
    asked: Any = None,
    answered: Any = None,
    headers: Headers = (),
    response_headers: Headers = (),
) -> list[AnyRecord]:
    """A call that took 45 ms; ``asked`` and ``answered`` are JSON, or bytes as they are."""
    at_ns = round(at_ms * MS)
    records: list[AnyRecord] = [
        RequestHead(exchange, at_ns, "GET", "https", "chat.example", path, "HTTP/2.0", headers),
    ]
    if asked is not None:
        data = _bytes(asked)
        records.append(Body(exchange, at_ns, "request", len(data), data))
    records.append(RequestEnd(exchange, at_ns + MS))
    head = ResponseHead(exchange, at_ns + 40 * MS, 200, "HTTP/2.0", response_headers)
    records.append(head)
    if answered is not None:
        data = _bytes(answered)
        records.append(Body(exchange, at_ns + 45 * MS, "response", len(data), data))
    records.append(ExchangeEnd(exchange, at_ns + 45 * MS, "complete"))
    return records


def a_stream(
    exchange: int, at_ms: float, *payloads: Any, ids: Sequence[str] = ()
) -> list[AnyRecord]:
    """A stream with an event every 10 ms; a payload is JSON, or text as it is."""
    at_ns = round(at_ms * MS)
    path = "/backend-api/conversation"
    records: list[AnyRecord] = [
        RequestHead(exchange, at_ns, "POST", "https", "chat.example", path, "HTTP/2.0"),
        RequestEnd(exchange, at_ns + MS),
        ResponseHead(exchange, at_ns + 5 * MS, 200, "HTTP/2.0", (), streamed=True),
    ]
    for index, payload in enumerate(payloads, 1):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        named = f"id: {ids[index - 1]}\n" if ids else ""
        data = f"{named}data: {text}\n\n".encode()
        records.append(Reads(exchange, (at_ns + 10 * index * MS,), (len(data),), data))
    records.append(ExchangeEnd(exchange, at_ns + 10 * (len(payloads) + 1) * MS, "complete"))
    return records


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def identify(*groups: Iterable[AnyRecord], head: CaptureHead = HEAD) -> IdentifiersFound:
    return ask(IdentifiersQuestion, [record for group in groups for record in group], head)


def order_of(found: IdentifiersFound, field: str) -> IdentifierOrder:
    (order,) = [one for one in found.identifier_order if one.field == field]
    return order


def rows_of(found: IdentifiersFound, field: str) -> list[Identifier]:
    return [one for one in found.identifiers if one.field == field]


def uuid4(number: int) -> str:
    """A random-looking UUIDv4 that follows from a number."""
    return str(UUID(int=number * 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835 % 2**128, version=4))


def uuid7(at_ms: int, chance: int = 0) -> str:
    """``at_ms`` counts from the clock's 0."""
    return str(UUID(int=(START_S * 1_000 + at_ms) << 80 | chance, version=7))


def ulid(at_ms: int, chance: int = 0) -> str:
    return str(ULID.from_int((START_S * 1_000 + at_ms) << 80 | chance))


def conversation_id(at_s: int, chance: int = 0) -> str:
    """A ChatGPT conversation's: version nibble 8, Unix seconds in front."""
    return str(UUID(int=(START_S + at_s) << 96 | chance, version=8))
