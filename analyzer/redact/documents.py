"""JSON without its text: structure, names, numbers and what `vocabulary` lets stay.

Read token by token, for it may be cut anywhere, or none at all: from the first byte on that
no JSON can have, all is filled to the end of the line. Every byte keeps its place.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable

from analyzer.redact.addresses import redact_address, redact_pointer
from analyzer.redact.filler import fill, fill_number, fill_string
from analyzer.redact.pseudonyms import Pseudonyms
from analyzer.redact.slots import Slots
from analyzer.redact.vocabulary import is_key, judge, leaf_of

type Nested = Callable[[bytes], bytes]
"""Redacts an event stream that stands in a string."""

_BLANK = re.compile(rb"[ \t\r\n]+")
_STRING = re.compile(
    rb'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+)("?)', re.DOTALL
)
_SCALAR = re.compile(rb"-?[0-9][0-9.eE+-]*|true|false|null")
_AFTER_KEY = re.compile(rb"[ \t\r\n]*:")
_UNIT = re.compile(
    rb"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\."
    rb"|[\xc2-\xdf].|[\xe0-\xef]..|[\xf0-\xf4]...|.",
    re.DOTALL,
)
_EVENTS = re.compile(r"(?:^|\n)(?:data|event)(?::|\n)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}", re.ASCII)
_SHORT = {"\n": b"\\n", "\r": b"\\r", "\t": b"\\t", "/": b"\\/", '"': b'\\"', "\\": b"\\\\"}


class _Frame:
    """An object or an array that is open. ``name`` is what an array's elements stand under."""

    __slots__ = ("base", "index", "is_object", "key", "leaf", "name", "op", "path")

    def __init__(self, is_object: bool, name: str, path: str, base: str) -> None:
        self.is_object = is_object
        self.name = name
        self.path = path
        self.base = base
        self.key: str | None = None
        self.index = 0
        self.leaf: str | None = None  # the path that a member ``p`` has named
        self.op: str | None = None  # the operation that a member ``o`` has named


