"""A database with everything in it, and what a browser would be answered, without sockets."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chatting
import everything
import httpx
from chatting import answer, question, titled
from everything import changed
from making import a_head
from synthetic import write

from analyzer.analyze import analyze
from analyzer.model import RequestHead, ResponseHead
from analyzer.store import Store
from analyzer.web.browser import open_browser
from analyzer.web.security import Door, Guard, authorities
from analyzer.web.state import Served, served

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>'\"></td></table>{{7*7}}"
    "javascript:alert(3)&lt;b&gt;\u202e\x1b[31m"
)
HOST = "127.0.0.1:8001"
LAST = 9_000
"""The exchange whose every text is hostile."""


def a_capture(path: Path) -> Path:
    """A session in which every question finds something, and one stream of an attacker."""
    attack = chatting.stream(
        LAST,
        130_000,
        question("uX", HOSTILE, conversation=None),
        [*answer("aX", HOSTILE, HOSTILE, conversation="cX"), (400.0, titled(HOSTILE))],
    )
    evil = [
        changed(one, headers=(*one.headers, (HOSTILE[:30], HOSTILE)))
        if isinstance(one, RequestHead | ResponseHead)
        else one
        for one in attack
    ]
    records = sorted([*everything.recorded(0), *evil], key=everything.moment)
    return write(path, [a_head(capture_id="a1"), *records])


def a_database(directory: Path) -> Path:
    """What `streamscope analyze` makes of that capture."""
    path = directory / "everything.db"
    analyze([a_capture(directory / "session <b>.jsonl")], sink=Store(path))
    return path


class Asking:
    """Asks an ASGI application, without a socket."""

    def __init__(self, runner: asyncio.Runner, application: Any) -> None:
        self._runner = runner
        self._application = application

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers)

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._application)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
                return await client.request(method, path, headers=headers, **more)

        return self._runner.run(asking())

    def wait(self, awaitable: Any) -> Any:
        """Run it on the server's loop."""

        async def waiting() -> Any:
            return await awaitable

        return self._runner.run(waiting())


class Browsing(Asking):
    """``state`` is what the pages know that are asked."""

    def __init__(self, runner: asyncio.Runner, application: Any, state: Served) -> None:
        super().__init__(runner, application)
        self.state = state


@contextmanager
def browsing(path: Path, **options: Any) -> Iterator[Browsing]:
    """Pages of a database behind their door, as `streamscope serve` has them."""
    with asyncio.Runner() as runner:

        async def opened() -> Any:
            return open_browser(path, path.name, **{"private": False, **options})

        datasette = runner.run(opened())
        door = Door(authorities(("127.0.0.1",), 8001))
        try:
            yield Browsing(runner, Guard(datasette.app(), door), served(datasette))
        finally:
            datasette.executor.shutdown()
            served(datasette).database.close()
