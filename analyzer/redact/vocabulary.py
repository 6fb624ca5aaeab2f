"""What may stay of a text where content is taken out: a short list, and all else goes.

Kept are identifiers and times by their look, and words that services use to say what kind of
thing something is, under names that are known to hold such words. Every word of such a value
has to stand in `WORDS`: ``response.output_text.delta`` stays, a word of the user's doesn't.
Names of members are held to the same, for there are maps whose keys somebody wrote.
"""

import re
from functools import lru_cache
from typing import Literal

from analyzer.redact import FINGERPRINT
from analyzer.redact.words import MEMBER_WORDS, WORDS

type Verdict = Literal["keep", "name", "pointer", "address", "nested", "fill"]
"""``name``: an equal text for equal ones; ``pointer``: as names of members; ``address``: as a
path; ``nested``: as a stream."""

_ENUMS = frozenset(
    """
    type role status state object o op event eventtype marker finishreason stopreason stop
    contenttype channel recipient action rating order orderby sort code model modelslug
    defaultmodelslug modelversion modelid encoding supportedencodings kind phase format protocol
    scope servicetier authprovider category param error reason mode gizmotype conversationmode
    command
    """.split()  # noqa: SIM905 - as above
)
"""Members, without case and marks, whose texts say what kind of thing something is."""

_NUMBERS = frozenset(
    """
    offset limit page size count total index first last num rows skip take start perpage pagesize
    maxresults numturns retry version expiresin maxage length order sequencenumber outputindex
    contentindex
    """.split()  # noqa: SIM905 - as above
)
"""Members and parameters whose digits, written as text, say where in a list something is."""

_CURSORS = frozenset(
    """
    cursor nextcursor pagecursor pagetoken nextpagetoken nexttoken continuation
    continuationtoken startkey exclusivestartkey endcursor scrollid bookmark after startingafter
    pageafter aftercursor before endingbefore pagebefore beforecursor previouscursor prevcursor
    startcursor nextmarker lastkey lastevaluatedkey
    """.split()  # noqa: SIM905 - as above
)
_REFERENCES = frozenset(
    "parent children currentnode node root next previous prev from to in reply target".split()  # noqa: SIM905 - as above
)
_ADDRESSES = frozenset("next previous prev url href link links first last self uri".split())  # noqa: SIM905 - as above
_NESTED = frozenset({"encodeditem", "body"})

