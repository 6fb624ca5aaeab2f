"""A NetLog that another tool wrote anew: any layout of the same JSON, as a stream of values.

Slower than `lines` by far, and as bounded in memory.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

import ijson
import msgspec

from analyzer.importers.netlog.constants import Constants, read_constants
from analyzer.importers.netlog.events import READS, Event, Raw, named
from analyzer.importers.netlog.reading import Reading
from analyzer.model import CaptureError

BUFFER = 64 * 1024
VALUE_LIMIT = 32 * 1024 * 1024
"""Bytes of JSON that one value, the constants or an event, may take."""


class _TooLongError(Exception):
    pass


class _Measured:
    """Reads on only so far behind the last whole value."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.offset = 0
        self.whole = 0

    def read(self, size: int = -1) -> bytes:
        if self.offset - self.whole > VALUE_LIMIT:
            raise _TooLongError
        data = self._file.read(size)
        self.offset += len(data)
        return data


class Objects:
    """The constants at once, the events while they are iterated over."""

    def __init__(self, file: BinaryIO, reading: Reading, name: str) -> None:
        self._file = _Measured(file)
        self._reading = reading
        self._values = self._parsed()
        try:
            found = next(self._values, None)
        except (ijson.JSONError, _TooLongError) as error:
            raise CaptureError(
                f"{name}: a NetLog that is damaged or cut within its constants, so that its events"
                " cannot be read; record it again"
            ) from error
        if found is None or found[0] != "constants":
            raise CaptureError(
                f"{name}: a NetLog whose constants do not precede its events; record it again"
            )
        self.constants: Constants = read_constants(found[1], name)

    def events(self, kinds: Collection[str]) -> Iterator[Event]:
        """Events of these kinds, up to the log's end or to where it is cut or damaged."""
        wanted = {number for number, name in self.constants.types.items() if name in kinds}
        try:
            for _, value in self._values:
                event = self._event(value, wanted)
                if event is not None:
                    yield event
                if self._reading.is_over:
                    return
        except ijson.IncompleteJSONError:
            self._reading.cut(self._file.offset)
        except (ijson.JSONError, UnicodeDecodeError):
            self._reading.damage(self._file.whole, "an event is no JSON")
        except _TooLongError:
            self._reading.damage(self._file.whole, f"an event is longer than {VALUE_LIMIT} bytes")

    def _event(self, value: object, wanted: Collection[int]) -> Event | None:
        number = value.get("type") if isinstance(value, dict) else None
        if not isinstance(number, int) or number not in wanted:
            return None
        try:
            return named(msgspec.convert(value, Raw, strict=False), self.constants)
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            kind = self.constants.types[number]
            if kind in READS:
                self._reading.damage(self._file.whole, f"{kind} has an unknown shape: {error}")
            else:
                self._reading.odd(self._file.whole, f"{kind}: {error}")
        return None

    def _parsed(self) -> Iterator[tuple[str, object]]:
        """``constants`` with their value, then ``event`` with each; a wrong order ends it."""
        builder, inside = ijson.ObjectBuilder(), ""
        for prefix, event, value in ijson.parse(self._file, buf_size=BUFFER, use_float=True):
            if not inside:
                if prefix == "events" and event == "end_array":
                    self._reading.close()
                    return
                if prefix in ("constants", "events.item"):
                    builder, inside = ijson.ObjectBuilder(), prefix
                else:
                    continue
            builder.event(event, value)
            if prefix == inside and event not in ("start_map", "start_array", "map_key"):
                yield ("constants" if inside == "constants" else "event"), builder.value
                self._file.whole = self._file.offset
                inside = ""
