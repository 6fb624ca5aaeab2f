"""When a difference between protocols is called one."""

import random

import pytest
from asked import ask
from hypothesis import given
from hypothesis import strategies as st
from making import ns
from scipy.stats import mannwhitneyu
from travelling import call, client, server, turn

from analyzer.analyses.transport import TransportFound, TransportQuestion
from analyzer.analyses.transport.comparison import FEW_CONNECTIONS, GAPS_LEAST
from analyzer.analyses.transport.ranks import ALPHA, LEAST, compare, compare_pairs
from analyzer.analyses.transport.rows import ProtocolComparison
from analyzer.model import AnyRecord, Unmeasurable


def turns(
    protocol: str, number: int, how_many: int, step_ms: float, on: tuple[int, int]
) -> list[AnyRecord]:
    """Turns one behind the other, with gaps of about ``step_ms``."""
    made: list[AnyRecord] = [client(on[0], protocol), server(on[1], protocol)]
    for one in range(how_many):
        begin = 10_000.0 * (number + one)
        texts = [begin + step_ms * place + one for place in range(8)]
        made += turn(number + one, texts, protocol=protocol, on=on)
    return made


def metric(answer: TransportFound, name: str) -> ProtocolComparison:
    (row,) = [row for row in answer.protocol_comparison if row.metric == name]
    return row


def test_few_figures_are_never_called_a_difference() -> None:
    few = [*turns("h2", 1, LEAST, 100, (1, 2)), *turns("h3", 50, LEAST - 1, 1, (3, 4))]
    row = metric(ask(TransportQuestion, few), "median ICL")

    assert (row.n_first, row.n_second) == (LEAST, LEAST - 1)
    assert (row.median_first_ns, row.median_second_ns) == (ns(100), ns(1))
    assert row.difference_ns == ns(-99)
    assert isinstance(row.p_value, Unmeasurable)
    assert row.verdict.startswith("too few")


def test_icl_counts_a_turn_once_and_says_that_turns_shared_a_connection() -> None:
    many = [*turns("h2", 1, LEAST, 100, (1, 2)), *turns("h3", 50, LEAST, 50, (3, 4))]
    row = metric(ask(TransportQuestion, many), "median ICL")

    assert (row.n_first, row.connections_first, row.connections_second) == (LEAST, 1, 1)
    assert row.verdict.startswith("HTTP/3 shorter here: large effect")
    assert "not independent" in row.caution


def test_turns_over_enough_connections_need_no_caution() -> None:
    many: list[AnyRecord] = []
    for number in range(FEW_CONNECTIONS):
        ids = 10 + 4 * number
        many += turns("h2", 1 + 4 * number, 2, 100, (ids, ids + 1))
        many += turns("h3", 3 + 4 * number, 2, 100, (ids + 2, ids + 3))
    row = metric(ask(TransportQuestion, many), "time to headers")

    assert (row.n_first, row.connections_first, row.caution) == (10, FEW_CONNECTIONS, "")
    assert row.verdict == "no difference"


def test_handshakes_are_compared_by_connection_of_the_service() -> None:
    both = [client(1), server(2), client(3, "h3"), server(4, "h3"), *call(1, 100)]
    row = metric(ask(TransportQuestion, both), "handshake")

    assert (row.counted, row.n_first, row.n_second) == ("connections", 1, 1)
    assert row.median_first_ns == ns(20)


def test_one_protocol_alone_is_not_compared_and_that_is_said() -> None:
    answer = ask(TransportQuestion, turns("h2", 1, LEAST, 100, (1, 2)))
    (why,) = answer.unanswered

    assert answer.protocol_comparison == ()
    assert why.reason == "chat turns came over HTTP/2 only; both are needed"


def test_gaps_under_load_are_compared_turn_by_turn() -> None:
    records: list[AnyRecord] = [client(1), server(2)]
    for number in range(LEAST):
        begin = 10_000.0 * (number + 1)
        quick = [begin + 20 * place for place in range(GAPS_LEAST + 1)]
        slow = [quick[-1] + 60 * place for place in range(1, GAPS_LEAST + 1)]
        records += turn(2 * number + 1, [*quick, *slow])
        took = slow[-1] - quick[-1] - 20
        records += call(2 * number + 2, quick[-1] - 10, wait_ms=5, took_ms=took)
    (row,) = ask(TransportQuestion, records).head_of_line

    assert (row.turns, row.compared) == (LEAST, LEAST)
    assert (row.gap_shared_ns, row.gap_alone_ns, row.difference_ns) == (ns(60), ns(20), ns(40))
    assert row.verdict.startswith("gaps under load longer: large effect")


def test_a_turn_with_few_gaps_of_a_kind_is_not_compared() -> None:
    texts = [1000.0 + 20 * place for place in range(GAPS_LEAST)]
    (row,) = ask(TransportQuestion, [client(1), server(2), *turn(1, texts)]).head_of_line

    assert (row.turns, row.compared, row.gaps_alone) == (1, 0, GAPS_LEAST - 1)
    assert row.verdict.startswith("too few")


@pytest.mark.parametrize("seed", range(5))
def test_loads_that_have_nothing_to_do_with_the_gaps_are_not_blamed(seed: int) -> None:
    """A long gap meets more loads than a short one by being long."""
    chance = random.Random(seed)
    records: list[AnyRecord] = [client(1), server(2)]
    for number in range(12):
        at = begin = 100_000.0 * (number + 1)
        texts = [at := at + chance.lognormvariate(3.5, 1) for _ in range(80)]
        records += turn(50 * number + 1, texts)
        for load in range(2, 42):
            sent = begin + chance.random() * (at - begin)
            records += call(50 * number + load, sent, wait_ms=1, took_ms=21)
    (row,) = ask(TransportQuestion, records).head_of_line

    assert row.compared == 12
    assert row.verdict.startswith("within noise")


@pytest.mark.parametrize("seed", range(5))
def test_one_distribution_is_seldom_called_two(seed: int) -> None:
    chance = random.Random(seed)
    figures = [round(chance.lognormvariate(4, 1) * 1e6) for _ in range(400)]
    halves = [figures[start : start + 20] for start in range(0, 400, 20)]
    called = [
        compare(one, other, "x").p_value
        for one, other in zip(halves[::2], halves[1::2], strict=True)
    ]

    assert sum(isinstance(p, float) and p < ALPHA for p in called) <= 1


def test_equal_figures_are_no_difference() -> None:
    same = compare([5] * LEAST, [5] * LEAST, "x")
    pairs = compare_pairs([0] * LEAST, "x")

    assert (same.p_value, same.verdict) == (1.0, "no difference")
    assert same.smaller_share == 0.5
    assert pairs == (1.0, "no difference")


def test_no_figures_are_nothing_to_compare() -> None:
    assert compare([], [1] * LEAST, "x").verdict == "nothing to compare"


@given(
    st.lists(st.integers(0, 40), min_size=LEAST, max_size=40),
    st.lists(st.integers(10, 60) | st.integers(10**9, 10**10), min_size=LEAST, max_size=40),
)
def test_groups_are_compared_as_scipy_does(one: list[int], other: list[int]) -> None:
    expected = mannwhitneyu(one, other, alternative="two-sided", method="auto")
    found = compare(one, other, "x")

    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.smaller_share == pytest.approx(expected.statistic / (len(one) * len(other)))