_TOGETHER = _ENUMS | _NUMBERS | _CURSORS | _NESTED
"""Names that are known whole, however their words are put together."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+[a-z]?|v\d+", re.ASCII)
_ENUMERATION = re.compile(r"[A-Za-z0-9]+(?:[_.:/-][A-Za-z0-9]+)*", re.ASCII)
_BETWEEN = re.compile(r"[_.:/$-]+")
_VERSIONED = re.compile(r"v?\d{1,8}[a-z]?", re.ASCII)
_COUNTED = re.compile(r"[A-Za-z]?[-_]?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_IDENTIFIED = re.compile(r"(?:^|[a-z0-9_-])(?:id|ids|uuid|uuids|guid|ulid)$", re.IGNORECASE)
_KEY = re.compile(r"[$@_]{0,2}[A-Za-z][A-Za-z0-9_$-]{0,63}|_|\d{1,9}", re.ASCII)
_PLACE = re.compile(r"-?\d{1,9}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_TIMED = re.compile(
    r"(?<!birth)(?:time|date|at|ms|on|since|until|from|to|now|expires|expiry|expiration"
    r"|timestamp|created|updated|modified|utc)$"
)
_LONG_NUMBER = re.compile(r"\d{4,}", re.ASCII)
"""Under ``code`` it is no code of an error; it may be one that somebody typed."""
_PHONE = re.compile(r"\d{7,20}", re.ASCII)
_UUID = re.compile(
    r"(?:(.{1,60})[-_:])?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII
)
_IDENTIFIERS = re.compile(
    r"""
    (?:[A-Za-z]{1,2}[-_:])?(?=(?:\D*\d){4})[0-7](?:[0-9A-HJKMNP-TV-Z]{25}|[0-9a-hjkmnp-tv-z]{25})
    | chatcmpl-(?=(?:\D*\d){2})[0-9A-Za-z]{29}
    | (?:resp|msg|rs|fc|run|thread)_[0-9a-f]{24,50}
    | (?:msg|req|toolu|call|conv)_(?=(?:\D*\d){2})01[1-9A-HJ-NP-Za-km-z]{22}
    | [1-9]\d{12}-\d{1,20}
    | (?=[^a-f]*[a-f])(?=\D*\d)(?:[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})
    """,
    re.VERBOSE | re.ASCII,
)
_LONGEST = 128


def bare(name: str) -> str:
    """A name without case and marks: ``content_type`` and ``contentType`` are one."""
    return "".join(filter(str.isalnum, name[:_LONGEST].lower()))


@lru_cache(maxsize=4_096)
def is_enumeration(text: str) -> bool:
    """Whether all its words are known ones, versions or single letters."""
    return len(text) <= 64 and _ENUMERATION.fullmatch(text) is not None and _known(text, WORDS)


def _known(text: str, words: frozenset[str]) -> bool:
    return all(
        word.lower() in words or len(word) == 1 or _VERSIONED.fullmatch(word) is not None
        for part in _BETWEEN.split(text)
        for word in ([part] if _VERSIONED.fullmatch(part) else _WORD.findall(part))
    )


def is_identifier(text: str) -> bool:
    """Whether it can hardly be anything but an identifier that a machine made."""
    if not 15 <= len(text) <= _LONGEST:
        return False
    if (match := _UUID.fullmatch(text)) is not None:
        return match[1] is None or is_enumeration(match[1])
    return _IDENTIFIERS.fullmatch(text) is not None


@lru_cache(maxsize=4_096)
def is_key(name: str) -> bool:
    """Whether a member's name is of known words, a small number or an identifier.

    Any other may be what somebody wrote: there are maps of titles, and of people.
    """
    if _KEY.fullmatch(name) is None:
        return is_identifier(name)
    return bare(name) in _TOGETHER or _known(name.lstrip("$@_"), MEMBER_WORDS)


def is_pointer(text: str) -> bool:
    """Whether it is a path of names through a document, as delta encodings write them.

    A slash begins it; without one each name has to be known, or it may be any text.
    """
    if not text or text.startswith("/"):
        return True
    first, *segments = text.split("/")
    return bool(segments) and all(
        is_enumeration(one) or _PLACE.fullmatch(one) for one in (first, *segments)
    )


def leaf_of(pointer: str) -> str:
    """The last name on a path; numbers are places in lists."""
    names = (one for one in reversed(pointer.split("/")) if not one.lstrip("-").isdigit())
    return next((one for one in names if one), "")


def judge(name: str, text: str) -> Verdict:
    """What is to be done with a text that stands under this name; empty for no name."""
    if not text or FINGERPRINT.fullmatch(text):
        return "keep"
    short = bare(name)
    points = short in _CURSORS or short in _REFERENCES or _IDENTIFIED.search(name) is not None
    if is_identifier(text):
        return "keep" if points or not name else "name"
    if _TIME.fullmatch(text) and (points or not name or _TIMED.search(short)):
        return "keep"
    if short in _ENUMS and is_enumeration(text) and not _LONG_NUMBER.fullmatch(text):
        return "keep"
    if name == "p" and is_pointer(text):
        return "pointer"
    if short in _NUMBERS and _NUMBER.fullmatch(text):
        return "keep"
    if short in _ADDRESSES and text.startswith(("/", "?", "http://", "https://")):
        return "address"
    if short in _NESTED:
        return "nested"
    if points:
        is_phone = short in _REFERENCES and _PHONE.fullmatch(text) is not None
        is_plain = _COUNTED.fullmatch(text) is not None or is_enumeration(text)
        return "keep" if is_plain and not is_phone else "name"
    return "fill"
