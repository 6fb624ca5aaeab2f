"""A lab in a process of its own, for tests, demonstrations and measurements."""

import contextlib
import os
import selectors
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import IO, Self

from analyzer.lab.options import LabAddress, LabOptions, from_json, to_json
from analyzer.model import StreamscopeError

_READY_S = 120.0  # millions of conversations take a while to seed
_STOP_S = 5.0


class LabProcess:
    """Starts a lab when entered, and ends it by its pid when left.

    ``address`` says where it is. The lab also ends if this process dies, as
    its standard input, a pipe from here, ends then.
    """

    address: LabAddress

    def __init__(self, options: LabOptions) -> None:
        self._options = options
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `stop`
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The lab's process id, while it runs."""
        if self._process is None:
            raise StreamscopeError("The lab isn't running; enter its context first.")
        return self._process.pid

    def __enter__(self) -> Self:
        options = to_json(self._options).decode()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "analyzer.lab", "--json", "--watch-stdin", "--options", options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C in a terminal is for the parent to act upon
        )
        try:
            self.address = from_json(self._first_line(), LabAddress)
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
        """End the lab; does nothing if it has ended."""
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
        """Wait for what the lab prints once it is ready. Raise with its last words if it ends."""
        process = self._process
        assert process and process.stdout  # noqa: PT018
        line, deadline = b"", time.monotonic() + _READY_S
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise StreamscopeError(f"The lab wasn't ready within {_READY_S:g} s.")
                part = os.read(process.stdout.fileno(), 65_536)
                if not part:
                    raise StreamscopeError(f"The lab didn't start: {_last_line(self._errors)}")
                line += part
        return line


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").split("\n")
    said = [line for line in lines if line.strip()]
    return said[-1].removeprefix("Error: ") if said else "it ended without a word."
