"""A whole capture, record by record, with what is reassembled meanwhile."""

from collections.abc import Generator, Iterable, Iterator
from typing import NamedTuple

from analyzer.model import AnyRecord, Problem
from analyzer.reassemble import Reassembled, Reassembler
from analyzer.reassemble.together import together


class Step(NamedTuple):
    """One record, what it completed, and how many records were read until then.

    At the capture's end there is no record, and ``made`` is what was left open.
    """

    record: AnyRecord | Problem | None
    made: list[Reassembled]
    records: int


def reassembled(records: Iterable[AnyRecord | Problem]) -> Generator[Step]:
    """Reassemble what these records hold; reads that follow one another are one record."""
    reassembler, counted = Reassembler(), _Counted(records)
    for record in together(counted):
        yield Step(record, reassembler.feed(record), counted.count)
    yield Step(None, reassembler.finish(), counted.count)


class _Counted:
    """Counts the records that are taken from it."""

    def __init__(self, records: Iterable[AnyRecord | Problem]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[AnyRecord | Problem]:
        for record in self._records:
            self.count += 1
            yield record
