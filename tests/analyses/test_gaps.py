"""Arrivals, the gaps between them, and whose they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import Text, a_turn, latency_of, ns, passed_on

from analyzer.analyses.gaps import (
    CAUSES,
    PHASES,
    STALL_NS,
    Arrivals,
    Cause,
    Gaps,
    Stalls,
    find_gaps,
    find_stalls,
)
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.passed import Passed
from analyzer.model import Observer, Unmeasurable


def gaps_of(*texts: Text, passed: Passed | None = None) -> Gaps:
    return find_gaps(Arrivals.of(a_turn(texts).texts), passed)


def causes(gaps: Gaps) -> list[Cause]:
    return [CAUSES[cause] for cause in gaps.cause]


def test_texts_of_one_read_are_one_arrival() -> None:
    gaps = gaps_of(Text(100, 1), Text(100, 1), Text(140, 2), Text(140, 2), Text(200, 3))

    assert gaps.gap_ns.tolist() == [ns(40), ns(60)]
    assert gaps.at_ns.tolist() == [ns(140), ns(200)]
    assert gaps.read.tolist() == [2, 3]
    assert gaps.seq.tolist() == [2, 4]


def test_each_arrival_says_how_much_text_it_brought() -> None:
    brought = Arrivals.of(
        a_turn([Text(100, 1, text="ab"), Text(100, 1, text="c"), Text(140, 2, text="défg")]).texts
    )
    gaps = find_gaps(brought, None)

    assert brought.chars.tolist() == [3, 4]
    assert gaps.chars.tolist() == [4]


def test_reads_that_a_coarse_clock_stamps_alike_are_one_arrival() -> None:
    """A gap of zero would be the clock's resolution, not the service's pace."""
    gaps = gaps_of(Text(100, 1), Text(100, 2), Text(101, 3))

    assert gaps.gap_ns.tolist() == [ns(1)]


def test_all_text_in_one_read_leaves_no_gap() -> None:
    assert len(gaps_of(Text(100, 4), Text(100, 4))) == 0


def test_no_text_leaves_no_gap() -> None:
    assert len(gaps_of()) == 0


def test_a_gap_names_the_phase_it_lies_in() -> None:
    gaps = gaps_of(
        Text(10, 0, kind="reasoning"), Text(20, 1, kind="reasoning"), Text(30, 2), Text(40, 3)
    )

    assert [PHASES[phase] for phase in gaps.phase] == ["reasoning", "switch", "answer"]


READS = [(100.0, 60), (150.0, 20), (200.0, 60)]


@pytest.mark.parametrize(
    ("passed", "cause"),
    [
        (passed_on([(100, 60), (200, 60)], [(0, 100, 0), (1, 200, 1)]), "silence"),
        (passed_on(READS, [(0, 100, 0), (1, 200, 2)]), "keepalive"),
        (passed_on(READS, [(0, 100, 0), (1, 150, 2)]), "partial"),
        (passed_on(READS, [(0, 100, 0), (1, 100, 2)]), "partial"),
        (passed_on(READS, [(0, 100, 0), (5, 150, 1), (9, 200, 2)]), "events"),
        (passed_on(READS, [(0, 100, 0), (5, 150, 1), (9, 200, 2)], tools=[1]), "tool"),
        (passed_on([(100, 60), (150, 0), (200, 60)], [(0, 100, 0), (1, 200, 2)]), "silence"),
        (None, "unknown"),
    ],
    ids=[
        "nothing came", "a comment came", "the event came in two pieces",
        "the event began in the read before", "an event without text", "text for a tool",
        "a read without bytes", "not logged",
    ],
)  # fmt: skip
def test_a_gap_says_what_passed_meanwhile(passed: Passed | None, cause: Cause) -> None:
    last_read = 2 if passed is None else len(passed.read_at_ns) - 1
    gaps = gaps_of(Text(100, 0), Text(200, last_read), passed=passed)

    assert causes(gaps) == [cause]


def test_events_that_share_a_read_with_the_text_passed_with_it_and_not_between() -> None:
    passed = passed_on([(100, 60), (200, 60)], [(0, 100, 0), (1, 100, 0), (2, 200, 1), (3, 200, 1)])
    gaps = gaps_of(Text(100, 0), Text(200, 1), passed=passed)

    assert causes(gaps) == ["silence"]


def late(at_ms: float, by_ms: float) -> LateSpans:
    return LateSpans.of([Observer(ns(9000), ns(9000), 1, 0, ns(by_ms), (ns(at_ms),), (ns(by_ms),))])


@pytest.mark.parametrize(
    ("late_by_ms", "cause"), [(49.0, "unknown"), (50.0, "proxy"), (100.0, "proxy")]
)
def test_a_gap_is_the_proxys_own_if_it_was_late_for_half_of_it(
    late_by_ms: float, cause: Cause
) -> None:
    gaps = gaps_of(Text(100, 0), Text(200, 1)).with_lag(late(200, late_by_ms))

    assert causes(gaps) == [cause]
    assert gaps.lag_ns.tolist() == [ns(late_by_ms)]


def test_lag_outside_of_the_gap_does_not_count() -> None:
    gaps = gaps_of(Text(100, 0), Text(200, 1)).with_lag(late(100, 90))

    assert causes(gaps) == ["unknown"]


def test_stalls_are_counted_from_their_threshold_on() -> None:
    gaps = gaps_of(Text(100, 0), Text(349.9, 1), Text(599.9, 2), Text(1000, 3))

    assert find_stalls(gaps, STALL_NS, ns(1000)) == Stalls(
        threshold_ns=STALL_NS,
        count=2,
        total_ns=ns(650.1),
        longest_ns=ns(400.1),
        share=0.6501,
        of_proxy=0,
    )


def test_a_stall_of_the_proxy_is_counted_apart() -> None:
    latency = latency_of(Text(100, 0), Text(500, 1), Text(900, 2))
    assert isinstance(latency.gaps, Gaps)
    stalls = find_stalls(latency.gaps.with_lag(late(500, 300)), STALL_NS, latency.e2el_ns)

    assert (stalls.count, stalls.of_proxy) == (2, 1)


def test_a_share_needs_the_turns_length() -> None:
    gaps = gaps_of(Text(100, 0), Text(500, 1))
    stalls = find_stalls(gaps, STALL_NS, Unmeasurable("unknown here"))

    assert stalls.share == Unmeasurable("unknown here")
    assert stalls.total_ns == ns(400)


STEPS = st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=60)


@given(STEPS)
def test_gaps_are_positive_and_sum_to_last_minus_first(steps: list[tuple[int, bool]]) -> None:
    """Whatever shares a read or a moment, no time is lost and none is invented."""
    at, read, texts = 0, 0, []
    for wait, same_read in steps:
        if not same_read:
            at, read = at + wait, read + 1
        texts.append(Text(at, read))
    arrivals = Arrivals.of(a_turn(texts).texts)
    gaps = find_gaps(arrivals, None)

    assert (gaps.gap_ns > 0).all()
    assert len(gaps) == max(len(arrivals) - 1, 0)
    if texts:
        assert int(gaps.gap_ns.sum()) == ns(texts[-1].at_ms - texts[0].at_ms)


def test_equality_is_by_value() -> None:
    one, same = gaps_of(Text(1, 0), Text(2, 1)), gaps_of(Text(1, 0), Text(2, 1))

    assert one == same
    assert one != gaps_of(Text(1, 0), Text(3, 1))
    assert isinstance(one.gap_ns, np.ndarray)
