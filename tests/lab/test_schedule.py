import random
from itertools import islice

from analyzer.lab import schedule


def test_bursts_share_an_instant() -> None:
    gaps = list(islice(schedule.bursty(random.Random(1)), 200))

    assert 0.5 < sum(gap == 0 for gap in gaps) / 200 < 0.9
    assert all(gap == 0 or 0.09 <= gap <= 0.15 for gap in gaps)


def test_stalls_last_between_0_4_and_2_seconds() -> None:
    gaps = list(islice(schedule.stall(random.Random(1)), 400))
    stalls = [gap for gap in gaps if gap > 0.03]

    assert len(stalls) >= 6
    assert all(0.4 <= gap <= 2 for gap in stalls)
    assert any(gap > 0.03 for gap in gaps[:20])


def test_the_first_text_waits_like_a_queue() -> None:
    waits = sorted(schedule.first_text_s(random.Random(seed)) for seed in range(200))

    assert 0.4 < waits[100] < 0.6
    assert waits[0] > 0.25
    assert waits[-1] > 0.7
