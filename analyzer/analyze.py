"""Captures in, figures out: one pass over each file, and the same pass fills a database."""

import gc
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Protocol

import msgspec

from analyzer.ahead import is_worth, read_ahead
from analyzer.analyses.answers import QUESTIONS, Answers
from analyzer.analyses.event_gaps import measure_event_gaps
from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.handoffs import join_turns
from analyzer.analyses.inquiry import Inquiry
from analyzer.analyses.latency import Latency, measure_latency, measure_times
from analyzer.analyses.measured import Measured, SharedText, slimmed
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.passed import StreamLog
from analyzer.analyses.questions import Found, Question
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.importers import find_captures, read_capture
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Delta,
    Exchange,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestHead,
    WireEvent,
)
from analyzer.reassemble import EventsSeen, Reassembled
from analyzer.reassemble.steps import Step, reassembled
from analyzer.shelf import Shelf

PROGRESS_EVERY = 2_000
"""Records between two calls of the progress callback."""

COLLECT_EVERY = 50_000
"""Objects made and not freed after which Python looks for cycles; without this, 700."""

FARTHEST_NS = 2**61
"""Some 73 years from the capture clock's zero: spans of times beyond may need over 64 bits."""

YEAR_10000_NS = 253_402_300_800_000_000_000
"""Nanoseconds from 1970 to the first year that no date format holds."""


class Progress(msgspec.Struct, frozen=True):
    """How far one capture has been read."""

    path: Path
    records: int
    events: int


class CaptureSink(Protocol):
    """Takes one capture's parts while they pass."""

    def forget(self, exchange: int, /) -> None: ...
    def reads(self, reads: Reads, /) -> None: ...
    def events(
        self, exchange: int, events: Sequence[WireEvent], deltas: Sequence[Delta], /
    ) -> None: ...
    def result(self, result: CaptureResult, /) -> None: ...


class Sink(Protocol):
    """Where captures are kept: `analyzer.store.Store` is one."""

    def capture(
        self, head: CaptureHead, file: str, stall_ns: int, /
    ) -> AbstractContextManager[CaptureSink]: ...


def analyze(
    paths: Sequence[Path],
    *,
    stall_ns: int = STALL_NS,
    sink: Sink | None = None,
    progress: Callable[[Progress], None] | None = None,
    passed_over: Callable[[CaptureError], None] | None = None,
) -> Analysis:
    """Read captures once, measure everything, and pass what comes by to the sink.

    A directory stands for the captures in it, ``-`` for standard input. All paths are looked
    at before the first is read, and one file is open at a time. What looks like a capture in
    a directory and can't be read is told to ``passed_over``, if that is given.

    Memory grows with turns and their text, not with events: of the gaps, which percentiles
    need all of, those beyond some millions stand in a temporary file. Of captures with one id
    the last counts.

    Raises:
        CaptureError: a file is no capture or can't be read.
        StoreError: the sink can't keep it.
    """
    results: list[CaptureResult] = []
    unread: CaptureError | None = None
    for path in find_captures(paths):
        try:
            with _few_collections():
                result = _examined(path, _steps(path), stall_ns, sink, progress, QUESTIONS)
            results.append(result)
        except CaptureError as error:
            if passed_over is None or path in paths:
                raise
            passed_over(error)
            unread = error
    if unread and not results:
        raise unread
    return Analysis.of(results)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for cycles rarely: of millions of objects hardly one is part of any."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def examine(
    path: Path,
    records: Iterable[AnyRecord | Problem],
    *,
    stall_ns: int = STALL_NS,
    sink: Sink | None = None,
    progress: Callable[[Progress], None] | None = None,
    questions: Mapping[str, type[Question[Found]]] = QUESTIONS,
) -> CaptureResult:
    """Measure the records of one capture, whose name ``path`` is; ``questions`` are asked of it.

    Raises as `analyze`.
    """
    return _examined(path, reassembled(records), stall_ns, sink, progress, questions)


def _steps(path: Path) -> Generator[Step]:
    return read_ahead(path) if is_worth(path) else reassembled(read_capture(path))


def _examined(
    path: Path,
    steps: Generator[Step],
    stall_ns: int,
    sink: Sink | None,
    progress: Callable[[Progress], None] | None,
    questions: Mapping[str, type[Question[Found]]],
) -> CaptureResult:
    with closing(steps):
        try:
            first = next(steps)
            head = _checked(first.record, path)
            opened = sink.capture(head, str(path), stall_ns) if sink else nullcontext(None)
            with opened as kept:
                reading = _Reading(path, head, stall_ns, kept, questions)
                for step in _told(chain((first,), steps), reading, progress):
                    reading.feed(step)
                result = reading.finish()
                if kept:
                    kept.result(result)
                return result
        except OverflowError as error:
            raise CaptureError(f"{path}: a time or a size in it needs more than 64 bits") from error


def _checked(head: AnyRecord | Problem | None, path: Path) -> CaptureHead:
    """A capture's first record, if it is one that times can be reckoned by."""
    if not isinstance(head, CaptureHead):
        raise CaptureError(f"{path}: its first record does not say where its times come from")
    if not 0 <= head.wall_ns < YEAR_10000_NS:
        raise CaptureError(f"{path}: its wall-clock time {head.wall_ns} ns is no time of our era")
    return head


