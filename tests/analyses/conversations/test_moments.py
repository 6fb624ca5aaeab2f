"""Times of day as services write them."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.conversations.moments import microseconds

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_760_000_000, 1_760_000_000_000_000),
        (1_760_000_000.25, 1_760_000_000_250_000),
        ("2025-10-09T08:53:20Z", 1_760_000_000_000_000),
        ("2025-10-09T08:53:20.123456789+00:00", 1_760_000_000_123_456),
        ("2025-10-09 08:53:20.5", 1_760_000_000_500_000),
        ("2025-10-09T10:53:20+0200", 1_760_000_000_000_000),
        ("2025-13-09T08:53:20Z", None),
        ("2025-10-09", None),
        ("", None),
        (True, None),
        (None, None),
        (-5, None),
        (float("inf"), None),
    ],
)
def test_a_moment(value: Any, expected: int | None) -> None:
    assert microseconds(value) == expected


@given(st.integers(0, 253_000_000_000_000_000))
def test_iso_times_are_read_as_the_standard_library_writes_them(at_us: int) -> None:
    moment = EPOCH + dt.timedelta(microseconds=at_us)

    assert microseconds(moment.isoformat()) == at_us
