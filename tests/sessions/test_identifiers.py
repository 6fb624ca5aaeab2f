"""Identifiers held against those that the lab made, and against what the page was shown."""

from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from recorded import Recorded
from scipy.stats import kendalltau

from analyzer.analyses.identifiers import (
    Identifier,
    IdentifierOrder,
    IdentifiersFound,
)
from analyzer.lab.truth import MadeLine, PageLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]

SCHEMES = ("uuid4", "uuid7", "ulid")
LIST = "items[].id"


@pytest.fixture(scope="session")
def found(session: Recorded) -> IdentifiersFound:
    return session.result.answers.identifiers


@pytest.fixture(scope="session")
def values(found: IdentifiersFound) -> dict[str, Identifier]:
    return {one.value: one for one in found.identifiers if one.is_first}


@pytest.fixture(scope="session")
def shown(session: Recorded) -> dict[str, int]:
    """Every row of every list that the page got: when it was created, in µs since 1970."""
    page = session.page
    lists = [*page["offset"], *page["cursor"], *page["archive"]]
    lists += [page[scheme]["burst"] for scheme in SCHEMES]
    return {row["id"]: created_us(row) for one in lists for row in one["body"]["items"]}


def created_us(row: dict[str, Any]) -> int:
    at = datetime.fromisoformat(row["create_time"])
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def order_in(found: IdentifiersFound, field: str, kind: str) -> IdentifierOrder:
    (order,) = [one for one in found.identifier_order if (one.field, one.kind) == (field, kind)]
    return order


def test_every_identifier_that_was_made_is_found_with_its_scheme_and_its_time(
    session: Recorded, values: dict[str, Identifier]
) -> None:
    made = list(session.lines(MadeLine))
    told = {line.id: (values[line.id].kind, values[line.id].embedded_at) for line in made}

    assert {line.scheme for line in made} == set(SCHEMES)
    assert told == {
        line.id: (line.scheme, None if line.scheme == "uuid4" else line.at_ms * 1_000)
        for line in made
    }


def test_nothing_else_is_taken_for_a_scheme_with_a_time(
    session: Recorded, values: dict[str, Identifier], shown: dict[str, int]
) -> None:
    """Seeded rows are of the lab's own scheme, which is uuid4 here; the page draws uuid4 too."""
    timed = {value for value, one in values.items() if one.kind not in ("uuid4", "opaque")}

    assert timed == {line.id for line in session.lines(MadeLine) if line.scheme != "uuid4"}
    assert all(values[row].kind in SCHEMES for row in shown)


def test_rows_of_lists_are_those_that_were_served_with_their_creation_times(
    session: Recorded, found: IdentifiersFound, shown: dict[str, int]
) -> None:
    rows = {one.value: one.created_at for one in found.identifiers if one.field == LIST}
    served = {value for line in session.lines(PageLine) for value in line.ids}

    assert rows == shown
    assert rows.keys() >= served


def test_every_request_id_is_found_in_its_header_and_exchange(
    session: Recorded, found: IdentifiersFound
) -> None:
    told = {
        one.value: one.exchange
        for one in found.identifiers
        if one.field == "header x-request-id" and one.value in session.requests
    }

    assert told == session.numbers


def test_first_appearances_are_those_of_the_lists_that_brought_them(
    session: Recorded, found: IdentifiersFound
) -> None:
    """Of the rows of a burst: the one response that told them."""
    told = {one.value: one.exchange for one in found.identifiers if one.field == LIST}
    for scheme in SCHEMES:
        burst = session.page[scheme]["burst"]

        assert {told[row["id"]] for row in burst["body"]["items"]} == {session.numbers[burst["id"]]}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_order_of_the_lists_is_what_looking_at_every_pair_gives(
    found: IdentifiersFound, values: dict[str, Identifier], shown: dict[str, int], scheme: str
) -> None:
    made = sorted((at, value) for value, at in shown.items() if values[value].kind == scheme)
    texts = [value for _, value in made]
    inversions = sum(a > b for a, b in combinations(texts, 2))
    order = order_in(found, LIST, scheme)

    assert len({at for at, _ in made}) == len(made)
    assert (order.n, order.judged, order.basis) == (len(made), len(made), "creation time")
    assert (order.pairs, order.inversions) == (len(made) * (len(made) - 1) // 2, inversions)
    assert order.time_ordered_share == pytest.approx(1 - inversions / order.pairs)
    sorted_texts = {value: rank for rank, value in enumerate(sorted(texts))}
    tau = kendalltau(range(len(texts)), [sorted_texts[value] for value in texts]).statistic
    assert order.kendall_tau == pytest.approx(tau)
    assert order.collisions == 0


@pytest.mark.parametrize("scheme", ["uuid7", "ulid"])
def test_a_burst_is_reversed_within_its_millisecond_as_it_was_made(
    session: Recorded, found: IdentifiersFound, shown: dict[str, int], scheme: str
) -> None:
    """By the order of the lab's own lines, which no creation time tells us."""
    made = [line for line in session.lines(MadeLine) if line.scheme == scheme and line.id in shown]
    together = [(a.id, b.id) for a, b in combinations(made, 2) if a.at_ms == b.at_ms]
    order = order_in(found, LIST, scheme)

    assert len(together) >= 25 * 24 // 2
    assert order.same_ms_pairs == len(together)
    assert order.same_ms_inversions == sum(a > b for a, b in together)
    assert order.same_ms_inversions


@pytest.mark.parametrize("scheme", ["uuid7", "ulid"])
def test_conversations_made_one_after_the_other_are_in_order(
    found: IdentifiersFound, scheme: str
) -> None:
    order = order_in(found, "v.conversation_id", scheme)

    assert (order.n, order.inversions, order.kendall_tau) == (4, 0, 1.0)
    assert order.leaks == "creation time (ms), order"


def test_random_identifiers_say_nothing(found: IdentifiersFound) -> None:
    order = order_in(found, LIST, "uuid4")

    assert (order.locality, order.leaks) == ("scattered", "nothing")
    assert isinstance(order.entropy_bits, float)
    assert 115 < order.entropy_bits <= 122


def test_the_clock_inside_is_the_services_own(found: IdentifiersFound) -> None:
    """Bursts state microseconds of the millisecond that their ids carry, cut: less than one."""
    for scheme in ("uuid7", "ulid"):
        skew = order_in(found, LIST, scheme).clock_skew_ns

        assert isinstance(skew, int)
        assert -1_000_000 < skew <= 0
