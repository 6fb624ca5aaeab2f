"""The lab's truth log beside what a capture gives: joined by x-request-id, compared.

The log says what the service sent and when; nothing here decodes a stream.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analyzer.importers import read_capture
from analyzer.lab.kinds import KINDS
from analyzer.lab.truth import EndLine, SendLine, StreamLine, TruthLine
from analyzer.model import Exchange, Problem, WireEvent
from analyzer.reassemble import EventsSeen, Reassembler


@dataclass
class SentStream:
    """One stream as the lab sent it."""

    begin: StreamLine
    end: EndLine
    sends: list[SendLine] = field(default_factory=list)

    def event_ends(self) -> list[int]:
        """Offsets behind the byte that completes each event that was sent whole.

        The log counts an event's last line end whole; of a CR LF the CR already ends the line
        (HTML, "Parsing an event stream").
        """
        surplus = 1 if KINDS[self.begin.kind].line_end == b"\r\n" else 0
        return [end - surplus for send in self.sends for end in send.events]

    def event_sends(self) -> list[SendLine]:
        """For each event that was sent whole, the write that brought its completing byte."""
        ends = [send.end for send in self.sends]
        return [self.sends[bisect_left(ends, end)] for end in self.event_ends()]


@dataclass
class SeenStream:
    """One stream as the capture holds it."""

    exchange: Exchange
    events: list[WireEvent]


def sent_streams(lines: Iterable[TruthLine]) -> dict[str, SentStream]:
    """Every stream of the log that ended, by its x-request-id."""
    begun: dict[str, StreamLine] = {}
    sends: dict[str, list[SendLine]] = {}
    ended: dict[str, SentStream] = {}
    for line in lines:
        match line:
            case StreamLine():
                begun[line.stream] = line
            case SendLine():
                sends.setdefault(line.stream, []).append(line)
            case EndLine():
                begin = begun[line.stream]
                ended[line.stream] = SentStream(begin, line, sends.get(line.stream, []))
    return ended


def seen_streams(capture: Path) -> tuple[dict[str, SeenStream], list[Exchange], list[Problem]]:
    """The capture's streams by their x-request-id, all its exchanges, and its problems."""
    reassembler = Reassembler()
    events: dict[int, list[WireEvent]] = {}
    exchanges: list[Exchange] = []
    problems: list[Problem] = []
    made = [out for record in read_capture(capture) for out in reassembler.feed(record)]
    for out in [*made, *reassembler.finish()]:
        match out:
            case EventsSeen():
                events.setdefault(out.exchange, []).extend(out.events)
            case Exchange():
                exchanges.append(out)
            case Problem():
                problems.append(out)
    streams = {
        dict(exchange.response_headers)["x-request-id"]: SeenStream(
            exchange, events.get(exchange.exchange, [])
        )
        for exchange in exchanges
        if exchange.streamed
    }
    return streams, exchanges, problems


@dataclass(frozen=True)
class TimingError:
    """How far arrivals are from sends, in ns.

    ``delays``: arrival − send for each event. ``gap_errors``: |arrival gap − send gap| for
    each two events that follow each other and were sent by different writes.
    """

    delays: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    gap_errors: "np.ndarray[tuple[int], np.dtype[np.int64]]"

    def summary(self) -> str:
        def ms(values: "np.ndarray[tuple[int], np.dtype[np.int64]]", q: float) -> str:
            return f"{np.percentile(values, q) / 1e6:.3f}"

        return (
            f"n={len(self.delays)} events: arrival − send median {ms(self.delays, 50)} ms, "
            f"p99 {ms(self.delays, 99)} ms; inter-arrival error (n={len(self.gap_errors)}) "
            f"median {ms(self.gap_errors, 50)} ms, p99 {ms(self.gap_errors, 99)} ms"
        )


def timing_error(pairs: Iterable[tuple[SentStream, SeenStream]]) -> TimingError:
    """Compare the clocks of both logs, which are one clock of one machine."""
    delays: list[int] = []
    gap_errors: list[int] = []
    for sent, seen in pairs:
        sends = sent.event_sends()[: len(seen.events)]
        arrivals = [event.at_ns for event in seen.events][: len(sends)]
        delays += [at - send.mono_ns for send, at in zip(sends, arrivals, strict=True)]
        steps = zip(sends, sends[1:], arrivals, arrivals[1:], strict=False)
        gap_errors += [
            abs((later_at - at) - (later.mono_ns - send.mono_ns))
            for send, later, at, later_at in steps
            if later.seq != send.seq
        ]
    return TimingError(np.array(delays, np.int64), np.array(gap_errors, np.int64))
