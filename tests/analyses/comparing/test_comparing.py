"""Groups against each other: what is a result, what is noise, and what is too little to say."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from making import MS, Text, a_call, a_head, a_result, an_analysis, measured

from analyzer.analyses.answers import Answers
from analyzer.analyses.comparing import Compared, Group, compare_groups
from analyzer.analyses.comparing.results import TimeComparison
from analyzer.analyses.comparing.shares import fisher
from analyzer.analyses.comparing.splitting import split
from analyzer.analyses.credentials.rows import CredentialsFound
from analyzer.analyses.latency import WENT_ON
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import pool
from analyzer.analyses.statistics import Distribution
from analyzer.analyses.transport.rows import ConnectionRow, TransportFound
from analyzer.model import Problem, Unmeasurable


def a_chat(exchange: int, first_ms: float, gap_ms: float = 50, **fields: Any) -> Measured:
    texts = [Text(first_ms + gap_ms * read, read, "many words") for read in range(6)]
    return measured(*texts, exchange=exchange, **{"server_connection": exchange, **fields})


def a_group(name: str, waits_ms: Sequence[float], gap_ms: float = 50, **head: Any) -> Group:
    """A capture of turns with these TTFTs, each over a connection of its own."""
    turns = [a_chat(number, wait, gap_ms) for number, wait in enumerate(waits_ms, 1)]
    return Group(name, (a_result(*turns, head=a_head(**{"capture_id": name, **head})),))


def against(first: Group, second: Group) -> Compared:
    (found,) = compare_groups([first, second]).against_first
    return found


def time_of(found: Compared, metric: str) -> TimeComparison:
    return next(one for one in found.times if one.metric == metric)


def verdicts(found: Compared, metric: str) -> dict[int, str]:
    return {one.percentile: one.verdict for one in time_of(found, metric).shifts}


def waits(n: int, seed: int, longer: float = 0) -> list[float]:
    """Some 400 ms, the longest twice as long."""
    dice = np.random.default_rng(seed)
    return [round(float(one), 3) + longer for one in dice.lognormal(6, 0.25, n)]


def test_a_shift_beyond_noise_is_a_result() -> None:
    found = against(a_group("before", waits(80, 1)), a_group("after", waits(80, 2, longer=300)))
    ttft = time_of(found, "ttft")
    median = ttft.shifts[0]

    assert verdicts(found, "ttft") == {50: "more than noise", 95: "more than noise"}
    assert median.interval is not None
    assert median.interval.low < 300 * MS < median.interval.high
    assert isinstance(ttft.p_value, float)
    assert ttft.p_value < 0.0001
    assert isinstance(ttft.delta, float)
    assert ttft.delta > 0.9


def test_the_same_again_is_noise() -> None:
    found = against(a_group("before", waits(80, 1)), a_group("after", waits(80, 2)))

    assert verdicts(found, "ttft") == {50: "within noise", 95: "within noise"}
    assert "more than noise" not in {shift.verdict for one in found.times for shift in one.shifts}


def test_a_capture_against_itself_differs_by_nothing() -> None:
    group = a_group("same", waits(70, 1))
    found = against(group, group)

    assert {shift.difference for one in found.times for shift in one.shifts} == {0}
    assert "more than noise" not in {shift.verdict for one in found.times for shift in one.shifts}
    assert found.cautions[0] == "Both have turns of the same capture: what is in both can't differ."


def test_few_turns_give_no_result_however_far_apart() -> None:
    """n = 7 lacks one for a median; a p95 wants sixty of each."""
    seven = against(a_group("a", waits(7, 1)), a_group("b", waits(80, 2, longer=5_000)))
    eight = against(a_group("a", waits(8, 1)), a_group("b", waits(59, 2, longer=5_000)))
    sixty = against(a_group("a", waits(60, 1)), a_group("b", waits(60, 2, longer=5_000)))

    assert verdicts(seven, "ttft") == {50: "too few", 95: "too few"}
    assert time_of(seven, "ttft").shifts[0].interval is None
    assert verdicts(eight, "ttft") == {50: "more than noise", 95: "too few"}
    assert verdicts(sixty, "ttft") == {50: "more than noise", 95: "more than noise"}
    assert [one.needed for one in time_of(seven, "ttft").shifts] == [8, 60]


def test_a_tail_can_differ_where_the_median_does_not() -> None:
    """One turn in ten waits longer: ranks don't see it, the p95 does."""
    slow = [wait + 3_000 * (number % 10 == 0) for number, wait in enumerate(waits(120, 2))]
    found = against(a_group("before", waits(120, 1)), a_group("after", slow))
    ttft = time_of(found, "ttft")

    assert verdicts(found, "ttft") == {50: "within noise", 95: "more than noise"}
    assert isinstance(ttft.p_value, float)
    assert ttft.p_value > 0.01


