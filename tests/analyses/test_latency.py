"""Each metric on literal times, and what can't be measured."""

import pytest
from making import Text, a_turn, an_exchange, latency_of, ns

from analyzer.analyses.gaps import STALL_NS, Gaps, Stalls
from analyzer.analyses.latency import (
    ExchangeTimes,
    Latency,
    estimate_tokens,
    measure_latency,
    measure_times,
)
from analyzer.model import Clock, StreamStats, Unmeasurable

STEADY = (Text(500, 3, "four"), Text(540, 4, "four"), Text(600, 5, "four"))


def test_an_answer_of_three_chunks() -> None:
    latency = latency_of(*STEADY)

    assert latency.ttft_ns == ns(500)
    assert latency.ttfo_ns == ns(500)
    assert latency.e2el_ns == ns(600)
    assert latency.tail_ns == ns(1400)
    assert (latency.chunks, latency.arrivals, latency.estimated_tokens) == (3, 3, 3)
    assert latency.itl_ns == ns(50)
    assert latency.tpot_ns == ns(50)
    assert latency.rate_per_s == 20.0
    assert latency.longest_gap_ns == ns(60)
    assert isinstance(latency.gaps, Gaps)
    assert latency.gaps.gap_ns.tolist() == [ns(40), ns(60)]
    assert latency.stalls == Stalls(STALL_NS, 0, 0, 0, 0.0, 0)


def test_everything_counts_from_request_sent_and_not_from_its_headers() -> None:
    latency = latency_of(*STEADY, started_ns=ns(100), sent_ns=ns(200))

    assert latency.ttft_ns == ns(300)
    assert latency.e2el_ns == ns(400)


def test_reasoning_is_text_but_no_output() -> None:
    latency = latency_of(
        Text(300, 1, "hmm.", kind="reasoning"), Text(900, 2, "Yes."), Text(950, 3, "Sure")
    )

    assert latency.ttft_ns == ns(300)
    assert latency.ttfo_ns == ns(900)
    assert latency.estimated_tokens == 3


def test_reasoning_alone_has_no_first_output() -> None:
    latency = latency_of(Text(300, 1, kind="reasoning"))

    assert latency.ttft_ns == ns(300)
    assert latency.ttfo_ns == Unmeasurable("no answer text came")


def test_a_title_is_no_text() -> None:
    """The reassembler keeps titles out of the text arrivals; nor are they tokens."""
    latency = latency_of(turn={"title": "Tides"})

    assert latency.ttft_ns == Unmeasurable("no text came")
    assert latency.estimated_tokens == 0


def test_without_text_the_waits_are_unmeasurable_and_the_arrivals_none() -> None:
    latency = latency_of()

    assert latency.arrivals == 0
    assert latency.e2el_ns == Unmeasurable("no text came")
    assert latency.stalls == Unmeasurable("no text came")


def test_text_in_one_read_has_no_pace() -> None:
    """A rate of infinity or a latency of zero would be the packing of the read."""
    latency = latency_of(Text(500, 3), Text(500, 3), Text(500, 3))
    one_arrival = Unmeasurable("all text came in one arrival, so there is no gap")

    assert (latency.chunks, latency.arrivals) == (3, 1)
    assert latency.ttft_ns == latency.e2el_ns == ns(500)
    assert latency.itl_ns == latency.tpot_ns == latency.rate_per_s == one_arrival
    assert latency.gaps == latency.longest_gap_ns == one_arrival
    assert isinstance(latency.stalls, Stalls)
    assert latency.stalls.count == 0


def test_a_word_too_short_for_two_tokens_has_no_pace() -> None:
    latency = latency_of(Text(500, 3, "o"), Text(600, 4, "k"))

    assert latency.itl_ns == Unmeasurable("the text is shorter than two estimated tokens")
    assert latency.longest_gap_ns == ns(100)


def test_tokens_are_octets_over_four_rounded_up() -> None:
    assert estimate_tokens(a_turn([Text(1, 1, "abcde")])) == 2
    assert estimate_tokens(a_turn([Text(1, 1, "äöüß"), Text(1, 1, "Hm", kind="reasoning")])) == 3
    assert estimate_tokens(a_turn([])) == 0


def test_a_revised_text_is_estimated_as_it_ended() -> None:
    """Its arrival counts for the times, its octets only once."""
    latency = latency_of(
        Text(500, 3, "first wording"), Text(800, 4, "last"), turn={"answer": "last"}
    )

    assert latency.e2el_ns == ns(800)
    assert latency.estimated_tokens == 1


def test_an_aborted_stream_is_measured_up_to_its_abort() -> None:
    latency = latency_of(*STEADY, how="client_abort", ended_ns=ns(650), turn={"status": "stopped"})

    assert latency.e2el_ns == ns(600)
    assert latency.tail_ns == ns(50)


