"""A comparison as a report: its sentences, its tables, its JSON, its Markdown, its charts."""

import io
import json
from typing import Any

import pytest
from making import MS, Text, a_head, a_result, measured

from analyzer.analyses.comparing import Comparison, Group, compare_groups
from analyzer.analyses.comparing.bootstrap import Interval
from analyzer.analyses.comparing.results import Shift, TimeComparison, Verdict
from analyzer.gates import Gate, Judged, gates_section
from analyzer.model import Lost
from analyzer.report.charts.comparison import comparison_charts
from analyzer.report.comparison import comparison_report, top_of
from analyzer.report.comparison_json import comparison_json
from analyzer.report.comparison_markdown import comparison_markdown
from analyzer.report.comparison_words import between, sentence, sentences, signed
from analyzer.report.parts import Cell, Facts, Lines, Report, Section, Source, Table
from analyzer.report.terminal import print_report

HOSTILE = "a|b<script>\x1b[2J`x`"


def a_group(name: str, longer_ms: float = 0, n: int = 62, **fields: Any) -> Group:
    """Turns whose first texts come from 400 ms on, one ms after the other, and 4 texts each."""
    turns = [
        measured(
            *(Text(400 + number + longer_ms + 40 * read, read, "words") for read in range(4)),
            exchange=number,
            server_connection=number,
        )
        for number in range(1, n + 1)
    ]
    return Group(name, (a_result(*turns, head=a_head(capture_id=name), **fields),))


GROUPS = [a_group("before"), a_group("after", longer_ms=100)]
COMPARISON = compare_groups(GROUPS)


def report_of(*groups: Group) -> Report:
    return comparison_report(compare_groups(groups), groups)


def lines_of(section: Section) -> list[str]:
    return [
        cell.text for block in section.blocks if isinstance(block, Lines) for cell in block.lines
    ]


def table_of(section: Section) -> list[list[str]]:
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    return [[cell.text for cell in row] for row in table.rows]


def a_shift(
    difference_ms: float, verdict: Verdict, low_ms: float, high_ms: float, percentile: int = 95
) -> Shift:
    drawn = Interval(low_ms * MS, high_ms * MS, low_ms * MS, high_ms * MS, 0.01)
    second = round((500 + difference_ms) * MS)
    return Shift(percentile, 500 * MS, second, drawn, verdict, 60)


def a_time(*shifts: Shift, p_value: float = 0.001, delta: float = 0.5) -> TimeComparison:
    return TimeComparison("ttft", "turn", 80, 80, 80, 80, p_value, delta, shifts)


@pytest.mark.parametrize(
    ("shift", "p_value", "said"),
    [
        (
            a_shift(42, "more than noise", 18, 61),
            0.001,
            "42.0 ms slower at p95 (95 % CI 18.0–61.0 ms): more than noise; large effect "
            "as a whole",
        ),
        (
            a_shift(-42, "more than noise", -61, -18, 50),
            0.001,
            "42.0 ms faster at the median (95 % CI 18.0–61.0 ms): more than noise; large effect "
            "as a whole",
        ),
        (
            a_shift(42, "more than noise", 0.5, 61),
            0.3,
            "42.0 ms slower at p95 (95 % CI 500 µs–61.0 ms): more than noise, in the tail: as a "
            "whole they do not differ",
        ),
        (
            a_shift(42, "within noise", -18, 61),
            0.3,
            "42.0 ms slower at p95 (95 % CI −18.0…+61.0 ms): within noise",
        ),
        (
            a_shift(42, "unclear", 18, 61, 50),
            0.03,
            "42.0 ms slower at the median (95 % CI 18.0–61.0 ms): unclear, for the interval "
            "leaves out 0, but the rank test does not see it (p = 0.03)",
        ),
        (
            a_shift(42, "unclear", -1, 61, 50),
            0.001,
            "42.0 ms slower at the median (95 % CI −1.00…+61.0 ms): unclear, for the rank test "
            "sees a difference (p = 0.001), but the interval holds 0",
        ),
        (
            a_shift(42, "unclear", 18, 61),
            0.001,
            "42.0 ms slower at p95 (95 % CI 18.0–61.0 ms): unclear, for the 95 % interval leaves "
            "out 0, but the 99 % interval does not",
        ),
        (a_shift(0, "within noise", 0, 0), 1.0, "the same at p95 (95 % CI 0…0 ns): within noise"),
    ],
)
def test_a_difference_in_words(shift: Shift, p_value: float, said: str) -> None:
    assert sentence(a_time(shift, p_value=p_value), shift) == said


