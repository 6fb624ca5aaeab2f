"""Numbers as a person reads them."""

import pytest

from analyzer.model import Unmeasurable
from analyzer.report import units


@pytest.mark.parametrize(
    ("ns", "shown"),
    [
        (0, "0 ns"),
        (41, "41 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (999_600, "1.00 ms"),
        (38_040_000, "38.0 ms"),
        (412_345_678, "412 ms"),
        (999_600_000, "1.00 s"),
        (1_244_000_000, "1.24 s"),
        (99_960_000_000, "100 s"),
        (119_900_000_000, "120 s"),
        (125_400_000_000, "2 min 05 s"),
        (3_600_000_000_000, "60 min 00 s"),
        (-5_000_000, "−5.00 ms"),
        (2_100.4, "2.10 µs"),
        (None, "–"),
        (Unmeasurable("no text came"), "–"),
    ],
)
def test_a_duration_has_three_digits(ns: float | None, shown: str) -> None:
    assert units.duration(ns) == shown


@pytest.mark.parametrize(
    ("many", "shown"),
    [
        ([], ""),
        ([412_000_000], "412 ms"),
        ([38_000_000, 412_000_000, 1_240_000_000, 2_050_000_000], "38.0 · 412 ms · 1.24 · 2.05 s"),
        ([7, 125_000_000_000], "7 ns · 2 min 05 s"),
        ([121_000_000_000, 125_000_000_000], "2 min 01 · 2 min 05 s"),
    ],
)
def test_a_run_of_durations_says_its_unit_once(many: list[int], shown: str) -> None:
    assert units.durations(many) == shown


@pytest.mark.parametrize(
    ("ns", "shown"),
    [(20_000_000, "20 ms"), (1_500_000_000, "1.5 s"), (500_000, "500 µs"), (7, "7 ns")],
)
def test_a_round_duration_has_no_needless_zeros(ns: int, shown: str) -> None:
    assert units.tick(ns) == shown


@pytest.mark.parametrize(
    ("part", "shown"),
    [(0.0, "0 %"), (0.0004, "< 0.1 %"), (0.057, "5.7 %"), (0.0996, "10 %"), (1.0, "100 %")],
)
def test_a_small_share_is_not_shown_as_none(part: float, shown: str) -> None:
    assert units.share(part) == shown


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(0, "0 B"), (999, "999 B"), (4_096, "4.10 kB"), (12_345_678, "12.3 MB"), (5e9, "5.00 GB")],
)
def test_bytes_step_by_a_thousand(octets: int, shown: str) -> None:
    assert units.size(octets) == shown


def test_rates_counts_and_moments() -> None:
    assert units.rate(41.23) == "41.2/s"
    assert units.rate(12_345.6) == "12,346/s"
    assert units.rate(Unmeasurable("one arrival")) == "–"
    assert units.count(12_345) == "12,345"
    assert units.counted(1, "turn") == "1 turn"
    assert units.counted(2, "turn") == "2 turns"
    assert units.wall(1_760_000_000_999_999_999) == "2025-10-09 08:53:20 UTC"
