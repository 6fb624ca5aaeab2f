"""Event streams: reads in, dispatched events with their times out. No clock, no I/O.

Source: WHATWG HTML, "Server-sent events", sections "Parsing an event stream"
and "Interpreting an event stream".

Two ways lead to an event and give the same one. Blocks in the shapes that chat
services send (`data`, or `event` and `data`) are cut whole. Everything else
goes line by line through `LineSplitter` and the standard's steps. Bytes are
kept undivided until a blank line ends, so many small reads cost one join.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from analyzer.model import Problem, StreamError, WireEvent
from analyzer.wire.lines import LINE_LIMIT, Arrivals, Line, LineSplitter
from analyzer.wire.problems import ProblemLog

EVENT_LIMIT = 64 * 1024 * 1024
"""Most bytes of one event's data lines; a larger event is skipped."""

RETRY_LIMIT_MS = 2**53 - 1
"""Longest reconnection time that is believed; JavaScript's greatest safe integer."""

UNDIVIDED_BYTES = 32 * 1024
UNDIVIDED_READS = 512
"""What is kept undivided while no blank line ends: so many reads, each shorter than that.

More is cut into lines at once, which is slower and needs no copy of it.
"""

_BOM = b"\xef\xbb\xbf"
_LF, _CR = 10, 13

# The byte that ends a blank line follows the byte that ended the line before.
# CR LF is not here: it ends one line.
_BLANK_LINE = re.compile(rb"[\r\n]\r|\n\n")

# Plain blocks, for bytes whose lines end alike. The dot is several times as fast
# as a class without CR, so a CR inside a value is for the caller to look for.
# The LF before a CRLF block is the second half of the line end before it.
_PLAIN_LF = re.compile(rb"(?:event: ?+(.*+)\n)?+data: ?+(.*+)\n\n")
_PLAIN_CRLF = re.compile(rb"\n?+(?:event: ?+(.*)\r\n)?+data: ?+(.*)\r\n\r")


