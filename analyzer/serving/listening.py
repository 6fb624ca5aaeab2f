"""An application on its sockets: HTTP/1.1, HTTP/2 and HTTP/3 over TLS, at one port number."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from hypercorn.config import Config
from hypercorn.typing import Framework

from analyzer.serving.certificates import Certificates
from analyzer.serving.quic import QuicListener
from analyzer.serving.sockets import Sockets
from analyzer.serving.web import WebListener

_IDLE_S = 300.0
_GRACE_S = 0.5  # for streams to say their end, and connections to close


@dataclass(frozen=True, slots=True)
class Serving:
    """``alt_svc`` tells clients over TCP of HTTP/3 on the same port; ``date`` sends that field.

    ``max_streams`` is how many requests an HTTP/2 connection may have open. Not ``paced``, an
    HTTP/3 connection sends whatever its congestion window takes at once.
    """

    alt_svc: bool = True
    date: bool = True
    max_streams: int = 100
    paced: bool = True


@contextlib.asynccontextmanager
async def listening(
    app: Framework, certificates: Certificates, sockets: Sockets, options: Serving
) -> AsyncIterator[None]:
    """Serve while the block is entered; connections get a moment to close at its end."""
    config = _configure(certificates, sockets, options)
    loop = asyncio.get_running_loop()
    web = WebListener(app, config)
    tasks, transports = [], []
    for tcp, udp in zip(sockets.tcp, sockets.udp, strict=True):
        await web.listen(tcp)
        transport, listener = await loop.create_datagram_endpoint(
            lambda: QuicListener(app, config, paced=options.paced), sock=udp
        )
        transports.append(transport)
        tasks.append(asyncio.create_task(listener.run()))
    try:
        yield
    finally:
        await web.stop(_GRACE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:
            transport.close()


def _configure(certificates: Certificates, sockets: Sockets, options: Serving) -> Config:
    port = sockets.tcp[0].getsockname()[1]
    config = Config()
    config.certfile = str(certificates.chain)
    config.keyfile = str(certificates.key)
    config.alt_svc_headers = [f'h3=":{port}"; ma=3600'] if options.alt_svc else []
    config.include_server_header = False
    config.include_date_header = options.date
    config.h2_max_concurrent_streams = options.max_streams
    config.keep_alive_timeout = _IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.max_app_queue_size = 10_000  # a body's parts must never block the QUIC listener
    config.errorlog = logging.getLogger("analyzer.serving")
    config.loglevel = "WARNING"
    return config
