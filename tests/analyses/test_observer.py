"""The observer's own cost, and which time was its own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from making import MS, ns

from analyzer.analyses.observer import LateSpans, ObserverSummary, summarise_observer
from analyzer.model import Observer, Unmeasurable


def late(*samples: tuple[float, float]) -> LateSpans:
    """Samples as (ran at, late by), in milliseconds."""
    return LateSpans.of(
        [
            Observer(
                at_ns=ns(1000),
                window_ns=ns(1000),
                samples=len(samples),
                late_at_ns=tuple(ns(at) for at, _ in samples),
                late_ns=tuple(ns(by) for _, by in samples),
            )
        ]
    )


def overlap_ms(spans: LateSpans, from_ms: float, to_ms: float) -> float:
    found = spans.overlap_ns(np.array([ns(from_ms)]), np.array([ns(to_ms)]))
    return int(found[0]) / MS


def test_a_late_sample_blocks_the_time_before_it_ran() -> None:
    spans = late((500, 40))

    assert overlap_ms(spans, 400, 600) == 40
    assert overlap_ms(spans, 480, 490) == 10
    assert overlap_ms(spans, 400, 460) == 0
    assert overlap_ms(spans, 500, 600) == 0


def test_overlapping_samples_count_once() -> None:
    spans = late((500, 40), (510, 40), (700, 5))

    assert overlap_ms(spans, 0, 1000) == 55


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 50)), max_size=12))
def test_overlap_equals_counting_the_milliseconds(samples: list[tuple[int, int]]) -> None:
    blocked = {ms for at, by in samples for ms in range(at - by, at)}
    spans = late(*samples)

    for start, end in ((-60, 310), (10, 20), (100, 250)):
        assert overlap_ms(spans, start, end) == len(blocked & set(range(start, end)))


def test_no_late_sample_means_no_lag() -> None:
    assert overlap_ms(LateSpans.of([]), 0, 1000) == 0


def test_windows_are_pooled() -> None:
    windows = [
        Observer(ns(1000), ns(1000), 100, ns(0.2), ns(0.9), (), (), 10, 20_000, 50_000, 3),
        Observer(
            ns(2000), ns(1000), 100, ns(0.4), ns(30), (ns(1500),) * 3, (ns(30), ns(9), ns(6)), 30,
            60_000, 150_000, 7,
        ),
    ]  # fmt: skip

    assert summarise_observer(windows) == ObserverSummary(
        samples=200,
        lag_median_ns=ns(0.3),
        lag_p99_ns=ns(6),
        lag_max_ns=ns(30),
        late_samples=3,
        reads=40,
        stamping_per_read_ns=2_000.0,
        writer_cpu_ns=200_000,
        window_ns=ns(2000),
        writer_core_share=0.0001,
        queue_peak=7,
    )


def test_a_p99_below_what_is_kept_singly_is_not_guessed() -> None:
    window = Observer(ns(1000), ns(1000), 100, ns(0.2), ns(6), (ns(5),), (ns(6),))

    found = summarise_observer([window])

    assert isinstance(found, ObserverSummary)
    assert found.lag_p99_ns == Unmeasurable("under 5 ms")


def test_what_writing_cost_is_not_blamed_on_the_streamed_reads() -> None:
    """The writer also decodes and searches whole bodies; a window may hold nothing else."""
    found = summarise_observer([Observer(ns(1000), ns(1000), 0, writer_cpu_ns=ns(20))])

    assert isinstance(found, ObserverSummary)
    assert found.stamping_per_read_ns == Unmeasurable("no streamed read was stamped")
    assert (found.writer_cpu_ns, found.writer_core_share) == (ns(20), 0.02)


def test_windows_that_took_no_time_give_no_share() -> None:
    found = summarise_observer([Observer(ns(1000), 0, 0, writer_cpu_ns=ns(20))])

    assert isinstance(found, ObserverSummary)
    assert found.writer_core_share == Unmeasurable("its windows took no time")


def test_a_tool_that_did_not_measure_itself_is_said_to_have_not() -> None:
    found = summarise_observer([])

    assert found == Unmeasurable("the tool that made this capture did not measure itself")
