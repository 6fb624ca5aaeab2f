"""The listener for HTTP/1.1 and HTTP/2: Hypercorn's connections on asyncio's own server.

Hypercorn 0.18's `serve` waits for clients at its end: for half a minute if one
keeps its connection open and no longer reads. Here connections get a moment
to close, and are aborted then.
"""

import asyncio
import contextlib
import logging
import socket

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Event, Updated
from hypercorn.typing import Framework
from hypercorn.utils import wrap_app

_log = logging.getLogger(__name__)


class _Connection(TCPServer):
    """Hypercorn's; once aborted, it no longer waits for a next request."""

    aborted = False

    async def protocol_send(self, event: Event) -> None:
        # The wait would be a coroutine that nobody awaits, since its tasks are being cancelled.
        if not (self.aborted and isinstance(event, Updated)):
            await super().protocol_send(event)


class WebListener:
    """Serves an application on bound TCP sockets, over TLS, until it is stopped."""

    def __init__(self, app: Framework, config: Config) -> None:
        self._app = wrap_app(app, config.wsgi_max_body_size, "asgi")
        self._config = config
        self._context = WorkerContext(None)
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], _Connection] = {}

    async def listen(self, tcp: socket.socket) -> None:
        server = await asyncio.start_server(
            self._connected, sock=tcp, ssl=self._config.create_ssl_context()
        )
        self._servers.append(server)

    async def stop(self, grace_s: float) -> None:
        """Take no more connections; let those there are close, then abort them."""
        for server in self._servers:
            server.close()
        await self._context.terminated.set()
        if self._connections:
            await asyncio.wait(self._connections, timeout=grace_s)
        for task, connection in list(self._connections.items()):
            connection.aborted = True
            connection.writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs this as one
        loop = asyncio.get_running_loop()
        connection = _Connection(self._app, loop, self._config, self._context, {}, reader, writer)
        self._connections[task] = connection
        # asyncio turns Nagle's algorithm off only for sockets that name their protocol, which
        # Python's own listeners don't. With it a small frame waits up to 40 ms for the client
        # to confirm the one before it.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await connection
        except asyncio.CancelledError:
            _log.debug("stopped")  # by `stop`; asyncio reports a cancelled callback as a fault
        except Exception:
            _log.debug("a connection's task failed", exc_info=True)
        finally:
            del self._connections[task]
            with contextlib.suppress(OSError, RuntimeError):
                writer.transport.abort()
