"""One answer twice: as its stream built it, and as the conversation's detail tells it later.

They must be equal where the service said that the answer was complete and the detail was
asked for after the stream's end. Else one may be the beginning of the other: of an answer
that was stopped or cut, service and client need not have seen the same last words. Where
a fingerprint stands in one of them, nothing can be said: a secret that a stream spells over
several events is not found there, but is in the detail.
"""

import re

import msgspec

_FINGERPRINT = re.compile(r"cred:[0-9a-f.]*")

_SURROUNDINGS = 200
"""Characters around the first difference in which a fingerprint is looked for."""


class Compared(msgspec.Struct, frozen=True):
    """``differs_at``: code points before the first difference that may not be; None if equal."""

    message_id: str
    exchange: int
    detail_exchange: int
    streamed_length: int
    detail_length: int
    differs_at: int | None


def first_difference(streamed: str, detailed: str, *, is_whole: bool) -> int | None:
    """Where the texts differ first, in code points; None if they agree as far as they must."""
    if streamed == detailed:
        return None
    at = _common(streamed, detailed)
    if not is_whole and at == min(len(streamed), len(detailed)):
        return None
    return None if _has_fingerprint(streamed, at) or _has_fingerprint(detailed, at) else at


def _common(one: str, other: str) -> int:
    """Length of the common beginning, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _has_fingerprint(text: str, at: int) -> bool:
    begin = max(at - _SURROUNDINGS, 0)
    found = _FINGERPRINT.finditer(text, begin, at + _SURROUNDINGS)
    return any(each.start() <= at <= each.end() for each in found)
