"""Signals that ask for an end: noticed at any moment, acted upon where it suits."""

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from types import FrameType


class Stop:
    """What a signal handler may set at any moment.

    No `threading.Event`: its lock is not re-entrant, and the main thread, in which handlers
    run, may be holding it within ``wait``; the handler then waits for itself for ever.
    """

    def __init__(self) -> None:
        self._set = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def set(self) -> None:
        self._set = True
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes as well as any
            os.write(self._writer, b".")

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout_s: float | None = None) -> bool:
        """Return at once when it is set, else after so many seconds; whether it is set."""
        if not self._set:
            select.select([self._reader], [], [], timeout_s)
        return self._set

    def fileno(self) -> int:
        """Readable once it is set: to be waited for beside something else."""
        return self._reader

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


@contextlib.contextmanager
def stop_signals() -> Iterator[Stop]:
    """What SIGINT, SIGTERM and SIGHUP set, instead of what they do otherwise."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()
