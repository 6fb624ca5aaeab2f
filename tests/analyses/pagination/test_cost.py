"""What depth costs: the line, its verdicts, and the whole history."""

import random
from collections.abc import Sequence

import pytest
from asked import HEAD, ask
from paging import call, offsets

from analyzer.analyses.pagination import PaginationQuestion, PaginationWalk
from analyzer.analyses.pagination.fit import FIT_MOST, fit_line
from analyzer.analyses.pagination.server_timing import server_time_ns
from analyzer.model import CaptureHead, Unmeasurable

PAGES = [range(at, at + 10) for at in range(0, 100, 10)]


def walk_of(
    waits_ms: list[float], total: int | None = 1000, head: CaptureHead = HEAD
) -> PaginationWalk:
    pages = PAGES[: len(waits_ms)]
    records = list(offsets(pages, total=total, waits_ms=waits_ms))
    return ask(PaginationQuestion, records, head).pagination_walks[0]


def reason(figure: object) -> str:
    assert isinstance(figure, Unmeasurable)
    return figure.reason


def test_waits_that_grow_with_depth() -> None:
    """20 ms, and 1 ms more for each row: 480 rows further a page takes half a second."""
    walk = walk_of([20 + depth for depth in range(0, 100, 10)])

    assert walk.verdict == "grows"
    assert walk.slope_ms_per_1000_rows == pytest.approx(1000)
    assert (walk.slope_low, walk.slope_high) == pytest.approx((1000, 1000))
    assert (walk.network_ms, walk.base_ms) == pytest.approx((20, 0))
    assert (walk.n, walk.deepest_rows, walk.budget_rows) == (10, 90, 480)


def test_the_history_by_offset_grows_with_the_square() -> None:
    """1000 rows in 100 pages: 100 × 20 ms, and 10 × (0 + 1 + … + 99) rows of 1 ms each."""
    walk = walk_of([20 + depth for depth in range(0, 100, 10)])

    assert walk.history_keyset_ms == pytest.approx(2_000)
    assert walk.history_offset_ms == pytest.approx(2_000 + 49_500)
    assert (walk.history_offset_rows, walk.history_keyset_rows) == (50_500, 1_000)


def test_what_is_extrapolated_has_the_interval_of_the_slope() -> None:
    chance = random.Random(3)
    walk = walk_of([20 + depth + chance.uniform(-9, 9) for depth in range(0, 100, 10)])
    budget = (walk.budget_rows_low, walk.budget_rows, walk.budget_rows_high)
    history = (walk.history_offset_low_ms, walk.history_offset_ms, walk.history_offset_high_ms)

    for low, at, high in (budget, history):
        assert not isinstance(low, Unmeasurable)
        assert not isinstance(at, Unmeasurable)
        assert not isinstance(high, Unmeasurable)
        assert low < at < high


def test_one_slow_page_does_not_make_a_slope() -> None:
    walk = walk_of([20, 20.1, 20, 20.2, 20.1, 20, 20.1, 20, 20.1, 900])

    assert walk.verdict == "flat"
    assert reason(walk.budget_rows).startswith("the wait does not grow")


def test_noise_is_called_noise() -> None:
    walk = walk_of([20, 90, 30, 85, 25, 95, 40, 70, 22, 88])

    assert walk.verdict == "the data can't tell a slope from noise"
    assert isinstance(walk.slope_low, float)
    assert isinstance(walk.slope_high, float)
    assert walk.slope_low < 0 < walk.slope_high
    assert isinstance(walk.budget_rows, Unmeasurable)
    assert isinstance(walk.history_offset_ms, Unmeasurable)


def test_waits_that_fall_are_not_extrapolated() -> None:
    walk = walk_of([120 - depth for depth in range(0, 100, 10)])

    assert walk.verdict == "falls"
    assert "can't go on" in reason(walk.history_offset_ms)


def test_four_points_are_too_few() -> None:
    walk = walk_of([20, 30, 40, 50])

    assert walk.verdict == "too few points"
    assert reason(walk.slope_low) == (
        "a slope with a 95 % interval needs waits at 5 or more depths"
    )


def test_five_points_are_enough() -> None:
    assert walk_of([20, 30, 40, 50, 60]).verdict == "grows"


def test_no_times_no_line() -> None:
    walk = walk_of([20] * 10, head=CaptureHead("test", "har", "test 1", "none", 1, 0, 0))

    assert walk.verdict == "no waits are known"
    assert isinstance(walk.base_ms, Unmeasurable)
    assert isinstance(walk.started_ns, Unmeasurable)


def test_no_total_no_history() -> None:
    walk = walk_of([20 + depth for depth in range(0, 100, 10)], total=None)

    assert reason(walk.history_rows) == "the service states no total"
    assert isinstance(walk.history_offset_ms, Unmeasurable)


def test_an_unbelievable_total_is_not_multiplied_out() -> None:
    walk = walk_of([20.0] * 6, total=2**52)

    assert "not believed" in reason(walk.history_offset_rows)


