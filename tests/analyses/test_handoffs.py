"""A turn that came by several streams was asked for once, and is counted once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import Text, measured, ns

from analyzer.analyses.gaps import Gaps, Stalls
from analyzer.analyses.handoffs import Part, join_parts, join_turns
from analyzer.analyses.latency import WENT_ON, Latency
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import Goodput, Threshold, goodput, pool
from analyzer.analyses.statistics import Distribution
from analyzer.model import Clock, Unmeasurable

RESUME = "/backend-api/f/conversation/resume"


def begun(*texts: Text, exchange: int = 1, status: str = "handoff", **more: Any) -> Measured:
    """A stream that was asked for at 0 ms and left its turn open."""
    turn = {"status": status, "conversation_id": "c"}
    return measured(*texts, exchange=exchange, turn=turn, **more)


def rest(
    *texts: Text, exchange: int = 2, sent_ms: float = 300, status: str = "complete", **more: Any
) -> Measured:
    turn = {"status": status, "conversation_id": "c"}
    sent = ns(sent_ms)
    return measured(*texts, exchange=exchange, path=RESUME, sent_ns=sent, turn=turn, **more)


def latencies(*ones: Measured) -> list[Latency]:
    joined = join_turns(ones)
    found = [joined[number].latency for number in sorted(joined)]
    assert all(found)
    return [one for one in found if one is not None]


def test_the_wait_of_a_handed_off_turn_counts_from_its_first_request() -> None:
    first, last = latencies(begun(), rest(Text(500, 0), Text(700, 1)))

    assert (first.ttft_ns, first.ttfo_ns, first.e2el_ns) == (WENT_ON,) * 3
    assert (last.ttft_ns, last.ttfo_ns, last.e2el_ns) == (ns(500), ns(500), ns(700))
    assert isinstance(last.gaps, Gaps)
    assert last.gaps.gap_ns.tolist() == [ns(200)]


def test_what_was_felt_is_counted_once() -> None:
    both = list(join_turns([begun(), rest(Text(500, 0), Text(700, 1))]).values())
    pooled = pool(both)

    assert pooled.turns == 1
    for figure, expected in ((pooled.ttft, 500), (pooled.ttfo, 500), (pooled.e2el, 700)):
        assert isinstance(figure, Distribution)
        assert (figure.n, figure.max) == (1, ns(expected))
    for limit, met in (("ttft=600ms", 1), ("ttft=400ms", 0)):
        found = goodput(both, [Threshold.parse(limit)])
        assert isinstance(found, Goodput)
        assert (found.met, found.n) == (met, 1)


def test_text_before_the_handoff_was_the_first_text() -> None:
    """Reasoning on one stream, the answer on the next."""
    thought = Text(100, 0, "x" * 40, "reasoning")
    first, last = latencies(begun(thought), rest(Text(500, 0, "x" * 40), Text(690, 1, "x" * 80)))

    assert first.ttft_ns == first.itl_ns == WENT_ON
    assert (last.ttft_ns, last.ttfo_ns, last.e2el_ns) == (ns(100), ns(500), ns(690))
    assert last.estimated_tokens == 30
    assert last.itl_ns == last.tpot_ns == pytest.approx(ns(590) / 39)
    assert pool(join_turns([begun(thought), rest(Text(500, 0))]).values()).turns == 1


def test_an_answer_that_came_before_the_handoff_was_the_first_output() -> None:
    _, last = latencies(begun(Text(100, 0)), rest(Text(500, 0)))

    assert last.ttfo_ns == ns(100)


def test_a_turn_may_be_handed_off_twice() -> None:
    parts = (
        begun(),
        rest(Text(400, 0), status="handoff"),
        rest(Text(900, 0), exchange=3, sent_ms=600),
    )
    first, second, last = latencies(*parts)

    assert first.ttft_ns == second.ttft_ns == WENT_ON
    assert (last.ttft_ns, last.e2el_ns) == (ns(400), ns(900))


def test_a_rest_that_brought_nothing_ends_the_wait_for_what_came_before() -> None:
    _, last = latencies(begun(Text(100, 0), Text(200, 1)), rest(status="cut"))

    assert (last.ttft_ns, last.e2el_ns) == (ns(100), ns(200))


def test_no_text_on_any_stream_is_no_wait() -> None:
    _, last = latencies(begun(), rest(status="cut"))

    assert last.ttft_ns == last.e2el_ns == Unmeasurable("no text came")


def test_a_stream_that_broke_off_is_gone_on_with_too() -> None:
    first, last = latencies(begun(Text(100, 0), status="cut"), rest(Text(500, 0)))

    assert first.e2el_ns == WENT_ON
    assert (last.ttft_ns, last.e2el_ns) == (ns(100), ns(500))


def test_a_rest_without_its_first_request_has_a_pace_and_no_wait() -> None:
    (alone,) = latencies(rest(Text(400, 0, "x" * 40), Text(490, 1, "x" * 40)))

    for span in (alone.ttft_ns, alone.ttfo_ns, alone.e2el_ns, alone.tpot_ns):
        assert isinstance(span, Unmeasurable)
        assert "does not hold" in span.reason
    assert alone.itl_ns == pytest.approx(ns(90) / 19)


def test_a_complete_turn_is_not_gone_on_with() -> None:
    whole, alone = latencies(begun(Text(100, 0), status="complete"), rest(Text(500, 0)))

    assert whole.e2el_ns == ns(100)
    assert isinstance(alone.ttft_ns, Unmeasurable)


def test_a_handoff_to_where_the_capture_does_not_reach_has_no_end() -> None:
    (open_end,) = latencies(begun(Text(100, 0), Text(300, 1)))
    (silent,) = latencies(begun())

    assert (open_end.ttft_ns, open_end.ttfo_ns) == (ns(100), ns(100))
    assert isinstance(open_end.e2el_ns, Unmeasurable)
    assert isinstance(silent.ttft_ns, Unmeasurable)
    assert "handed off" in silent.ttft_ns.reason


def test_a_first_request_whose_sending_was_not_seen_gives_no_wait() -> None:
    _, last = latencies(begun(sent_ns=None), rest(Text(500, 0)))

    assert last.ttft_ns == Unmeasurable("the capture does not hold when the request was sent")


@pytest.mark.parametrize("clock", ["none"])
def test_a_capture_without_times_says_so_and_nothing_else(clock: Clock) -> None:
    first, last = latencies(begun(clock=clock), rest(Text(500, 0), clock=clock))

    assert first.ttft_ns == last.ttft_ns == Unmeasurable("the capture holds no times")


def test_a_stall_is_a_share_of_the_whole_turn() -> None:
    _, last = latencies(begun(), rest(Text(500, 0), Text(1000, 1)))

    assert isinstance(last.stalls, Stalls)
    assert last.stalls.share == 0.5


def test_a_turn_begins_when_it_was_first_asked_for() -> None:
    joined = join_turns([begun(), rest(Text(500, 0))])

    assert joined[2].asked_ns == 0
    assert joined[1].asked_ns == 0
    assert rest(Text(500, 0)).asked_ns == ns(300)


def test_streams_of_other_conversations_stay_apart() -> None:
    other = measured(exchange=2, turn={"status": "handoff", "conversation_id": "d"})
    nameless = measured(exchange=4, path=RESUME, turn={"conversation_id": ""})
    found = latencies(begun(), other, rest(Text(500, 0), exchange=3), nameless)

    assert found[2].ttft_ns == ns(500)
    assert found[1].ttft_ns != WENT_ON
    assert isinstance(found[3].ttft_ns, Unmeasurable)


PARTS = st.tuples(
    st.sampled_from(["", "a", "b"]), st.booleans(), st.sampled_from(["complete", "handoff", "cut"])
)


@given(st.lists(PARTS, max_size=12))
def test_every_stream_is_in_one_turn_which_only_its_first_may_begin(
    given_parts: list[tuple[str, bool, Any]],
) -> None:
    parts = [(index, Part(*fields)) for index, fields in enumerate(given_parts)]
    turns = join_parts(parts, lambda one: one[1])

    assert sorted(one for turn in turns for one in turn) == parts
    for first, *more in turns:
        assert all(
            part.goes_on and part.conversation_id == first[1].conversation_id for _, part in more
        )
        assert all(part.status != "complete" for _, part in [first, *more][:-1])
