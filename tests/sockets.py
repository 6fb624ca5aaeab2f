"""Make the messages of a WebSocket by hand on which a handed-off turn goes on, times in ms."""

import json
from typing import Any

from chatting import DONE, MS, V1, event, question, stream

from analyzer.model import AnyRecord, WebSocketMessage

TOPIC = "conversation-turn-t1"
SOCKET = 50
"""The exchange that was upgraded."""


def handoff(topic: str = TOPIC) -> bytes:
    options = [
        {"type": "resume_sse_endpoint", "topic_id": topic},
        {"type": "subscribe_ws_topic", "topic_id": topic},
    ]
    return event({"type": "stream_handoff", "conversation_id": "c1", "options": options})


def handed_off(topic: str = TOPIC, exchange: int = 1, at_ms: float = 1_000) -> list[AnyRecord]:
    """A question whose stream hands its turn off 60 ms later."""
    told = event({"type": "conversation_detail_metadata", "conversation_id": "c1"})
    reads = [(50.0, V1 + told), (60.0, handoff(topic) + DONE)]
    return stream(exchange, at_ms, question("u1", "Why?"), reads)


def piece(number: int, text: bytes, topic: str = TOPIC, **more: Any) -> dict[str, Any]:
    """An envelope; each names the piece before it."""
    inner = {
        "type": "stream-item",
        "conversation_id": "c1",
        "stream_item_id": f"i{number}",
        "parent_stream_item_id": f"i{number - 1}" if number > 1 else None,
        "encoded_item": text.decode(),
    }
    return envelope(inner | more, topic)


def envelope(inner: dict[str, Any], topic: str = TOPIC) -> dict[str, Any]:
    payload = {"type": "conversation-turn-stream", "payload": inner}
    return {"type": "message", "topic_id": topic, "offset": "1-0", "payload": payload}


OVER = envelope({"type": "done"})
HEARTBEAT = envelope({"type": "heartbeat", "conversation_id": "c1"})


def catchups(*pieces: dict[str, Any]) -> dict[str, Any]:
    reply = {"type": "subscribe", "topic_id": TOPIC, "recovered": True, "catchups": list(pieces)}
    return {"id": 5, "type": "reply", "reply": reply}


def message(at_ms: float, *envelopes: dict[str, Any], from_client: bool = False) -> AnyRecord:
    data = json.dumps(list(envelopes)).encode()
    return WebSocketMessage(SOCKET, round(at_ms * MS), from_client, True, data, len(data))
