"""A server of pages from its start to its end: database, live feed, door and sockets."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from analyzer.analyses.results import Analysis
from analyzer.record.addresses import is_loopback
from analyzer.report.html.drawing import begin_library
from analyzer.serving.sockets import ANY_ADDRESS, bind_tcp
from analyzer.store import Store
from analyzer.web.browser import open_browser
from analyzer.web.security import Door, Guard, authorities
from analyzer.web.server import answering
from analyzer.web.state import served

STANDARD_INPUT = Path("-")
"""It can be read once."""

type Analyse = Callable[[Sequence[Path], Store], Analysis]


class Shown(msgspec.Struct, frozen=True):
    """What is shown: a database as it stands, or one that was just made of ``captures``."""

    path: Path
    title: str
    captures: tuple[Path, ...] = ()
    analysis: Analysis | None = None


class Address(msgspec.Struct, frozen=True):
    """``url`` is what to open; ``host`` and ``port`` are where it listens."""

    url: str
    host: str
    port: int


@contextlib.contextmanager
def made_of(captures: Sequence[Path], analyse: Analyse) -> Iterator[Shown]:
    """Analyse captures into a database for this block alone, which only its owner can read."""
    with tempfile.TemporaryDirectory(prefix="streamscope-", ignore_cleanup_errors=True) as name:
        path = Path(name) / "0.db"
        analysis = analyse(captures, Store(path))
        shown = ", ".join(one.name for one in captures[:3])
        title = shown if len(captures) <= 3 else f"{shown} and {len(captures) - 3} more"
        yield Shown(path, title, tuple(captures), analysis)


@contextlib.asynccontextmanager
async def running_pages(
    shown: Shown, host: str, port: int, *, token: str = "", follow: Path | None = None
) -> AsyncIterator[Address]:
    """Serve while the block is entered; ``follow`` is the capture of the live page.

    Raises StreamscopeError if the address can't be had.
    """
    from analyzer.web import live

    sockets = bind_tcp(host, port)
    with contextlib.ExitStack() as stack:
        for one in sockets:
            stack.callback(one.close)
        bound, number = sockets[0].getsockname()[:2]
        door = Door(authorities((host,), number), host in ANY_ADDRESS, token, number)
        datasette = open_browser(
            shown.path,
            shown.title,
            private=bool(shown.captures),
            analysis=shown.analysis,
            rereads=() if STANDARD_INPUT in shown.captures else shown.captures,
            live=follow is not None,
        )
        state = served(datasette)
        state.has_live = follow is not None
        feed = live.start(follow) if follow is not None else None
        name = "127.0.0.1" if host in ANY_ADDRESS else host
        url = f"http://{f'[{name}]' if ':' in name else name}:{number}/"
        try:
            async with answering(Guard(datasette.app(), door), list(sockets)):
                warm = asyncio.create_task(state.standing.report())
                end_library = begin_library()
                try:
                    yield Address(url, bound, number)
                finally:
                    end_library()
                    warm.cancel()
                    await asyncio.wait({warm})
                    if feed is not None:
                        feed.close()  # ends its viewers' streams, or the server would wait
        finally:
            if state.rereading is not None:
                await state.rereading.close()
            datasette.executor.shutdown()
            state.database.close()


def needs_token(host: str) -> bool:
    """Whether other machines reach it."""
    return not is_loopback(host)
