"""WebSockets played again: what the service sent, message by message, at its times.

The times count from the opening. What the client sends is taken and answered by nothing: a
capture doesn't tell which message answered which.
"""

import asyncio
from typing import Any

from analyzer.replay.fields import answer_fields
from analyzer.replay.player import Send
from analyzer.replay.refusals import Refusal
from analyzer.replay.schedule import FINISHES, Tempo
from analyzer.replay.script import Bytes, Recorded

_NORMAL = 1000
_INTERNAL_ERROR = 1011


async def play_socket(
    send: Send,
    started_s: float,
    recorded: Recorded,
    contents: Bytes,
    tempo: Tempo,
    offered: tuple[str, ...],
) -> None:
    """Open it as it was opened, send every message, and close it as the service did.

    One that the client closed, or that was open when the capture ended, stays open.
    """

    async def until(at_ns: int) -> None:
        left_s = started_s + at_ns / 1e9 - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, left_s))

    await until(tempo.real_ns(recorded.headers_at_ns))
    agreed = recorded.header("sec-websocket-protocol")
    accept: dict[str, Any] = {"type": "websocket.accept", "headers": answer_fields(recorded)}
    await send(accept | ({"subprotocol": agreed} if agreed in offered else {}))
    timeline = recorded.timeline(contents)
    for (at_ns, data), is_text in zip(timeline, recorded.parts.is_text, strict=True):
        await until(tempo.real_ns(at_ns))
        if is_text:
            await send({"type": "websocket.send", "text": data.decode(errors="replace")})
        else:
            await send({"type": "websocket.send", "bytes": data})
    finish = FINISHES[recorded.how]
    if finish == "hold":
        await asyncio.Event().wait()  # `while_connected` ends it with the connection
    await until(tempo.real_ns(recorded.ends_at_ns))
    code = _NORMAL if finish == "end" else _INTERNAL_ERROR
    await send({"type": "websocket.close", "code": code})


async def refuse_socket(send: Send, refusal: Refusal) -> None:
    fields = [(b"content-type", refusal.content_type.encode())]
    start = {"type": "websocket.http.response.start", "status": refusal.status, "headers": fields}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": refusal.body, "more_body": False})
