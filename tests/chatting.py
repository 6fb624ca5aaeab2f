"""Make the records of a chat client's calls by hand: questions, streams, details, times in ms.

Streams are ChatGPT's delta encoding v1; the messages that they hold name no parents unless a
test says so.
"""

import json
from collections.abc import Sequence
from typing import Any

from analyzer.model import (
    AnyRecord,
    Body,
    Ending,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

MS = 1_000_000
ASK = "/backend-api/f/conversation"
PART = "/message/content/parts/0"
RESUME = f"{ASK}/resume"
ROOT = "client-created-root"
EVENT_STREAM = (("content-type", "text/event-stream"),)
JSON_TYPE = (("content-type", "application/json"),)


def event(payload: Any, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return f"{head}data: {data}\n\n".encode()


def a_message(message_id: str, role: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": message_id,
        "author": {"role": role},
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "metadata": {},
    } | more


def user(message_id: str, text: str, **more: Any) -> dict[str, Any]:
    return a_message(message_id, "user", text, **more)


V1 = event('"v1"', "delta_encoding")
DONE = event("[DONE]")
HANDOFF = event({"type": "stream_handoff", "options": ["resume_sse_endpoint"]})


def opened(message: dict[str, Any], conversation: str = "c1", tree: int = 0) -> bytes:
    root = {"message": message, "conversation_id": conversation}
    return event({"p": "", "o": "add", "v": root, "c": tree}, "delta")


def word(text: str) -> bytes:
    return event({"p": PART, "o": "append", "v": text}, "delta")


def titled(title: str) -> bytes:
    return event({"type": "title_generation", "title": title})


def closed(status: str = "finished_successfully") -> bytes:
    patch = [
        {"p": "/message/status", "o": "replace", "v": status},
        {"p": "/message/end_turn", "o": "add", "v": True},
    ]
    return event({"p": "", "o": "patch", "v": patch}, "delta")


def answer(
    message_id: str, *words: str, conversation: str = "c1", **more: Any
) -> list[tuple[float, bytes]]:
    """Reads of a whole answer: it opens after 80 ms, a word comes each 40 ms from 100 ms on."""
    message = a_message(message_id, "assistant", status="in_progress", **more)
    reads = [(80.0, V1 + opened(message, conversation))]
    reads += [(100.0 + 40 * index, word(each)) for index, each in enumerate(words)]
    return [*reads, (100.0 + 40 * len(words), closed() + DONE)]


def call(
    exchange: int,
    at_ms: float,
    method: str,
    path: str,
    asked: Any = None,
    answered: Any = None,
    status: int = 200,
) -> list[AnyRecord]:
    """A call that took 20 ms."""
    at = round(at_ms * MS)
    head = RequestHead(exchange, at, method, "https", "chat.example", path, "HTTP/2.0")
    return [
        head,
        *([_body(exchange, at, "request", asked)] if asked is not None else []),
        RequestEnd(exchange, at),
        ResponseHead(exchange, at + 15 * MS, status, "HTTP/2.0", JSON_TYPE),
        _body(exchange, at + 20 * MS, "response", answered),
        ExchangeEnd(exchange, at + 20 * MS, "complete"),
    ]


def _body(exchange: int, at: int, side: Any, value: Any) -> Body:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Body(exchange, at, side, len(data), data)


def stream(
    exchange: int,
    at_ms: float,
    asked: Any,
    reads: Sequence[tuple[float, bytes]],
    path: str = ASK,
    how: Ending = "complete",
) -> list[AnyRecord]:
    """A POST that is answered by a stream; the reads' times count from request sent."""
    at = round(at_ms * MS)
    head = RequestHead(exchange, at, "POST", "https", "chat.example", path, "HTTP/2.0")
    times = tuple(at + round(ms * MS) for ms, _ in reads)
    return [
        head,
        _body(exchange, at, "request", asked),
        RequestEnd(exchange, at),
        ResponseHead(exchange, at + 60 * MS, 200, "HTTP/2.0", EVENT_STREAM, streamed=True),
        Reads(exchange, times, tuple(len(d) for _, d in reads), b"".join(d for _, d in reads)),
        ExchangeEnd(exchange, times[-1] + 5 * MS, how),
    ]


def question(
    message_id: str,
    text: str,
    parent: str = ROOT,
    conversation: str | None = None,
    action: str = "next",
) -> dict[str, Any]:
    """The body of a request for an answer."""
    named = {} if conversation is None else {"conversation_id": conversation}
    messages = [user(message_id, text)] if message_id else []
    return {
        "action": action,
        "messages": messages,
        "parent_message_id": parent,
        "model": "auto",
        **named,
    }


def detail(
    exchange: int,
    at_ms: float,
    nodes: Sequence[tuple[str, str, dict[str, Any] | None]],
    current: str,
    conversation: str = "c1",
    **more: Any,
) -> list[AnyRecord]:
    """The older form of a detail: nodes as (id, parent, message)."""
    mapping: dict[str, Any] = {
        node: {"id": node, "parent": parent or None, "children": [], "message": message}
        for node, parent, message in nodes
    }
    body = {"title": "New chat", "mapping": mapping, "current_node": current} | more
    return call(exchange, at_ms, "GET", f"/backend-api/conversation/{conversation}", None, body)
