"""Which scheme a text may follow, by its look, and the time that it would then carry.

Sources: RFC 9562 (UUID versions 1 to 8), the ULID specification, segmentio/ksuid, the BSON
specification (ObjectId), Twitter's and Discord's Snowflakes; the prefix styles of chat
services as observed. A look alone proves little: `belief` decides.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from ulid import ULID
from uuid_utils import UUID

from analyzer.analyses.identifiers.moments import EARLIEST_US, LATEST_US, US

type Kind = Literal[
    "uuid1", "uuid2", "uuid3", "uuid4", "uuid5", "uuid6", "uuid7", "uuid8", "uuid",
    "chatgpt_conversation", "ulid", "ksuid", "snowflake", "objectid", "nanoid",
    "chatcmpl", "openai_hex", "anthropic", "redis_stream", "opaque",
]  # fmt: skip

SHORTEST, LONGEST = 8, 128
"""Lengths of what is looked at."""


class Reading(NamedTuple):
    """What a text would be, the time in it (µs since 1970), and how fine that is.

    ``otherwise`` is what it is if that time proves to be chance.
    """

    kind: Kind
    at_us: int | None = None
    resolution_us: int = 1_000
    otherwise: Kind = "opaque"


class Look(NamedTuple):
    """``is_evident``: an identifier wherever it stands; else only where a name says so.

    Several readings: epochs of a Snowflake, of which the traffic has to decide.
    """

    readings: tuple[Reading, ...]
    is_evident: bool
    fits_paths: bool


CHATCMPL_EPOCH_S = 1_576_800_000
KSUID_EPOCH_S = 1_400_000_000
SNOWFLAKES = ((1_288_834_974_657, 22), (1_420_070_400_000, 22), (1_314_220_021_721, 23), (0, 16))
"""Epoch in Unix ms and the bits below the time: Twitter, Discord, Instagram, Mastodon."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

_CHARS = re.compile(r"(?=[A-Za-z_:.~+=-]*[0-9])[0-9A-Za-z_:.~+=-]{8,128}")
_PREFIX = r"(?:[A-Za-z][A-Za-z0-9_:-]{0,60}[-_:])?"
_UUID = re.compile(_PREFIX + r"([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
_ULID = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9]{0,20}[-_:])?([0-7][0-9A-HJKMNP-TV-Z]{25}|[0-7][0-9a-hjkmnp-tv-z]{25})"
)
_CHATCMPL = re.compile(r"chatcmpl-([0-9A-Za-z]{5})[0-9A-Za-z]{24}")
_OPENAI_HEX = re.compile(r"[a-z]{2,12}_[0-9a-f]{18}([0-9a-f]{8})[0-9a-f]{24}")
_ANTHROPIC = re.compile(r"(?:msg|req)_01([1-9A-HJ-NP-Za-km-z]{22})")
_REDIS = re.compile(r"([1-9][0-9]{12})-[0-9]{1,20}")
_OBJECTID = re.compile(r"([0-9a-f]{8})[0-9a-f]{16}")
_KSUID = re.compile(r"[0-9A-Za-z]{27}")
_DIGITS = re.compile(r"[1-9][0-9]{14,19}")
_NANOID = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[0-9A-Za-z_-]{21}")
_LETTER = re.compile(r"[A-Za-z]")
_BLANK_UUIDS = (0, 2**128 - 1)


@lru_cache(maxsize=16_384)
def look_at(value: str) -> Look | None:
    """What a text may be; None if it is no identifier, whatever it stands under."""
    if _CHARS.fullmatch(value) is None or "cred:" in value:
        return None
    if (match := _UUID.fullmatch(value)) is not None:
        return _uuid(UUID(match[1]))
    evident = _evident(value)
    if evident is not None:
        return Look((evident,), is_evident=True, fits_paths=True)
    if (match := _OBJECTID.fullmatch(value)) is not None:
        reading = Reading("objectid", int(match[1], 16) * US, US)
        return Look((reading,), is_evident=False, fits_paths=True)
    if _DIGITS.fullmatch(value):
        return Look(_snowflakes(int(value)), is_evident=False, fits_paths=True)
    if _LETTER.search(value) is None:
        return None  # a date, a version, a telephone number
    return Look((_word(value),), is_evident=False, fits_paths=False)


