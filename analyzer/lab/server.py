"""Starts and stops a lab: sockets, certificates, database, and the two listeners.

HTTP/1.1 and HTTP/2 come from Hypercorn's server, HTTP/3 from our own listener
around its protocol; both share one port number and one application.
"""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

from hypercorn.asyncio import serve as serve_tcp
from hypercorn.config import Config
from hypercorn.typing import Framework

from analyzer.lab.app import LabApplication
from analyzer.lab.certificates import Certificates, make_certificates
from analyzer.lab.database import Database
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.quic import QuicListener
from analyzer.lab.seeding import seed_database
from analyzer.lab.service import Service
from analyzer.lab.truth import TruthLog
from analyzer.model import StreamscopeError

_PORT_TRIES = 50
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognised here, never chosen by default
_IDLE_S = 300.0
_GRACE_S = 0.5  # for streams to end once the lab was told to stop
_STOP_S = 3.0

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
        tcp, udp = bind_sockets(options.host, options.port)
        stack.callback(tcp.close)
        stack.callback(udp.close)
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
        seed_database(database, options.conversations, options.seed, options.ids, time.time())
        seeding_s = time.perf_counter() - began
        service = stack.enter_context(Service(options, database, truth))
        port = tcp.getsockname()[1]
        address = LabAddress(
            url=f"https://{_url_host(options)}:{port}/",
            host=options.host,
            port=port,
            ca_path=certificates.ca,
            spki=certificates.spki,
            truth_path=truth_path,
            database_path=database_path,
            conversations=database.count(),
            seeding_s=seeding_s,
        )
        async with _serving(service, certificates, tcp, udp):
            yield address


def _url_host(options: LabOptions) -> str:
    loopback = options.host in ("127.0.0.1", "::1", "localhost", *_ANY_ADDRESS)
    return options.names[0] if loopback else options.host


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
    service: Service, certificates: Certificates, tcp: socket.socket, udp: socket.socket
) -> AsyncIterator[None]:
    app = cast(Framework, LabApplication(service))  # two libraries' names for ASGI's types
    config = _configure(certificates, tcp)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    transport, listener = await loop.create_datagram_endpoint(
        lambda: QuicListener(app, config), sock=udp
    )
    quic = asyncio.create_task(listener.run())
    web = asyncio.create_task(serve_tcp(app, config, shutdown_trigger=stop.wait, mode="asgi"))
    try:
        await _wait_until_listening(web, tcp)
        yield
    finally:
        service.streams.shut_down()
        await asyncio.wait({web}, timeout=0.05)  # lets streams say their end before listeners go
        stop.set()
        await asyncio.wait({web}, timeout=_STOP_S)
        for task in (web, quic):
            task.cancel()
        await asyncio.gather(web, quic, return_exceptions=True)
        transport.close()


async def _wait_until_listening(web: asyncio.Task[None], tcp: socket.socket) -> None:
    """Return once the TCP socket accepts; raise what stopped the server, if it stopped."""
    while not tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        if web.done():
            await web
        await asyncio.sleep(0.005)


def _configure(certificates: Certificates, tcp: socket.socket) -> Config:
    port = tcp.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{os.dup(tcp.fileno())}"]  # Hypercorn closes what it is given
    config.certfile = str(certificates.chain)
    config.keyfile = str(certificates.key)
    config.alt_svc_headers = [f'h3=":{port}"; ma=3600']
    config.include_server_header = False
    config.keep_alive_timeout = _IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.max_app_queue_size = 10_000  # a body's parts must never block the QUIC listener
    config.graceful_timeout = _GRACE_S
    config.errorlog = logging.getLogger("analyzer.lab")
    config.loglevel = "WARNING"
    return config


def bind_sockets(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return a TCP and a UDP socket on one port; 0 finds a port that is free for both."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_PORT_TRIES):
        tcp = socket.socket(family, socket.SOCK_STREAM)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((host, port))
            udp.bind((host, tcp.getsockname()[1]))
        except OSError as error:
            tcp.close()
            udp.close()
            if port or error.errno != errno.EADDRINUSE:
                raise StreamscopeError(_cannot_bind(host, port, error)) from error
        else:
            return tcp, udp
    raise StreamscopeError(f"No port of {host} is free for TCP and UDP alike; name one.")


def _cannot_bind(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use; name another one, or 0 for any free one."
    return f"{host}:{port} can't be listened on ({error.strerror}); name another address."
