"""No two captures break the comparison, and a capture is always the same run as itself."""

from collections.abc import Sequence
from typing import Any

import anything
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.analyses.alignment import Gatherer, Run, align
from analyzer.model import AnyRecord, CaptureError, CaptureHead, Exchange, Problem
from analyzer.reassemble import EventsSeen, Reassembler


def a_run(head: CaptureHead, records: Sequence[AnyRecord | Problem]) -> Run | None:
    """None if its times are beyond what can be reckoned with."""
    reassembler = Reassembler()
    try:
        gatherer = Gatherer("any", head)
        made: list[Any] = [out for one in records for out in reassembler.feed(one)]
        for out in [*made, *reassembler.finish()]:
            match out:
                case EventsSeen():
                    gatherer.events(out.exchange, out.events)
                case Exchange():
                    gatherer.exchange(out)
                case Problem():
                    gatherer.problem(out)
    except CaptureError:
        return None
    return gatherer.finish()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(anything.HEADS, anything.HEADS, anything.CAPTURES, anything.CAPTURES)
def test_any_two_captures_are_compared_one_to_one(
    head_a: CaptureHead,
    head_b: CaptureHead,
    of_a: list[AnyRecord | Problem],
    of_b: list[AnyRecord | Problem],
) -> None:
    a, b = a_run(head_a, of_a), a_run(head_b, of_b)
    if a is None or b is None:
        return
    found = align(a, b)
    only_a = sum(one.side == "a" for one in found.unmatched)

    assert len(found.matched) + only_a == len(a.exchanges)
    assert 2 * len(found.matched) + len(found.unmatched) == len(a.exchanges) + len(b.exchanges)
    assert all(one.reason for one in found.unmatched)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(anything.HEADS, anything.CAPTURES, st.booleans())
def test_a_capture_is_the_same_run_as_itself(
    head: CaptureHead, records: list[AnyRecord | Problem], swapped: bool
) -> None:
    run = a_run(head, records)
    if run is None:
        return
    other = a_run(head, records)
    assert other is not None
    found = align(other, run) if swapped else align(run, other)

    assert found.same_exchanges
    assert found.same_events
    assert all(one.same_text is not False for one in found.matched)
