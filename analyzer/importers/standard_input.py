"""A raw event stream on standard input, each read stamped as it arrives."""

import os
import time
from collections.abc import Callable, Iterator

BLOCK = 64 * 1024
"""Most bytes one read takes; a pipe of Linux holds as much."""


def timed_reads(
    descriptor: int, clock: Callable[[], int] = time.monotonic_ns
) -> Iterator[tuple[int, bytes]]:
    """Yield ``(at_ns, data)`` for each read until end of file; ``at_ns`` is when it returned."""
    while data := os.read(descriptor, BLOCK):
        yield clock(), data
