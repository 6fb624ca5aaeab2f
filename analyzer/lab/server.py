"""Starts and stops a lab: sockets, certificates, database, and the two listeners.

Both are ours around Hypercorn's protocols, and share a port number and an
application.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

from hypercorn.config import Config
from hypercorn.typing import Framework

from analyzer.lab.app import LabApplication
from analyzer.lab.database import Database
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.seeding import seed_database
from analyzer.lab.service import Service
from analyzer.lab.truth import TruthLog
from analyzer.model import StreamscopeError
from analyzer.serving.certificates import Certificates, make_certificates
from analyzer.serving.quic import QuicListener
from analyzer.serving.sockets import ANY_ADDRESS, LOOPBACK, Sockets, bind_sockets
from analyzer.serving.web import WebListener

_IDLE_S = 300.0
_GRACE_S = 0.5  # for streams to say their end, and connections to close

type Ready = Callable[[LabAddress], None]


def run(options: LabOptions, ready: Ready, *, watch_stdin: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; with ``watch_stdin`` also until standard input ends.

    ``ready`` is called once, when both listeners accept connections. Raises
    StreamscopeError if a port, a file or the database can't be had.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(options, ready, watch_stdin=watch_stdin))


async def _run(options: LabOptions, ready: Ready, *, watch_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if watch_stdin:
        loop.add_reader(sys.stdin.fileno(), _stop_at_end, sys.stdin.fileno(), stop)
    async with running_lab(options) as address:
        ready(address)
        await stop.wait()


def _stop_at_end(file: int, stop: asyncio.Event) -> None:
    if not os.read(file, 4096):
        stop.set()
        asyncio.get_running_loop().remove_reader(file)


@contextlib.asynccontextmanager
async def running_lab(options: LabOptions) -> AsyncIterator[LabAddress]:
    """Serve a lab on the running loop while the block is entered."""
    with contextlib.ExitStack() as stack:
        sockets = bind_sockets(options.host, options.port)
        for one in (*sockets.tcp, *sockets.udp):
            stack.callback(one.close)
        directory = options.directory or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="streamscope-lab-"))
        )
        certificates = _prepare(directory, options.names)
        truth_path = options.truth_log or directory / "truth.jsonl"
        truth = TruthLog(truth_path)
        stack.callback(truth.close)
        database_path = options.database or directory / "lab.sqlite3"
        database = stack.enter_context(Database(database_path))
        began = time.perf_counter()
        seed_database(
            database,
            options.conversations,
            options.seed,
            options.ids,
            time.time(),
            list_index=options.list_index,
        )
        seeding_s = time.perf_counter() - began
        service = stack.enter_context(Service(options, database, truth))
        host, port = sockets.tcp[0].getsockname()[:2]
        address = LabAddress(
            url=f"https://{_url_host(options)}:{port}/",
            host=host,
            port=port,
            ca_path=certificates.ca,
            spki=certificates.spki,
            truth_path=truth_path,
            database_path=database_path,
            conversations=database.count(),
            seeding_s=seeding_s,
        )
        async with _serving(service, certificates, sockets):
            yield address


def _url_host(options: LabOptions) -> str:
    ours = ("localhost", *LOOPBACK, *ANY_ADDRESS)
    return options.names[0] if options.host in ours else options.host


def _prepare(directory: Path, names: tuple[str, ...]) -> Certificates:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return make_certificates(directory, names)
    except OSError as error:
        raise StreamscopeError(
            f"{directory} can't hold the lab's files ({error.strerror}); name another directory."
        ) from error


@contextlib.asynccontextmanager
async def _serving(
    service: Service, certificates: Certificates, sockets: Sockets
) -> AsyncIterator[None]:
    app = cast(Framework, LabApplication(service))  # two libraries' names for ASGI's types
    config = _configure(certificates, sockets, alt_svc=service.options.alt_svc)
    loop = asyncio.get_running_loop()
    web = WebListener(app, config)
    tasks, transports = [], []
    for tcp, udp in zip(sockets.tcp, sockets.udp, strict=True):
        await web.listen(tcp)
        transport, listener = await loop.create_datagram_endpoint(
            lambda: QuicListener(app, config), sock=udp
        )
        transports.append(transport)
        tasks.append(asyncio.create_task(listener.run()))
    try:
        yield
    finally:
        service.streams.shut_down()
        service.productions.shut_down()
        await web.stop(_GRACE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:
            transport.close()


def _configure(certificates: Certificates, sockets: Sockets, *, alt_svc: bool) -> Config:
    port = sockets.tcp[0].getsockname()[1]
    config = Config()
    config.certfile = str(certificates.chain)
    config.keyfile = str(certificates.key)
    config.alt_svc_headers = [f'h3=":{port}"; ma=3600'] if alt_svc else []
    config.include_server_header = False
    config.keep_alive_timeout = _IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.max_app_queue_size = 10_000  # a body's parts must never block the QUIC listener
    config.errorlog = logging.getLogger("analyzer.lab")
    config.loglevel = "WARNING"
    return config
