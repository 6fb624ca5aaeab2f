"""The event stream of the live page, as a plain ASGI application."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from analyzer.web.live.feed import LiveFeed
from analyzer.web.live.messages import COMMENT, Cursor, Ended, Message, encode

# ASGI's own types: what a scope or a message holds depends on its kind.
type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PACE_S = 0.1
"""Between two messages to one viewer at least: no eye follows more than ten a second."""

HEARTBEAT_S = 15.0
"""After so long without news a comment says that the connection stands."""

ID_LIMIT = 100
"""Characters of a last event id that are looked at."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def event_stream(feed: LiveFeed, scope: Scope, receive: Receive, send: Send) -> None:
    """Tell one viewer what is there and then what is new, until either side ends it.

    The query may name the exchange to look at (``stream``, the newest if it doesn't) and an
    event of it that the viewer has (``after``). A ``Last-Event-ID`` goes on where that id was.
    """
    wanted, cursor = _asked(scope)
    changed, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(changed.set)

    if not feed.join(id(changed), wake):
        await refuse(send, 503, "too many viewers look already: close a tab")
        return
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _tell(feed, cursor, wanted, changed, gone, send)
    finally:
        feed.leave(id(changed))
        gone.cancel()


async def _tell(
    feed: LiveFeed,
    cursor: Cursor | None,
    wanted: int,
    changed: asyncio.Event,
    gone: "asyncio.Future[None]",
    send: Send,
) -> None:
    said_over = False
    while not gone.done():
        changed.clear()
        is_closed = feed.is_closed
        messages, cursor = feed.since(cursor, wanted)
        if is_closed:
            messages.append(Message("ended", Ended("server")))
        elif feed.is_over and not said_over:
            messages.append(Message("ended", Ended("capture")))
        said_over = feed.is_over
        if messages:
            await _body(send, encode(messages, cursor))
        if is_closed:
            break
        await _wait(gone, PACE_S)
        while not changed.is_set() and not gone.done():
            if not await _either(changed, gone, HEARTBEAT_S):
                await _body(send, COMMENT)
    await _body(send, b"", more=False)


async def _wait(gone: "asyncio.Future[None]", seconds: float) -> None:
    await asyncio.wait({gone}, timeout=seconds)


async def _either(changed: asyncio.Event, gone: "asyncio.Future[None]", seconds: float) -> bool:
    """Wait for news or for the viewer's leaving; False if neither came in time."""
    news = asyncio.ensure_future(_until(changed))
    try:
        done, _ = await asyncio.wait(
            {news, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        news.cancel()
    return bool(done)


async def _until(changed: asyncio.Event) -> None:
    await changed.wait()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(send: Send, body: bytes, *, more: bool = True) -> None:
    with contextlib.suppress(OSError):  # the viewer went away; the loop will see that
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def refuse(send: Send, status: int, why: str) -> None:
    """Answer with one sentence."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})


def _asked(scope: Scope) -> tuple[int, Cursor | None]:
    """The exchange to look at, 0 for the newest, and what the viewer knows already."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    wanted = _number(query.get("stream", [""])[0]) or 0
    headers = dict(scope["headers"])
    last_id = headers.get(b"last-event-id", b"")[:ID_LIMIT].decode("latin-1")
    cursor = Cursor.of_id(last_id) if last_id else None
    after = _number(query.get("after", [""])[0])
    if cursor is None and wanted and after is not None:
        # It has no rows, so it is told everything but those events.
        cursor = Cursor("", 0, wanted, after)
    return wanted, cursor


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
