"""What the identifiers of a field tell together."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identified import (
    START_S,
    a_call,
    a_stream,
    conversation_id,
    identify,
    order_of,
    ulid,
    uuid4,
    uuid7,
)
from scipy.stats import kendalltau
from uuid_utils import UUID

from analyzer.model import Unmeasurable


def an_item(value: str, created_ms: float) -> dict[str, object]:
    return {"id": value, "create_time": START_S + created_ms / 1_000}


def test_random_identifiers_are_judged_as_looking_at_every_pair_does() -> None:
    made = [(uuid4(n), n * 1_000) for n in range(1, 61)]
    found = identify(a_call(1, answered={"items": [an_item(*one) for one in reversed(made)]}))
    order = order_of(found, "items[].id")
    texts = [text for text, _ in made]
    inversions = sum(a > b for a, b in combinations(texts, 2))

    assert (order.kind, order.n, order.basis, order.judged) == ("uuid4", 60, "creation time", 60)
    assert order.pairs == 60 * 59 // 2
    assert order.inversions == inversions
    assert order.time_ordered_share == pytest.approx(1 - inversions / order.pairs)
    ranks = [sorted(texts).index(text) for text in texts]
    assert order.kendall_tau == pytest.approx(kendalltau(range(60), ranks).statistic)
    assert order.locality == "scattered"
    assert order.leaks == "nothing"


def test_uuid7_is_ordered_by_its_time_whatever_the_lists_direction() -> None:
    items = [an_item(uuid7(n * 1_000, (99 - n) << 40), n * 1_000) for n in range(30, 0, -1)]
    order = order_of(identify(a_call(1, answered={"items": items})), "items[].id")

    assert (order.inversions, order.time_ordered_share, order.kendall_tau) == (0, 1.0, 1.0)
    assert order.locality == "right edge"
    assert order.leaks == "creation time (ms), order"
    assert (order.clock_skew_ns, order.skew_against) == (0, "creation time")
    assert order.resolution_ns == 1_000_000


def test_inversions_within_a_millisecond_are_those_of_ulids_without_a_counter() -> None:
    """Made as 5, 9, 2 in one millisecond and 8, 1 in another: two pairs and one are reversed."""
    made = [ulid(100, 5), ulid(100, 9), ulid(100, 2), ulid(200, 8), ulid(200, 1)]
    order = order_of(identify(a_stream(1, 900, *({"id": it} for it in made))), "id")

    assert order.basis == "first appearance"
    assert (order.same_ms_pairs, order.same_ms_inversions) == (4, 3)
    assert order.inversions == 3


def test_a_burst_does_not_scatter_over_an_index() -> None:
    """Its rows go to the pages of their millisecond, in whatever order."""
    bursts = [ulid(at, 99 - n) for at in (100, 200, 300) for n in range(6)]
    order = order_of(identify(a_stream(1, 900, *({"id": it} for it in bursts))), "id")
    (one,) = identify(a_stream(1, 900, *({"id": it} for it in bursts[:6]))).identifier_order

    assert order.time_ordered_share == pytest.approx(1 - 45 / 153)
    assert order.locality == "right edge"
    assert one.locality == Unmeasurable(
        "all of them were made at one time, as far as the time inside tells"
    )


def test_creation_times_outrank_appearance_within_a_millisecond() -> None:
    """The service's own times are finer than a millisecond here, and run the other way."""
    made = [(ulid(100, 5), 100.4), (ulid(100, 9), 100.9), (ulid(100, 2), 100.2)]
    stream = a_stream(1, 900, *(an_item(it, created) for it, created in made))
    order = order_of(identify(stream), "id")

    assert (order.basis, order.same_ms_pairs) == ("creation time", 3)
    assert order.same_ms_inversions == 0


def test_equal_creation_times_leave_it_to_first_appearance() -> None:
    made = [ulid(100, 5), ulid(100, 9), ulid(100, 2)]
    order = order_of(identify(a_stream(1, 900, *(an_item(it, 100) for it in made))), "id")

    assert (order.same_ms_pairs, order.same_ms_inversions) == (3, 2)


def test_a_list_of_the_newest_first_says_nothing_of_order_where_its_times_tie() -> None:
    """It is sorted by something, mostly by the identifier itself, not by who came first."""
    made = [(ulid(200, 5), 200), (ulid(100, 9), 100), (ulid(100, 4), 100), (ulid(100, 2), 100)]
    falling = identify(a_call(1, answered={"items": [an_item(*one) for one in made]}))
    rising = identify(a_call(1, answered={"items": [an_item(*one) for one in made[::-1]]}))

    assert order_of(falling, "items[].id").same_ms_pairs == 0
    assert order_of(rising, "items[].id").same_ms_pairs == 3
    assert order_of(rising, "items[].id").same_ms_inversions == 0


def test_a_list_without_times_has_no_order() -> None:
    items = [{"id": uuid4(n)} for n in range(1, 9)]
    order = order_of(identify(a_call(1, answered={"items": items})), "items[].id")
    reason = "all of them appeared together, and no creation times tell them apart"

    assert order.pairs == 0
    assert order.inversions == order.kendall_tau == order.locality == Unmeasurable(reason)


