"""Arrivals as a capture shows them."""

from typing import Any

from analyzer.analyses.identifiers.rows import Identifier, IdentifierOrder, IdentifiersFound
from analyzer.experiment.identifiers.arrivals import (
    EVERY_MS,
    LONGEST_MS,
    Arrivals,
    observed_arrivals,
)
from analyzer.model import Unmeasurable

MESSAGES, KIND = "response.message.id", "uuid4"


def an_id(number: int, **fields: Any) -> Identifier:
    """Seen every 100 ms; made in pairs, every 50 ms."""
    given: dict[str, Any] = {
        "value": f"id {number}",
        "kind": KIND,
        "field": MESSAGES,
        "embedded_at": number // 2 * 50_000,
        "first_seen_ns": number * 100_000_000,
        "created_at": Unmeasurable("not said"),
        "exchange": 1,
        "is_first": True,
        "exchanges": 1,
    }
    return Identifier(**{**given, **fields})


def an_order(*, believed: bool) -> IdentifierOrder:
    unknown = Unmeasurable("not asked here")
    known = {"field": MESSAGES, "kind": KIND, "believed": believed, "n": 30, "basis": "seen"}
    rest = {name: unknown for name in IdentifierOrder.__struct_fields__ if name not in known}
    return IdentifierOrder(**{**rest, **known})  # type: ignore[arg-type] # only two fields are read


def test_arrivals_are_those_of_when_they_were_seen() -> None:
    """A time inside that is not believed is not used."""
    found = IdentifiersFound(
        identifiers=tuple(an_id(number) for number in range(30)),
        identifier_order=(an_order(believed=False),),
    )
    arrivals = observed_arrivals(found)

    assert arrivals.gaps_ms == (100,) * 29
    assert arrivals.described == (
        "the 30 uuid4 of response.message.id in the capture over and over, by when they were "
        "first seen: a median gap of 100 ms, 0 in the same millisecond as the one before"
    )


def test_a_believed_time_inside_counts_more() -> None:
    """It is when the service made the identifier, not when it came."""
    found = IdentifiersFound(
        identifiers=tuple(an_id(number) for number in reversed(range(30))),
        identifier_order=(an_order(believed=True),),
    )
    arrivals = observed_arrivals(found)

    assert arrivals.gaps_ms == (0, 50) * 14 + (0,)
    assert "15 in the same millisecond" in arrivals.described


def test_a_stated_creation_counts_most() -> None:
    """A page of a list brings many at once, which were made long before, one by one."""
    listed = tuple(
        an_id(number, field="items[].id", first_seen_ns=0, created_at=number * 7_000)
        for number in range(20)
    )
    found = IdentifiersFound(identifiers=(*listed, *map(an_id, range(30))))
    arrivals = observed_arrivals(found)

    assert arrivals.gaps_ms == (7,) * 19
    assert "of items[].id in the capture over and over, by their stated creation" in (
        arrivals.described
    )


def test_the_fullest_field_is_taken_and_each_value_once() -> None:
    others = tuple(an_id(number, field="request.path.id") for number in range(25))
    again = tuple(an_id(number, is_first=False) for number in range(30))
    found = IdentifiersFound(identifiers=(*others, *again, *map(an_id, range(22))))

    assert "the 25 uuid4 of request.path.id" in observed_arrivals(found).described


def test_too_few_identifiers_give_the_usual_pattern_and_say_so() -> None:
    arrivals = observed_arrivals(IdentifiersFound(identifiers=(an_id(1), an_id(2))))

    assert arrivals.gaps_ms == EVERY_MS.gaps_ms
    assert "at most 2 identifiers" in arrivals.described
    assert "at most 0 identifiers" in observed_arrivals(IdentifiersFound()).described


def test_times_grow_by_the_gaps_over_and_over() -> None:
    found = IdentifiersFound(identifiers=tuple(map(an_id, range(20))))
    at_ms = observed_arrivals(found).at_ms(50)

    assert at_ms.tolist() == list(range(int(at_ms[0]), int(at_ms[0]) + 5_000, 100))


def test_gaps_of_days_are_shortened_before_the_formats_end() -> None:
    """A million ids ten days apart would need 27,000 years."""
    ten_days = 10 * 86_400_000
    at_ms = Arrivals((ten_days, 0, ten_days), "days apart").at_ms(1_000_000)

    assert at_ms[-1] - at_ms[0] <= LONGEST_MS
    assert (at_ms[1] == at_ms[0], at_ms[2] > at_ms[1], at_ms[3] > at_ms[2]) == (True,) * 3
