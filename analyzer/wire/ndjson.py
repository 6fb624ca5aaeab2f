"""JSON lines: reads in, one event a JSON value with its times out. No clock, no I/O.

Source: RFC 8259 for the values; ndjson.org and jsonlines.org for the lines. RFC 7464's record
separators are passed over. A JSON array that is written as it grows (Gemini without
``alt=sse``) is told from lines by its first line, which is no whole value: its elements are
the events.
"""

import json
import re
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from analyzer.model import Problem, StreamError, WireEvent
from analyzer.wire.elements import ElementCutter
from analyzer.wire.lines import LINE_LIMIT, Arrivals, Line, LineSplitter
from analyzer.wire.problems import ProblemLog

BOM = b"\xef\xbb\xbf"
WHITE = b" \t\r\n"
SEPARATOR = b"\x1e"

_IGNORED = WHITE + SEPARATOR + BOM
"""Bytes that may stand before the first value."""

_LINE_END = re.compile(rb"[\r\n]")

type _Stretch = tuple[bytes, int, Arrivals]

_CHECKER = msgspec.json.Decoder(msgspec.Raw)


def is_json(data: bytes) -> bool:
    """Whether the bytes are one JSON value as RFC 8259 has it, white space around it allowed."""
    try:
        _CHECKER.decode(data)
    except RecursionError:
        return False
    except msgspec.DecodeError:
        return b"\\u" in data and _is_json_with_surrogates(data)
    return True


def _is_json_with_surrogates(data: bytes) -> bool:
    """A service that cuts text anywhere escapes half a pair, which is JSON; msgspec refuses it."""
    try:
        json.loads(data.decode(errors="replace"), parse_constant=_refuse, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


class Decoder:
    """Decode one body of JSON lines, in reads of any size.

    Events have the type ``message``; ``data`` is the value as it was written. ``at_ns`` is
    the arrival of the byte that ended its line, of an array's element the one that ended it.
    """

    comments = 0
    """JSON has none."""

    def __init__(self) -> None:
        self._problems = ProblemLog("JSON lines")
        self._splitter = LineSplitter()
        self._elements: ElementCutter | None = None
        self._is_clear = False  # whether this is an array
        self._held: list[_Stretch] = []  # what came before that was
        self._first = b""  # the first byte that is not ignored
        self._opening: list[bytes] = []  # the bytes from there on, while it isn't clear
        self._opening_size = 0
        self._offset = 0
        self._read = 0
        self._last = (0, 0)  # arrival and number of the last read that brought something
        self._count = 0

    def feed(self, at_ns: int, data: bytes) -> list[WireEvent]:
        """Return the events that this read completed."""
        return self.feed_reads((at_ns,), (len(data),), data)

    def feed_reads(
        self, at_ns: Sequence[int], lengths: Sequence[int], data: bytes
    ) -> list[WireEvent]:
        """Return the events that these reads completed, as one `feed` for each would.

        Raises StreamError if times, lengths and bytes disagree: nothing could be timed.
        """
        if len(at_ns) != len(lengths) or sum(lengths) != len(data):
            detail = f"{len(at_ns)} times, {len(lengths)} lengths and {len(data)} bytes disagree"
            raise StreamError("reads_disagree", detail, self._offset)
        ends = list(accumulate(lengths, initial=self._offset))
        del ends[0]
        stretch = (data, self._offset, Arrivals(at_ns, ends, self._read))
        self._read += len(lengths)
        self._offset += len(data)
        if not data:
            return []
        last = stretch[2].locate(self._offset - 1)
        self._last = (at_ns[last], stretch[2].first_read + last)
        return self._take(stretch) if self._is_clear else self._hold(stretch)

    def end(self) -> list[WireEvent]:
        """Return the event that the end of the stream completed: a last line needs no LF."""
        events = [] if self._is_clear else self._decide(self._is_array())
        if self._elements is None and (line := self._splitter.finish()):
            at_ns, read = self._last
            value = _value(line)
            if line.overlong or not value.strip(WHITE) or is_json(value):
                line = msgspec.structs.replace(line, at_ns=at_ns, read=read)
                events += self._take_line(line)
            else:
                detail = "the stream ended inside a line; it was left out"
                self._problems.add("unfinished_event", detail, line.offset)
        return events

    def finish(self) -> list[Problem]:
        """Return what was malformed in the stream; to be called after `end`."""
        if self._elements is not None:
            self._elements.finish()
        return self._problems.found()

    def _hold(self, stretch: _Stretch) -> list[WireEvent]:
        """Keep what came until the first line has shown whether this is an array."""
        data = stretch[0]
        if not self._held:
            data = data.lstrip(_IGNORED)
            if not data:
                return self._take(stretch)
            self._first = data[:1]
        self._held.append(stretch)
        self._opening.append(data)
        self._opening_size += len(data)
        is_clear = self._first != b"[" or self._opening_size > LINE_LIMIT
        if is_clear or _LINE_END.search(data):
            return self._decide(self._is_array())
        return []

    def _is_array(self) -> bool:
        if self._first != b"[":
            return self._first == b","
        line = _LINE_END.split(b"".join(self._opening), 1)[0]
        return len(line) > LINE_LIMIT or not is_json(line)

    def _decide(self, is_array: bool) -> list[WireEvent]:
        held, self._held = self._held, []
        self._is_clear = True
        self._opening.clear()
        if is_array:
            self._elements = ElementCutter(self._problems)
        return [event for stretch in held for event in self._take(stretch)]

    def _take(self, stretch: _Stretch) -> list[WireEvent]:
        if self._elements is None:
            lines = self._splitter.feed(*stretch)
            return [event for line in lines for event in self._take_line(line)]
        found = self._elements.feed(*stretch)
        return [event for line in found for event in self._take_line(line)]

    def _take_line(self, line: Line) -> list[WireEvent]:
        if line.overlong:
            detail = f"a value is over the limit of {LINE_LIMIT} bytes; it was skipped"
            self._problems.add("line_too_long", detail, line.offset)
            return []
        value = _value(line)
        if not value.strip(WHITE):
            return []
        if not is_json(value):
            self._problems.add("bad_json", "what is no JSON value was skipped", line.offset)
            return []
        size = line.end - line.offset
        event = WireEvent(
            self._count,
            line.first_ns,
            line.at_ns,
            line.read,
            "message",
            self._text(value, line.offset),
            offset=line.offset,
            size=size,
        )
        self._count += 1
        return [event]

    def _text(self, value: bytes, offset: int) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            detail = "bytes that are no UTF-8 became U+FFFD"
            self._problems.add("bad_utf8", detail, offset + error.start)
            return value.decode(errors="replace")


def _value(line: Line) -> bytes:
    data = line.data.removeprefix(BOM) if line.offset == 0 else line.data
    return data.lstrip(SEPARATOR).rstrip(SEPARATOR)
