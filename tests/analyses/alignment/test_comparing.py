"""What two captures of one run differ in, and by how much."""

from typing import Any

import msgspec
import pytest
from aligning import Call, a_run, an_exchange, gathered
from making import MS

from analyzer.analyses.alignment import Alignment, align
from analyzer.analyses.alignment.results import Drift, Offset
from analyzer.analyses.statistics import Distribution
from analyzer.model import CaptureError, Unmeasurable, WireEvent

EVENTS = tuple((100.0 + 10 * n, f"event {n}") for n in range(30))
STREAM = Call(0, "/chat", 1, EVENTS, took_ms=80, answer="Hello")
POLL = Call(2_000, "/poll", 2, response=b"[]")


def later(call: Call, by_ms: float, **changes: Any) -> Call:
    """As another observer saw it, ``by_ms`` later."""
    events = tuple((at + by_ms, data) for at, data in call.events)
    return msgspec.structs.replace(call, at_ms=call.at_ms + by_ms, events=events, **changes)


def difference(found: Alignment, moment: str) -> Distribution | Unmeasurable:
    return {one.name: one.difference_ns for one in found.moments}[moment]


def test_the_same_run_seen_a_little_later() -> None:
    found = align(a_run([STREAM, POLL]), a_run([later(STREAM, 3), later(POLL, 3)]))

    assert (found.same_exchanges, found.same_events, found.same_text) == (True, True, True)
    assert found.offset == Offset("each event", 30, 30, 3 * MS, 3 * MS, 3 * MS)
    each = difference(found, "each event")
    assert isinstance(each, Distribution)
    assert (each.n, each.p50, each.p99, each.points) == (30, 3 * MS, 3 * MS, ())
    sent = difference(found, "request sent")
    assert isinstance(sent, Distribution)
    assert (sent.n, sent.p99, sent.points) == (2, None, (3 * MS, 3 * MS))
    assert [one.name for one in found.moments] == [
        *("request sent", "response headers", "first byte", "first event", "each event", "end"),
    ]


def test_each_capture_is_taken_by_its_own_wall_clock() -> None:
    """Monotonic clocks that began elsewhere change nothing; a wall clock that is wrong does."""
    wall_ns = 1_760_000_000_000_000_000
    found = align(
        a_run([STREAM]),
        a_run([STREAM], 50_000, mono_ns=50_000 * MS, wall_ns=wall_ns + 7 * MS),
    )

    assert isinstance(found.offset, Offset)
    assert found.offset.median_ns == 7 * MS


def test_jitter_is_what_is_left_without_the_offset() -> None:
    events = tuple((at + 5 + n % 3, data) for n, (at, data) in enumerate(EVENTS))
    found = align(a_run([STREAM]), a_run([msgspec.structs.replace(STREAM, events=events)]))

    assert isinstance(found.offset, Offset)
    assert (found.offset.median_ns, found.offset.low_ns, found.offset.high_ns) == (
        *(6 * MS, 5 * MS, 7 * MS),
    )
    assert isinstance(found.jitter_ns, Distribution)
    assert (found.jitter_ns.p50, found.jitter_ns.max, found.jitter_ns.n) == (MS, MS, 30)


