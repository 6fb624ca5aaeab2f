"""Take a terminal over to read its keys one by one, and give it back however that ends."""

import contextlib
import os
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable
from types import FrameType

from analyzer.record.stopping import Stop
from analyzer.record.viewing.keys import Keys

ESC_S = 0.05
"""After an Esc alone, how long the rest of a sequence may take; over a slow line it is longer
on the way, but not torn apart."""

BLOCK = 1024


def has_keys() -> bool:
    """Whether keys can be read from standard input."""
    with contextlib.suppress(OSError, ValueError):
        # A process in the background would be stopped for touching the terminal.
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return False


class Terminal:
    """Standard input as a keyboard, from `enter` to `leave`.

    Ctrl-C stays a signal. Ctrl-Z gives the terminal back (``hide``) and stops the process as
    ever; when that goes on, ``show`` is called. A change of size wakes `wait`.
    """

    def __init__(self, stop: Stop, show: Callable[[], None], hide: Callable[[], None]) -> None:
        self._stop = stop
        self._show, self._hide = show, hide
        self._fd = sys.stdin.fileno()
        self._keys = Keys()
        self._before: list[object] | None = None
        self._handlers: dict[int, object] = {}
        self._torn_s = 0.0
        self._is_to_stop = self._is_back = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        os.set_blocking(self._reader, False)

    def enter(self) -> None:
        self._before = termios.tcgetattr(self._fd)
        for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH):
            self._handlers[number] = signal.signal(number, self._signalled)
        self._take()

    def leave(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what signal() gave before
        self._handlers.clear()
        self._give()
        for end in (self._reader, self._writer):
            os.close(end)

    def wait(self, timeout_s: float) -> list[str]:
        """Keys as soon as there are any, else nothing: after so long, or on a signal."""
        deadline = time.monotonic() + timeout_s
        while not self._stop.is_set():
            until = min(deadline, self._torn_s) if self._keys.is_pending else deadline
            patience = max(0.0, until - time.monotonic())
            watched = [self._fd, self._reader, self._stop.fileno()]
            ready, _, _ = select.select(watched, [], [], patience)
            if self._reader in ready:
                self._handle()
                return []
            if self._fd in ready:
                if found := self._read():
                    return found
            elif time.monotonic() >= self._torn_s and (found := self._keys.flush()):
                return found
            if time.monotonic() >= deadline:
                break
        return []

    def _read(self) -> list[str]:
        try:
            data = os.read(self._fd, BLOCK)
        except OSError:
            data = b""
        if not data:  # the terminal is gone
            self._stop.set()
        self._torn_s = time.monotonic() + ESC_S
        return self._keys.feed(data)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """Only noted: a handler runs in the middle of anything, drawing too."""
        self._is_to_stop |= number == signal.SIGTSTP
        self._is_back |= number == signal.SIGCONT
        with contextlib.suppress(BlockingIOError):
            os.write(self._writer, b".")

    def _handle(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, BLOCK)
        if self._is_to_stop:
            self._is_to_stop = False
            self._hide()
            self._give()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            # From here on it goes on: someone brought it back.
            signal.signal(signal.SIGTSTP, self._signalled)
            self._is_back = False
            self._take()
            self._show()
        elif self._is_back:
            self._is_back = False
            self._take()

    def _take(self) -> None:
        with contextlib.suppress(termios.error):
            tty.setcbreak(self._fd, termios.TCSADRAIN)

    def _give(self) -> None:
        """What was typed and not read goes, or the shell would run it."""
        if self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)  # type: ignore[arg-type] # what tcgetattr gave
