"""What passed on one event stream, so that a gap between texts can be explained.

A `StreamLog` fills while the stream is reassembled; its `Passed` columns answer
"did anything come between read 17 and read 23?" for many gaps at once.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analyzer.model import Delta, Reads, WireEvent

type Column = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Passed:
    """Columns of one stream. Read numbers count from 0, as `WireEvent.read` does.

    ``filled_before[r]`` counts the reads before read ``r`` that brought bytes
    over the wire, so it is one longer than ``read_at_ns``.
    """

    read_at_ns: Column
    filled_before: Column
    event_seq: Column
    event_first_ns: Column
    event_at_ns: Column
    event_read: Column
    tool_read: Column

    def filled_between(self, after_read: Column, before_read: Column) -> Column:
        """Reads with bytes strictly between two reads; 0 where the order is reversed."""
        last = len(self.filled_before) - 1
        begun = self.filled_before[np.minimum(after_read + 1, last)]
        ended = self.filled_before[np.minimum(before_read, last)]
        between: Column = np.maximum(ended - begun, 0)
        return between

    def events_between(self, after_read: Column, before_read: Column) -> Column:
        """Events completed strictly between two reads."""
        return _between(self.event_read, after_read, before_read)

    def tools_between(self, after_read: Column, before_read: Column) -> Column:
        """Events with tool text strictly between two reads."""
        return _between(self.tool_read, after_read, before_read)

    def first_read_of(self, seq: Column) -> Column:
        """The read which brought an event's first byte."""
        if not len(self.event_seq):
            return np.zeros(len(seq), dtype=np.int64)
        row = np.minimum(np.searchsorted(self.event_seq, seq), len(self.event_seq) - 1)
        found: Column = np.searchsorted(self.read_at_ns, self.event_first_ns[row])
        return found


def _between(column: Column, after: Column, before: Column) -> Column:
    begun = np.searchsorted(column, after, side="right")
    ended = np.searchsorted(column, before, side="left")
    between: Column = np.maximum(ended - begun, 0)
    return between


class StreamLog:
    """Collects one stream's reads and events as they come; 32 bytes each at most."""

    def __init__(self) -> None:
        self._read_at_ns = array("q")
        self._filled = array("b")
        self._event_seq = array("q")
        self._event_first_ns = array("q")
        self._event_at_ns = array("q")
        self._event_read = array("q")
        self._tool_read = array("q")

    def add_reads(self, reads: Reads) -> None:
        self._read_at_ns.extend(reads.at_ns)
        on_the_wire = reads.wire_lengths or reads.lengths
        self._filled.extend(map(bool, on_the_wire))

    def add_events(self, events: Sequence[WireEvent], deltas: Sequence[Delta]) -> None:
        self._event_seq.fromlist([event.seq for event in events])
        self._event_first_ns.fromlist([event.first_ns for event in events])
        self._event_at_ns.fromlist([event.at_ns for event in events])
        self._event_read.fromlist([event.read for event in events])
        self._tool_read.fromlist([delta.read for delta in deltas if delta.kind == "tool"])

    def passed(self) -> Passed:
        """What has come so far."""
        filled = np.cumsum(np.asarray(self._filled, dtype=np.int64))
        return Passed(
            read_at_ns=_column(self._read_at_ns),
            filled_before=np.concatenate(([0], filled)),
            event_seq=_column(self._event_seq),
            event_first_ns=_column(self._event_first_ns),
            event_at_ns=_column(self._event_at_ns),
            event_read=_column(self._event_read),
            tool_read=_column(self._tool_read),
        )


def _column(values: "array[int]") -> Column:
    return np.array(values, dtype=np.int64)
