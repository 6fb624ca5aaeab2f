"""What an origin announces, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.analyses.transport.alt_svc import (
    DEFAULT_MAX_AGE_S,
    LENGTH_LIMIT,
    LONGEST_S,
    Announced,
    Announcement,
    announced_http3,
)

S = 1_000_000_000


@pytest.mark.parametrize(
    ("value", "max_age_s"),
    [
        ('h3=":443"; ma=3600', 3600),
        ('h3=":443"', DEFAULT_MAX_AGE_S),
        ('h2="alt.example:443"; ma=5, h3=":8443"; persist=1; ma=60', 60),
        ('h3-29=":443"; ma="7"', 7),
        (f'h3=":443"; ma={"9" * 18}', LONGEST_S),
        ("clear", 0),
        ('h3=":443"; ma=0', 0),
    ],
)
def test_http3_is_announced_for_a_time(value: str, max_age_s: int) -> None:
    assert announced_http3(value) == Announcement(max_age_s)


@pytest.mark.parametrize("value", ["", "h3", 'h2=":443"; ma=3600', 'x="h3"', "h3=:443", '"'])
def test_another_alternative_says_nothing_of_http3(value: str) -> None:
    assert announced_http3(value) is None


def test_a_field_is_read_up_to_the_limit() -> None:
    padded = "," * (LENGTH_LIMIT - len('h3=":1"')) + 'h3=":1"'

    assert announced_http3(padded) is not None
    assert announced_http3("," + padded) is None


@given(st.text())
def test_any_text_is_read(value: str) -> None:
    found = announced_http3(value)

    assert found is None or found.max_age_s >= 0


def test_an_announcement_that_is_renewed_counts_from_its_first_word() -> None:
    announced = Announced([(10, 1, Announcement(5)), (2 * S, 2, Announcement(5))])
    fresh = announced.at(6 * S)

    assert fresh is not None
    assert (fresh.exchange, fresh.since_ns) == (1, 10)
    assert announced.at(9) is None
    assert announced.at(7 * S) is None


def test_an_announcement_that_was_taken_back_is_none_until_the_next() -> None:
    said = [(0, 1, Announcement(60)), (S, 2, Announcement(0)), (S, 3, Announcement(60))]
    back, again = Announced(said[:2]), Announced(said).at(S)

    assert back.at(S - 1) is not None
    assert back.at(S) is None
    assert again is not None
    assert again.exchange == 3
