"""What came on the streams: arrivals of text as instants, stalls as slices, characters counted."""

from bisect import bisect_left

import numpy as np

from analyzer.analyses.gaps import CAUSE_MEANING, CAUSES, Arrivals, Gaps
from analyzer.analyses.latency import Latency, measure_latency
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.passed import StreamLog
from analyzer.exporters.trace.sheet import Sheet, Track
from analyzer.exporters.trace.tracks import Tracks
from analyzer.model import CaptureHead, Delta, Exchange, Observer, Reads, Turn
from analyzer.reassemble import EventsSeen

STALLS_KEPT = 100_000
"""Most stalls that wait for the recording's end, when the proxy's own lag is known; of the
others it is not said whether they were the proxy's."""

TEXT_KINDS = ("answer", "reasoning")


class _Open:
    """One stream while it runs: what passed, and the texts that its turn counts as arrivals."""

    def __init__(self) -> None:
        self.log = StreamLog()
        self.texts: list[str] = []


class StreamTracks:
    """Draws each stream when it has ended, from one stream's arrivals at a time.

    ``textless`` counts events that no instant stands for, ``untimed`` the streams of whose
    text no arrival is known.
    """

    def __init__(self, sheet: Sheet, tracks: Tracks, head: CaptureHead, stall_ns: int) -> None:
        self.textless = 0
        self.untimed = 0
        self._sheet = sheet
        self._tracks = tracks
        self._clock = head.clock
        self._stall_ns = stall_ns
        self._open: dict[int, _Open] = {}
        self._stalls: list[tuple[Track, Gaps]] = []
        self._waiting = 0
        self._observed: list[Observer] = []

    def reads(self, reads: Reads) -> None:
        if reads.side == "response":
            self._stream(reads.exchange).log.add_reads(reads)

    def events(self, seen: EventsSeen) -> None:
        stream = self._stream(seen.exchange)
        stream.log.add_events(seen.events, seen.deltas)
        stream.texts += [one.text for one in seen.deltas if one.text and one.kind in TEXT_KINDS]
        brought = {delta.seq for delta in seen.deltas if delta.text}
        self.textless += sum(event.seq not in brought for event in seen.events)
        if self._clock != "none":
            for delta in seen.deltas:
                if delta.text and delta.kind not in TEXT_KINDS:
                    self._mark(seen.exchange, delta)

    def exchange(self, exchange: Exchange, since_ns: int | None) -> None:
        """Draw it; stalls that begin before ``since_ns`` would not nest in its last phase."""
        stream = self._open.pop(exchange.exchange, None)
        turn = exchange.turn
        if stream is None:
            return
        if self._clock == "none" or not exchange.timed:
            self.untimed += bool(stream.texts)
            return
        track = self._tracks.of_stream(exchange.exchange)
        if turn is None:
            self._events(track, stream)
            return
        for marker in turn.markers:
            self._sheet.instant(track, marker.name, marker.at_ns, {"seq": marker.seq})
        self._texts(track, turn, stream.texts)
        passed = stream.log.passed()
        latency = measure_latency(exchange, self._clock, passed, self._stall_ns)
        if isinstance(latency, Latency) and isinstance(latency.gaps, Gaps):
            self._stalled(track, latency.gaps, since_ns)

    def observe(self, observer: Observer) -> None:
        """The proxy's own lag: shown as a counter, and kept to tell whose a stall was."""
        if observer.late_at_ns and self._clock != "none":
            self._observed.append(observer)
            track = self._tracks.of_recorder()
            for at_ns, late_ns in zip(observer.late_at_ns, observer.late_ns, strict=False):
                self._sheet.count(track, "event loop late", at_ns, {"ms": late_ns / 1e6})

    def finish(self) -> None:
        """Draw the stalls, now that all lag is known."""
        late = LateSpans.of(self._observed)
        for track, gaps in self._stalls:
            self._draw(track, gaps.with_lag(late))

    def _stream(self, exchange: int) -> _Open:
        return self._open.setdefault(exchange, _Open())

    def _mark(self, exchange: int, delta: Delta) -> None:
        track = self._tracks.of_stream(exchange)
        args: dict[str, object] = {"text": delta.text, "seq": delta.seq, "read": delta.read}
        self._sheet.instant(track, delta.kind, delta.at_ns, args)

    def _texts(self, track: Track, turn: Turn, texts: list[str]) -> None:
        """An instant an arrival, as the analyses count them, with all text that it brought."""
        arrivals = Arrivals.of(turn.texts)
        at_ns, first = arrivals.at_ns.tolist(), arrivals.seq.tolist()
        starts = [bisect_left(turn.texts.seq, seq) for seq in first]
        sent = 0
        for number, (at, start) in enumerate(zip(at_ns, starts, strict=True)):
            end = starts[number + 1] if number + 1 < len(starts) else len(turn.texts.seq)
            sent += sum(turn.texts.chars[start:end])
            args: dict[str, object] = {
                "text": "".join(texts[start:end]),
                "texts": end - start,
                "seq": turn.texts.seq[start],
                "read": turn.texts.read[start],
            }
            self._sheet.instant(track, turn.texts.kind[start], at, args)
            self._sheet.count(track, f"#{turn.exchange}", at, {"characters": sent})

    def _events(self, track: Track, stream: _Open) -> None:
        """A stream of which no text is known: its events, those of one read together."""
        passed = stream.log.passed()
        if not len(passed.event_seq):
            return
        reads, starts = np.unique(passed.event_read, return_index=True)
        ends = [*starts[1:].tolist(), len(passed.event_read)]
        for read, start, end in zip(reads.tolist(), starts.tolist(), ends, strict=True):
            args: dict[str, object] = {
                "events": end - start,
                "seq": int(passed.event_seq[start]),
                "read": read,
            }
            self._sheet.instant(track, "event", int(passed.event_at_ns[start]), args)
        self.textless -= len(passed.event_seq)

    def _stalled(self, track: Track, gaps: Gaps, since_ns: int | None) -> None:
        at_ns, gap_ns = gaps.at_ns, gaps.gap_ns
        long = gap_ns >= self._stall_ns
        if since_ns is not None:
            long &= at_ns - gap_ns >= since_ns
        if not long.any():
            return
        only = Gaps(
            at_ns[long],
            gap_ns[long],
            gaps.lag_ns[long],
            gaps.read[long],
            gaps.seq[long],
            gaps.cause[long],
            gaps.phase[long],
            gaps.chars[long],
        )
        if self._waiting + len(only) > STALLS_KEPT:
            self._draw(track, only)
            return
        self._waiting += len(only)
        self._stalls.append((track, only))

    def _draw(self, track: Track, gaps: Gaps) -> None:
        columns = (gaps.at_ns, gaps.gap_ns, gaps.lag_ns, gaps.seq, gaps.cause)
        for at_ns, gap_ns, lag_ns, seq, cause in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            why = CAUSES[cause]
            args: dict[str, object] = {
                "cause": f"{why}: {CAUSE_MEANING[why]}",
                "lag_ms": lag_ns / 1e6,
                "ended by event": seq,
            }
            self._sheet.slice(track, "stall", at_ns - gap_ns, at_ns, args)
