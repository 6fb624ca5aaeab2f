"""A NetLog as Chromium writes it, forward and in bounded memory: its constants, an event a line.

A log of a browser holds mostly what no exchange is made of. The kind of an event ends its line,
keys being sorted, so that those lines are passed over unread.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

import msgspec

from analyzer.importers.netlog.constants import Constants, read_constants
from analyzer.importers.netlog.events import READS, Event, Raw, named
from analyzer.importers.netlog.reading import Reading

CONSTANTS_LIMIT = 32 * 1024 * 1024
"""Longest first line, the constants; real ones have 50 to 500 kB."""

LINE_LIMIT = 8 * 1024 * 1024
"""Longest line of an event. The longest real ones hold a read, at most 64 KiB of it, as base64."""

TAILS_LIMIT = 4096
"""Line ends whose meaning is remembered; there is one a kind of event."""

TAIL_LENGTH = 32
"""Longest line end that is looked up."""

_KEY = b'"type":'
_BLANKS = b" \t\r\n"


class Lines:
    """The constants at once, the events while they are iterated over."""

    def __init__(self, file: BinaryIO, reading: Reading, name: str) -> None:
        self._file = file
        self._reading = reading
        self._offset = 0
        self._tails: dict[bytes, bool] = {}
        self._decoder = msgspec.json.Decoder(Raw, strict=False)
        inner = self._line(CONSTANTS_LIMIT).partition(b":")[2].strip(_BLANKS)
        self.constants: Constants = read_constants(inner.removesuffix(b","), name)
        self._line(LINE_LIMIT)  # "events": [

    def events(self, kinds: Collection[str]) -> Iterator[Event]:
        """Events of these kinds, up to the log's end or to where it is cut or damaged."""
        wanted = {number for number, name in self.constants.types.items() if name in kinds}
        while line := self._line(LINE_LIMIT):
            place = line.rfind(_KEY)
            tail = line[place:] if place >= 0 else b""
            is_wanted = self._tails.get(tail)
            if is_wanted is None:
                is_wanted = self._look(tail, wanted)
            if is_wanted:
                event = self._event(line, wanted)
                if event is not None:
                    yield event
                if self._reading.is_over:
                    return
        self._reading.cut(self._offset)

    def _line(self, limit: int) -> bytes:
        line = self._file.readline(limit)
        self._offset += len(line)
        return line

    def _look(self, tail: bytes, wanted: Collection[int]) -> bool:
        """Whether a line that ends so is to be read: if its kind is wanted, or isn't plain."""
        number, brace, rest = tail[len(_KEY) :].partition(b"}")
        if not (number.isdigit() and brace and rest.strip(_BLANKS) == b"," and len(number) < 9):
            return True
        is_wanted = int(number) in wanted
        if len(tail) <= TAIL_LENGTH:
            if len(self._tails) >= TAILS_LIMIT:
                self._tails.clear()
            self._tails[tail] = is_wanted
        return is_wanted

    def _event(self, line: bytes, wanted: Collection[int]) -> Event | None:
        offset = self._offset - len(line)
        text = line.strip(_BLANKS)
        if text.endswith((b"]", b"],", b"]}")):
            self._reading.close()
            text = text[: text.rfind(b"]")].rstrip(_BLANKS)
        if not text:
            return None
        try:
            raw = self._decoder.decode(text.removesuffix(b","))
            if raw.type in wanted:
                return named(raw, self.constants)
        except msgspec.ValidationError as error:
            self._mistyped(text, offset, error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._unreadable(line, offset)
        except ValueError as error:
            self._reading.odd(offset, str(error))
        return None

    def _unreadable(self, line: bytes, offset: int) -> None:
        self._reading.is_closed = False
        if line.endswith(b"\n"):
            self._reading.damage(offset, "an event is no JSON")
        elif len(line) == LINE_LIMIT:
            self._reading.damage(offset, f"an event is longer than {LINE_LIMIT} bytes")
        else:
            self._reading.cut(offset)

    def _mistyped(self, text: bytes, offset: int, error: msgspec.ValidationError) -> None:
        """Without one of its reads a body's later bytes would get the wrong times."""
        number = text.rpartition(_KEY)[2].rstrip(b"},")
        kind = self.constants.types.get(int(number) if number.isdigit() else -1, "")
        if kind in READS:
            self._reading.is_closed = False
            self._reading.damage(offset, f"{kind} has an unknown shape: {error}")
        else:
            self._reading.odd(offset, f"{kind}: {error}")
