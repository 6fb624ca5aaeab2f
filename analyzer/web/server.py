"""The pages on a socket of their own, while a block is entered."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from analyzer.web.security import Application

_GRACE_S = 1
"""How long answers that are under way may take at the end."""


class _Server(uvicorn.Server):
    """Signals are the command's, which ends other things too."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def answering(application: Application, sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Serve HTTP/1.1 on sockets that are bound, on the running loop."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
    )
    logging.getLogger("uvicorn.error").setLevel(
        logging.ERROR
    )  # who asks nonsense says nothing here
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=sockets))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        if serving.done():
            serving.result()
        yield
    finally:
        server.should_exit = True
        await serving
