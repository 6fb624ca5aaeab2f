"""Which exchange is which: by ids, by what was asked, by time, by order."""

from random import Random

import msgspec
import pytest
from aligning import Call, a_run
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.analyses.alignment import Run
from analyzer.analyses.alignment.matching import match_exchanges

EVENTS = ((20.0, "a"), (30.0, "b"), (50.0, "c"))


def pairs(a: Run, b: Run) -> list[tuple[int, int, str]]:
    return [(one.a.exchange, one.b.exchange, one.by) for one in match_exchanges(a, b).matches]


def reasons(a: Run, b: Run) -> list[tuple[int, str]]:
    matching = match_exchanges(a, b)
    return [(one.exchange, why) for one, why in (*matching.only_a, *matching.only_b)]


def test_an_id_of_the_service_decides_whatever_the_clocks_say() -> None:
    a = a_run([Call(0, number=1, request_id="x"), Call(5, number=2, request_id="y")])
    b = a_run([Call(2, number=7, request_id="y"), Call(9_000, number=8, request_id="x")])

    assert pairs(a, b) == [(1, 8, "request id"), (2, 7, "request id")]


def test_an_id_that_stands_twice_decides_nothing() -> None:
    a = a_run([Call(0, number=1, request_id="x"), Call(5_000, number=2, request_id="x")])
    b = a_run([Call(5_000, number=7, request_id="x")])

    assert pairs(a, b) == [(2, 7, "request and time")]


def test_times_decide_between_requests_that_are_alike_whatever_the_shift() -> None:
    """Where the polls stand decides, not the first comer: B has not the first two."""
    calls = [Call(at, number=n) for n, at in enumerate((0, 700, 1_900, 2_400, 5_000, 5_900))]
    a = a_run(calls)
    for shift_ms in (0, 3_600_000, -250):
        b = a_run(reversed(calls[2:]), shift_ms)

        assert pairs(a, b) == [(n, n, "request and time") for n in (2, 3, 4, 5)]


def test_another_body_status_host_or_method_is_another_request() -> None:
    a = a_run([Call(0, body=b"1", number=1), Call(0, status=401, path="/x", number=2)])
    b = a_run([Call(0, body=b"2", number=1), Call(0, status=200, path="/x", number=2)])

    assert pairs(a, b) == []
    assert (
        reasons(a, b)
        == [
            (1, "the other has it with another request body"),
            (2, "the other has it with another status"),
        ]
        * 2
    )
    assert pairs(a, a_run([Call(0, authority="other.example")])) == []
    assert pairs(a_run([Call(0, events=EVENTS)]), a_run([Call(0)])) == []


def test_a_default_port_and_each_captures_own_fingerprints_do_not_matter() -> None:
    a = a_run([Call(0, authority="Chat.example:443", path="/x?token=cred:0123456789abcdef")])
    b = a_run([Call(0, path="/x?token=cred:fedcba9876543210")])

    assert len(pairs(a, b)) == 1


def test_a_retry_that_only_one_has_is_left_over() -> None:
    first = Call(0, number=1, events=EVENTS, body=b"q")
    again = msgspec.structs.replace(first, at_ms=300, number=2, events=((350.0, "a"),))
    later = Call(4_000, "/other", 3)
    a = a_run([first, again, later])
    b = a_run([first, later])

    assert [(one, other) for one, other, _ in pairs(a, b)] == [(1, 1), (3, 3)]
    assert reasons(a, b) == [(2, "the other has fewer of this request")]
    assert len(pairs(a, a)) == 3


def test_what_the_other_was_too_early_or_too_late_for_is_said_so() -> None:
    calls = [Call(1_000 * n, number=n, request_id=str(n)) for n in range(5)]
    matching = match_exchanges(a_run(calls), a_run(calls[1:4], 7_000_000))

    assert [(one.exchange, why) for one, why in matching.only_a] == [
        (0, "before the other's first exchange"),
        (4, "after the other's last exchange"),
    ]


@pytest.mark.parametrize("without", [0, 1, 2])
def test_without_times_order_and_answers_decide(without: int) -> None:
    calls = [Call(0, number=n, response=b"answer %d" % n) for n in range(3)]
    a = a_run(calls, clock="none")
    kept = [call for call in calls if call.number != without]

    assert pairs(a, a_run(kept)) == [(n.number, n.number, "request and order") for n in kept]
    assert reasons(a, a_run(kept)) == [(without, "the other has fewer of this request")]


KEPT = st.lists(st.booleans(), min_size=12, max_size=12)
JITTER = st.lists(st.integers(0, 4), min_size=12, max_size=12)
SHIFT = st.integers(-(10**9), 10**9)


@settings(deadline=None)
@given(KEPT, KEPT, JITTER, SHIFT, st.randoms(use_true_random=False))
def test_alike_requests_match_one_to_one_once_the_shift_is_known(
    in_a: list[bool], in_b: list[bool], jitter: list[int], shift_ms: int, dice: Random
) -> None:
    """Dropped on either side, put in any order, and seen by a clock that is anywhere."""
    calls = [Call(700.0 * n, number=n) for n in range(12)]
    anchor = Call(5, "/anchor", 99, request_id="1f")
    of_b = [
        msgspec.structs.replace(call, at_ms=call.at_ms + jitter[n])
        for n, call in enumerate(calls)
        if in_b[n]
    ]
    of_a = [call for n, call in enumerate(calls) if in_a[n]]
    dice.shuffle(of_b)
    found = pairs(a_run([*of_a, anchor]), a_run([anchor, *of_b], shift_ms))

    both = [(n, n) for n in range(12) if in_a[n] and in_b[n]]
    assert [(a, b) for a, b, _ in found] == [*both, (99, 99)]


@settings(deadline=None)
@given(KEPT, KEPT, JITTER, SHIFT)
def test_requests_that_differ_match_without_any_anchor(
    in_a: list[bool], in_b: list[bool], jitter: list[int], shift_ms: int
) -> None:
    calls = [Call(90.0 * n, number=n, body=b"question %d" % n) for n in range(12)]
    of_b = [
        msgspec.structs.replace(call, at_ms=call.at_ms + jitter[n])
        for n, call in enumerate(calls)
        if in_b[n]
    ]
    a = a_run(call for n, call in enumerate(calls) if in_a[n])
    matching = match_exchanges(a, a_run(of_b, shift_ms))

    both = [n for n in range(12) if in_a[n] and in_b[n]]
    assert [(one.a.exchange, one.b.exchange) for one in matching.matches] == [(n, n) for n in both]
    assert len(matching.only_a) == sum(in_a) - len(both)
    assert len(matching.only_b) == sum(in_b) - len(both)
