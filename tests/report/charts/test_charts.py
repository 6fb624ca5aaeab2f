"""Every chart of a session in which every question finds something."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import msgspec
import numpy as np
import pytest
import vl_convert
from asked import HEAD
from everything import recorded
from experiments import a_pagination_result, a_point, a_tree, an_identifiers_result
from making import Text, a_call, a_head, a_result, an_analysis, measured

from analyzer.analyses.gaps import Gaps
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.analyses.statistics import Distribution
from analyzer.analyze import analyze, examine
from analyzer.experiment.as_json import experiment_json
from analyzer.report import build_report
from analyzer.report.charts import NAMES, charts_of, drawing, samples
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.experiments import Experiment, read_experiments
from analyzer.report.charts.files import config
from analyzer.report.charts.samples import gap_samples
from analyzer.report.figures import Figures, pick
from analyzer.report.palette import DARK, LIGHT

CAPTURES = Path(__file__).parents[3] / "captures"
OF_EXPERIMENTS = {
    *("pagination-experiment", "identifiers-experiment", "identifiers-size"),
}
"""They are measured with clocks of their own, which their experiment tells of."""

BOTH = ("good-h2.jsonl", "good-h3.jsonl")
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m datum['x'] ${x} \u202e"


@pytest.fixture(scope="module")
def session() -> Figures:
    result = examine(Path("made.jsonl"), iter([HEAD, *recorded(1)]))
    return pick(Analysis.of([result]))


@pytest.fixture(scope="module")
def experiments(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, ...]:
    directory = tmp_path_factory.mktemp("experiments")
    pages = a_pagination_result(
        *(a_point(style, depth, us) for depth, us in ((0, 60), (2_800, 140), (28_000, 900))
          for style in ("offset", "keyset"))
    )  # fmt: skip
    trees = an_identifiers_result(
        a_tree("integer", (600_000, 610_000)), a_tree("uuid4", (80_000, 90_000), leaf_fill=0.68)
    )
    (directory / "pages.json").write_bytes(experiment_json("pagination", (pages,)))
    (directory / "keys.json").write_bytes(experiment_json("identifiers", (trees,)))
    return read_experiments([directory / "pages.json", directory / "keys.json"])


@pytest.fixture(scope="module")
def charts(session: Figures, experiments: tuple[Experiment, ...]) -> dict[str, Chart]:
    return {one.name: one for one in charts_of(session, experiments)}


@cache
def recorded_figures(*names: str) -> Figures:
    return pick(analyze([CAPTURES / name for name in names]))


def rows(chart: Chart, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = chart.spec["datasets"][name]
    return found


@cache
def drawn(*names: str) -> dict[str, Chart]:
    return {one.name: one for one in charts_of(recorded_figures(*names))}


def compiled(chart: Chart) -> dict[str, Any]:
    """The chart in Vega: an error if it is no valid Vega-Lite."""
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(
        json.dumps({**chart.spec, "config": config(LIGHT)})
    )
    return vega


# --------------------------------------------------------------------------- which


def test_a_session_of_everything_has_every_chart_in_the_reports_order(
    charts: dict[str, Chart],
) -> None:
    without = {"ttft-percentiles"}  # a session has too few turns for a tail

    assert list(charts) == [name for name in NAMES if name not in without]


def test_what_a_chart_belongs_to_is_a_section_of_the_report(
    session: Figures, charts: dict[str, Chart]
) -> None:
    titles = {section.title for section in build_report(session).sections}

    assert {one.section for one in charts.values()} <= titles


def test_every_chart_is_vega_lite_that_compiles(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        assert compiled(chart)["data"], chart.name


def test_every_chart_of_a_capture_says_n_and_the_clock_with_its_step(
    charts: dict[str, Chart],
) -> None:
    shown = [one for one in charts.values() if one.name not in OF_EXPERIMENTS]
    for chart in (*shown, *drawn(*BOTH).values()):
        said = " ".join(chart.says)

        assert re.search(r"\bn = \d", said), chart.name
        assert re.search(r"Clock: every read stamped as it arrived, smallest step \d", said), (
            chart.name
        )
    assert len(shown) == len(charts) - len(OF_EXPERIMENTS)


def test_a_clock_that_rounds_or_is_none_is_called_so() -> None:
    for head, said in (
        (
            a_head(clock="event", resolution_ns=1_000_000),
            "events stamped, not bytes, smallest step 1.00 ms",
        ),
        (a_head(source="netlog"), "a span is right to ±1 ms"),
        (a_head(clock="none"), "no times at all"),
    ):
        assert said in drawing.clock_said([a_result(head=head)])


def test_every_chart_is_told_in_words_and_what_experiments_gave_by_which_runs(
    charts: dict[str, Chart],
) -> None:
    for chart in charts.values():
        if chart.name in OF_EXPERIMENTS:
            said = " ".join(chart.says)

            assert ("n = " in said and "lock" in said) or "last run" in said, chart.name
        assert chart.alt.endswith("."), chart.name
        assert len(chart.title) <= 40


def test_every_chart_fits_its_place_and_has_no_colours_of_the_page(
    charts: dict[str, Chart],
) -> None:
    for chart in charts.values():
        text = json.dumps({k: v for k, v in chart.spec.items() if k != "datasets"})

        assert chart.spec["width"] == "container"
        assert "config" not in chart.spec
        assert "http" not in text.replace(chart.spec["$schema"], ""), chart.name
        assert not {LIGHT.ink, DARK.ink, LIGHT.page, DARK.card, "black", "white"} & set(
            text.split('"')
        )


def test_nothing_measured_makes_no_chart() -> None:
    empty = pick(an_analysis(a_result()))
    no_clock = pick(an_analysis(a_result(measured(Text(5, 0), clock="none"),
                                         head=a_head(clock="none"))))  # fmt: skip

    assert charts_of(empty) == ()
    assert charts_of(no_clock) == ()


def test_one_turn_of_one_arrival_makes_what_can_be_said_of_it() -> None:
    figures = pick(an_analysis(a_result(measured(Text(400, 0)))))
    made = {one.name: one for one in charts_of(figures)}

    assert set(made) == {"timeline", "ttft", "transport"}
    assert all(compiled(one) for one in made.values())


# --------------------------------------------------------------------------- the numbers


def test_bins_of_gaps_hold_every_gap_and_the_median_is_the_reports() -> None:
    figures = recorded_figures(*BOTH)
    chart = drawn(*BOTH)["icl"]
    for via, name in (("HTTP/2", "h2"), ("HTTP/3", "h3")):
        icl = figures.protocols[name].icl
        median = next(row["a"] for row in rows(chart, "medians") if row["via"] == via)

        assert isinstance(icl, Distribution)
        assert sum(row["n"] for row in rows(chart, "bins") if row["via"] == via) == icl.n
        assert median == icl.p50 / 1e6


def test_the_percentile_curve_goes_through_the_reports_percentiles() -> None:
    figures = recorded_figures(*BOTH)
    chart = drawn(*BOTH)["icl-percentiles"]
    icl = figures.protocols["h3"].icl
    curve = [row for row in rows(chart, "curves") if row["via"] == "HTTP/3"]
    marks = {row["at"]: row["y"] for row in rows(chart, "marks") if row["via"] == "HTTP/3"}

    assert isinstance(icl, Distribution)
    assert icl.p99 is not None
    assert marks == {
        f"p{p}": ns / 1e6 for p, ns in ((50, icl.p50), (90, icl.p90), (95, icl.p95), (99, icl.p99))
    }
    assert (curve[0]["y"], curve[-1]["y"]) == (icl.min / 1e6, icl.max / 1e6)
    for tail, value in ((2, icl.p50), (10, icl.p90), (20, icl.p95), (100, icl.p99)):
        below = max(row["y"] for row in curve if row["x"] <= tail)
        above = min(row["y"] for row in curve if row["x"] >= tail)
        assert below <= value / 1e6 <= above


def test_every_turn_with_a_ttft_is_a_point_where_they_are_few(
    session: Figures, charts: dict[str, Chart]
) -> None:
    shown = {row["name"]: row["took"] for row in rows(charts["ttft"], "points")}
    known = [one for _, one in session.turns() if one.latency and type(one.latency.ttft_ns) is int]

    assert len(shown) == len(known)
    assert all(str(one.exchange.exchange) in shown for one in known)


def test_the_timeline_has_every_exchange_its_stalls_and_credentials(
    session: Figures, charts: dict[str, Chart]
) -> None:
    chart = charts["timeline"]
    bars = rows(chart, "bars")
    timed = [one for one in session.analysis.captures[0].measured
             if one.exchange.sent_ns is not None]  # fmt: skip

    assert len(bars) == len(timed)
    assert len(rows(chart, "stalls")) == session.all.stalls
    assert {row["kind"] for row in rows(chart, "bands")} >= {"credential valid"}
    assert {row["happened"] for row in rows(chart, "marks")} >= {"refused", "refreshed"}
    assert all(row["href"] == f"#x1-{row['name']}" for row in bars)


def test_arrivals_of_a_small_capture_are_all_drawn() -> None:
    figures = recorded_figures("stalling.jsonl")
    timeline = drawn("stalling.jsonl")["timeline"]
    ticks = rows(timeline, "ticks")

    assert sum(len(row["x"]) for row in ticks) == figures.all.arrivals
    assert len(rows(timeline, "stalls")) == figures.all.stalls > 0


def test_delivered_text_ends_at_the_turns_characters() -> None:
    figures = recorded_figures("stalling.jsonl")
    turns = rows(drawn("stalling.jsonl")["delivery"], "turns")
    sums = {
        str(one.exchange.exchange): one.latency.first_chars + int(one.latency.gaps.chars.sum())
        for _, one in figures.turns()
        if one.latency and isinstance(one.latency.gaps, Gaps)
    }

    assert {row["name"]: row["y"][-1] for row in turns} == sums


def test_a_line_of_many_arrivals_keeps_both_ends_of_its_longest_gap() -> None:
    """Of 400 words 20 ms apart, with one stall of 9 s that no even step falls on."""
    texts = [Text(300 + 20 * at + 9000 * (at > 151), at, "word ") for at in range(400)]
    chart = next(one for one in charts_of(pick(an_analysis(a_result(measured(*texts)))))
                 if one.name == "delivery")  # fmt: skip
    (line,) = rows(chart, "turns")
    ends = dict(zip(line["x"], line["y"], strict=True))

    assert len(ends) <= 60
    assert (ends[3.02], ends[12.04]) == (152 * 5, 153 * 5)
    assert not chart.hint


def test_more_gaps_than_are_held_at_once_are_thinned_evenly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = recorded_figures(*BOTH)
    whole = gap_samples(figures)["h2"]
    monkeypatch.setattr(samples, "TOGETHER", 300)
    thinned = gap_samples(figures)["h2"]
    halves = np.array([0.25, 0.5, 0.75])

    assert not whole.thinned
    assert (thinned.thinned, thinned.n) == (True, whole.n)
    assert len(thinned.values) <= 300
    assert max(thinned.values) == max(whole.values)
    assert thinned.at(halves) == pytest.approx(whole.at(halves), rel=0.1)
    assert {one.name for one in charts_of(figures)} >= {"icl", "icl-percentiles"}


@pytest.mark.parametrize(
    ("end_s", "labels"),
    [
        (100, ["0", "20 s", "40 s", "60 s", "80 s", "100 s"]),
        (150, ["0", "30 s", "60 s", "90 s", "2 min", "2:30 min"]),
        (7_200, ["0", "30 min", "1:00 h", "1:30 h", "2:00 h"]),
        (432_000, ["0", "24:00 h", "48:00 h", "72:00 h", "96:00 h", "120:00 h"]),
    ],
)
def test_a_time_axis_counts_in_whole_minutes_hours_and_days(end_s: int, labels: list[str]) -> None:
    axis = drawing.s_axis("", values=drawing.clock_ticks("6"), tickCount=6)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, end_s], nice=False), axis=axis)
    spec = alt.Chart({"values": [{"x": 0}]}).mark_point().encode(x=x).to_dict()
    svg = vl_convert.vegalite_to_svg(json.dumps({**spec, "width": 600}))

    assert re.findall(r">([^<>]+)</text>", svg) == labels


def test_several_captures_name_exchanges_with_their_capture() -> None:
    bars = rows(drawn(*BOTH)["timeline"], "bars")

    assert {row["name"].partition(":")[0] for row in bars} == {"1", "2"}
    assert all(row["href"] == "#x" + row["name"].replace(":", "-") for row in bars)


def test_the_fit_of_a_walk_is_the_reports_line(session: Figures, charts: dict[str, Chart]) -> None:
    fits = rows(charts["pagination"], "fits")
    walks = {
        f"walk {one.walk_id},": one
        for one in session.analysis.captures[0].answers.pagination.pagination_walks
    }
    for row in fits:
        walk = walks[" ".join(row["walk"].split()[:2])]

        assert isinstance(walk.base_ms, float)
        assert isinstance(walk.slope_ms_per_1000_rows, float)
        line = walk.base_ms + walk.slope_ms_per_1000_rows * row["x"] / 1000
        assert row["y"] == pytest.approx(line, abs=1e-3)
        assert row["low"] <= row["y"] + 1e-9 <= row["high"] + 2e-9


def test_the_experiment_stands_beside_what_was_observed(charts: dict[str, Chart]) -> None:
    beside = {row["walk"] for row in rows(charts["pagination"], "beside")}
    pages = rows(charts["pagination-experiment"], "pages")

    assert beside == {"SQLite 3.54.1, by offset", "SQLite 3.54.1, by keyset"}
    assert [row["y"] for row in pages if row["style"] == "offset"] == [0.06, 0.14, 0.9]
    assert {row["y"] for row in rows(charts["identifiers-experiment"], "rates")} == {
        610_000, 90_000
    }  # fmt: skip
    assert "68 %" in rows(charts["identifiers-size"], "bars")[1]["label"]


def test_medians_of_transport_are_the_reports(session: Figures, charts: dict[str, Chart]) -> None:
    lines = rows(charts["transport"], "lines")
    ttft = session.protocols["h2"].ttft

    assert isinstance(ttft, Distribution)
    assert {
        (row["p50"], row["p95"], row["max"])
        for row in lines
        if (row["metric"], row["via"]) == ("TTFT", "HTTP/2")
    } == {(ttft.p50 / 1e6, ttft.p95 / 1e6, ttft.max / 1e6)}


def test_a_conversations_tree_has_its_messages_each_once(
    session: Figures, charts: dict[str, Chart]
) -> None:
    found = session.analysis.captures[0].answers.conversations
    points, lines = rows(charts["conversations"], "points"), rows(charts["conversations"], "lines")
    places = {(row["x"], row["y"]) for row in points}

    assert len(places) == len(points) <= len(found.messages)
    assert all((row["x"], row["y"]) in places and (row["X"], row["Y"]) in places for row in lines)


def test_what_has_no_time_inside_is_said_and_not_drawn(charts: dict[str, Chart]) -> None:
    kinds = {row["kind"] for row in rows(charts["identifiers"], "values")}

    assert "UUIDv4" not in kinds
    assert kinds
    assert "UUIDv4" in {row["kind"] for row in rows(charts["identifiers-order"], "values")}
    assert "UUIDv4" in " ".join(charts["identifiers"].says)


# --------------------------------------------------------------------------- what comes from others


def test_captured_text_stays_a_value() -> None:
    call = a_call(2, path=f"/{HOSTILE}", method="G" + HOSTILE)
    turn = measured(Text(400, 0), Text(900, 1), http_version=HOSTILE, turn={"title": HOSTILE})
    figures = pick(an_analysis(a_result(turn, call, file=HOSTILE)))
    for chart in charts_of(figures):
        frame = {k: v for k, v in chart.spec.items() if k != "datasets"}
        text = json.dumps([chart.spec, chart.says, chart.alt], ensure_ascii=False)

        assert "onerror" not in json.dumps(frame), chart.name
        assert "\\u001b" not in text
        assert "\u202e" not in text
        assert compiled(chart)


def test_a_chart_does_not_grow_with_the_capture() -> None:
    """What is left out is said."""
    turn = recorded_figures("good-h2.jsonl").analysis.captures[0]
    many = [
        msgspec.structs.replace(
            one,
            exchange=msgspec.structs.replace(one.exchange, exchange=number),
        )
        for number, one in enumerate(turn.turns * 400, 1)
    ]
    made = charts_of(pick(_with(turn, many)))
    sizes = {one.name: len(json.dumps(one.spec)) for one in made}
    timeline = next(one for one in made if one.name == "timeline")

    assert sum(sizes.values()) < 700_000, sizes
    assert len(rows(timeline, "bars")) == 400
    assert sum(len(row["x"]) for row in rows(timeline, "ticks")) <= 4000
    assert "later exchanges" in " ".join(timeline.says)
    for chart in made:
        if chart.name == "delivery":
            assert len(rows(chart, "turns")) == 40
            assert max(len(row["x"]) for row in rows(chart, "turns")) <= 60


def _with(capture: CaptureResult, many: list[Any]) -> Analysis:
    return Analysis((msgspec.structs.replace(capture, measured=tuple(many)),))
