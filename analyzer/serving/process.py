"""A server in a process of its own, for tests, demonstrations and measurements."""

import contextlib
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Self

from analyzer.model import StreamscopeError

_STOP_S = 5.0


class ServerProcess[Address]:
    """Starts a server when entered, and ends it by its pid when left.

    ``what`` names it in sentences. ``arguments`` are Python's; the server prints where it is as
    one line, which ``parse`` turns into the ``address``, within ``ready_s`` seconds. It has to
    end when its standard input does, a pipe from here, so that it never outlives this process.
    """

    address: Address

    def __init__(
        self,
        what: str,
        arguments: Sequence[str],
        parse: Callable[[bytes], Address],
        ready_s: float,
    ) -> None:
        self._what = what
        self._arguments = arguments
        self._parse = parse
        self._ready_s = ready_s
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `stop`
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process id, while it runs."""
        if self._process is None:
            raise StreamscopeError(f"{self._what} isn't running; enter its context first.")
        return self._process.pid

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C in a terminal is for the parent to act upon
        )
        try:
            self.address = self._parse(self._first_line())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; does nothing if it has ended."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        self._errors.close()

    def _first_line(self) -> bytes:
        """Wait for what it prints once it is ready. Raise with its last words if it ends."""
        process = self._process
        assert process and process.stdout  # noqa: PT018
        line, deadline = b"", time.monotonic() + self._ready_s
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise StreamscopeError(f"{self._what} wasn't ready within {self._ready_s:g} s.")
                part = os.read(process.stdout.fileno(), 65_536)
                if not part:
                    said = _last_line(self._errors)
                    raise StreamscopeError(f"{self._what} didn't start: {said}")
                line += part
        return line


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").split("\n")
    said = [line for line in lines if line.strip()]
    return said[-1].removeprefix("Error: ") if said else "it ended without a word."