def test_disagreement_at_the_median_is_unclear() -> None:
    """All the lower half is shorter and the median is the same: ranks see it, the interval not."""
    before = [400.0 + number for number in range(120)]
    after = [100.0 + number for number in range(58)] + before[58:]
    found = against(a_group("before", before), a_group("after", after))

    ttft = time_of(found, "ttft")
    assert isinstance(ttft.p_value, float)
    assert ttft.p_value < 0.01
    assert ttft.shifts[0].interval is not None
    assert not ttft.shifts[0].interval.strictly_leaves_out_zero
    assert ttft.shifts[0].verdict == "unclear"


def test_gaps_count_turn_by_turn() -> None:
    """Ten turns have fifty gaps, and ten figures that are independent."""
    found = against(a_group("a", waits(10, 1)), a_group("b", waits(10, 2), gap_ms=80))
    icl = time_of(found, "icl")

    assert (icl.n_first, icl.independent_first) == (50, 10)
    assert verdicts(found, "icl") == {50: "more than noise", 95: "too few"}
    assert icl.shifts[0].difference == 30 * MS


def test_percentiles_are_those_of_the_report() -> None:
    first, second = a_group("a", waits(30, 1)), a_group("b", waits(30, 2))
    found = against(first, second)
    for metric in ("ttft", "icl", "e2el", "itl", "tail", "time_to_headers"):
        for group, side in ((first, "first"), (second, "second")):
            pooled = getattr(pool(group.turns), metric)
            assert isinstance(pooled, Distribution)
            shown = [getattr(one, side) for one in time_of(found, metric).shifts]

            assert shown == [pooled.p50, pooled.p95]


def test_a_difference_below_the_clocks_step_is_none() -> None:
    """A browser's log cuts times down to milliseconds."""
    first = a_group("a", [400.0] * 20)
    second = a_group("b", [400.5] * 20, resolution_ns=1_000_000)

    assert verdicts(against(first, second), "ttft")[50] == "below the clock"


def test_what_one_does_not_have_is_missing_with_a_reason() -> None:
    found = against(a_group("a", waits(9, 1)), Group("b", (a_result(a_call(1)),)))

    assert ("ttft", "b has none") in found.missing
    assert found.times == ()
    assert [one.metric for one in found.shares] == ["HTTP errors"]


def test_another_vantage_and_clock_is_said() -> None:
    found = against(
        a_group("a", waits(9, 1)), a_group("b", waits(9, 2), source="netlog", clock="event")
    )

    assert any("seen at different places" in one and "NetLog" in one for one in found.cautions)
    assert any("clocks stamp different things" in one for one in found.cautions)


def test_few_connections_are_said() -> None:
    turns = [a_chat(number, 100.0, server_connection=1) for number in range(1, 10)]
    shared = Group("shared", (a_result(*turns, head=a_head(capture_id="x")),))

    (caution,) = against(a_group("a", waits(9, 1)), shared).cautions

    assert caution.startswith("The turns came over few connections (a: 9, shared: 1)")


