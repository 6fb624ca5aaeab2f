"""What the other process does: it reads one capture and writes steps to its standard output."""

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from analyzer.ahead.packing import pack
from analyzer.importers import read_capture
from analyzer.model import Reads
from analyzer.reassemble.steps import Step, reassembled

STEPS_TOGETHER = 200
READS_TOGETHER = 400
"""Steps and reads from which on a message is sent."""

COLLECT_EVERY = 50_000
"""As in `analyze`."""


def main() -> None:
    """Write the capture that the command line names."""
    gc.set_threshold(COLLECT_EVERY)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever else is printed must not get between the messages
        try:
            write(Path(sys.argv[1]), out)
        except BrokenPipeError:
            os._exit(1)  # nobody listens any more


def write(path: Path, out: BinaryIO) -> None:
    """Write the capture's steps as messages; an exception is the last of them."""
    try:
        for steps in _messages(reassembled(read_capture(path))):
            pack(steps, out)
    except BrokenPipeError:
        raise
    except Exception as error:
        pack(error, out)


def _messages(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Some steps at once, as a message costs; reads without bytes, which are in the events."""
    held: list[Step] = []
    reads = 0
    for step in steps:
        if isinstance(record := step.record, Reads):
            reads += len(record.at_ns)
            step = step._replace(record=msgspec.structs.replace(record, data=b""))
        held.append(step)
        if len(held) >= STEPS_TOGETHER or reads >= READS_TOGETHER:
            yield held
            held, reads = [], 0
    yield held
