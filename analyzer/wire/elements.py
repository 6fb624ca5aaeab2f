"""A JSON array cut into its elements while it grows. No clock, no I/O.

Only brackets and strings are looked at (RFC 8259, sections 4, 5 and 7): whether an element
is JSON in itself is for the caller to see.
"""

import re

from analyzer.wire.lines import LINE_LIMIT, Arrivals, Line
from analyzer.wire.problems import ProblemLog

_WHITE = b" \t\r\n"
_BETWEEN = re.compile(rb"[^ \t\r\n\x1e\xef\xbb\xbf]")
_OUTSIDE_STRINGS = re.compile(rb'["\[\]{}]')
_OF_ARRAY = re.compile(rb'["\[\]{},]')
_IN_STRING = re.compile(rb'["\\\r\n]')


class ElementCutter:
    """Returns each element as a `Line`: its bytes, and when the one came that ended it.

    A bracket ends its element itself; a number or a string ends where the comma comes. What
    begins with a comma is taken as the rest of an array. Behind brackets or strings that do not
    fit nothing more is read: where an element begins can't be told any more.
    """

    def __init__(self, problems: ProblemLog) -> None:
        self._problems = problems
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._broken = False
        # The element that is open: where it began, and what earlier reads brought of it.
        self._offset: int | None = None
        self._first_ns = 0
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, data: bytes, offset: int, arrivals: Arrivals) -> list[Line]:
        """Return the elements that end in ``data``, the stream's bytes from ``offset`` on."""
        elements: list[Line] = []
        at = start = 0  # ``start``: where in these bytes the open element's begin
        while at < len(data) and not self._broken:
            if self._in_string:
                at = self._pass_string(data, at, offset)
            elif self._offset is None:
                at = start = self._begin(data, at, offset, arrivals)
            else:
                at, last = self._go_on(data, at)
                if last is not None:
                    self._hold(data[start:at])
                    entry = arrivals.locate(offset + last)
                    elements.append(self._end(arrivals.at_ns[entry], arrivals.first_read + entry))
        if self._offset is not None:
            self._hold(data[start:])
        return elements

    def finish(self) -> None:
        """Note what the end of the stream cut."""
        if self._broken:
            return
        if self._offset is not None:
            detail = "the stream ended inside an element of an array; it was left out"
            self._problems.add("unfinished_event", detail, self._offset)
        elif self._depth:
            self._problems.add("unfinished_array", "the stream ended before its array did")

    def _begin(self, data: bytes, at: int, offset: int, arrivals: Arrivals) -> int:
        """Go on to where the next element begins, and open it."""
        found = _BETWEEN.search(data, at)
        if found is None:
            return len(data)
        at, byte = found.start(), found[0]
        if byte == b"," or (byte == b"[" and self._depth == 0):
            self._depth = 1
        elif byte == b"]" and self._depth:
            self._depth = 0
        elif self._depth == 0 or byte == b"}":
            self._break(offset + at)
        else:
            self._offset = offset + at
            self._first_ns = arrivals.at_ns[arrivals.locate(offset + at)]
            return at
        return at + 1

    def _go_on(self, data: bytes, at: int) -> tuple[int, int | None]:
        """Pass one sign of the open element.

        Return where to go on, and if the element ends there, where the byte is that ended it.
        """
        found = (_OF_ARRAY if self._depth == 1 else _OUTSIDE_STRINGS).search(data, at)
        if found is None:
            return len(data), None
        begin, end = found.span()
        match found[0]:
            case b'"':
                self._in_string = True
            case b"[" | b"{":
                self._depth += 1
            case _ if self._depth == 1:
                return begin, begin  # the comma or bracket is the array's own
            case _:
                self._depth -= 1
                if self._depth == 1:
                    return end, begin
        return end, None

    def _pass_string(self, data: bytes, at: int, offset: int) -> int:
        if self._escaped:
            self._escaped = False
            return at + 1
        found = _IN_STRING.search(data, at)
        if found is None:
            return len(data)
        match found[0]:
            case b'"':
                self._in_string = False
            case b"\\":
                self._escaped = True
            case _:
                self._break(offset + found.start())
        return found.end()

    def _hold(self, data: bytes) -> None:
        self._held += len(data)
        if self._held <= LINE_LIMIT:
            self._parts.append(data)
        else:
            self._parts = [(b"".join(self._parts) or data)[:1]]

    def _end(self, at_ns: int, read: int) -> Line:
        offset, self._offset = self._offset or 0, None
        overlong = self._held > LINE_LIMIT
        data = b"".join(self._parts).rstrip(_WHITE)
        end = offset + (self._held if overlong else len(data))
        self._parts.clear()
        self._held = 0
        return Line(data, offset, end, self._first_ns, at_ns, read, overlong)

    def _break(self, offset: int) -> None:
        """Give up; the element that was open, if any, is lost."""
        detail = "brackets or strings of a JSON array do not fit; what follows was left out"
        self._problems.add("broken_array", detail, offset)
        self._broken = True
        self._offset = None
        self._parts.clear()
