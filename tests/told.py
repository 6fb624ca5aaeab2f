"""What an analysis came to, and every event that passed on its way there."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.analyze import analyze, examine
from analyzer.model import AnyRecord, CaptureHead, Delta, Problem, Reads, WireEvent


class Events:
    """A sink that keeps the events alone."""

    def __init__(self) -> None:
        self.found: list[WireEvent] = []

    @contextmanager
    def capture(self, head: CaptureHead, file: str, stall_ns: int) -> Iterator["Events"]:
        yield self

    def events(self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta]) -> None:
        self.found += events

    def forget(self, exchange: int) -> None: ...
    def reads(self, reads: Reads) -> None: ...
    def result(self, result: CaptureResult) -> None: ...


def told(paths: Sequence[Path]) -> tuple[Analysis, list[WireEvent]]:
    sink = Events()
    return analyze(paths, sink=sink), sink.found


def told_of(records: Iterable[AnyRecord | Problem]) -> tuple[Analysis, list[WireEvent]]:
    """The same of records that no file holds."""
    sink = Events()
    return Analysis.of([examine(Path("records"), records, sink=sink)]), sink.found
