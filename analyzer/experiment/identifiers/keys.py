"""Keys of each scheme for rows that arrive at given times, by the schemes' libraries.

UUIDv4 and UUIDv7 are uuid-utils', whose UUIDv7 is random within its millisecond where the
time is given. ULIDs are python-ulid's, which count up within a millisecond.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import uuid_utils
from ulid import ULIDGenerator

from analyzer.experiment.identifiers.arrivals import Milliseconds
from analyzer.experiment.identifiers.results import Scheme, Storage

type Key = int | str | bytes


def make_keys(scheme: Scheme, at_ms: Milliseconds, storage: Storage) -> Sequence[Key]:
    """One key an arrival: text as it stands in traffic, or its 16 bytes; integers from 1."""
    match scheme:
        case "integer":
            return range(1, len(at_ms) + 1)
        case "uuid4":
            uuids = (uuid_utils.uuid4() for _ in at_ms)
        case "uuid7":
            uuids = (uuid_utils.uuid7(nanoseconds=ms * 1_000_000) for ms in at_ms.tolist())
        case "ulid":
            generate = ULIDGenerator().generate
            ulids = (generate(ms) for ms in at_ms.tolist())
            return [str(one) for one in ulids] if storage == "text" else [o.bytes for o in ulids]
    return [str(one) for one in uuids] if storage == "text" else [one.bytes for one in uuids]


def out_of_order(keys: Sequence[Key]) -> int:
    """Neighbours whose keys stand the other way round than they arrived."""
    ordered: Sequence[Any] = keys  # all of one type, which the type of a key doesn't say
    return sum(1 for one, following in pairwise(ordered) if one > following)


def is_time_ordered(scheme: Scheme) -> bool:
    """Whether the newest rows stand together at the end of the key's order."""
    return scheme != "uuid4"