def _told(
    steps: Iterable[Step], reading: "_Reading", progress: Callable[[Progress], None] | None
) -> Iterator[Step]:
    """The steps; how far they have come is told meanwhile."""
    due = 0
    for step in steps:
        yield step
        if progress and step.records > due:
            progress(Progress(reading.path, step.records, reading.events))
            due = step.records + PROGRESS_EVERY


def _is_beyond(record: AnyRecord | Problem) -> bool:
    """Whether a moment of the record is too far away to reckon with."""
    match record:
        case Problem() | CaptureHead():
            return False
        case Reads():
            at_ns = record.at_ns
            return bool(at_ns) and (max(at_ns) > FARTHEST_NS or min(at_ns) < -FARTHEST_NS)
    return abs(record.at_ns) > FARTHEST_NS


def _placed[Found: (Problem, Lost)](found: Found, known: Container[int]) -> Found:
    """A damaged capture can speak of an exchange that it does not hold."""
    if found.exchange is not None and found.exchange in known:
        return found
    return msgspec.structs.replace(found, exchange=None)


class _Reading:
    """One capture on its way through."""

    def __init__(
        self,
        path: Path,
        head: CaptureHead,
        stall_ns: int,
        sink: CaptureSink | None,
        questions: Mapping[str, type[Question[Found]]],
    ) -> None:
        self.events = 0
        self.path = path
        self._head = head
        self._stall_ns = stall_ns
        self._sink = sink
        self._inquiry = Inquiry(head, questions)
        self._begun: set[int] = set()
        self._logs: dict[int, StreamLog] = {}
        self._measured: dict[int, Measured] = {}
        self._shared = SharedText()
        self._shelf = Shelf()
        self._problems: list[Problem] = []
        self._lost: list[Lost] = []
        self._observations: list[Observer] = []
        self._ended_ns: int | None = None

    def feed(self, step: Step) -> None:
        if step.record is not None:
            self._see(step.record)
        for made in step.made:
            self._take(made)

    def _see(self, record: AnyRecord | Problem) -> None:
        if _is_beyond(record):
            raise OverflowError
        match record:
            case RequestHead():
                self._begin(record.exchange)
            case Reads():
                self._read(record)
            case Lost():
                self._lost.append(record)
            case Observer():
                self._observations.append(record)
            case CaptureEnd():
                self._ended_ns = record.at_ns
        self._inquiry.record(record)

    def finish(self) -> CaptureResult:
        """Compare every gap with the proxy's own lag, and answer the questions."""
        late = LateSpans.of(self._observations)
        joined = join_turns(self._measured.values())
        known = frozenset(joined)
        self._measured.clear()
        measured = tuple(
            # One after the other: two of each is too much of a capture of gigabytes.
            joined.pop(number).with_lag(late, self._stall_ns).shelved(self._shelf.put)
            for number in sorted(joined)
        )
        found = self._inquiry.finish(measured)
        self._problems.extend(problem for one in found.values() for problem in one.problems)
        return CaptureResult(
            head=self._head,
            file=str(self.path),
            stall_ns=self._stall_ns,
            ended_ns=self._ended_ns,
            measured=measured,
            problems=tuple(_placed(problem, known) for problem in self._problems),
            lost=tuple(_placed(lost, known) for lost in self._lost),
            observations=tuple(self._observations),
            answers=Answers.of(found),
        )

    def _begin(self, exchange: int) -> None:
        """Journals that were joined use a number twice: then the later exchange counts."""
        if exchange in self._begun and self._sink:
            self._sink.forget(exchange)
        self._begun.add(exchange)

    def _read(self, reads: Reads) -> None:
        if reads.side == "response":
            self._logs.setdefault(reads.exchange, StreamLog()).add_reads(reads)
        if self._sink:
            self._sink.reads(reads)

    def _take(self, made: Reassembled) -> None:
        match made:
            case EventsSeen(exchange, events, deltas):
                self.events += len(events)
                self._logs.setdefault(exchange, StreamLog()).add_events(events, deltas)
                self._inquiry.events(exchange, events, deltas)
                if self._sink:
                    self._sink.events(exchange, events, deltas)
            case Exchange():
                self._inquiry.exchange(made)
                self._measure(made)
            case Problem():
                self._problems.append(made)

    def _measure(self, exchange: Exchange) -> None:
        clock = self._head.clock
        log = self._logs.pop(exchange.exchange, None)
        passed = log.passed() if log else None
        latency = measure_latency(exchange, clock, passed, self._stall_ns)
        came = (passed.event_at_ns, passed.event_read) if passed else ((), ())
        self._problems.extend(exchange.problems)
        self._measured[exchange.exchange] = Measured(
            self._shared.with_shared_text(slimmed(exchange)),
            measure_times(exchange, clock),
            latency if isinstance(latency, Latency) else None,
            measure_event_gaps(exchange, clock, *came),
        ).shelved(self._shelf.put)
