"""Read a journal while another process writes it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from analyzer.journal import Decoder
from analyzer.model import AnyRecord, Problem

BLOCK = 1024 * 1024
"""Bytes taken per poll at most, so that a fast writer cannot starve the reader's owner."""


def follow(
    path: Path, interval_s: float = 0.25, pause: Callable[[float], object] = time.sleep
) -> Iterator[list[AnyRecord | Problem]]:
    """Yield what each poll brought, an empty list where that is nothing.

    It never ends by itself while the file stays what it is: whoever iterates leaves
    when there is enough. ``pause`` waits between polls, and is skipped while more stands
    in the file. The file need not exist yet. It is read through one descriptor, so a
    file that is moved is followed on; one that was cut short or has another in its place
    ends the iteration with a `Problem`.

    Raises CaptureError if the file is no journal.
    """
    while not path.exists():
        yield []
        pause(interval_s)
    decoder = Decoder(str(path))
    with path.open("rb") as file:
        while True:
            data = file.read(BLOCK)
            problem = None if data else _replaced(path, file)
            yield [*decoder.feed(data), *([problem] if problem else [])]
            if problem:
                return
            if len(data) < BLOCK:
                pause(interval_s)


def _replaced(path: Path, file: BinaryIO) -> Problem | None:
    """Why nothing more of use can come from ``file``, if that is so."""
    if os.fstat(file.fileno()).st_size < file.tell():
        return Problem("capture_cut", str(path), "the file was cut short while it was followed")
    try:
        same = os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return None
    if same:
        return None
    return Problem("capture_replaced", str(path), "another file took the followed one's place")