class Decoder:
    """Decode one event stream, in reads of any size.

    ``comments`` counts the comment lines that were looked at: of a block that
    is still open, perhaps not yet all.
    """

    def __init__(self) -> None:
        self.comments = 0
        self._problems = ProblemLog("event stream")
        self._events = 0
        # Reads whose bytes are not looked at yet; no blank line ends in them.
        self._undivided: list[tuple[int, bytes]] = []
        self._offset = 0  # of the first undivided byte
        self._read = 0  # index of the first undivided read
        self._last_byte = b""  # before that
        self._splitter = LineSplitter()
        self._between = True  # no line and no block is open
        # The standard's buffers.
        self._event_type = ""
        self._data: list[str] = []
        self._last_event_id = ""
        self._retry: int | None = None
        # The block that is open.
        self._first: Line | None = None
        self._data_size = 0
        self._skipping = False

    def feed(self, at_ns: int, data: bytes) -> list[WireEvent]:
        """Return the events that this read completed."""
        undivided = self._undivided
        undivided.append((at_ns, data))
        if (_LF in data or _CR in data) and (end := self._blank_line_end(data)):
            return self._take_one(at_ns, data, end) or self._take_undivided()
        if len(undivided) < UNDIVIDED_READS and len(data) < UNDIVIDED_BYTES:
            return []
        return self._take_undivided()

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
        if not lengths:
            return []
        held, times, ends = self._located()
        times = [*times, *at_ns] if times else at_ns
        ends += accumulate(lengths[1:], initial=self._offset + len(held) + lengths[0])
        return self._divide(held + data, Arrivals(times, ends, self._read))

    def finish(self) -> list[Problem]:
        """End the stream; return what was malformed in it.

        A block without its blank line is no event: the standard discards it.
        """
        self._take_undivided(whole=True)
        cut = self._splitter.finish()
        first = self._first or (cut if cut and not cut.data.startswith(b":") else None)
        if first is not None:
            detail = "the stream ended inside an event; it was discarded, as the standard says"
            self._problems.add("unfinished_event", detail, first.offset)
        return self._problems.found()

    def _blank_line_end(self, data: bytes) -> int:
        """Where the first blank line ends in ``data``, the newest read; 0 if none does."""
        # Not `in`, which takes twice as long for bytes.
        if _CR not in data and (found := data.find(b"\n\n")) >= 0:
            return found + 2
        before = b"" if self._between else self._last_byte
        for _, read in self._undivided[-2::-1]:
            if read:
                before = read[-1:]
                break
        match = _BLANK_LINE.search(before + data)
        return match.end() - len(before) if match else 0

    def _take_one(self, at_ns: int, data: bytes, end: int) -> list[WireEvent]:
        """Take the undivided reads up to ``end`` in the newest if they are one plain event.

        Else take nothing. One event a read, or many reads an event, come down to this.
        """
        undivided = self._undivided
        rest = data[end:]
        if not self._between or rest.find(b"\n\n") >= 0:
            return []
        if len(undivided) > 1:
            data = b"".join([read for _, read in undivided])
        first_ns, first = undivided[0]
        match = None if _CR in data or not first else _PLAIN_LF.match(data)
        if match is None or match.end() != len(data) - len(rest) or match.end() > LINE_LIMIT:
            return []
        newest = self._read + len(undivided) - 1
        event = self._plain_event(match, self._offset, self._offset, first_ns, at_ns, newest)
        self._offset += match.end()
        undivided.clear()
        if rest:
            undivided.append((at_ns, rest))
            self._read = newest
        else:
            self._read = newest + 1
        return [event]

    def _located(self) -> tuple[bytes, Sequence[int], list[int]]:
        """Take the undivided reads: their bytes, their times, and the offsets where they end."""
        if not self._undivided:
            return b"", (), []
        times, reads = zip(*self._undivided, strict=True)
        self._undivided.clear()
        ends = list(accumulate(map(len, reads), initial=self._offset))
        del ends[0]
        return b"".join(reads), times, ends

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
                self._undivided.append((at_ns, part))
            begin = end - self._offset
        self._read -= len(self._undivided)

    def _take_blocks(self, data: bytes, arrivals: Arrivals) -> tuple[list[WireEvent], int]:
        """Take the blocks that surely end in ``data``; return their events and their length."""
        is_crlf = _CR in data
        plain, separator = (_PLAIN_CRLF, b"\r\n\r") if is_crlf else (_PLAIN_LF, b"\n\n")
        base, times, ends = self._offset, arrivals.at_ns, arrivals.ends
        at = len(_BOM) if base == 0 and data.startswith(_BOM) else 0
        last = data.rfind(separator)
        events: list[WireEvent] = []
        entry = 0
        while at <= last:
            match = plain.match(data, at) if self._between else None
            if match is None or match.end() - at > LINE_LIMIT or (is_crlf and _has_cr(match)):
                end = data.find(separator, at) + len(separator)
                events += self._take_bytes(data[at:end], base + at, arrivals)
            else:
                end = match.end()
                start = base + at + (is_crlf and data[at] == _LF)
                if start >= ends[entry]:
                    entry = bisect_right(ends, start, entry)
                first_ns = times[entry]
                if base + end > ends[entry]:
                    entry = bisect_right(ends, base + end - 1, entry)
                read = arrivals.first_read + entry
                events.append(self._plain_event(match, base, start, first_ns, times[entry], read))
            at = end
        return events, at

    def _plain_event(
        self, match: re.Match[bytes], base: int, start: int, first_ns: int, at_ns: int, read: int
    ) -> WireEvent:
        """Dispatch a plain block; the match is in bytes that begin at ``base`` of the stream."""
        event_type, value = match.groups()
        try:
            kind = event_type.decode() if event_type else ""
            data = value.decode()
        except UnicodeDecodeError:
            kind = self._decode(event_type or b"", base + match.start(1))
            data = self._decode(value, base + match.start(2))
        seq = self._events
        self._events = seq + 1
        retry, self._retry = self._retry, None
        return WireEvent(
            seq,
            first_ns,
            at_ns,
            read,
            kind or "message",
            data,
            self._last_event_id,
            retry,
            start,
            base + match.end() - start,
        )

    def _take_bytes(self, data: bytes, offset: int, arrivals: Arrivals) -> list[WireEvent]:
        """Take bytes line by line, as the standard describes it."""
        events = []
        for line in self._splitter.feed(data, offset, arrivals):
            if event := self._take_line(line):
                events.append(event)  # noqa: PERF401 - a comprehension with a walrus reads worse
        self._last_byte = data[-1:] or self._last_byte
        self._between = self._first is None and self._splitter.idle
        return events

    def _take_line(self, line: Line) -> WireEvent | None:
        if not line.data:
            return self._dispatch(line)
        is_comment = line.data.startswith(b":")
        if is_comment:
            self.comments += 1
        elif self._first is None:
            self._first = line
        if line.overlong:
            detail = f"a line is over the limit of {LINE_LIMIT} bytes; its event was skipped"
            self._problems.add("line_too_long", detail, line.offset)
            self._skipping = self._skipping or not is_comment
            return None
        text = self._decode(line.data, line.offset)
        if not is_comment:
            name, _, value = text.partition(":")
            self._take_field(name, value.removeprefix(" "), line)
        return None

    def _take_field(self, name: str, value: str, line: Line) -> None:
        match name:
            case "data":
                self._take_data(value, line)
            case "event":
                self._event_type = value
            case "id" if "\0" not in value:
                self._last_event_id = value
            case "retry" if value.isascii() and value.isdigit():
                self._take_retry(value, line)

    def _take_data(self, value: str, line: Line) -> None:
        self._data_size += len(line.data)
        if self._data_size <= EVENT_LIMIT:
            self._data.append(value)
            return
        self._data.clear()
        if not self._skipping:
            detail = f"an event is over the limit of {EVENT_LIMIT} bytes; it was skipped"
            self._problems.add("event_too_large", detail, line.offset)
        self._skipping = True

    def _take_retry(self, digits: str, line: Line) -> None:
        digits = digits.lstrip("0") or "0"
        # int() refuses thousands of digits, and no column takes them.
        if len(digits) <= len(str(RETRY_LIMIT_MS)) and int(digits) <= RETRY_LIMIT_MS:
            self._retry = int(digits)
        else:
            detail = f"a reconnection time is over the limit of {RETRY_LIMIT_MS} ms; it was ignored"
            self._problems.add("retry_too_long", detail, line.offset)

    def _dispatch(self, line: Line) -> WireEvent | None:
        """End the block at its blank line."""
        first, data, event_type = self._first, self._data, self._event_type
        skipping = self._skipping
        self._first = None
        self._data = []
        self._event_type = ""
        self._data_size = 0
        self._skipping = False
        if first is None or not data or skipping:
            return None
        event = WireEvent(
            self._events,
            first.first_ns,
            line.at_ns,
            line.read,
            event_type or "message",
            "\n".join(data),
            self._last_event_id,
            self._retry,
            first.offset,
            line.end - first.offset,
        )
        self._events += 1
        self._retry = None
        return event

    def _decode(self, data: bytes, offset: int) -> str:
        """UTF-8, a bad sequence as one U+FFFD for each maximal subpart, as WHATWG Encoding says."""
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            detail = "bytes that are no UTF-8 became U+FFFD"
            self._problems.add("bad_utf8", detail, offset + error.start)
            return data.decode(errors="replace")


def _has_cr(match: re.Match[bytes]) -> bool:
    event_type, value = match.groups()
    return _CR in value or (event_type is not None and _CR in event_type)
