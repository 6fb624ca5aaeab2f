"""Bytes of a keyboard in, names of keys out. Pure: time is told by `Keys.flush`.

Source: ECMA-48 (control sequences), ctlseqs of xterm (which ones keys send, "PC-Style
Function Keys"; SS3 forms in application mode).
"""

import re

PENDING_LIMIT = 64
"""Bytes of a sequence without an end that are waited for; a longer one is dropped."""

_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
_SS3 = re.compile(rb"\x1bO[0-?]*[@-~]")
_STRING = re.compile(rb"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
_PARTIAL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O[0-?]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")

_LETTERS = {
    b"A": "up",
    b"B": "down",
    b"C": "right",
    b"D": "left",
    b"H": "home",
    b"F": "end",
    b"M": "enter",
    b"Z": "backtab",
}
_NUMBERS = {b"1": "home", b"7": "home", b"4": "end", b"8": "end", b"5": "pgup", b"6": "pgdn"}
_PLAIN = {b"\r": "enter", b"\n": "enter", b"\t": "tab", b" ": "space"}


class Keys:
    """Feed it what was read; an unknown sequence is no key."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def is_pending(self) -> bool:
        """Whether a sequence has begun, or Esc was pressed: only time can tell."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str]:
        """The keys that this completed, in order."""
        rest, found = self._pending + data, list[str]()
        while rest:
            if _PARTIAL.match(rest):
                break
            key, used = _first(rest)
            found += [key] if key else []
            rest = rest[used:]
        self._pending = rest if len(rest) <= PENDING_LIMIT else b""
        return found

    def flush(self) -> list[str]:
        """No more came for a moment: an Esc alone was the key, a piece of a sequence none."""
        pending, self._pending = self._pending, b""
        return ["esc"] if pending == b"\x1b" else []


def _first(data: bytes) -> tuple[str, int]:
    """The first key, empty if it is none that is known, and how many bytes it takes."""
    if data[:1] == b"\x1b":
        if data[1:2] == b"\x1b":
            return "esc", 1
        for pattern in (_CSI, _SS3, _STRING):
            if sequence := pattern.match(data):
                return _named(sequence[0]), sequence.end()
        # Alt and a key come as ESC and that key: no key of ours.
        return "", 2
    one = data[:1]  # of a character beyond ASCII each byte is no key
    return _PLAIN.get(one, one.decode() if b"!" <= one <= b"~" else ""), 1


def _named(sequence: bytes) -> str:
    """The key of a CSI or SS3 sequence, whatever was held with it (Shift, Ctrl, Alt)."""
    first = sequence[2:-1].partition(b";")[0]
    if sequence[-1:] == b"~":
        return _NUMBERS.get(first, "")
    return _LETTERS.get(sequence[-1:], "") if first in (b"", b"1") else ""
