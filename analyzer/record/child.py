"""Child processes: what they said last, and how they are ended."""

import subprocess
import threading
from collections import deque
from typing import IO

LINES_KEPT = 200
"""Lines of output that are kept; older ones are forgotten."""

LINE_LIMIT = 2000
"""Bytes read as one line; the rest of a longer one counts as the next."""


class OutputTail:
    """Drain a child's output so that it never blocks, and keep the end of it.

    A thread of its own reads until the child closes the pipe.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._thread = threading.Thread(target=self._drain, name="output-tail", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with self._stream:
            while line := self._stream.readline(LINE_LIMIT):
                text = line.decode(errors="replace").rstrip()
                if text:
                    self._lines.append(text)

    def lines(self) -> list[str]:
        """The last lines so far, without blank ones."""
        return list(self._lines)

    def join(self, timeout_s: float) -> None:
        """Wait until the child's output has ended, but no longer than ``timeout_s``."""
        self._thread.join(timeout_s)


def end(process: subprocess.Popen[bytes], deadline_s: float) -> int:
    """Ask a child to end with SIGTERM, kill it after ``deadline_s``; its exit code."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
