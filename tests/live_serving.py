"""The live page served by uvicorn alone: its routes, mounted as Datasette mounts them.

As a program it serves one capture until it is ended, and says where: ``live_serving.py CAPTURE``.
"""

import contextlib
import re
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from analyzer.web.live import ROUTES, LiveFeed, start

PAGE = "/-/streamscope/live"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The routes, and nothing else."""
    for pattern, view in ROUTES:
        if re.match(pattern, scope["path"]):
            given = {"scope": scope, "receive": receive, "send": send}
            names = view.__code__.co_varnames[: view.__code__.co_argcount]
            await view(**{name: given[name] for name in names})
            return
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def live_server(capture: Path) -> Iterator[tuple[str, LiveFeed]]:
    """The page's address and its feed, on a thread of this process."""
    feed = start(capture)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{PAGE}", feed
    finally:
        feed.close()
        server.should_exit = True
        thread.join()
        listener.close()


if __name__ == "__main__":
    with live_server(Path(sys.argv[1])) as (address, _):
        print(address, flush=True)
        sys.stdin.read()
