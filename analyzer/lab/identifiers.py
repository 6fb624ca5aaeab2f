"""Conversation and message ids of three schemes, from any random source.

Source: RFC 9562 (UUIDv4, UUIDv7) and the ULID specification. Ids that carry
a time take it as an argument, so that seeded rows get ids of their own age.
"""

import random

import uuid_utils
from ulid import ULID

from analyzer.lab.options import IdScheme

_RANDOM_BITS = 80  # below the 48-bit millisecond time, in UUIDv7 (with version bits) and ULID alike


def make_id(scheme: IdScheme, at_ms: int, rng: random.Random) -> str:
    """Return an id as text; ``at_ms`` is Unix time in milliseconds, unused by uuid4.

    Ids of one millisecond are in no order: there is no counter in them.
    """
    if scheme == "uuid4":
        return str(uuid_utils.UUID(int=rng.getrandbits(128), version=4))
    value = (at_ms << _RANDOM_BITS) | rng.getrandbits(_RANDOM_BITS)
    if scheme == "uuid7":
        return str(uuid_utils.UUID(int=value, version=7))
    return str(ULID.from_int(value))