def test_two_identifiers_have_no_order() -> None:
    order = order_of(identify(a_stream(1, 0, {"id": uuid4(1)}, {"id": uuid4(2)})), "id")

    assert order.kendall_tau == Unmeasurable("only 2 of known order; at least 3 are needed")
    assert order.entropy_bits == Unmeasurable("fewer than 16 of them")


def test_creation_times_of_a_few_do_not_mix_with_the_appearance_of_most() -> None:
    payloads = [an_item(uuid7(5_000), 5_000), *({"id": uuid7(n)} for n in (1, 2, 3))]
    order = order_of(identify(a_stream(1, 9_000, *payloads)), "id")

    assert (order.basis, order.judged, order.inversions) == ("first appearance", 4, 3)


def test_whole_seconds_have_no_order_within_a_millisecond() -> None:
    made = [conversation_id(at) for at in (1, 2, 3)]
    order = order_of(identify(a_stream(1, 9_000, *({"id": it} for it in made))), "id")

    assert order.same_ms_inversions == Unmeasurable("the time inside them has whole seconds only")
    assert order.leaks == "creation time (s), order"


def test_the_seconds_inside_are_compared_with_seconds() -> None:
    """A time cut to seconds is up to one behind; that is no skew."""
    payloads = [an_item(conversation_id(at), at * 1_000 + 700) for at in (1, 2, 3)]
    order = order_of(identify(a_stream(1, 9_000, *payloads)), "id")

    assert order.clock_skew_ns == 0


def test_a_clock_that_runs_ahead_shows_against_creation_and_against_appearance() -> None:
    stated = a_stream(1, 9_000, *(an_item(uuid7(n * 1_000 + 250), n * 1_000) for n in (1, 2, 3)))
    seen = a_stream(1, 0, *({"id": uuid7(n * 10 + 250)} for n in (1, 2, 3)))
    by_creation = order_of(identify(stated), "id")
    by_appearance = order_of(identify(seen), "id")

    assert (by_creation.clock_skew_ns, by_creation.skew_against) == (250_000_000, "creation time")
    assert (by_appearance.clock_skew_ns, by_appearance.skew_against) == (
        250_000_000,
        "first appearance",
    )


def test_entropy_is_that_of_the_places_that_vary() -> None:
    """Sixteen texts that differ in one hexadecimal digit show four bits."""
    ids = [f"file-abcdef{digit}1" for digit in "0123456789abcdef"]
    order = order_of(identify(a_stream(1, 0, *({"id": it} for it in ids))), "id")

    assert order.entropy_bits == pytest.approx(4.0)


def test_one_value_for_two_things_is_a_collision() -> None:
    items = [an_item(uuid4(1), 0), an_item(uuid4(1), 9_000), an_item(uuid4(2), 10_000)]
    once = order_of(identify(a_call(1, answered={"items": items})), "items[].id")
    twice = order_of(
        identify(*(a_call(n, n * 100, answered={"items": items[1:]}) for n in (1, 2))),
        "items[].id",
    )

    assert (once.n, once.collisions) == (2, 1)
    assert twice.collisions == 0


def test_without_creation_times_collisions_are_unknown() -> None:
    order = order_of(identify(a_stream(1, 0, *({"id": uuid4(n)} for n in (1, 2)))), "id")

    assert isinstance(order.collisions, Unmeasurable)


@pytest.mark.parametrize(
    ("node", "leaks"),
    [
        (0x0242AC110002, "creation time (ms), order, machine (network address)"),
        (0x0342AC110002, "creation time (ms), order"),
    ],
)
def test_a_network_address_leaks_the_machine(node: int, leaks: str) -> None:
    """UUIDv1 counts 100 ns from 1582-10-15 on; a node drawn at random has its lowest bit set."""
    made = []
    for second in (1, 2, 3):
        ticks = (START_S + second) * 10**7 + 0x01B2_1DD2_1381_4000
        fields = (ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF, ticks >> 48 | 0x1000, 0x80, 1, node)
        made.append(str(UUID(fields=fields)))
    order = order_of(identify(a_stream(1, 9_000, *({"id": it} for it in made))), "id")

    assert (order.kind, order.leaks) == ("uuid1", leaks)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**20)), min_size=3, max_size=24))
def test_inversions_within_a_millisecond_are_what_looking_at_every_pair_gives(
    made: list[tuple[int, int]],
) -> None:
    values = list(dict.fromkeys(ulid(at, chance) for at, chance in made))
    order_in = {value: index for index, value in enumerate(values)}
    found = identify(a_stream(1, 900, *({"id": value} for value in values)))
    order = order_of(found, "id")
    if len(values) < 3:
        assert isinstance(order.same_ms_inversions, Unmeasurable)
        return
    pairs = [(a, b) for a, b in combinations(values, 2) if a[:10] == b[:10]]

    assert order.same_ms_pairs == len(pairs)
    assert order.same_ms_inversions == sum((a > b) == (order_in[a] < order_in[b]) for a, b in pairs)