class Documents:
    """Redacts JSON that comes in pieces; one of it is one stream's, or one body's.

    An operation of a delta encoding may leave out its path: then that of the one before
    counts, which is kept here from one document to the next.
    """

    def __init__(self, names: Pseudonyms, slots: Slots | None = None) -> None:
        self.nested: Nested = fill
        self._names = names
        self._slots = slots
        self._stack: list[_Frame] = []
        self._carried = ""
        self._carried_op = ""
        self._broken = False

    def begin(self) -> None:
        """What comes next is a document of its own."""
        self._stack.clear()
        self._broken = False

    def feed(self, data: bytes, *, final: bool) -> bytes:
        """As much of the data, from its start, as can be judged; all of it if it is final."""
        out = bytearray(data)
        at = 0
        while at < len(data):
            if self._broken:
                at = self._fill_line(data, at, out)
                continue
            end = self._token(data, at, out, final)
            if end == at:
                break
            at = end
        return bytes(out[:at])

    # ------------------------------------------------------------------ tokens

    def _token(self, data: bytes, at: int, out: bytearray, final: bool) -> int:
        """Take one token; return where it ends, which is where it began if more is needed."""
        code = data[at]
        if code in b" \t\r\n":
            match = _BLANK.match(data, at)
            return match.end() if match else at
        if code == 0x22:
            return self._string(data, at, out, final)
        if code in b"{}[],:":
            self._punctuation(code)
            return at + 1
        scalar = _SCALAR.match(data, at)
        if scalar is None or (scalar.end() == len(data) and not final):
            if not final and len(data) - at < 6 and data[at : at + 1].isalpha():
                return at
            if scalar is None:
                self._broken = True
                return self._fill_line(data, at, out)
            return at
        if scalar[0][:1] in b"-0123456789" and not self._is_member():
            out[at : scalar.end()] = fill_number(scalar[0])
        return scalar.end()

    def _fill_line(self, data: bytes, at: int, out: bytearray) -> int:
        """Fill up to the line's end, behind which a new document may begin."""
        end = data.find(b"\n", at)
        if end >= 0:
            self.begin()
        stop = len(data) if end < 0 else end
        out[at:stop] = fill(data[at:stop])
        return stop if end < 0 else end + 1

    def _punctuation(self, code: int) -> None:
        stack = self._stack
        if code in b"{[":
            name = self._name()
            path, base = self._place()
            stack.append(_Frame(code == 0x7B, name, path, base))
        elif code in b"}]":
            if stack:
                stack.pop()
        elif code == 0x2C and stack:
            stack[-1].key = None
            stack[-1].index += 1

    def _string(self, data: bytes, at: int, out: bytearray, final: bool) -> int:
        match = _STRING.match(data, at)
        if match is None:
            return at
        if not match[2]:
            return self._open_string(data, at, match.end(1), out, final)
        if match.end() == len(data) and not final and self._awaits_key():
            return at  # whether it is a name shows behind it
        raw = match[1]
        if self._awaits_key() and _AFTER_KEY.match(data, match.end()):
            shown = self._key(raw)
        else:
            shown = self._value(raw)
        out[at + 1 : match.end(1)] = shown
        return match.end()

    def _open_string(self, data: bytes, at: int, end: int, out: bytearray, final: bool) -> int:
        """A string without its end: cut here, or no JSON."""
        rest = data[end : end + 6]
        is_cut = not rest or (rest[:1] == b"\\" and len(rest) < 6 and b"\n" not in rest)
        if is_cut and not final:
            return at
        out[at + 1 : len(data) if is_cut else end] = (
            fill_string(data[at + 1 : end]) + fill(rest)
            if is_cut
            else fill_string(data[at + 1 : end])
        )
        if is_cut:
            return len(data)
        self._broken = True
        return end

    # ------------------------------------------------------------------ places

    def _is_member(self) -> bool:
        return bool(self._stack) and self._stack[-1].is_object

    def _awaits_key(self) -> bool:
        return self._is_member() and self._stack[-1].key is None

    def _name(self) -> str:
        """The name that the next value stands under; of an operation's value its path's last."""
        if not self._stack:
            return ""
        frame = self._stack[-1]
        if not frame.is_object:
            return frame.name
        if frame.key != "v":
            return frame.key or ""
        leaf = self._leaf()
        return leaf_of(frame.leaf or "") or leaf_of(frame.base) if leaf is None else leaf_of(leaf)

    def _leaf(self) -> str | None:
        """The path that the value of this operation changes."""
        frame = self._stack[-1]
        if frame.leaf is not None:
            return frame.base + frame.leaf
        return self._carried if len(self._stack) == 1 else None

    def _place(self) -> tuple[str, str]:
        """Where the next value stands in the tree that the operations build; and in a patch."""
        if not self._stack:
            return "", ""
        frame = self._stack[-1]
        if not frame.is_object:
            return f"{frame.path}/{frame.index}", frame.base
        if frame.key == "v":
            leaf = self._leaf() or ""
            return leaf, leaf
        return f"{frame.path}/{frame.key}", frame.base

    # ------------------------------------------------------------------ strings

    def _key(self, raw: bytes) -> bytes:
        name = _text(raw)
        self._stack[-1].key = name
        if is_key(name) and len(raw) == len(name):
            return raw
        if raw.isascii() and b"\\" not in raw:
            return self._names.of(name).encode()
        return fill_string(raw)

    def _value(self, raw: bytes) -> bytes:
        text, name = _text(raw), self._name()
        self._note(text)
        path, _ = self._place()
        if self._slots is not None and path.endswith("message/id"):
            self._slots.message_id = text
        match judge(name, text):
            case "keep":
                return raw
            case "name" if raw.isascii() and b"\\" not in raw:
                return self._names.of(text).encode()
            case "pointer" if raw.isascii() and b"\\" not in raw:
                return redact_pointer(text, self._names).encode()
            case "address" if raw.isascii() and b"\\" not in raw:
                return redact_address(text, self._names).encode()
            case "nested":
                return self._inner(raw, text)
        if self._slots is None:
            return fill_string(raw)
        return fill_string(raw, self._slots.tone(path, text, grows=self._grows()))

    def _note(self, text: str) -> None:
        """Remember the path and the name of an operation, also for those that leave them out."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or not frame.is_object:
            return
        if frame.key == "p":
            frame.leaf = text
            self._carried = text if len(self._stack) == 1 else self._carried
        elif frame.key == "o":
            frame.op = text
            self._carried_op = text if len(self._stack) == 1 else self._carried_op

    def _grows(self) -> bool:
        """Whether the string is the value of an operation that appends it."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.key != "v":
            return False
        carried = self._carried_op if len(self._stack) == 1 else ""
        return (frame.op or carried).lower() == "append"

    def _inner(self, raw: bytes, text: str) -> bytes:
        """A string that holds an event stream, as it is or in base64."""
        if _EVENTS.search(text):
            return _replaced(raw, self.nested) or fill_string(raw)
        if b"\\" not in raw and _BASE64.fullmatch(text):
            try:
                inner = base64.b64decode(raw, validate=True)
            except binascii.Error:
                return fill_string(raw)
            if b"data:" in inner:
                return base64.b64encode(self.nested(inner))
        return fill_string(raw)


def _text(raw: bytes) -> str:
    if b"\\" in raw:
        try:
            text: str = json.loads(b'"%b"' % raw)
        except ValueError:
            return raw.decode("latin-1")
        return text
    return raw.decode(errors="replace")


def _replaced(raw: bytes, change: Nested) -> bytes | None:
    """The string with its text changed, each character written as long as before.

    None if it holds half characters or bytes that are no UTF-8.
    """
    units = _UNIT.findall(raw)
    chars = [_text(unit) for unit in units]
    try:
        made = change("".join(chars).encode()).decode()
    except UnicodeError:
        return None
    if len(made) != len(chars) or "\ufffd" in made:
        return None
    return b"".join(
        unit if new == old else _spelled(new, unit)
        for unit, old, new in zip(units, chars, made, strict=True)
    )


def _spelled(char: str, like: bytes) -> bytes:
    """The character in as many bytes as its unit had; if that can't be, another one."""
    if not like.startswith(b"\\"):
        made = char.encode()
        return made if len(made) == len(like) and char not in '"\\\n\r\t' else fill(like)
    if len(like) == 2:
        return _SHORT.get(char, b"\\/")
    units = char.encode("utf-16-be")
    made = b"".join(b"\\u%04x" % int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2))
    return made if len(made) == len(like) else fill_string(like)
