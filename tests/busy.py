"""A long synthetic session that gives every question something to do: for properties and benches.

Short turns, each followed by a page of the list; credentials that expire; ids that carry time.
"""

import json
import random
import uuid
from collections.abc import Iterator

from synthetic import MS, START_NS, WALL_NS, stream

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    Credential,
    ExchangeEnd,
    Headers,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

CHUNKS = 20
EVENTS_PER_TURN = CHUNKS + 6
ITEMS = 28
LIFETIME_S = 600
_S = 1_000_000_000


def busy(events: int, seed: int = 1) -> Iterator[AnyRecord]:
    """Records of a capture of about this many events, in the order of time."""
    yield CaptureHead("busy-1", "proxy", "synthetic", "chunk", 41, START_NS, WALL_NS)
    dice = random.Random(seed)
    at_ns, number = START_NS, 0
    listed = [_item(dice, index) for index in range(2_000)]
    for index in range(max(events // EVENTS_PER_TURN, 1)):
        connection = 1 + index // 200 * 2
        if index % 200 == 0:
            yield Connection(
                connection, at_ns, "client", ("h2", "h3")[index // 200 % 2],
                opened_ns=at_ns - 20 * MS, tls_ns=at_ns - 5 * MS,
            )  # fmt: skip
        life = (at_ns - START_NS) // (LIFETIME_S * _S)
        fingerprint = f"cred:{life:016x}"
        at_ns += 400 * MS
        yield from _turn(number, at_ns, connection, fingerprint, life, index, seed)
        yield from _page(number + 1, at_ns + 900 * MS, connection, fingerprint, listed, index)
        number += 2
        at_ns += 1_500 * MS
    yield CaptureEnd(at_ns)


def _item(dice: random.Random, index: int) -> dict[str, object]:
    created = WALL_NS / 1e9 - 100_000 + index * 37
    return {
        "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "title": f"Conversation {index}",
        "create_time": created,
        "update_time": created + 60,
    }


def _opened(
    number: int, at_ns: int, connection: int, fingerprint: str, life: int, method: str, path: str
) -> Iterator[AnyRecord]:
    version = ("HTTP/2.0", "HTTP/3")[connection // 2 % 2]
    headers = (("authorization", f"Bearer {fingerprint}"), ("cookie", "session=cred:" + "ab" * 8))
    yield RequestHead(
        number, at_ns, method, "https", "chat.example", path, version, headers, connection
    )
    begun_s = WALL_NS // _S + life * LIFETIME_S
    yield Credential(
        number, at_ns, fingerprint, "bearer", "request header authorization", 900,
        issued_at_s=begun_s, expires_at_s=begun_s + LIFETIME_S,
    )  # fmt: skip


def _turn(
    number: int, at_ns: int, connection: int, fingerprint: str, life: int, index: int, seed: int
) -> Iterator[AnyRecord]:
    path = "/backend-api/f/conversation"
    yield from _opened(number, at_ns, connection, fingerprint, life, "POST", path)
    question = {
        "action": "next",
        "messages": [
            {
                "id": str(uuid.UUID(int=index * 977 + seed, version=4)),
                "author": {"role": "user"},
                "content": {"content_type": "text", "parts": [f"Question {index}?"]},
            }
        ],
        "parent_message_id": f"m-{number - 2}-text",
        "conversation_id": f"c-{number // 20}",
        "model": "auto",
    }
    body = json.dumps(question).encode()
    yield Body(number, at_ns + MS, "request", len(body), body)
    yield RequestEnd(number, at_ns + MS)
    streamed: Headers = (("content-type", "text/event-stream"),)
    version = ("HTTP/2.0", "HTTP/3")[connection // 2 % 2]
    yield ResponseHead(number, at_ns + 40 * MS, 200, version, streamed, "", None, True)
    reads = stream("steady", number, CHUNKS, seed)
    yield Reads(
        number,
        tuple(at_ns + at for at, _ in reads),
        tuple(len(data) for _, data in reads),
        b"".join(data for _, data in reads),
    )
    yield ExchangeEnd(number, at_ns + reads[-1][0], "complete")


def _page(
    number: int,
    at_ns: int,
    connection: int,
    fingerprint: str,
    listed: list[dict[str, object]],
    index: int,
) -> Iterator[AnyRecord]:
    offset = index % (len(listed) // ITEMS) * ITEMS
    path = f"/backend-api/conversations?offset={offset}&limit={ITEMS}&order=updated"
    yield RequestHead(
        number, at_ns, "GET", "https", "chat.example", path, "HTTP/2.0",
        (("authorization", f"Bearer {fingerprint}"),), connection,
    )  # fmt: skip
    yield RequestEnd(number, at_ns)
    took = 5 * MS + offset * 2_000
    date = ("date", "Thu, 09 Oct 2025 08:53:20 GMT")
    headers: Headers = (("content-type", "application/json"), date)
    yield ResponseHead(number, at_ns + took, 200, "HTTP/2.0", headers)
    page = {"items": listed[offset : offset + ITEMS], "total": len(listed), "offset": offset}
    body = json.dumps(page).encode()
    yield Body(number, at_ns + took + MS, "response", len(body), body)
    yield ExchangeEnd(number, at_ns + took + MS, "complete")
