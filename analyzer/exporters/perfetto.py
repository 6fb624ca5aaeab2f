"""A trace that Perfetto's viewer and chrome://tracing open: a track a stream, text as it came.

Source: the Trace Event Format, JSON object form. Times are microseconds since the recording
began, each written so that reading it as a double and counting nanoseconds gives the same
nanosecond again. Tracks need not be written in the order of time, so that everything is
written as soon as it is known.
"""

from collections.abc import Iterable
from typing import BinaryIO

from analyzer import model
from analyzer.analyses.gaps import STALL_NS
from analyzer.exporters.losses import Loss, Tally
from analyzer.exporters.trace.sheet import Sheet
from analyzer.exporters.trace.streams import StreamTracks
from analyzer.exporters.trace.tracks import Tracks
from analyzer.model import AnyRecord, CaptureHead, Exchange, Problem, Reads, RequestHead
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler

_UNSEEN = "a trace shows times; of what passed it holds the text of chat streams"
_DROPPED: dict[type[AnyRecord] | type[Problem], str] = {
    model.Connection: "tracks are streams, and name their protocol alone",
    model.Body: _UNSEEN,
    model.WebSocketMessage: "of those that go on with a turn the text is kept",
    model.Credential: _UNSEEN,
    model.Observer: "of these the moments at which the event loop was late are kept",
    Problem: "they tell of the file that was read, not of the traffic",
}


def write(records: Iterable[AnyRecord | Problem], file: BinaryIO) -> list[Loss]:
    """Write the trace; of a capture without a clock one without anything in it."""
    tally = Tally()
    trace: _Trace | None = None
    for record in records:
        tally.take(record)
        if trace is None:
            if not isinstance(record, CaptureHead):
                continue
            trace = _Trace(record, file)
        trace.feed(record)
    if trace is None:
        return []
    return [*trace.finish(), *tally.losses(_DROPPED)]


class _Trace:
    """A capture on its way into a trace."""

    def __init__(self, head: CaptureHead, file: BinaryIO) -> None:
        self._sheet = Sheet(file, head)
        self._timeless = head.clock == "none"
        self._reassembler = Reassembler()
        self._tracks = Tracks(self._sheet)
        self._streams = StreamTracks(self._sheet, self._tracks, head, STALL_NS)
        self._exchanges = 0
        self._bodiless = 0

    def feed(self, record: AnyRecord | Problem) -> None:
        match record:
            case RequestHead():
                self._tracks.begin(record)
            case Reads() if self._tracks.is_open(record.exchange):
                self._streams.reads(record)
            case model.Observer():
                self._streams.observe(record)
            case model.Lost():
                self._tracks.lost(record)
        for made in self._reassembler.feed(record):
            self._take(made)

    def finish(self) -> list[Loss]:
        for made in self._reassembler.finish():
            self._take(made)
        self._streams.finish()
        self._sheet.finish()
        return self._losses()

    def _take(self, made: Reassembled) -> None:
        match made:
            case EventsSeen():
                self._streams.events(made)
            case Exchange():
                self._exchanges += 1
                since_ns = None if self._timeless else self._tracks.exchange(made)
                self._streams.exchange(made, since_ns)
                self._tracks.end(made.exchange)

    def _losses(self) -> list[Loss]:
        found = []
        if self._timeless and self._exchanges:
            why = "the capture holds no times, and a trace is nothing but times"
            found.append(Loss("exchanges", self._exchanges, why))
        if self._exchanges:
            found.append(Loss("headers of exchanges", self._exchanges, _UNSEEN))
        if self._streams.textless:
            why = "events are shown by the text they bring, and all of them where no text is known"
            found.append(Loss("events without text", self._streams.textless, why))
        if self._streams.untimed:
            why = "no arrival of its bytes is known"
            found.append(Loss("streams' texts", self._streams.untimed, why))
        if self._sheet.outside:
            why = "they lie before the recording began, or too far behind it"
            found.append(Loss("moments", self._sheet.outside, why))
        return found
