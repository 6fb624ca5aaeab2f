"""Which exchange a pooled figure leads to."""

from making import Text, a_result, an_analysis, measured

from analyzer.report import build_report
from analyzer.report.figures import Figures, pick
from analyzer.report.parts import Source
from analyzer.report.spots import ALL


def figures(*firsts_ms: float, **more: str) -> Figures:
    """A turn for each time to its first text; two gaps, of 20 and 40 ms and its number more."""
    return pick(
        an_analysis(
            a_result(
                *(
                    measured(
                        *(Text(at, 0), Text(at + 20, 1), Text(at + 60 + number, 2)),
                        exchange=number,
                        http_version=more.get(f"x{number}", "HTTP/2.0"),
                    )
                    for number, at in enumerate(firsts_ms, 1)
                )
            )
        )
    )


def test_a_percentile_leads_to_the_turn_nearest_to_it() -> None:
    spots = figures(300, 100, 900).spots[ALL]["ttft"]

    assert (spots.p50, spots.max) == (Source(1, 1), Source(1, 3))
    assert spots.points == (Source(1, 2), Source(1, 1), Source(1, 3))
    assert spots.p99 is None


def test_gaps_lead_to_the_turn_that_has_them() -> None:
    spots = figures(100, 100, 100).spots[ALL]["icl"]

    assert spots.max == Source(1, 3)
    assert spots.points[-3:] == (Source(1, 1), Source(1, 2), Source(1, 3))


def test_a_protocol_without_a_name_is_one_of_its_own() -> None:
    """A capture may say anything there: nothing of it may stand for all together."""
    found = figures(100, 200, x1="")

    assert {group: one["ttft"].points for group, one in found.spots.items()} == {
        ALL: (Source(1, 1), Source(1, 2)),
        "": (Source(1, 1),),
        "h2": (Source(1, 2),),
    }
    assert build_report(found)
