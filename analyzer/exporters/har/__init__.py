"""HAR 1.2, with Chromium's timed messages, and with what HAR cannot say in members of ours.

`analyzer.importers.har.private` says what those hold; other tools pass over them. Entries
stand in the order in which their exchanges ended.
"""

from collections.abc import Iterable
from typing import BinaryIO

from analyzer.exporters.har.writing import Writer
from analyzer.exporters.losses import Loss
from analyzer.model import AnyRecord, Problem


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the capture; of what is still open no more than `passing.HELD_LIMIT` is held."""
    writer = Writer(file)
    for record in records:
        writer.take(record)
    return writer.finish()
