import random
import uuid

import pytest
from ulid import ULID

from analyzer.lab.identifiers import make_id
from analyzer.lab.options import IdScheme

AT_MS = 1_700_000_000_123


def test_uuid4_is_a_random_uuid() -> None:
    made = uuid.UUID(make_id("uuid4", AT_MS, random.Random(1)))

    assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_uuid7_carries_its_milliseconds() -> None:
    made = uuid.UUID(make_id("uuid7", AT_MS, random.Random(1)))

    assert made.int >> 80 == 1_700_000_000_123
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ulid_carries_its_milliseconds() -> None:
    made = ULID.from_str(make_id("ulid", AT_MS, random.Random(1)))

    assert made.milliseconds == 1_700_000_000_123


@pytest.mark.parametrize("scheme", ["uuid4", "uuid7", "ulid"])
def test_a_seed_gives_the_same_ids(scheme: IdScheme) -> None:
    once, again = random.Random(7), random.Random(7)

    assert [make_id(scheme, AT_MS, once) for _ in range(9)] == [
        make_id(scheme, AT_MS, again) for _ in range(9)
    ]
