"""A terminal program in a pseudo-terminal: what it writes, what is typed, how it leaves it."""

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

PATIENCE_S = 20.0


class Screen:
    """A program in a terminal of its own, ``COLUMNS`` and ``LINES`` of ``env`` its size."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._fd, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (int(env["LINES"]), int(env["COLUMNS"])))
        # Held open: when the last one closes a pseudo-terminal, its settings are gone.
        self._theirs = theirs
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(env),
            preexec_fn=_controlled_by_standard_input,
        )
        self.raw = ""
        self._text = ""

    def settings(self) -> list[object]:
        """How the terminal treats what is typed."""
        return list(termios.tcgetattr(self._theirs))

    def type(self, keys: bytes) -> None:
        """What is on the screen so far is not looked at again."""
        self._text = ""
        os.write(self._fd, keys)

    def read_until(self, pattern: str) -> re.Match[str]:
        """Wait for that in what was written since something was typed, escape sequences aside."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self._text)):
            ready, _, _ = select.select([self._fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no {pattern!r} in {self._text!r}"
            raw = os.read(self._fd, 65536).decode(errors="replace")
            self.raw += raw
            self._text += re.sub(r"\x1b\[[0-?]*[a-zA-Z]", "", raw)
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._fd)
        os.close(self._theirs)


def _controlled_by_standard_input() -> None:
    """Make the pty the new session's terminal, so that ^C becomes SIGINT."""
    os.setsid()
    os.close(os.open(os.ttyname(0), os.O_RDWR))