@pytest.mark.parametrize("ended_ms", [None, 650])
def test_an_unfinished_stream_has_no_tail(ended_ms: int | None) -> None:
    ended = None if ended_ms is None else ns(ended_ms)
    latency = latency_of(*STEADY, how="unfinished", ended_ns=ended)

    assert latency.tail_ns == Unmeasurable("the capture does not hold the exchange's end")
    assert latency.e2el_ns == ns(600)


def test_without_the_moment_of_sending_only_gaps_are_known() -> None:
    latency = latency_of(*STEADY, sent_ns=None)

    assert latency.ttft_ns == Unmeasurable("the capture does not hold when the request was sent")
    assert isinstance(latency.tpot_ns, Unmeasurable)
    assert latency.itl_ns == ns(50)
    assert latency.longest_gap_ns == ns(60)
    assert isinstance(latency.stalls, Stalls)
    assert isinstance(latency.stalls.share, Unmeasurable)


def test_text_before_the_request_was_whole_has_no_ttft() -> None:
    """A service may answer while the client still sends; that is no negative wait."""
    latency = latency_of(Text(500, 3), Text(900, 4), sent_ns=ns(600))

    assert latency.ttft_ns == Unmeasurable("it came before the request was whole")
    assert latency.e2el_ns == ns(300)


def test_a_capture_without_a_clock_answers_counts_only() -> None:
    latency = latency_of(*STEADY, clock="none")
    no_clock = Unmeasurable("the capture holds no times")

    assert (latency.chunks, latency.estimated_tokens) == (3, 3)
    counts = {"exchange", "chunks", "estimated_tokens", "first_chars"}
    timed = set(Latency.__struct_fields__) - counts
    for name in timed - {"first_text_ns", "last_text_ns"}:
        assert getattr(latency, name) == no_clock, name


def test_a_clock_of_events_knows_no_causes() -> None:
    latency = latency_of(*STEADY, clock="event")

    assert latency.ttft_ns == ns(500)
    assert isinstance(latency.gaps, Gaps)
    assert set(latency.gaps.cause.tolist()) == {6}


def test_the_stall_threshold_is_an_option() -> None:
    latency = latency_of(*STEADY, stall_ns=ns(50))

    assert latency.stalls == Stalls(ns(50), 1, ns(60), ns(60), 0.1, 0)


def test_an_exchange_that_is_no_turn_is_unmeasurable() -> None:
    call = measure_latency(an_exchange(None, streamed=False), "chunk", None, STALL_NS)
    stream = measure_latency(an_exchange(None, dialect="generic"), "chunk", None, STALL_NS)

    assert call == Unmeasurable("the exchange is no chat turn")
    assert stream == Unmeasurable("dialect generic: where the text is is not known")


def test_the_parts_of_a_response() -> None:
    stream = StreamStats(first_byte_ns=ns(90), first_event_ns=ns(95))
    times = measure_times(an_exchange(stream=stream), "chunk")

    assert times == ExchangeTimes(ns(80), ns(90), ns(95), ns(2000))


def test_a_buffered_body_has_no_first_byte() -> None:
    times = measure_times(an_exchange(streamed=False), "chunk")

    assert times.time_to_headers_ns == ns(80)
    assert times.duration_ns == ns(2000)
    assert times.time_to_first_byte_ns == Unmeasurable(
        "the body was taken whole, so its first byte was not timed"
    )
    assert times.time_to_first_event_ns == Unmeasurable("the response is no event stream")


def test_a_stream_without_bytes_and_without_response() -> None:
    times = measure_times(an_exchange(headers_ns=None), "chunk")

    assert times.time_to_headers_ns == Unmeasurable("no response came")
    assert times.time_to_first_byte_ns == Unmeasurable("no body came")
    assert times.time_to_first_event_ns == Unmeasurable("no event came")


@pytest.mark.parametrize(
    ("clock", "byte"),
    [
        ("event", "the capture's clock stamps events, not bytes"),
        ("none", "the capture holds no times"),
    ],
)
def test_what_a_clock_cannot_answer_is_said(clock: Clock, byte: str) -> None:
    stream = StreamStats(first_byte_ns=ns(90), first_event_ns=ns(95))
    times = measure_times(an_exchange(stream=stream), clock)

    assert times.time_to_first_byte_ns == Unmeasurable(byte)
    assert (times.time_to_first_event_ns == ns(95)) is (clock == "event")


def test_tokens_are_those_that_came_on_this_stream() -> None:
    """The answer may have begun on another."""
    turn = {"answer": "x" * 4_000}
    latency = latency_of(Text(100, 0, "x" * 40), Text(190, 1, "x" * 40), turn=turn)

    assert latency.estimated_tokens == 20
    assert latency.itl_ns == ns(90) / 19
