"""What kind of body begins so: told by its bytes, strictly enough to leave other text alone."""

import re
from enum import StrEnum

from analyzer.importers.bodies import http_head
from analyzer.wire import ndjson

BOM = b"\xef\xbb\xbf"

LINES_SEEN = 50
"""Lines by which an event stream is told; the rest may be as malformed as it likes."""

LEAST_SHARE = 0.75
"""Part of those lines that are an event stream's own: a YAML file may begin with ``data:``."""

# HTML knows four fields. A comment is mostly empty or one blank and text: ":toc:" is Asciidoc.
_FIELD = re.compile(rb"(?:data|event|id|retry):.*+|:(?: .*+)?", re.DOTALL)
_BARE_FIELD = re.compile(rb"(?:data|event|id|retry)")
_LINE_END = re.compile(rb"\r\n|\r|\n")

_TOKENS = re.compile(
    rb"(?:[\s\[\]{},:]++"
    rb'|"(?:[^"\\\x00-\x1f]|\\.)*+"'
    rb"|-?\d++(?:\.\d++)?(?:[eE][+-]?\d++)?"
    rb"|true|false|null)*+"
)
_CUT_TOKEN = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\.)*+\\?|[a-z0-9.+-]*+', re.IGNORECASE)
_END_OF_STRING = re.compile(rb'(?:[^"\\\x00-\x1f]|\\.)*+"')
_END_OF_WORD = re.compile(rb"[a-z0-9.+-]*+")

BETWEEN_ELEMENTS = re.compile(rb"\}[ \t]*\r?\n(,[ \t]*\r?\n\{)")
"""How Gemini parts the elements of an array that it streams: by a comma in a line of its own."""


class Kind(StrEnum):
    EVENTS = "event stream"
    LINES = "JSON lines"
    ARRAY = "JSON array"
    PIECE = "piece of a JSON array"


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is a body, alone or behind its response's head."""
    parsed = http_head.parse(head)
    if parsed is None:
        return kind_of(head) is not None
    return parsed.coded or kind_of(head[parsed.size :]) is not None


def kind_of(head: bytes) -> Kind | None:
    """None for what is no body of a stream. ``head`` may be cut anywhere."""
    head = head.removeprefix(BOM)
    if _is_event_stream(head):
        return Kind.EVENTS
    begin = head.lstrip(ndjson.WHITE + ndjson.SEPARATOR)
    if begin[:1] in (b"{", b"["):
        first = _LINE_END.split(begin, 1)[0]
        if ndjson.is_json(first):
            return Kind.LINES if len(first.strip()) > len(b"{}") else None
        return Kind.ARRAY if begin[:1] == b"[" and _is_array(begin) else None
    found = BETWEEN_ELEMENTS.search(head)
    if found and _is_end_of_json(head[: found.start() + 1]) and _is_array(head[found.start(1) :]):
        return Kind.PIECE
    return None


def _is_event_stream(head: bytes) -> bool:
    rows = _LINE_END.split(head)
    whole = [row for row in rows[:-1] if row] or rows[-1:]
    if not _FIELD.fullmatch(whole[0]):
        return False
    seen = whole[:LINES_SEEN]
    own = sum(bool(_FIELD.fullmatch(row) or _BARE_FIELD.fullmatch(row)) for row in seen)
    return own >= LEAST_SHARE * len(seen)


def _is_array(head: bytes) -> bool:
    """Whether objects follow each other; where not even the first is whole, whether it begins."""
    if not re.match(rb"[\[,]\s*\{", head):
        return False
    return bool(ndjson.Decoder().feed(0, head)) or _is_beginning_of_json(head)


def _is_beginning_of_json(text: bytes) -> bool:
    match = _TOKENS.match(text)
    return match is not None and _CUT_TOKEN.fullmatch(text, match.end()) is not None


def _is_end_of_json(text: bytes) -> bool:
    """Whether it can be what follows a cut: inside of a string, or of anything else."""
    for cut in (_END_OF_STRING, _END_OF_WORD):
        match = cut.match(text)
        if match is not None and _TOKENS.fullmatch(text, match.end()):
            return True
    return False
