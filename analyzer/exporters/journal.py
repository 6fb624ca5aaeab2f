"""Our own journal: every record exactly, whatever it was read from."""

from collections.abc import Iterable
from typing import BinaryIO

from analyzer import journal
from analyzer.exporters.losses import Loss, Tally
from analyzer.model import AnyRecord, Problem


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the records; problems are findings about the file they were read from."""
    tally = Tally()
    for record in records:
        tally.take(record)
        if not isinstance(record, Problem):
            file.write(journal.encode(record))
    return tally.losses({Problem: "they tell of the file that was read, not of the traffic"})
