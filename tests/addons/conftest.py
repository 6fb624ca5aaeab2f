"""A small service, and a real mitmdump with the recorder in front of it."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from loopback import Listener

from analyzer.importers import read_capture
from analyzer.model import AnyRecord, CaptureError, Problem

RECORDER = Path(__file__).parents[2] / "addons" / "recorder.py"
DEADLINE_S = 40.0

type Answer = Callable[[socket.socket, bytes], None]
type Process = subprocess.Popen[str]


class Service(Listener):
    """An HTTP/1.1 service on loopback: one answer a path, one request a connection."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        super().__init__()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            path = head.split(b" ")[1].partition(b"?")[0].decode()
            try:
                self.answers[path](connection, head)
            except OSError:
                return


class Proxy:
    """A running mitmdump, its journal, and a client that goes through it."""

    def __init__(self, process: Process, port: int, out: Path) -> None:
        self.process = process
        self.port = port
        self.out = out

    def records(self) -> list[AnyRecord | Problem]:
        return list(read_capture(self.out))

    def wait_for[R: AnyRecord](
        self, kind: type[R], matches: Callable[[R], bool] = lambda _: True
    ) -> R:
        """The first such record in the journal; waits until it is flushed."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                records = self.records()
            except CaptureError:
                records = []
            for record in records:
                if isinstance(record, kind) and matches(record):
                    return record
            time.sleep(0.02)
        raise AssertionError(f"no such {kind.__name__} in {self.out}")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)

    def send(self, url: str, headers: str = "", body: bytes = b"") -> socket.socket:
        """Send a request, leave the answer to the caller."""
        method = "POST" if body else "GET"
        head = f"{method} {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n{headers}"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        client = self.connect()
        client.sendall(head.encode() + b"\r\n" + body)
        return client

    def fetch(self, url: str, headers: str = "", body: bytes = b"") -> bytes:
        """The whole answer, head included. The service closes each connection."""
        with self.send(url, headers + "Connection: close\r\n", body) as client:
            parts: list[bytes] = []
            while data := client.recv(65536):
                parts.append(data)
        return b"".join(parts)

    def end(self, how: int = signal.SIGTERM) -> list[AnyRecord | Problem]:
        """Stop mitmdump and return what it left."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(DEADLINE_S)
        return self.records()


def mitmdump(*arguments: str, before: str = "", limit: int | None = None) -> Process:
    """Start one; ``limit`` is the longest file that it may write, as a disk that is full."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code = f"{before}\nfrom mitmproxy.tools.main import mitmdump; mitmdump()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "-s", str(RECORDER), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=restrict,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(out: Path, *options: str, limit: int | None = None) -> Iterator[Proxy]:
    port = free_port()
    arguments = ["-q", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    arguments += ["--set", f"streamscope_out={out}", *options]
    process = mitmdump(*arguments, limit=limit)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline and not (out.exists() and out.stat().st_size):
            assert process.poll() is None
            time.sleep(0.02)
        yield Proxy(process, port, out)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts a recording mitmdump: ``start(*options, limit=None)``."""
    with ExitStack() as stack:

        def begin(*options: str, limit: int | None = None) -> Proxy:
            out = tmp_path / "capture.jsonl"
            return stack.enter_context(running(out, *options, limit=limit))

        yield begin


@pytest.fixture
def launch() -> Callable[..., Process]:
    """Starts a mitmdump that is not expected to live: ``launch(*arguments, before=code)``."""
    return mitmdump
