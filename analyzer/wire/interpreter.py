"""Lines in, dispatched events out: what the lines of an event stream mean. No clock, no I/O.

Source: WHATWG HTML, "Server-sent events", section "Interpreting an event stream".
"""

from analyzer.model import WireEvent
from analyzer.wire.lines import LINE_LIMIT, Line
from analyzer.wire.problems import ProblemLog

EVENT_LIMIT = 16 * 1024 * 1024
"""Most bytes of one event's data lines; a larger event is skipped."""

RETRY_LIMIT_MS = 2**53 - 1
"""Longest reconnection time that is believed; JavaScript's greatest safe integer."""


class Interpreter:
    """The standard's buffers, and the block that is open.

    ``count`` events were dispatched, ``last_event_id`` is in force, ``retry`` is
    the reconnection time in ms if one was set since the last event. Whoever
    dispatches an event past this class keeps the three right.
    """

    def __init__(self) -> None:
        self.problems = ProblemLog("event stream")
        self.comments = 0
        self.count = 0
        self.last_event_id = ""
        self.retry: int | None = None
        self.first: Line | None = None
        """The first field line of the block that is open; None between blocks."""
        self._event_type = ""
        self._data: list[str] = []
        self._data_size = 0
        self._skipping = False

    def take(self, line: Line) -> WireEvent | None:
        """Return the event that this line dispatches, if it does."""
        if not line.data:
            return self._dispatch(line)
        is_comment = line.data.startswith(b":")
        if is_comment:
            self.comments += 1
        elif self.first is None:
            self.first = line
        if line.overlong:
            detail = f"a line is over the limit of {LINE_LIMIT} bytes; its event was skipped"
            self.problems.add("line_too_long", detail, line.offset)
            self._skipping = self._skipping or not is_comment
            return None
        text = self.decode(line.data, line.offset)
        if not is_comment:
            name, _, value = text.partition(":")
            self._take_field(name, value.removeprefix(" "), line)
        return None

    def decode(self, data: bytes, offset: int) -> str:
        """UTF-8, a bad sequence as one U+FFFD for each maximal subpart, as WHATWG Encoding says."""
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            detail = "bytes that are no UTF-8 became U+FFFD"
            self.problems.add("bad_utf8", detail, offset + error.start)
            return data.decode(errors="replace")

    def _take_field(self, name: str, value: str, line: Line) -> None:
        match name:
            case "data":
                self._take_data(value, line)
            case "event":
                self._event_type = value
            case "id" if "\0" not in value:
                self.last_event_id = value
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
            self.problems.add("event_too_large", detail, line.offset)
        self._skipping = True

    def _take_retry(self, digits: str, line: Line) -> None:
        digits = digits.lstrip("0") or "0"
        # int() refuses thousands of digits, and no column takes them.
        if len(digits) <= len(str(RETRY_LIMIT_MS)) and int(digits) <= RETRY_LIMIT_MS:
            self.retry = int(digits)
        else:
            detail = f"a reconnection time is over the limit of {RETRY_LIMIT_MS} ms; it was ignored"
            self.problems.add("retry_too_long", detail, line.offset)

    def _dispatch(self, line: Line) -> WireEvent | None:
        """End the block at its blank line: an event if it has data, and is not skipped."""
        first, data, event_type = self.first, self._data, self._event_type
        skipping = self._skipping
        self.first = None
        self._data = []
        self._event_type = ""
        self._data_size = 0
        self._skipping = False
        if first is None or not data or skipping:
            return None
        event = WireEvent(
            self.count,
            first.first_ns,
            line.at_ns,
            line.read,
            event_type or "message",
            "\n".join(data),
            self.last_event_id,
            self.retry,
            first.offset,
            line.end - first.offset,
        )
        self.count += 1
        self.retry = None
        return event
