"""The file of a trace: events in the Trace Event Format, one a line, as they are told."""

import math
from typing import BinaryIO, Literal

import msgspec

from analyzer.model import CaptureHead

FARTHEST_NS = 2**52
"""52 days: in microseconds such a time is a double that still tells nanoseconds apart."""

type Args = dict[str, object]


class Track(msgspec.Struct, frozen=True):
    """Where something is drawn: a thread of a process, as the format calls them."""

    pid: int
    tid: int


def micros(ns: int) -> float:
    """Microseconds of which ``int(us * 1000)``, which is how Perfetto reads them, is ``ns``."""
    us = ns / 1000
    while int(us * 1000.0) < ns:
        us = math.nextafter(us, math.inf)
    return us


class Sheet:
    """Writes events; times are the capture's own, in nanoseconds.

    ``outside`` counts the events that were left out because of when they were.
    """

    def __init__(self, file: BinaryIO, head: CaptureHead) -> None:
        self.outside = 0
        self._file = file
        self._mono_ns = head.mono_ns
        self._last = 0
        self._head = msgspec.structs.asdict(head)
        self._file.write(b'{"displayTimeUnit":"ms","traceEvents":[')
        self._comma = b"\n"

    def number(self) -> int:
        """A new number; processes and threads share none, or viewers would join them."""
        self._last += 1
        return self._last

    def name_process(self, pid: int, name: str) -> None:
        self._meta(Track(pid, pid), "process_name", {"name": name})
        self._meta(Track(pid, pid), "process_sort_index", {"sort_index": pid})

    def name_thread(self, track: Track, name: str) -> None:
        self._meta(track, "thread_name", {"name": name})
        self._meta(track, "thread_sort_index", {"sort_index": track.tid})

    def slice(self, track: Track, name: str, begin_ns: int, end_ns: int, args: Args) -> None:
        """A span; those of one track have to lie inside or beside each other."""
        if self._is_inside(begin_ns, end_ns):
            length = {"ts": self._at(begin_ns), "dur": micros(end_ns - begin_ns)}
            self._write({"ph": "X", **_on(track), "name": name, **length, "args": args})

    def span(
        self, track: Track, number: int, name: str, begin_ns: int, end_ns: int, args: Args
    ) -> None:
        """A span that may overlap others: viewers put it into a row of its own.

        Spans of one ``number`` belong together and nest.
        """
        if self._is_inside(begin_ns, end_ns):
            same = {**_on(track), "cat": "exchange", "id2": {"local": str(number)}, "name": name}
            self._write({"ph": "b", **same, "ts": self._at(begin_ns), "args": args})
            self._write({"ph": "e", **same, "ts": self._at(end_ns)})

    def instant(
        self, track: Track, name: str, at_ns: int, args: Args, scope: Literal["t", "g"] = "t"
    ) -> None:
        if self._is_inside(at_ns, at_ns):
            at = {"ts": self._at(at_ns), "s": scope}
            self._write({"ph": "i", **_on(track), "name": name, **at, "args": args})

    def count(self, track: Track, name: str, at_ns: int, values: dict[str, float]) -> None:
        """What a counter shows from this moment on."""
        if self._is_inside(at_ns, at_ns):
            at = {"ts": self._at(at_ns)}
            self._write({"ph": "C", **_on(track), "name": name, **at, "args": values})

    def finish(self) -> None:
        about = msgspec.json.encode(self._head)
        self._file.write(b'\n],"otherData":%b}\n' % about)

    def _meta(self, track: Track, name: str, args: Args) -> None:
        self._write({"ph": "M", **_on(track), "name": name, "args": args})

    def _is_inside(self, begin_ns: int, end_ns: int) -> bool:
        first, last = begin_ns - self._mono_ns, end_ns - self._mono_ns
        if 0 <= first <= last <= FARTHEST_NS:
            return True
        self.outside += 1
        return False

    def _at(self, at_ns: int) -> float:
        return micros(at_ns - self._mono_ns)

    def _write(self, event: Args) -> None:
        self._file.write(self._comma + msgspec.json.encode(event))
        self._comma = b",\n"


def _on(track: Track) -> Args:
    return {"pid": track.pid, "tid": track.tid}
