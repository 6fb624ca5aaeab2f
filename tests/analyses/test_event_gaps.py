"""The pace of event streams whose text is not known."""

from making import a_turn, an_exchange

from analyzer.analyses.event_gaps import measure_event_gaps
from analyzer.analyses.statistics import Distribution
from analyzer.model import Unmeasurable

STREAM = an_exchange(dialect="generic")


def test_events_of_one_read_are_one_arrival() -> None:
    found = measure_event_gaps(STREAM, "chunk", [5, 5, 25, 65], [0, 0, 1, 2])

    assert isinstance(found, Distribution)
    assert (found.n, found.points) == (2, (20, 40))


def test_a_coarse_clock_or_one_that_goes_back_makes_no_gap() -> None:
    found = measure_event_gaps(STREAM, "packet", [50, 50, 40, 80], [0, 1, 2, 3])

    assert isinstance(found, Distribution)
    assert found.points == (30,)


def test_twenty_gaps_have_a_p99() -> None:
    found = measure_event_gaps(STREAM, "chunk", range(0, 210, 10), range(21))

    assert isinstance(found, Distribution)
    assert (found.n, found.p99, found.points) == (20, 10, ())


def test_without_two_arrivals_or_a_clock_there_is_a_reason() -> None:
    for times, reads in (([], []), ([7], [0]), ([7, 7], [0, 0])):
        found = measure_event_gaps(STREAM, "chunk", times, reads)

        assert isinstance(found, Unmeasurable)
        assert "no gap" in found.reason
    assert measure_event_gaps(STREAM, "none", [1, 2], [0, 1]) == Unmeasurable(
        "the capture holds no times"
    )


def test_turns_and_plain_calls_have_none() -> None:
    assert measure_event_gaps(an_exchange(a_turn([])), "chunk", [1, 2], [0, 1]) is None
    assert measure_event_gaps(an_exchange(streamed=False), "chunk", [], []) is None