def machine_of(value: str) -> str:
    """What a UUIDv1 or v6 says of the machine that made it (RFC 9562, section 5.1)."""
    match = _UUID.fullmatch(value)
    if match is None:
        return ""
    # The multicast bit marks a node number that was drawn at random.
    return "" if UUID(match[1]).node >> 40 & 1 else "machine (network address)"


def _uuid(uuid: UUID) -> Look | None:
    if uuid.int in _BLANK_UUIDS:
        return None
    return Look((_uuid_reading(uuid),), is_evident=True, fits_paths=True)


def _uuid_reading(uuid: UUID) -> Reading:
    if uuid.int >> 62 & 3 != 2:
        return Reading("uuid")  # not RFC 9562's variant: its version says nothing
    match uuid.int >> 76 & 15:
        case 1:
            return Reading("uuid1", uuid.timestamp * 1_000, 1_000, "uuid1")
        case 6:
            return Reading("uuid6", uuid.timestamp * 1_000, 1_000, "uuid6")
        case 7:
            return Reading("uuid7", uuid.timestamp * 1_000, 1_000, "uuid7")
        case 8:
            # A version for one's own layout; this is ChatGPT's, if its times agree.
            return Reading("chatgpt_conversation", (uuid.int >> 96) * US, US, "uuid8")
        case 2:
            return Reading("uuid2")
        case 3:
            return Reading("uuid3")
        case 4:
            return Reading("uuid4")
        case 5:
            return Reading("uuid5")
    return Reading("uuid")


def _evident(value: str) -> Reading | None:
    """A scheme that hardly anything else looks like; a time out of all reason gives it away."""
    reading: Reading | None = None
    if (match := _ULID.fullmatch(value)) is not None:
        at_us = ULID.from_str(match[1].upper()).milliseconds * 1_000
        reading = Reading("ulid", at_us, otherwise="ulid")
    elif (match := _CHATCMPL.fullmatch(value)) is not None:
        at_us = (_number(match[1], _BASE62) + CHATCMPL_EPOCH_S) * US
        reading = Reading("chatcmpl", at_us, US, "chatcmpl")
    elif (match := _OPENAI_HEX.fullmatch(value)) is not None:
        reading = Reading("openai_hex", int(match[1], 16) * US, US, "openai_hex")
    elif (match := _ANTHROPIC.fullmatch(value)) is not None:
        reading = _anthropic(match[1])
    elif (match := _REDIS.fullmatch(value)) is not None:
        reading = Reading("redis_stream", int(match[1]) * 1_000, otherwise="redis_stream")
    if reading is None or reading.at_us is None or reading.kind in ("chatcmpl", "openai_hex"):
        return reading
    return reading if EARLIEST_US <= reading.at_us < LATEST_US else None


def _anthropic(text: str) -> Reading:
    """Base58 of 128 bits: of a UUIDv7 for some, chance for others."""
    number = _number(text, _BASE58)
    if number >> 128 == 0 and number >> 76 & 15 == 7 and number >> 62 & 3 == 2:
        return Reading("anthropic", (number >> 80) * 1_000, otherwise="anthropic")
    return Reading("anthropic")


def _snowflakes(number: int) -> tuple[Reading, ...]:
    return tuple(
        Reading("snowflake", ((number >> shift) + epoch_ms) * 1_000)
        for epoch_ms, shift in SNOWFLAKES
    )


def _word(value: str) -> Reading:
    if _KSUID.fullmatch(value):
        number = _number(value, _BASE62)
        at_us = ((number >> 128) + KSUID_EPOCH_S) * US
        return Reading("ksuid", at_us, US) if number >> 160 == 0 else Reading("opaque")
    return Reading("nanoid" if _NANOID.fullmatch(value) else "opaque")


def _number(digits: str, alphabet: str) -> int:
    number = 0
    for digit in digits:
        number = number * len(alphabet) + alphabet.index(digit)
    return number
