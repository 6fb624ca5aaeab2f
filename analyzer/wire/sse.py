"""Event streams: reads in, dispatched events with their times out. No clock, no I/O.

Source: WHATWG HTML, "Server-sent events", section "Parsing an event stream".

Two ways lead to an event and give the same one. *Plain* blocks, in the shapes
that chat services send (``data``, or ``event`` and ``data``), are matched whole.
Everything else goes through `LineSplitter` and `Interpreter`, line by line, at
a fraction of the speed. Bytes are kept undivided until a blank line ends,
so many small reads cost one join.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain, repeat

from analyzer.model import Problem, StreamError, WireEvent
from analyzer.wire.interpreter import Interpreter
from analyzer.wire.lines import LINE_LIMIT, Arrivals, LineSplitter
from analyzer.wire.plain import PLAIN_CRLF, PLAIN_LF, Run, find_run

UNDIVIDED_READS = 512
"""Most reads that are kept undivided while no blank line ends; then they are cut into lines."""

UNDIVIDED_BYTES = 32 * 1024
"""Most bytes that a batch of reads leaves undivided behind its last blank line."""

_BOM = b"\xef\xbb\xbf"
_LF, _CR = 10, 13

# The byte that ends a blank line follows the byte that ended the line before.
# CR LF is not here: it ends one line.
_BLANK_LINE = re.compile(rb"[\r\n]\r|\n\n")


class Decoder:
    """Decode one event stream, in reads of any size."""

    def __init__(self) -> None:
        self._interpreter = Interpreter()
        self._splitter = LineSplitter()
        self._between = True  # no line and no block is open
        self._last_byte = b""  # of what was cut into lines
        # Reads whose bytes are not looked at yet, and when they came. None is empty, and no
        # blank line ends in them.
        self._undivided: list[bytes] = []
        self._times: list[int] = []
        self._offset = 0  # of the first undivided byte
        self._read = 0  # reads before the undivided ones, and empty ones among these

    @property
    def comments(self) -> int:
        """Comment lines that were looked at: of a block that is still open, perhaps not all."""
        return self._interpreter.comments

    def feed(self, at_ns: int, data: bytes) -> list[WireEvent]:
        """Return the events that this read completed."""
        undivided = self._undivided
        if not data:
            self._read += 1
            return []
        if not undivided and self._between and (match := PLAIN_LF.fullmatch(data)):
            size = len(data)
            if size <= LINE_LIMIT and _CR not in data:
                offset, read = self._offset, self._read
                self._offset, self._read = offset + size, read + 1
                return [self._plain_event(match, at_ns, at_ns, read, offset)]
        undivided.append(data)
        self._times.append(at_ns)
        if (_LF in data or _CR in data) and (end := self._blank_line_end(data)):
            return self._take_one(at_ns, data, end) or self._take_undivided()
        return [] if len(undivided) < UNDIVIDED_READS else self._take_undivided()

    def feed_reads(
        self, at_ns: Sequence[int], lengths: Sequence[int], data: bytes
    ) -> list[WireEvent]:
        """Return the events that these reads completed, as one `feed` for each would.

        ``at_ns`` and ``lengths`` run in parallel; ``data`` is what the reads
        brought. Raises StreamError if they disagree: nothing could be timed.
        """
        if len(at_ns) != len(lengths) or sum(lengths) != len(data):
            detail = f"{len(at_ns)} times, {len(lengths)} lengths and {len(data)} bytes disagree"
            raise StreamError("reads_disagree", detail, self._offset)
        held, times, ends = self._located()
        ends += accumulate(lengths, initial=self._offset + len(held))
        del ends[len(times)]
        arrivals = Arrivals([*times, *at_ns] if times else at_ns, ends, self._read)
        return self._divide(held + data, arrivals)

    def end(self) -> list[WireEvent]:
        """Return what the end of the stream completes: nothing, an event needs its blank line."""
        return []

    def finish(self) -> list[Problem]:
        """End the stream; return what was malformed in it.

        A block without its blank line is no event: the standard discards it.
        """
        self._take_undivided(whole=True)
        cut = self._splitter.finish()
        first = self._interpreter.first
        if first is None and cut and not cut.data.startswith(b":"):
            first = cut
        if first is not None:
            detail = "the stream ended inside an event; it was discarded, as the standard says"
            self._interpreter.problems.add("unfinished_event", detail, first.offset)
        return self._interpreter.problems.found()

    def _blank_line_end(self, data: bytes) -> int:
        """Where the first blank line ends in ``data``, the newest read; 0 if none does."""
        undivided = self._undivided
        before = undivided[-2] if len(undivided) > 1 else self._last_byte
        if _CR in data:
            if (found := data.find(b"\r\n\r")) >= 0:
                return found + 3
            match = _BLANK_LINE.search(before[-1:] + data)
            return match.end() - len(before[-1:]) if match else 0
        if (found := data.find(b"\n\n")) >= 0:
            return found + 2
        return 1 if data[0] == _LF and before.endswith(b"\n") else 0

    def _take_one(self, at_ns: int, data: bytes, end: int) -> list[WireEvent]:
        """Take the undivided reads up to ``end`` in the newest if they are one plain event.

        Else take nothing. Many reads an event come down to this.
        """
        undivided = self._undivided
        count, rest = len(undivided), data[end:]
        if not self._between or ((_LF in rest or _CR in rest) and _BLANK_LINE.search(rest)):
            return []
        if count > 1:
            data = b"".join(undivided)
        size = len(data) - len(rest)
        is_crlf = _CR in data
        match = (PLAIN_CRLF if is_crlf else PLAIN_LF).match(data)
        if match is None or match.end() != size or size > LINE_LIMIT:
            return []
        if is_crlf and (_has_cr(match) or data[0] == _LF):
            return []
        first_ns, newest, offset = self._times[0], self._read + count - 1, self._offset
        if is_crlf and rest[:1] == b"\n":  # the second half of the CRLF
            rest = rest[1:]
        self._offset = offset + len(data) - len(rest)
        undivided.clear()
        self._times.clear()
        if rest:
            undivided.append(rest)
            self._times.append(at_ns)
        self._read = newest if rest else newest + 1
        return [self._plain_event(match, first_ns, at_ns, newest, offset)]

    def _plain_event(
        self, match: re.Match[bytes], first_ns: int, at_ns: int, read: int, offset: int
    ) -> WireEvent:
        """Dispatch a plain block; ``offset`` is that of the bytes in which it was matched."""
        event_type, value = match.groups()
        try:
            kind, text = event_type.decode() if event_type else "message", value.decode()
        except UnicodeDecodeError:
            kind, text = self._decode_plain(match, offset)
        interpreter = self._interpreter
        seq, retry, last_id = interpreter.count, interpreter.retry, interpreter.last_event_id
        interpreter.count, interpreter.retry = seq + 1, None
        size = match.end()
        return WireEvent(seq, first_ns, at_ns, read, kind, text, last_id, retry, offset, size)

    def _located(self) -> tuple[bytes, list[int], list[int]]:
        """Take the undivided reads: their bytes, their times, and the offsets where they end."""
        data, times = b"".join(self._undivided), self._times
        ends = list(accumulate(map(len, self._undivided), initial=self._offset))
        del ends[0]
        self._undivided, self._times = [], []
        return data, times, ends

    def _take_undivided(self, *, whole: bool = False) -> list[WireEvent]:
        data, times, ends = self._located()
        return self._divide(data, Arrivals(times, ends, self._read), whole=whole)

    def _divide(self, data: bytes, arrivals: Arrivals, *, whole: bool = False) -> list[WireEvent]:
        """Take ``data``, the bytes from the offset on, up to the last blank line.

        What is behind it stays undivided, unless that is much or ``whole`` is asked for.
        """
        self._read += len(arrivals.ends)
        events, taken = self._take_blocks(data, arrivals)
        rest = data[taken:]
        self._offset += taken
        entry = arrivals.locate(self._offset)
        much = len(rest) >= UNDIVIDED_BYTES or len(arrivals.ends) - entry >= UNDIVIDED_READS
        undecided = self._offset == 0 and len(rest) < len(_BOM)
        if whole or not self._between or (much and not undecided) or _BLANK_LINE.search(rest):
            events += self._take_bytes(rest, self._offset, arrivals)
            self._offset += len(rest)
        else:
            self._keep(rest, arrivals, entry)
        return events

    def _keep(self, rest: bytes, arrivals: Arrivals, entry: int) -> None:
        """Leave ``rest``, which begins in this entry, undivided.

        Empty reads leave nothing. That shifts the read numbers of what is kept, but an event
        names only the read that completed it, and that one is still to come.
        """
        begin = 0
        for at_ns, end in zip(arrivals.at_ns[entry:], arrivals.ends[entry:], strict=True):
            if part := rest[begin : end - self._offset]:
                self._undivided.append(part)
                self._times.append(at_ns)
            begin = end - self._offset
        self._read -= len(self._undivided)

    def _take_blocks(self, data: bytes, arrivals: Arrivals) -> tuple[list[WireEvent], int]:
        """Take the blocks that surely end in ``data``; return their events and their length."""
        separator = b"\r\n\r" if _CR in data else b"\n\n"
        at = len(_BOM) if self._offset == 0 and data.startswith(_BOM) else 0
        last = data.rfind(separator)
        if self._between and separator == b"\n\n" and (run := find_run(data, at, last + 2)):
            return self._run_events(run, self._offset + at, arrivals), last + 2
        events: list[WireEvent] = []
        while at <= last:
            if self._between:
                at = self._take_plain(data, at, last, arrivals, events)
            if at <= last:
                end = data.find(separator, at) + len(separator)
                events += self._take_bytes(data[at:end], self._offset + at, arrivals)
                at = end
        return events, at

    def _run_events(self, run: Run, start: int, arrivals: Arrivals) -> list[WireEvent]:
        """Dispatch plain blocks that begin at this offset, as `_take_plain` does one by one."""
        interpreter, length = self._interpreter, len(run.sizes)
        seq, retry = interpreter.count, interpreter.retry
        interpreter.count, interpreter.retry = seq + length, None
        times, ends, first_read = arrivals.at_ns, arrivals.ends, arrivals.first_read
        starts = list(accumulate(run.sizes, initial=start))
        begun: Sequence[int]
        ended: Sequence[int]
        if starts[1:] == ends:  # each read brought one
            begun = ended = range(length)
        else:
            begun = [bisect_right(ends, offset) for offset in starts[:-1]]
            ended = [bisect_right(ends, offset - 1) for offset in starts[1:]]
        columns = (
            range(seq, seq + length),
            [times[entry] for entry in begun],
            [times[entry] for entry in ended],
            [first_read + entry for entry in ended],
            run.types,
            run.texts,
            repeat(interpreter.last_event_id),
            chain((retry,), repeat(None)),
            starts,
            run.sizes,
        )
        return list(map(WireEvent, *columns))

    def _take_plain(
        self, data: bytes, at: int, last: int, arrivals: Arrivals, events: list[WireEvent]
    ) -> int:
        """Take plain blocks until another comes; return where. Runs once an event: all is local."""
        is_crlf = _CR in data
        match_at = (PLAIN_CRLF if is_crlf else PLAIN_LF).match
        base, times, ends, first_read = (
            self._offset,
            arrivals.at_ns,
            arrivals.ends,
            arrivals.first_read,
        )
        interpreter = self._interpreter
        seq, retry, last_id = interpreter.count, interpreter.retry, interpreter.last_event_id
        limit = LINE_LIMIT
        entry = 0
        while at <= last and (match := match_at(data, at)):
            end = match.end()
            if end - at > limit or (is_crlf and _has_cr(match)):
                break
            event_type, value = match.groups()
            start = base + at
            if is_crlf and data[at] == _LF:
                start += 1
            at = end
            end += base
            if start >= ends[entry]:
                entry = bisect_right(ends, start, entry)
            first_ns = times[entry]
            if end > ends[entry]:
                entry = bisect_right(ends, end - 1, entry)
            try:
                kind, text = event_type.decode() if event_type else "message", value.decode()
            except UnicodeDecodeError:
                kind, text = self._decode_plain(match, base)
            at_ns, read = times[entry], first_read + entry
            events.append(
                WireEvent(
                    seq, first_ns, at_ns, read, kind, text, last_id, retry, start, end - start
                )
            )
            seq += 1
            retry = None
        interpreter.count, interpreter.retry = seq, retry
        return at

    def _take_bytes(self, data: bytes, offset: int, arrivals: Arrivals) -> list[WireEvent]:
        """Take bytes line by line, as the standard describes it."""
        take = self._interpreter.take
        lines = self._splitter.feed(data, offset, arrivals)
        events = [event for line in lines if (event := take(line))]
        self._last_byte = data[-1:] or self._last_byte
        self._between = self._interpreter.first is None and self._splitter.idle
        return events

    def _decode_plain(self, match: re.Match[bytes], base: int) -> tuple[str, str]:
        """Type and data of a plain block that holds bad UTF-8; the bytes begin at ``base``."""
        event_type, value = match.groups()
        decode = self._interpreter.decode
        kind = decode(event_type, base + match.start(1)) if event_type else "message"
        return kind, decode(value, base + match.start(2))


def _has_cr(match: re.Match[bytes]) -> bool:
    event_type, value = match.groups()
    return _CR in value or (event_type is not None and _CR in event_type)