def test_what_is_the_same_of_two_percentiles_is_said_once() -> None:
    time = a_time(
        a_shift(40, "more than noise", 18, 61, 50), a_shift(90, "more than noise", 60, 110)
    )

    assert [words for words, _ in sentences(time, "more than noise")] == [
        "40.0 ms slower at the median (95 % CI 18.0–61.0 ms), 90.0 ms slower at p95 (95 % CI "
        "60.0–110 ms): more than noise; large effect as a whole"
    ]


def test_opposite_ways_are_told_apart() -> None:
    time = a_time(
        a_shift(-40, "more than noise", -61, -18, 50), a_shift(90, "more than noise", 60, 110)
    )

    assert [shift.percentile for _, shift in sentences(time, "more than noise")] == [50, 95]


def test_signs() -> None:
    assert (signed(42 * MS), signed(-42 * MS), signed(0)) == ("+42.0 ms", "−42.0 ms", "0 ns")
    assert between(-500_000, 2 * MS) == "−500 µs…+2.00 ms"


def test_the_result_stands_first() -> None:
    short, *_ = report_of(*GROUPS).sections

    assert short.title == "In short"
    assert "differ by more than noise." in short.lead
    first = lines_of(short)[0]
    assert first.startswith("TTFT: 100 ms slower at the median (95 % CI ")
    assert first.endswith(": more than noise; large effect as a whole")
    ttft = table_of(short)[0]
    assert ttft[:5] == ["TTFT", "p50", "432 ms", "532 ms", "+100 ms"]
    assert ttft[-1] == "slower"


def test_nothing_but_noise_is_said_in_a_line() -> None:
    short, *_ = report_of(a_group("before"), a_group("again")).sections

    assert short.lead.startswith("None of ")
    (line,) = lines_of(short)
    assert line.startswith("Within noise: headers p50 and p95, ")


def test_few_turns_are_no_result() -> None:
    short, *_ = report_of(a_group("before", n=5), a_group("after", 9_000, n=7)).sections

    assert short.lead == "Too few turns for any result."
    (line,) = lines_of(short)
    assert line.startswith("Too few for a result at p50, which needs 8 of each: headers, ")
    assert line.endswith("(n = 5 and 7).")
    assert {row[-1] for row in table_of(short)} == {"too few"}
    assert {row[5] for row in table_of(short)} == {"–"}


def test_there_may_be_nothing_to_compare() -> None:
    short, how = report_of(Group("a", (a_result(),)), Group("b", (a_result(),))).sections

    assert short.lead == "No time of both was measured: there is nothing to compare."
    assert how.title == "How it was compared"


def test_several_groups_are_each_set_against_the_first() -> None:
    report = report_of(*GROUPS, a_group("later", longer_ms=200))

    titles = [one.title for one in report.sections]
    assert titles[0] == "In short: after against before"
    assert "Times: later against before" in titles
    assert report.title == "streamscope compare · after and later against before"


def test_losses_and_cautions_stand_on_top() -> None:
    lossy = a_group("after", lost=(Lost(0, "reads", 3, "full"),))
    report = report_of(a_group("before"), lossy)

    assert Cell("LOST: after lacks 3 things", "bad") in report.notices
    (self_compared,) = report_of(GROUPS[0], GROUPS[0]).notices
    assert "turns of the same capture" in self_compared.text


def test_where_the_figures_come_from_is_said() -> None:
    said = {name: cell.text for name, cell in report_of(*GROUPS).facts.pairs}

    assert list(said) == ["before", "after"]
    assert said["before"] == (
        "62 chat turns over HTTP/2, from first.jsonl; seen in the proxy, by the recorder; "
        "chunk clock, steps of 41 ns"
    )


def test_a_figure_leads_to_the_turn_that_it_was_measured_on() -> None:
    """Captures count through all groups; of 62 turns the median is between the 31st and 32nd."""
    short, *_ = report_of(*GROUPS, a_group("later", longer_ms=200)).sections
    (table,) = [block for block in short.blocks if isinstance(block, Table)]
    ttft = table.rows[0]

    assert [cell.source for cell in ttft[2:5]] == [Source(1, 31), Source(2, 31), None]
    assert [cell.value for cell in ttft[2:5]] == [431_500_000, 531_500_000, 100 * MS]


