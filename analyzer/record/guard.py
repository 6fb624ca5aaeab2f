"""Run a command that must not outlive whoever asked for it.

``python -m analyzer.record.guard DIRECTORY COMMAND…``, with a pipe as standard input that the
owner keeps open and never writes to. When the pipe closes, which the kernel does even
for an owner killed with SIGKILL, the command's process group is ended; when the command
has ended for whatever reason, DIRECTORY is removed. Exit status: the command's.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

TERM_DEADLINE_S = 4.0
"""How long the command may take to end on SIGTERM before SIGKILL."""

REMOVE_ATTEMPTS = 10
REMOVE_PAUSE_S = 0.2
"""A browser's helper processes may write for a moment after it has ended."""


def main(directory: Path, command: list[str]) -> int:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    threading.Thread(target=_end_with_owner, args=(process,), daemon=True).start()
    code = process.wait()
    _kill_group(process.pid)
    _remove(directory)
    return code if code >= 0 else 128 - code


def _end_with_owner(process: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # The command's own process only: it ends its helpers itself, in its order.
    process.terminate()
    time.sleep(TERM_DEADLINE_S)
    _kill_group(process.pid)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _remove(directory: Path) -> None:
    _remove_socket(directory / "SingletonSocket")
    for _ in range(REMOVE_ATTEMPTS):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(REMOVE_PAUSE_S)


def _remove_socket(link: Path) -> None:
    """Chromium's lock: the profile links to a socket in a directory of its own.

    On SIGTERM Chromium leaves that directory behind. It is removed only if nothing but
    the lock is in it.
    """
    with contextlib.suppress(OSError):
        socket = link.readlink()
        socket.unlink()
        socket.with_name("SingletonCookie").unlink()
        socket.parent.rmdir()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
