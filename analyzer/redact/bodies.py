"""Bodies and streams without their text; every byte keeps its place, so every read its length."""

import re
from collections.abc import Sequence

from analyzer.redact.addresses import redact_query
from analyzer.redact.documents import Documents
from analyzer.redact.filler import fill
from analyzer.redact.pseudonyms import Pseudonyms
from analyzer.redact.slots import Slots
from analyzer.redact.vocabulary import is_enumeration, judge

HELD_LIMIT = 16 * 1024 * 1024
"""Most bytes of an event, or of one JSON text, that are held back until its end has come; of a
longer one all is filled, up to the next blank line or to the stream's end."""

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_FIELD = re.compile(rb"(data|event|id|retry)(: ?|\Z)")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")
_LINE_ENDS = re.compile(rb"[^\r\n]+")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")
_BOM = b"\xef\xbb\xbf"
_DIGITS = re.compile(rb"\d{1,10}")
_MARK = b"[DONE]"
_VERSION = re.compile(rb'\s*"v\d{1,2}"\s*')


class Events:
    """Redacts whole blocks of an event stream; framing, fields and line ends stay."""

    def __init__(self, names: Pseudonyms, depth: int = 0) -> None:
        self._names = names
        self._documents = Documents(names, Slots())
        if depth < 2:  # a stream may stand inside another's events, hardly deeper
            self._documents.nested = Events(names, depth + 1).redact

    def redact(self, data: bytes) -> bytes:
        """Blocks from the first byte of one to the last of one, or to where the stream is cut."""
        out = bytearray(data)
        start = len(_BOM) if data.startswith(_BOM) else 0
        values: list[tuple[int, int]] = []
        kind = b""
        for match in _LINE.finditer(data, start):
            begin, end = match.span(1)
            if begin == end:
                self._data(data, values, kind, out)
                values, kind = [], b""
                continue
            field = _FIELD.match(data, begin, end)
            if field is None:
                self._other(data, begin, end, out)
                continue
            value = field.end(), end
            match field[1]:
                case b"data":
                    values.append(value)
                case b"event":
                    kind = data[value[0] : end]
                    if not is_enumeration(kind.decode("latin-1")):
                        out[value[0] : end] = fill(kind)
                case b"id":
                    out[value[0] : end] = self._id(data[value[0] : end])
                case _ if not _DIGITS.fullmatch(data, *value):
                    out[value[0] : end] = fill(data[value[0] : end])
        self._data(data, values, kind, out)
        return bytes(out)

    def _data(
        self, data: bytes, values: Sequence[tuple[int, int]], kind: bytes, out: bytearray
    ) -> None:
        """The data of one event, which is one text over all its lines."""
        if not values:
            return
        joined = b"\n".join(data[begin:end] for begin, end in values)
        if joined.strip() == _MARK or (kind == b"delta_encoding" and _VERSION.fullmatch(joined)):
            return
        self._documents.begin()
        clean, at = self._documents.feed(joined, final=True), 0
        for begin, end in values:
            out[begin:end] = clean[at : at + end - begin]
            at += end - begin + 1

    def _id(self, value: bytes) -> bytes:
        text = value.decode("latin-1")
        if not value.isascii() or judge("id", text) == "keep":
            return value if value.isascii() else fill(value)
        return self._names.of(text).encode()

    def _other(self, data: bytes, begin: int, end: int, out: bytearray) -> None:
        """A comment, a field that means nothing, or no stream at all."""
        is_comment = data[begin : begin + 1] == b":"
        start = begin + 1 if is_comment else begin
        text = data[start:end]
        words = text.decode("latin-1").replace(" ", "-").strip("-")
        if not (is_comment and (not words or is_enumeration(words))):
            out[start:end] = fill(text)


class Stream:
    """One streamed body, in reads: what is through comes out, whole reads of it."""

    def __init__(self, names: Pseudonyms) -> None:
        self._events = Events(names)
        self._documents = Documents(names, Slots())
        self._documents.nested = Events(names).redact
        self._parts: list[bytes] = []
        self._held = 0
        self._is_json: bool | None = None
        self._masked = False

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return those, from where the last call ended, that are through."""
        if not data:
            return b""
        if self._masked:
            return self._unmask(data)
        before = self._parts[-1][-3:] if self._parts else b""
        self._parts.append(data)
        self._held += len(data)
        if self._is_json is None:
            self._is_json = self._looks_json()
        if not self._is_json and _BLANK_LINE.search(before + data) is None:
            return self._give_up() if self._held > HELD_LIMIT else b""
        held = b"".join(self._parts)
        clean = self._documents.feed(held, final=False) if self._is_json else self._blocks(held)
        self._keep(held[len(clean) :])
        return clean + (self._give_up() if self._held > HELD_LIMIT else b"")

    def _looks_json(self) -> bool | None:
        """Whether it is JSON, or JSON lines; None while only blanks have come."""
        held = b"".join(self._parts).removeprefix(_BOM).lstrip()
        return None if not held else held[:1] in b"{[,]"  # a comma: from the middle of a list

    def finish(self) -> bytes:
        """The stream has ended: everything that was held back."""
        held = b"".join(self._parts)
        self._keep(b"")
        if self._is_json:
            return self._documents.feed(held, final=True)
        return self._events.redact(held)

    def _blocks(self, held: bytes) -> bytes:
        end = max((match.end() for match in _BLANK_LINE.finditer(held)), default=0)
        return self._events.redact(held[:end])

    def _keep(self, rest: bytes) -> None:
        self._parts = [rest] if rest else []
        self._held = len(rest)

    def _give_up(self) -> bytes:
        held = b"".join(self._parts)
        self._keep(b"")
        self._masked = True
        return _masked(held)

    def _unmask(self, data: bytes) -> bytes:
        end = None if self._is_json else _BLANK_LINE.search(data)
        if end is None:
            return _masked(data)
        self._masked = False
        return _masked(data[: end.end()]) + self.feed(data[end.end() :])


def redact_body(data: bytes, content_type: str, names: Pseudonyms) -> bytes:
    """A whole body: JSON, an event stream or a form as such; of anything else all is filled."""
    if content_type == "text/event-stream":
        return Events(names).redact(data)
    if content_type == "application/x-www-form-urlencoded" and data.isascii():
        return redact_query(data.decode(), names).encode()
    if not _JSON.match(data):
        return fill(data)
    return redact_message(data, Documents(names), Events(names))


def redact_message(data: bytes, documents: Documents, events: Events) -> bytes:
    """A JSON text, in which event streams may stand."""
    documents.begin()
    documents.nested = events.redact
    start = len(_BOM) if data.startswith(_BOM) else 0
    return data[:start] + documents.feed(data[start:], final=True)


def _masked(data: bytes) -> bytes:
    return _LINE_ENDS.sub(lambda match: b"x" * len(match[0]), data)
