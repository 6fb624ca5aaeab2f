"""Sends one answer by the clock, and ends it as it ended."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from analyzer.replay.fields import Fields
from analyzer.replay.schedule import Finish, Playing, Step
from analyzer.serving.peer import Peer

type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Receive = Callable[[], Awaitable[dict[str, Any]]]

PIECE = 256 * 1024
"""Most bytes that are handed to the server at once; only whole bodies are longer."""

_BODILESS = (204, 304)
_HELD_POLL_S = 0.25
_NS = 1e9


class Stage:
    """One live request's side: what is sent to it, and moments counted from its arrival.

    ``send`` is the server's own, ``started_s`` on the loop's clock.
    """

    def __init__(self, method: str, send: Send, started_s: float) -> None:
        self._method = method
        self._bodiless = False
        self._send = send
        self._peer = Peer(send)
        self._started_s = started_s

    async def begin(self, status: int, fields: Fields) -> None:
        # Hypercorn sees to it that these have no body, whatever a capture says.
        self._bodiless = self._method == "HEAD" or status in _BODILESS
        await self._send({"type": "http.response.start", "status": status, "headers": fields})

    async def write(self, data: bytes) -> bool:
        """Send bytes as a frame of their own; false if nobody is there any more."""
        for start in range(0, len(data), PIECE):
            if self._peer.has_gone():
                return False
            piece = data[start : start + PIECE]
            if self._bodiless or not await self._peer.write(piece):
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
                await self._peer.drained()
        return True

    async def end(self) -> None:
        if not self._peer.has_gone():
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def reset(self) -> None:
        await self._peer.reset()

    async def until(self, at_ns: int) -> None:
        """Wait for a moment; others get their turn even if it has passed."""
        left_s = self._started_s + at_ns / _NS - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, left_s))

    async def held_until(self, at_ns: int) -> None:
        """The same, but no longer than the client stays, which over HTTP/3 only looking tells."""
        deadline_s = self._started_s + at_ns / _NS
        loop = asyncio.get_running_loop()
        while not self._peer.has_gone() and (left_s := deadline_s - loop.time()) > 0:
            await asyncio.sleep(min(_HELD_POLL_S, left_s))

    def has_gone(self) -> bool:
        return self._peer.has_gone()


async def play(stage: Stage, playing: Playing, status: int | None, fields: Fields) -> Finish | None:
    """Send an answer to its end; None if the client left before."""
    await stage.until(playing.headers_at_ns)
    if status is not None:
        if stage.has_gone():
            return None
        await stage.begin(status, fields)
    for step in playing:
        match step:
            case Step():
                await stage.until(step.at_ns)
                if not await stage.write(step.data):
                    return None
            case Finish(kind="hold"):
                await stage.held_until(step.at_ns)
                await stage.reset()
                return step
            case Finish():
                await stage.until(step.at_ns)
                await (stage.end() if step.kind == "end" and status is not None else stage.reset())
                return step
    return None


async def while_connected[Result](work: Awaitable[Result], receive: Receive) -> Result | None:
    """Do the work, and give it up when the client leaves; None then."""

    async def leave() -> None:
        while not (await receive())["type"].endswith(".disconnect"):
            pass

    tasks = asyncio.ensure_future(work), asyncio.create_task(leave())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(task, return_exceptions=True)