def test_the_budget_is_an_argument() -> None:
    class Impatient(PaginationQuestion):
        def __init__(self, head: CaptureHead) -> None:
            super().__init__(head, budget_ms=100)

    records = list(offsets(PAGES, waits_ms=[20 + depth for depth in range(0, 100, 10)]))
    walk = ask(Impatient, records).pagination_walks[0]

    assert (walk.budget_ms, walk.budget_rows) == (100, 80)


def test_a_page_that_is_over_the_budget_at_once() -> None:
    walk = walk_of([600 + depth for depth in range(0, 100, 10)])

    assert walk.budget_rows == 0


def test_server_time_is_inferred_from_the_cheapest_call_of_the_connection() -> None:
    """A call of 5 ms over the same connection; another's 1 ms says nothing of it."""
    records = [
        *call(1, "/session", {}, wait_ms=5),
        *call(2, "/elsewhere", {}, wait_ms=1, connection=8),
        *call(3, "/list?offset=0&limit=1", {"items": [{"id": "a"}]}, wait_ms=30),
    ]
    (page,) = ask(PaginationQuestion, records).page_requests

    assert (page.ttfb_ns, page.server_ns) == (30_000_000, 25_000_000)
    assert page.server_time_source == "inferred"


@pytest.mark.parametrize("connections", [range(8, 18), [8, 8, 8, 8, 8, 9, 9, 9, 9, 9]])
def test_connections_of_their_own_do_not_hide_what_depth_costs(connections: Sequence[int]) -> None:
    """A connection a page, as HTTP/1.0 has it, and one that was opened for the deep half."""
    records = [
        record
        for number, connection in enumerate(connections)
        for record in call(
            number + 1,
            f"/list?offset={number * 10}&limit=10",
            {"items": [{"id": f"c{row}"} for row in PAGES[number]]},
            wait_ms=20 + number * 10,
            connection=connection,
        )
    ]
    (walk,) = ask(PaginationQuestion, records).pagination_walks

    assert walk.verdict == "grows"
    assert walk.slope_ms_per_1000_rows == pytest.approx(1000)
    assert (walk.network_ms, walk.base_ms) == pytest.approx((20, 0))


def test_one_call_alone_does_not_tell_the_way_from_the_work() -> None:
    records = call(1, "/list?offset=0&limit=1", {"items": [{"id": "a"}]}, wait_ms=30)
    found = ask(PaginationQuestion, records)
    (page,), (walk,) = found.page_requests, found.pagination_walks

    assert (page.ttfb_ns, walk.verdict) == (30_000_000, "too few points")
    assert "nothing to tell the way from the work" in reason(page.server_ns)
    assert page.server_time_source == ""


def test_server_time_is_what_the_service_states() -> None:
    timing = (("server-timing", "db;dur=12.5, render;dur=3"),)
    records = call(1, "/list?offset=0&limit=1", {"items": [{"id": "a"}]}, headers=timing)
    (page,) = ask(PaginationQuestion, records).page_requests

    assert (page.server_ns, page.server_time_source) == (15_500_000, "server-timing")


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        ("db;dur=53", 53),
        ("db;dur=53.2, app;dur=47.2", 47.2),
        ('cache;desc="Cache, Read; dur=9";dur=23.2', 23.2),
        ("total;dur=120,db;dur=100", 120),
        ('DB;DUR=5 , x;dur="6"', 11),
        ("miss, db;dur=2", 2),
        ("db;dur=1;dur=9", 1),
        ("miss", None),
        ("db;dur=fast", None),
        ("db;dur=-4", None),
        ("db;dur=1e99", None),
        (";;;=,", None),
        ("", None),
    ],
)
def test_server_timing_is_read_as_the_standard_has_it(value: str, ms: float | None) -> None:
    found = server_time_ns((("Server-Timing", value),))

    assert found == (None if ms is None else round(ms * 1e6))


def test_many_points_are_fitted_by_groups() -> None:
    """Theil–Sen is quadratic: 20,000 points as they are would be 200 million slopes."""
    chance = random.Random(5)
    depths = list(range(0, 200_000, 10))
    waits = [5 + depth * 0.01 + chance.uniform(-1, 1) for depth in depths]
    line = fit_line(depths, waits, 100)

    assert len(depths) > FIT_MOST
    assert line is not None
    assert line.slope == pytest.approx(0.01, rel=0.001)
    assert line.low <= 0.01 <= line.high


def test_the_interval_holds_the_true_slope_about_nineteen_times_in_twenty() -> None:
    chance = random.Random(11)
    held = 0
    for _ in range(200):
        waits = [20 + 0.05 * depth + chance.gauss(0, 2) for depth in range(0, 300, 20)]
        line = fit_line(list(range(0, 300, 20)), waits, 20)
        assert line is not None
        held += line.low <= 0.05 <= line.high

    assert 180 <= held <= 200


def test_without_a_slope_growth_is_seldom_claimed() -> None:
    chance = random.Random(12)
    claimed = 0
    for _ in range(200):
        waits = [20 + chance.gauss(0, 8) for _ in range(15)]
        line = fit_line(list(range(0, 300, 20)), waits, 20)
        assert line is not None
        claimed += line.verdict == "grows"

    assert claimed <= 12
