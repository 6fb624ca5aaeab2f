"""The body of a request, read to its end before anything is answered."""

from collections.abc import Awaitable, Callable
from typing import Any

type Receive = Callable[[], Awaitable[Any]]
"""ASGI's, as Hypercorn and Starlette both have it."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """Read a request to its end, of which no more is kept than what is too long already.

    Hypercorn 0.18 closes an HTTP/2 connection, with all its streams, if a
    part of a body arrives after the response is complete; a refusal would be.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if size <= limit:
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if not message.get("more_body", False):
            return b"".join(parts)
