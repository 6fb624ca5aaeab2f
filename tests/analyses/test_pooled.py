"""Figures of many turns together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import MS, Text, a_call, measured, ns, passed_on, with_stream

from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import (
    CauseTotal,
    Goodput,
    Pool,
    Threshold,
    by_protocol,
    goodput,
    pool,
)
from analyzer.analyses.statistics import Distribution
from analyzer.model import StreamscopeError, Unmeasurable


def test_gaps_of_all_turns_are_one_pool() -> None:
    """The mean of means would let a short turn weigh as much as a long one."""
    found = pool(
        [
            measured(Text(100, 0), Text(140, 1), Text(200, 2), exchange=1),
            measured(Text(300, 0), Text(700, 1), exchange=2),
        ]
    )

    assert isinstance(found.icl, Distribution)
    assert found.icl.points == (ns(40), ns(60), ns(400))
    assert isinstance(found.ttft, Distribution)
    assert found.ttft.points == (ns(100), ns(300))
    assert (found.turns, found.chunks, found.arrivals) == (2, 5, 5)
    assert (found.stalls, found.stalled_turns, found.stalled_ns) == (1, 1, ns(400))


def test_a_figure_no_turn_has_says_why() -> None:
    found = pool([measured(exchange=1), measured(exchange=2)])

    assert found.ttft == Unmeasurable("no text came")
    assert found.icl == Unmeasurable("nothing was measured")


def test_a_turn_without_the_figure_is_not_counted_in_its_n() -> None:
    found = pool([measured(exchange=1), measured(Text(100, 0), exchange=2)])

    assert isinstance(found.ttft, Distribution)
    assert (found.turns, found.ttft.n) == (2, 1)


def test_calls_take_no_part() -> None:
    assert pool([a_call(1)]).turns == 0


def test_coalescing_is_summed_over_streams() -> None:
    turn = with_stream(measured(Text(1, 0)), reads=10, events=14, coalesced=4)

    found = pool([turn, turn])

    assert (found.reads, found.events, found.coalesced) == (20, 28, 8)


def test_causes_are_totalled_the_longest_first() -> None:
    passed = passed_on(
        [(100, 9), (150, 9), (200, 9), (230, 9)], [(0, 100, 0), (1, 200, 2), (2, 230, 3)]
    )
    found = pool([measured(Text(100, 0), Text(200, 2), Text(230, 3), passed=passed)])

    assert found.causes == (
        CauseTotal("keepalive", 1, ns(100), ns(100)),
        CauseTotal("silence", 1, ns(30), ns(30)),
    )


def test_turns_are_grouped_by_what_the_client_spoke() -> None:
    turns = [
        measured(Text(1, 0), exchange=number, http_version=version, upstream_version="HTTP/2.0")
        for number, version in enumerate(["HTTP/3", "HTTP/2.0", "HTTP/1.1", "HTTP/3"])
    ]
    found = by_protocol(turns)

    assert {name: len(group) for name, group in found.items()} == {"h1": 1, "h2": 1, "h3": 2}
    assert list(found) == ["h1", "h2", "h3"]


TURNS = [
    measured(Text(100, 0), Text(140, 1), exchange=1),
    measured(Text(90, 0), Text(470, 1), Text(480, 2), exchange=2),
    measured(exchange=3),
    measured(Text(50, 0), exchange=4, how="unfinished"),
]


@settings(max_examples=30)
@given(st.permutations(TURNS))
def test_the_order_of_exchanges_makes_no_difference(turns: list[Measured]) -> None:
    mixed, sorted_ = pool(turns), pool(TURNS)

    for name in ("ttft", "ttfo", "icl", "itl", "e2el", "tail", "causes", "stalls", "arrivals"):
        assert getattr(mixed, name) == getattr(sorted_, name), name
    assert all_gaps(mixed) == all_gaps(sorted_)


def all_gaps(found: Pool) -> list[int]:
    return sorted(gap for gaps in found.gaps for gap in gaps.gap_ns.tolist())


@pytest.mark.parametrize(
    ("text", "figure", "limit_ms"),
    [("ttft=800ms", "ttft", 800), ("gap = 0.5 s", "gap", 500), ("itl=50000us", "itl", 50)],
)
def test_a_threshold_is_read_from_text(text: str, figure: str, limit_ms: int) -> None:
    assert Threshold.parse(text) == Threshold(figure, limit_ms * MS)  # type: ignore[arg-type] # checked by parse


@pytest.mark.parametrize("text", ["ttft", "ttft=fast", "speed=1s", "ttft=1h", "ttft=-1s"])
def test_a_threshold_that_is_none_gets_a_sentence(text: str) -> None:
    with pytest.raises(StreamscopeError, match="write one of ttft, ttfo, e2el, itl, gap"):
        Threshold.parse(text)


def test_goodput_is_the_share_of_turns_that_keep_every_threshold() -> None:
    limits = [Threshold("ttft", ns(100)), Threshold("gap", ns(250))]

    found = goodput(TURNS, limits)

    # 1 keeps both, 2 stalls, 3 never answered, 4 came in one piece and has no gap.
    assert found == Goodput(tuple(limits), met=2, n=4)
    assert isinstance(found, Goodput)
    assert found.share == 0.5


def test_turns_without_a_clock_are_not_judged() -> None:
    turn = measured(Text(1, 0), clock="none")

    assert goodput([turn], [Threshold("ttft", 1)]) == Unmeasurable("no turn can be judged")


def test_goodput_needs_a_threshold() -> None:
    assert goodput(TURNS, []) == Unmeasurable("no threshold was stated")


def test_a_stream_that_handed_its_turn_off_without_text_is_no_turn_without_text() -> None:
    handed_off = measured(exchange=1, turn={"status": "handoff"})
    answered = measured(Text(100, 0), exchange=2)
    together = [handed_off, answered]

    assert pool(together).turns == 1
    found = goodput(together, [Threshold.parse("ttft=1s")])
    assert isinstance(found, Goodput)
    assert (found.met, found.n) == (1, 1)


def test_a_stream_that_handed_off_in_the_middle_of_its_text_counts() -> None:
    assert pool([measured(Text(100, 0), turn={"status": "handoff"})]).turns == 1
