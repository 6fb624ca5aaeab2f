"""When what is sent: one recorded answer at a speed, with its faults. Pure.

Moments are real nanoseconds since the request was there, all counted from that one moment,
so that no delay adds to the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzer.model import Ending
from analyzer.replay.faults import Cut, Fault, Stall, event_offset
from analyzer.replay.script import Bytes, Recorded

type FinishKind = Literal["end", "reset", "hold"]

LEAVING_NS = 1_000_000_000
"""How much longer than recorded a client that left may stay, before its stream is reset."""

HELD_NS = 600_000_000_000
"""How long an answer that never ended in the capture is held open."""

FINISHES: dict[Ending, FinishKind] = {
    "complete": "end",
    "server_abort": "reset",
    "error": "reset",
    "client_abort": "hold",
    "unfinished": "hold",
}


@dataclass(frozen=True, slots=True)
class Step:
    """``data`` goes out at this moment, as one piece. For a WebSocket it is a message."""

    at_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """How it ends. ``hold``: open until the client leaves, and reset at ``at_ns`` at last."""

    at_ns: int
    kind: FinishKind


@dataclass(frozen=True, slots=True)
class Tempo:
    """Recorded time to real time: 2 is twice as fast, 0 waits for nothing."""

    speed: float = 1.0

    def real_ns(self, at_ns: int) -> int:
        return round(at_ns / self.speed) if self.speed else 0


@dataclass(frozen=True, slots=True)
class _Located:
    """A fault before the byte ``offset`` or, if that is None, at ``at_ns`` as recorded."""

    fault: Fault
    offset: int | None
    at_ns: int


class Playing:
    """One answer on its way out: iterate for its steps; the last item is its `Finish`.

    ``headers_at_ns`` is when its head goes out.
    """

    def __init__(
        self,
        recorded: Recorded,
        contents: Bytes,
        tempo: Tempo,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self._recorded = recorded
        self._contents = contents
        self._tempo = tempo
        self.headers_at_ns = tempo.real_ns(recorded.headers_at_ns)
        self._delay_ns = 0
        self._missed: list[Fault] = []
        self._by_offset, self._by_time = self._locate(faults if recorded.streamed else ())

    @property
    def missed(self) -> tuple[Fault, ...]:
        """Faults whose place this answer does not reach; known before it is played."""
        ends_at_ns = self._recorded.ends_at_ns
        return (*self._missed, *(x.fault for x in self._by_time if x.at_ns > ends_at_ns))

    def __iter__(self) -> Iterator[Step | Finish]:
        offset = 0
        for at_ns, data in self._recorded.timeline(self._contents):
            if cut := self._at_moment(at_ns):
                yield cut
                return
            rest = data
            while self._by_offset and (self._by_offset[0].offset or 0) < offset + len(rest):
                located = self._by_offset.pop(0)
                before = max(0, (located.offset or 0) - offset)
                if before:
                    yield Step(self._real_ns(at_ns), rest[:before])
                offset, rest = offset + before, rest[before:]
                if cut := self._strike(located.fault, at_ns):
                    yield cut
                    return
            if rest:
                yield Step(self._real_ns(at_ns), rest)
            offset += len(rest)
        yield self._at_moment(self._recorded.ends_at_ns) or self._finish()

    def _real_ns(self, at_ns: int) -> int:
        return self._tempo.real_ns(at_ns) + self._delay_ns

    def _locate(self, faults: tuple[Fault, ...]) -> tuple[list[_Located], list[_Located]]:
        by_offset: list[_Located] = []
        by_time: list[_Located] = []
        for fault in faults:
            if not fault.place.event:
                by_time.append(_Located(fault, None, fault.place.at_ns))
                continue
            parts = (data for _, data in self._recorded.timeline(self._contents))
            kind = self._recorded.header("content-type")
            offset = event_offset(fault.place.event, kind, parts)
            if offset is None:
                self._missed.append(fault)
            else:
                by_offset.append(_Located(fault, offset, 0))
        by_offset.sort(key=lambda one: one.offset or 0)
        by_time.sort(key=lambda one: one.at_ns)
        return by_offset, by_time

    def _at_moment(self, at_ns: int) -> Finish | None:
        """Let the faults strike whose moment has come by then."""
        while self._by_time and self._by_time[0].at_ns <= at_ns:
            located = self._by_time.pop(0)
            if cut := self._strike(located.fault, located.at_ns):
                return cut
        return None

    def _strike(self, fault: Fault, at_ns: int) -> Finish | None:
        match fault:
            case Stall():
                self._delay_ns += fault.pause_ns
                return None
            case Cut():
                return Finish(self._real_ns(at_ns), "reset")

    def _finish(self) -> Finish:
        at_ns = self._real_ns(self._recorded.ends_at_ns)
        how = self._recorded.how
        if how == "client_abort":
            at_ns += LEAVING_NS
        elif how == "unfinished":
            at_ns += HELD_NS
        return Finish(at_ns, FINISHES[how])