def test_every_group_is_set_against_the_first() -> None:
    groups = [a_group(name, waits(9, seed)) for seed, name in enumerate("abc")]
    found = compare_groups(groups)

    assert found.names == ("a", "b", "c")
    assert [(one.first, one.second) for one in found.against_first] == [("a", "b"), ("a", "c")]


@pytest.mark.parametrize(
    ("failed", "n", "verdict"),
    [(0, 30, "within noise"), (12, 30, "more than noise"), (3, 7, "too few")],
)
def test_shares_are_compared_exactly(failed: int, n: int, verdict: str) -> None:
    turns = [
        a_chat(number, 100.0, turn={"status": "cut" if number <= failed else "complete"})
        for number in range(1, n + 1)
    ]
    second = Group("b", (a_result(*turns, head=a_head(capture_id="b")),))
    found = against(a_group("a", waits(30, 1)), second)
    share = next(one for one in found.shares if one.metric == "failed turns")

    assert (share.count_second, share.n_second) == (failed, n)
    assert share.verdict == verdict
    assert isinstance(share.p_value, Unmeasurable) == (verdict == "too few")


@pytest.mark.parametrize(
    ("table", "p_value"),
    [
        ((3, 4, 1, 4), 0.485714285714),  # Fisher's lady who tasted tea
        ((0, 30, 12, 30), 0.000124),
        ((1, 180, 1, 180), 1.0),
        ((0, 10, 0, 10), 1.0),
        ((10, 10, 10, 10), 1.0),
        ((50, 1_000, 120, 1_000), 2.1e-8),
    ],
)
def test_the_exact_test_is_fishers(table: tuple[int, int, int, int], p_value: float) -> None:
    assert fisher(*table) == pytest.approx(p_value, rel=0.02)


def a_connection(number: int, protocol: str, handshake_ms: int) -> ConnectionRow:
    row = dict.fromkeys(ConnectionRow.__struct_fields__, 0)
    given: dict[str, Any] = {
        "connection_id": number,
        "side": "server",
        "protocol": protocol,
        "handshake_ns": handshake_ms * MS,
    }
    return ConnectionRow(**{**row, **given})


def test_a_capture_is_split_by_protocol() -> None:
    """With the connections of each; what is of the whole capture is in no part."""
    turns = [
        a_chat(1, 100, server_connection=1),
        a_chat(2, 200, server_connection=2, http_version="HTTP/3"),
        a_chat(3, 300, server_connection=2, http_version="HTTP/3"),
    ]
    rows = (a_connection(1, "h2", 20), a_connection(2, "h3", 10))
    answers = Answers(transport=TransportFound(connections=rows))
    problems = (Problem("a", "body", "", exchange=1), Problem("b", "body", "", exchange=3))
    whole = an_analysis(a_result(*turns, a_call(4), answers=answers, problems=problems))

    parts = split(whole, "protocol")

    assert list(parts) == ["h2", "h3"]
    (capture,) = parts["h3"].captures
    assert [one.exchange.exchange for one in capture.turns] == [2, 3]
    assert [one.connection_id for one in capture.answers.transport.connections] == [2]
    assert [one.code for one in capture.problems] == ["b"]
    assert capture.answers.credentials == CredentialsFound()


def test_turns_that_went_on_elsewhere_do_not_count_as_failed() -> None:
    first = a_chat(1, 100, turn={"status": "cut"})
    assert first.latency is not None
    elsewhere = msgspec.structs.replace(
        first, latency=msgspec.structs.replace(first.latency, ttft_ns=WENT_ON)
    )
    group = Group("a", (a_result(elsewhere, *(a_chat(n, 100.0) for n in range(2, 12))),))
    found = against(group, a_group("b", waits(9, 1)))
    share = next(one for one in found.shares if one.metric == "failed turns")

    assert (share.count_first, share.n_first) == (0, 10)
