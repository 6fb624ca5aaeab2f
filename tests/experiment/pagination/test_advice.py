"""What the figures say, and what they don't."""

from experiments import a_pagination_result, a_point, an_observed_walk

from analyzer.analyses.pagination.fit import NOISE, Line
from analyzer.experiment.pagination.advice import advise, apart_from
from analyzer.experiment.pagination.results import PaginationResult, Settings
from analyzer.model import Unmeasurable

GROWING = (
    a_point("offset", 0, 60, 28),
    a_point("keyset", 0, 60),
    a_point("offset", 1_000, 62, 1_028),
    a_point("keyset", 1_000, 61),
    a_point("offset", 50_000, 1_600, 50_028),
    a_point("keyset", 50_000, 62),
    a_point("offset", 99_972, 3_000, 100_000),
    a_point("keyset", 99_972, 64),
)


def said(result: PaginationResult) -> str:
    return " ".join(advise(result).advice)


def test_growth_is_said_with_what_it_comes_to() -> None:
    assert advise(a_pagination_result(*GROWING)).advice == (
        "Offset: 30.0 µs more for every 1,000 rows before the page; no page of 100,000 rows "
        "passes 500 ms for one reader alone.",
        "Keyset: 60.0 µs at the beginning, 64.0 µs at depth 99,972, where offset takes 3.00 ms, "
        "46.9 times as long; from depth 50,000 on the difference is more than the noise.",
        "Whoever fetches the whole list (3,572 pages) waits about 5.90 s by offset, 270 ms by "
        "keyset (calculated from the lines).",
    )


def test_the_depth_of_the_budget_is_said_where_the_list_reaches_it() -> None:
    steep = Line(10.0, 0.0098, 0.009, 0.01, "grows")

    assert "pages pass 500 ms from 50,000 rows on" in said(
        a_pagination_result(*GROWING, offset=steep)
    )
    slow = Line(600.0, 0.0098, 0.009, 0.01, "grows")
    assert "every page is over the budget" in said(a_pagination_result(*GROWING, offset=slow))


def test_no_difference_is_advice_too() -> None:
    """Quartiles of the repeats overlap at every depth."""
    flat = [a_point(style, depth, 60) for depth in (0, 900) for style in ("offset", "keyset")]
    result = a_pagination_result(
        *flat, offset=Line(0.06, 1e-6, -1e-6, 3e-6, NOISE), settings=Settings(rows=1_000)
    )

    assert apart_from(result) is None
    assert "the data can't tell a slope from noise" in said(result)
    assert "No difference at your size: even at depth 900" in said(result)


def test_a_difference_that_ends_again_is_none() -> None:
    """It counts from the depth on from which every deeper page differs."""
    points = (
        a_point("offset", 0, 90),
        a_point("keyset", 0, 60),
        a_point("offset", 100, 61),
        a_point("keyset", 100, 60),
        a_point("offset", 900, 500),
        a_point("keyset", 900, 60),
    )

    assert apart_from(a_pagination_result(*points)) == 900


def test_shallow_traffic_is_told_that_nothing_is_gained_in_time() -> None:
    settings = Settings(rows=100_000, observed=an_observed_walk(points=((0, 1), (84, 1))))

    assert "Your traffic went 84 rows deep: so far there is no difference in time." in said(
        a_pagination_result(*GROWING, settings=settings)
    )


def test_deep_traffic_is_told_the_databases_part() -> None:
    seen = an_observed_walk(points=((0, 40_000_000), (60_000, 90_000_000)))
    settings = Settings(rows=100_000, observed=seen)

    assert (
        "went 60,000 rows deep and waited 90.0 ms there; here the database needs 1.60 ms at "
        "depth 50,000 by offset" in said(a_pagination_result(*GROWING, settings=settings))
    )


def test_a_list_without_an_index_is_told_to_make_one() -> None:
    points = [
        a_point(style, depth, 9_000, 100_000)
        for depth in (0, 99_972)
        for style in ("offset", "keyset")
    ]

    assert "first make an index on the sorted column and the id" in said(
        a_pagination_result(*points)
    )


def test_without_lines_nothing_is_calculated_from_them() -> None:
    none = Unmeasurable("fewer than 5 depths give no line")
    result = a_pagination_result(*GROWING, offset=none, whole=none)

    assert "No line through the offset pages: fewer than 5 depths give no line." in said(result)
    assert "whole list" not in said(result)
