"""ISO 8601 against Python's own reader of it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses import iso8601

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))


@given(st.integers(-30_000_000_000, 253_000_000_000), st.integers(0, 999_999), ZONES)
def test_what_python_writes_is_read_to_the_microsecond(
    seconds: int, micros: int, zone: dt.timezone
) -> None:
    at = (EPOCH + dt.timedelta(seconds=seconds, microseconds=micros)).astimezone(zone)

    assert iso8601.microseconds(at.isoformat()) == (at - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "at_us"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01 00:00:01,5", 1_500_000),
        ("1970-01-01T00:01", 60_000_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456),
        ("1970-01-01T01:00:00+0100", 0),
        ("2025-02-30T00:00:00Z", None),
        ("2025-01-01", None),
        ("2025-01-01T00:00:00Z and more", None),
        ("2025-01-01T00:00:00." + "1" * 100, None),
    ],
)
def test_what_services_write(text: str, at_us: int | None) -> None:
    assert iso8601.microseconds(text) == at_us