def test_events_that_share_their_read_in_both_are_one_arrival() -> None:
    """Four events in two reads; an exchange without them gives the rest."""
    runs = []
    for shift in (0, MS):
        gatherer = gathered([])
        gatherer.events(
            1, [WireEvent(n, 0, 5 + shift, n // 2, "message", str(n)) for n in range(4)]
        )
        gatherer.exchange(an_exchange(Call(0), [], 0))
        runs.append(gatherer.finish())
    found = align(*runs)

    assert isinstance(found.offset, Offset)
    assert (found.offset.n, found.offset.arrivals) == (4, 2)


def test_a_clock_that_runs_faster_shows_as_drift() -> None:
    """Fifty parts in a million, over a minute."""
    events = tuple((2_000.0 * n, str(n)) for n in range(31))
    faster = tuple((at * (1 + 50e-6), data) for at, data in events)
    found = align(a_run([Call(0, events=events)]), a_run([Call(0, events=faster)]))

    assert isinstance(found.drift, Drift)
    assert found.drift.slope_ppm == pytest.approx(50, abs=0.1)
    assert (found.drift.span_ns, found.drift.n) == (60_000 * MS, 31)


def test_a_short_run_has_no_drift() -> None:
    assert isinstance(align(a_run([STREAM]), a_run([STREAM])).drift, Unmeasurable)


def test_a_side_that_was_cut_is_compared_as_far_as_it_goes() -> None:
    cut = msgspec.structs.replace(STREAM, events=EVENTS[:21], answer="Hel")
    found = align(a_run([STREAM]), a_run([later(cut, 1)]))
    (one,) = found.matched

    assert (found.same_exchanges, found.same_events, found.same_text) == (True, False, False)
    assert (one.events, one.only_a, one.only_b, one.other_events) == (21, 9, 0, 0)
    assert isinstance(one.event_ns, Distribution)
    assert (one.event_ns.n, one.event_ns.p50) == (21, MS)


def test_an_event_that_says_something_else_is_counted_and_not_timed() -> None:
    events = (*EVENTS[:5], (150.0, "other"), *EVENTS[6:])
    found = align(a_run([STREAM]), a_run([msgspec.structs.replace(STREAM, events=events)]))
    (one,) = found.matched

    assert (one.events, one.other_events, one.same_events, found.same_events) == (
        29,
        1,
        False,
        False,
    )


def test_a_credential_in_an_event_is_the_same_whatever_key_it_was_fingerprinted_with() -> None:
    calls = [
        Call(0, events=((10.0, f'{{"token": "cred:{digits}.."}}'),))
        for digits in ("0123456789abcdef", "fedcba9876543210")
    ]

    assert align(a_run(calls[:1]), a_run(calls[1:])).same_events


def test_without_times_exchanges_and_events_are_still_compared() -> None:
    found = align(a_run([STREAM]), a_run([STREAM], clock="none"))
    each = difference(found, "each event")

    assert (found.same_exchanges, found.same_events, found.same_text) == (True, True, True)
    assert isinstance(found.offset, Unmeasurable)
    assert each == Unmeasurable("B holds no times")


def test_a_stream_whose_arrivals_are_unknown_keeps_its_other_moments() -> None:
    untimed = msgspec.structs.replace(STREAM, timed=False)
    found = align(a_run([STREAM]), a_run([later(untimed, 2)]))

    assert isinstance(difference(found, "each event"), Unmeasurable)
    assert isinstance(found.offset, Offset)
    assert (found.offset.moment, found.offset.median_ns) == ("response headers", 2 * MS)
    assert found.matched[0].event_ns == Unmeasurable("B does not know when its events came")


def test_answers_that_are_no_streams_are_compared_too() -> None:
    other = msgspec.structs.replace(POLL, response=b"{}")

    assert [one.same_body for one in align(a_run([POLL]), a_run([POLL])).matched] == [True]
    assert [one.same_body for one in align(a_run([POLL]), a_run([other])).matched] == [False]


def test_nothing_in_common_is_a_result_too() -> None:
    found = align(a_run([STREAM]), a_run([POLL]))

    assert found.matched == ()
    assert len(found.unmatched) == 2
    assert isinstance(found.offset, Unmeasurable)


def test_times_that_need_more_than_64_bits_are_refused() -> None:
    with pytest.raises(CaptureError, match="no time to align"):
        a_run([], wall_ns=2**62)
    with pytest.raises(CaptureError, match="too far away"):
        gathered([]).events(1, [WireEvent(0, 0, 2**60, 0, "message", "x")])
    far = align(a_run([STREAM], wall_ns=0), a_run([STREAM], wall_ns=2**62 - 1))

    assert isinstance(far.offset, Offset)
    assert far.offset.median_ns == pytest.approx(2**62, rel=1e-6)
