"""What a capture's clock shows now."""

from asked import HEAD
from msgspec.structs import replace

from analyzer.web.live.clock import now_ns

SECOND = 1_000_000_000
BEGUN = replace(HEAD, mono_ns=100 * SECOND, wall_ns=5_000 * SECOND)


def test_on_the_machine_that_records_it_is_the_monotonic_clock() -> None:
    assert now_ns(BEGUN, wall_ns=5_031 * SECOND, mono_ns=130 * SECOND) == 130 * SECOND


def test_of_another_machine_or_an_earlier_start_the_time_of_day_says_it() -> None:
    assert now_ns(BEGUN, wall_ns=5_030 * SECOND, mono_ns=7 * SECOND) == 130 * SECOND


def test_a_capture_that_is_empty_yet_has_no_clock() -> None:
    assert now_ns(None) == 0
