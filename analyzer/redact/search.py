"""Where secrets stand in some bytes. Pure searches with cheap tests before dear ones."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from analyzer.redact.shapes import (
    NOT_INSIDE_A_WORD,
    SHAPES,
    Kind,
    looks_random,
    member_kind,
    query_kind,
)

WINDOW = 64 * 1024
"""Bytes that one search looks at before it gives other threads a chance to run."""

OVERLAP = 4 * 1024
"""Bytes beyond a window's end in which a match that began inside it may end."""


_RUN = re.compile(rb"[\w\-]*")

NAME_LIMIT = 64
"""Longest name of a JSON member, form field or parameter that is judged."""

_NAME_TRIGGERS = (
    *(b'token"', b"token\\", b"secret", b"pass", b'key"', b"key\\", b"authorization"),
    *(b"account", b"device", b"oai-did"),
)
_NAME_END = re.compile(
    rb"(?:token|secret|password|passwd|passphrase|key|authorization|(?:account|device)[_-]?id"
    rb"|oai-did)"
    rb'(\\{0,31}+)"\s*+:\s*+(\\{0,31}+)"',
    re.IGNORECASE,
)
"""The end of a member's name that may be a secret's, up to its value's opening quote."""

NAME_IN_QUERY = re.compile(rb"(?:^|[?&;#]|\\u0026)([\w.\-\[\]]{1,64})=([^&\s\"'<>\\;#]{4,})")
NAME_IN_INNER_QUERY = re.compile(
    rb"(?:%3[Ff]|%26|%23)([\w.\-\[\]]{1,64})%3[Dd]((?:[^&\s\"'<>\\;#%]|%(?!26)){4,})"
)
"""The same in an address that is itself a parameter's value, and so percent-encoded."""

NAME_IN_MULTIPART = re.compile(
    rb'name="([\w.\-]{1,64})"\r\n(?:[^\r\n]{1,256}\r\n){0,4}\r\n([^\r\n]+)', re.IGNORECASE
)
ACCOUNT = re.compile(rb'"account\\*+"\s*+:\s*+\{[^{}]{0,1000}?"id\\*+"\s*+:\s*+\\*+"([^"\\]++)')
"""The account of a session: requests carry its id as a header that is a secret."""

USER_IN_URL = re.compile(rb"://[^/\s:@\"'\\]{1,256}:([^/\s@\"'\\]{1,256})@")
SCHEME = re.compile(
    NOT_INSIDE_A_WORD + rb"(bearer|basic)(?: +|%20|\+)([A-Za-z0-9._~+/=\-]{16,})", re.IGNORECASE
)
RESUME = re.compile(
    rb'"token(\\*)"\s*:\s*\\*"([^"\\]++)[^\n{}]{0,1000}resume_conversation_token'
    rb'|resume_conversation_token[^\n{}]{0,1000}"token(\\*)"\s*:\s*\\*"([^"\\]++)'
)
"""The event that carries a resume credential, in either order of its members."""

BASE64_EVENTS = re.compile(rb'"(?:body|encoded_item)\\*"\s*:\s*\\*"([A-Za-z0-9+/]{40,}={0,2})')
"""Event-stream text that a WebSocket frame carries as base64."""


class Span(NamedTuple):
    """Where a secret stands in some bytes, and the value it stands for, unescaped."""

    start: int
    end: int
    kind: Kind
    name: str
    value: str


def named(data: bytes, piece: bytes, start: int, end: int) -> Iterator[Span]:
    """The secrets that begin in [start, end) and show by the name they stand under.

    ``piece`` is that window of the data; it serves the cheap tests, which most
    text ends at.
    """
    lower = piece.lower()
    resumes = list(_resumes(data, start, end)) if b"resume_conversation_token" in piece else []
    yield from resumes
    if any(part in lower for part in _NAME_TRIGGERS):
        starts = {span.start for span in resumes}
        yield from (one for one in _members(data, start, end) if one.start not in starts)
    if b"=" in piece or b"%3d" in lower:
        yield from _parameters(data, piece, start, end)
    if b"://" in piece and b"@" in piece:
        for match in _matches(USER_IN_URL, data, start, end):
            yield _span(match, 1, "other", "user in url")
    if b'"account' in piece:
        for match in _matches(ACCOUNT, data, start, end):
            if looks_random(decode_text(match[1])):
                yield _span(match, 1, "other", "account id")
    if b"bearer" in lower or b"basic" in lower:
        for match in _matches(SCHEME, data, start, end):
            if looks_random(match[2].decode()) or match[2].endswith(b"="):
                kind: Kind = "bearer" if match[1].lower() == b"bearer" else "other"
                yield _span(match, 2, kind, match[1].decode().lower())


