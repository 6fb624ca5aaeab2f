"""A big capture read by a process of its own: it reassembles while this one measures.

What comes of it is the same as here. The other process is this Python with this one's
modules; it writes what it has made to a pipe and ends with it, so that it outlives nobody.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO

from analyzer.model import CaptureError
from analyzer.reassemble.steps import Step

WORTH_BYTES = 20_000_000
"""Size of a file from which on a second process is worth its start."""

PIPE_BYTES = 1024 * 1024
"""What the other process may be ahead; the kernel gives no more to everybody."""

_PROGRAM = "from analyzer.ahead.process import main; main()"


def is_worth(path: Path) -> bool:
    """Whether a capture is so big, and there is a core for it."""
    can_be = os.name == "posix" and bool(sys.executable) and _cores() > 1
    return can_be and path.is_file() and path.stat().st_size >= WORTH_BYTES


def read_ahead(path: Path) -> Generator[Step]:
    """As `reassembled` of the capture, but that `Reads` come without their bytes.

    Close it, and the other process is gone.

    Raises:
        CaptureError: the file can't be read, or whatever reads it came to an end.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        process_group=0,  # a terminal's Ctrl-C is for this process, which then ends the other
        pipesize=PIPE_BYTES,
    )
    pipe = process.stdout
    try:
        while pipe:
            for step in _message(pipe, path):
                yield step
                if step.record is None:
                    return
    finally:
        process.kill()
        process.wait()
        if pipe:
            pipe.close()


def _message(pipe: IO[bytes], path: Path) -> list[Step]:
    """The next steps, or what went wrong there."""
    try:
        message: list[Step] | Exception = pickle.load(pipe)  # noqa: S301 - our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise CaptureError(
            f"{path}: the process that read it was ended from outside, perhaps for want of "
            "memory; try again"
        ) from error
    if isinstance(message, Exception):
        raise message
    return message


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
