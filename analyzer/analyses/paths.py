"""Paths without what makes each one different, so that calls of one endpoint count together."""

import re
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

PATH_LIMIT = 2_000
"""Characters of a path that are looked at; the rest is left out."""

ID = "{id}"
HASH = "{hash}"

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_WHOLE = re.compile(
    r"""
    -?\d+                                         # a number, a Snowflake
    | \d+-\d+                                     # of Redis streams
    | [0-7][0-9a-hjkmnp-tv-z]{25}                 # ULID: Crockford's base32, at most 128 bits
    | (?=\D*\d)(?=[^a-f]*[a-f])[0-9a-f]{8,}       # a hash, an ObjectId, a UUID without dashes
    | cred:[0-9a-f]{16}.*                         # a credential that the recorder replaced
    | [^@\s]+@[^@\s]+\.[^@\s]+                    # an address of mail
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EXTENSION = re.compile(r"(.+?)(\.[a-z][a-z0-9]{0,4}(?:\.map)?)", re.IGNORECASE)
_PARTS = re.compile(r"([-_.~:]+)")
_WORD = re.compile(r"[A-Z]?[a-z]+")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_RANDOM_FROM = 16
_PREFIXED_FROM = 10
_HASH_FROM = 8


def fold_path(path: str) -> str:
    """The path without query and fragment, its identifiers as ``{id}``.

    Identifiers are numbers, UUIDs, ULIDs, hashes, long random texts also behind a prefix
    (``msg_01…``), and addresses of mail. In a file's name the hash that changes with each
    release becomes ``{hash}`` and the name stays: ``index-{hash}.js``. What is a word to
    people stays, numbered ones too: ``v1``, ``gpt-4o-mini``.
    """
    plain = path[:PATH_LIMIT].partition("?")[0].partition("#")[0]
    return "/".join(_folded(segment) for segment in plain.split("/"))


@lru_cache(4_096)
def _folded(segment: str) -> str:
    if segment.isalpha() and len(segment) < _RANDOM_FROM:
        return segment
    text = unquote(segment)
    if _is_identifier(text):
        return ID
    file = _EXTENSION.fullmatch(text)
    if file is None:
        return ID if _UUID.search(text) else segment
    stem, extension = file.groups()
    if _UUID.search(stem):
        return ID + extension
    parts = _PARTS.split(stem)
    folded = [HASH if number and _is_hash(part) else part for number, part in enumerate(parts)]
    named = HASH in folded and bool(_WORD.fullmatch(parts[0]))
    if not named and _is_identifier(stem):
        return ID + extension
    return "".join(folded) + extension if HASH in folded else segment


def _is_identifier(text: str) -> bool:
    if _WHOLE.fullmatch(text) or _UUID.fullmatch(text):
        return True
    if _is_random(text, _RANDOM_FROM):
        return True
    prefix, *tail = _PARTS.split(text, maxsplit=1)
    return bool(tail) and prefix.isalpha() and _is_random(tail[1], _PREFIXED_FROM)


def _is_hash(part: str) -> bool:
    return len(part) >= _HASH_FROM and (
        bool(_WHOLE.fullmatch(part)) or _is_random(part, _HASH_FROM)
    )


def _is_random(text: str, shortest: int) -> bool:
    """Whether letters and digits, or cases, alternate as they never do in words.

    In random base62 six neighbours of ten differ in kind, in lower-case base36 four of ten;
    in camel case three of ten, and in words with a number fewer.
    """
    if len(text) < shortest or not _BASE64URL.fullmatch(text):
        return False
    kinds = [_kind(character) for character in text if character not in "-_"]
    changes = sum(one != other for one, other in pairwise(kinds))
    digits = kinds.count("digit")
    least = 0.25 if digits >= 3 and "-" not in text else 0.4
    return changes >= least * (len(kinds) - 1) and len(set(kinds)) > 1


def _kind(character: str) -> str:
    return "digit" if character.isdigit() else "upper" if character.isupper() else "lower"