def shaped(data: bytes, runs: bytes, start: int, end: int) -> Iterator[Span]:
    """The secrets that begin in [start, end) and show by their look; ``runs`` is of this window.

    Where a start turns out to be none, the search goes on behind its run: each
    byte is looked at a few times, however often the start is repeated.
    """
    for shape in SHAPES:
        if shape.start.rstrip(b".") not in runs:
            continue
        at = data.find(shape.start, start, end)
        while at >= 0:
            match = shape.pattern.match(data, at)
            if match is not None:
                yield _span(match, 0, shape.kind, shape.name)
                after = match.end()
            else:
                after = at + len(shape.start)
                if shape.start == b"eyJ" and (rest := _RUN.match(data, after)):
                    after = rest.end()
            at = data.find(shape.start, after, end)


def _matches(
    pattern: re.Pattern[bytes], data: bytes, start: int, end: int
) -> Iterator[re.Match[bytes]]:
    """The matches that begin in [start, end), each as long as the whole data lets it be."""
    limit = min(end + OVERLAP, len(data))
    for match in pattern.finditer(data, start, limit):
        if match.start() >= end:
            return
        if match.end() == limit < len(data):
            yield pattern.match(data, match.start()) or match
            return
        yield match


def _span(match: re.Match[bytes], group: int, kind: Kind, name: str) -> Span:
    start, end = match.span(group)
    return Span(start, end, kind, name, unquote(decode_text(match[group])))


def _resumes(data: bytes, start: int, end: int) -> Iterator[Span]:
    """Resume credentials: their event names them, their own member is any ``token``."""
    for match in _matches(RESUME, data, start, end):
        group = 2 if match[2] is not None else 4
        yield _span(match, group, "resume", "resume_conversation_token")


def _members(data: bytes, start: int, end: int) -> Iterator[Span]:
    """JSON members with a secret's name, also inside JSON that is a string in JSON."""
    for match in _matches(_NAME_END, data, start, end):
        quote = data.rfind(b'"', max(match.start() - NAME_LIMIT, 0), match.start())
        name = decode_text(data[quote + 1 : match.start(1)])
        begin = match.end()
        finish = _closing_quote(data, begin, len(match[2]))
        value = _unescape(data[begin:finish])
        kind = member_kind(name, value)
        if kind is not None and value:
            yield Span(begin, finish, kind, name, value)


def _closing_quote(data: bytes, begin: int, escapes: int) -> int:
    """Where the string ends whose opening quote had ``escapes`` backslashes before it.

    At depth d of strings in strings a quote has 2^d - 1 backslashes and an
    escaped one 2^(d+1) - 1, so the closing one is told by the remainder. A
    string without an end reaches to the end of the data.
    """
    at = data.find(b'"', begin)
    while at >= 0:
        before = at
        while before > begin and data[before - 1] == 0x5C:
            before -= 1
        if (at - before) % (2 * (escapes + 1)) == escapes:
            return at - escapes
        at = data.find(b'"', at + 1)
    return len(data)


def _unescape(data: bytes) -> str:
    if b"\\" not in data:
        return decode_text(data)
    try:
        value: str = json.loads(b'"' + data + b'"')
    except ValueError:
        return decode_text(data)
    return value


def _parameters(data: bytes, piece: bytes, start: int, end: int) -> Iterator[Span]:
    """Query and form parameters, and fields of multipart forms."""
    inner = b"%3D" in piece or b"%3d" in piece
    for pattern in (NAME_IN_QUERY, NAME_IN_INNER_QUERY) if inner else (NAME_IN_QUERY,):
        for match in _matches(pattern, data, start, end):
            name = match[1].decode("latin-1")
            kind = query_kind(name, unquote(decode_text(match[2])))
            if kind is not None:
                yield _span(match, 2, kind, name)
    if b"form-data" in piece:
        for match in _matches(NAME_IN_MULTIPART, data, start, end):
            name = match[1].decode("latin-1")
            kind = member_kind(name, decode_text(match[2]))
            if kind is not None:
                yield _span(match, 2, kind, name)


def decode_text(data: bytes) -> str:
    """UTF-8 where it is valid, else Latin-1, which always is."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
