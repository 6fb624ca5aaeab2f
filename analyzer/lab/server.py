"""Starts and stops a lab: sockets, certificates, database, and the listeners."""

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

from hypercorn.typing import Framework

from analyzer.lab.app import LabApplication
from analyzer.lab.database import Database
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.seeding import seed_database
from analyzer.lab.service import Service
from analyzer.lab.truth import TruthLog
from analyzer.model import StreamscopeError
from analyzer.serving.certificates import Certificates, make_certificates
from analyzer.serving.listening import Serving, listening
from analyzer.serving.running import run_server
from analyzer.serving.sockets import ANY_ADDRESS, LOOPBACK, bind_sockets

type Ready = Callable[[LabAddress], None]


def run(options: LabOptions, ready: Ready, *, watch_stdin: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; with ``watch_stdin`` also until standard input ends.

    ``ready`` is called once, when both listeners accept connections. Raises
    StreamscopeError if a port, a file or the database can't be had.
    """
    run_server(running_lab(options), ready, watch_stdin=watch_stdin)


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
        app = cast(Framework, LabApplication(service))  # two libraries' names for ASGI's types
        async with listening(app, certificates, sockets, Serving(alt_svc=options.alt_svc)):
            try:
                yield address
            finally:
                service.streams.shut_down()
                service.productions.shut_down()


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