def test_names_that_begin_alike_are_told_apart() -> None:
    short, *_ = report_of(a_group("release-candidate-1"), a_group("release-candidate-2")).sections
    (table,) = [block for block in short.blocks if isinstance(block, Table)]

    assert [column.name for column in table.columns[2:4]] == ["first", "second"]


def test_a_row_of_times_is_one_line_of_80_columns() -> None:
    file = io.StringIO()
    print_report(report_of(a_group("before-that"), a_group("after-that", 2_000)), file, width=80)
    lines = file.getvalue().splitlines()
    (row,) = [line for line in lines if line.startswith(" ITL (est.) p95 ")]

    assert row.endswith(" within noise")
    assert all(len(line) <= 80 for line in lines)


def test_json_has_the_figures_of_the_tables() -> None:
    document = json.loads(comparison_json(COMPARISON, GROUPS, [{"passed": True}]))

    (compared,) = document["against_first"]
    ttft = next(one for one in compared["times"] if one["metric"] == "ttft")
    median = ttft["shifts"][0]
    assert document["schema"] == "streamscope-comparison"
    assert [one["name"] for one in document["groups"]] == ["before", "after"]
    assert (median["first_ns"], median["second_ns"]) == (431_500_000, 531_500_000)
    assert median["low_ns"] < median["difference_ns"] < median["high_ns"]
    assert median["verdict"] == "more than noise"
    assert median["says"].startswith("100 ms slower at the median")
    assert document["thresholds"] == [{"passed": True}]


def test_json_says_why_a_figure_is_missing() -> None:
    groups = [a_group("before", n=5), a_group("after", n=7)]
    (compared,) = json.loads(comparison_json(compare_groups(groups), groups))["against_first"]
    ttft = next(one for one in compared["times"] if one["metric"] == "ttft")

    assert ttft["p_value"] is None
    assert ttft["unmeasurable"]["p_value"] == "n = 5, 8 of each are needed"
    assert ttft["shifts"][0]["low_ns"] is None


def test_markdown_folds_all_but_the_result() -> None:
    judged = Judged(Gate.parse("ttft:diff(p(95))<50ms"), False, 100 * MS, 62, "turn", "after")
    report = comparison_report(COMPARISON, GROUPS, [gates_section([judged])])

    top, opened, rest = comparison_markdown(report).partition("<details>")

    assert top_of(report) == 2
    assert top.index("## Thresholds") < top.index("## In short")
    assert "TTFT: 100 ms slower at the median" in top
    assert "## Times" not in top
    assert opened
    assert rest.startswith("\n<summary>")
    assert "\n\n## Times\n" in rest
    assert rest.endswith("</details>\n")
    assert rest.count("\n# ") == 0


def test_hostile_names_stay_text() -> None:
    groups = [a_group(HOSTILE), a_group("after", longer_ms=100)]
    report = comparison_report(compare_groups(groups), groups)
    markdown = comparison_markdown(report)

    assert "\x1b" not in report.title
    assert "<script>" not in markdown
    assert "\x1b" not in markdown
    assert isinstance(report.facts, Facts)


def test_charts_draw_the_figures_of_the_tables() -> None:
    changes, waits = comparison_charts(COMPARISON, GROUPS)

    rows = {row["line"]: row for row in changes.spec["datasets"]["changes"]}
    assert rows["TTFT p50"]["change"] == pytest.approx(100 * 100 / 431.5)
    assert rows["TTFT p50"]["kind"] == "slower"
    assert rows["headers p50"]["kind"] == "no result"
    assert len(waits.spec["datasets"]["waits"]) == 124
    for chart in (changes, waits):
        assert chart.says[0].startswith("n = 62 turns of before and 62 turns of after;")
        assert "Clock: every read stamped as it arrived, smallest step 41 ns." in chart.says[0]


def test_charts_belong_to_sections_that_there_are() -> None:
    for groups in (GROUPS, [*GROUPS, a_group("later", longer_ms=200)]):
        comparison: Comparison = compare_groups(groups)
        titles = {one.title for one in comparison_report(comparison, groups).sections}

        assert {one.section for one in comparison_charts(comparison, groups)} <= titles


def test_too_few_turns_have_no_chart_of_changes() -> None:
    groups = [a_group("before", n=5), a_group("after", n=7)]

    assert [one.name for one in comparison_charts(compare_groups(groups), groups)] == ["waits"]
