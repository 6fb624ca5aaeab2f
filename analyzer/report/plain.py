"""Captured text made fit for a terminal: nothing in it can move, colour or reorder anything."""

import re
import unicodedata

# ECMA-48: CSI; the string controls (OSC, DCS, SOS, PM, APC) to their terminator or, cut
# off, to the end; any other escape with its one final byte. C1 forms stand beside them.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_WHITE = re.compile(r"\s+")
_LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
"""Formats that only shape the characters beside them: letters of Persian, families of emoji."""

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""General categories that are not shown: controls, formats (bidi overrides among them),
surrogates, private use, unassigned, line and paragraph separators."""


def printable(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters, ending in an ellipsis if it was cut.

    Control sequences go, white space becomes one space, what has no shape is dropped.
    """
    # Of a huge text only the beginning is looked at.
    seen = 4 * limit + 64
    plain = _WHITE.sub(" ", _SEQUENCES.sub("", text[:seen]))
    shown = "".join(c for c in plain if unicodedata.category(c) not in _HIDDEN)
    if len(shown) <= limit and len(text) <= seen:
        return shown
    return shown[: max(0, limit - 1)] + "…"


def printable_lines(text: str) -> str:
    """All of a text, its lines and their white space as they were, made fit in the same way.

    A control sequence ends with its line at the latest: an open one can't swallow the rest.
    """
    return "\n".join(map(_printable_line, _LINE_END.split(text)))


def _printable_line(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    plain = _SEQUENCES.sub("", line.expandtabs(4))
    return "".join(c for c in plain if c in _JOINERS or unicodedata.category(c) not in _HIDDEN)
