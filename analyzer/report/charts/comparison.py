"""Charts of a comparison: how far each time moved, and how long each share of turns waited."""

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np

from analyzer.analyses.comparing import Compared, Comparison, Group
from analyzer.analyses.comparing.figures import TIMES, figures_of
from analyzer.analyses.comparing.results import Shift, TimeComparison
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import BAD, CALM, GOOD, Row
from analyzer.report.comparison_words import between, name_of, signed
from analyzer.report.palette import SERIES

LINE = 20
"""Height of a percentile in px."""

STEPS = 400
"""Points of a curve at most."""

_KINDS = {"slower": BAD, "faster": GOOD, "no result": CALM}
_MARKS = {"p50": "circle", "p95": "triangle-up", "p99": "diamond"}
PERCENT = "(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + abs(datum.value) + ' %'"


def comparison_charts(comparison: Comparison, groups: Sequence[Group]) -> tuple[Chart, ...]:
    """Those that have something to show."""
    several = len(comparison.against_first) > 1
    shifts = [
        _changes(one, (groups[0], groups[number]), number, several)
        for number, one in enumerate(comparison.against_first, 1)
        if any(_drawable(time) for time in one.times)
    ]
    waits = _waits(groups, _section("As a whole", comparison.against_first[0], several))
    return (*shifts, *([waits] if waits else []))


# --------------------------------------------------------------------------- changes


def _drawable(time: TimeComparison) -> list[Shift]:
    return [one for one in time.shifts if one.interval is not None and one.first > 0]


def _section(title: str, one: Compared, several: bool) -> str:
    """As the report calls it."""
    return f"{title}: {name_of(one.second)} against {name_of(one.first)}" if several else title


def _changes(one: Compared, groups: Sequence[Group], number: int, several: bool) -> Chart:
    rows = [row for time in one.times for row in _change_rows(time)]
    order = list(dict.fromkeys(str(row["line"]) for row in rows))
    first, second = name_of(one.first), name_of(one.second)
    told = [row for row in rows if row["kind"] != "no result"]
    left = [TIMES[time.metric] for time in one.times if len(_drawable(time)) < len(time.shifts)]
    out = f" Left out for too few figures: percentiles of {drawing.listed(left)}." if left else ""
    return Chart(
        name="changes" if not several else f"changes-{number}",
        title=f"How far {second} is from {first}",
        section=_section("Times", one, several),
        says=(
            f"n = {_sizes(groups)}; each metric's own is in the table “As a whole”. "
            f"{_clocks(groups)}",
            f"Each mark is a percentile's change as a share of that of {first}, each line its "
            f"95 % bootstrap interval; grey is no result (that takes the 99 % interval and, at the "
            f"median, the rank test).{out}",
        ),
        alt=(
            f"Changes of {len(rows)} percentiles of {second} against {first}; "
            f"{len(told)} are more than noise."
        ),
        spec=_changes_spec(rows, order),
    )


def _sizes(groups: Sequence[Group]) -> str:
    sizes = [f"{units.counted(len(one.turns), 'turn')} of {name_of(one.name)}" for one in groups]
    return drawing.listed(sizes)


def _clocks(groups: Sequence[Group]) -> str:
    return drawing.clock_said([capture for group in groups for capture in group.captures])


def _change_rows(time: TimeComparison) -> Iterator[Row]:
    for shift in _drawable(time):
        drawn = shift.interval
        if drawn is None:
            continue
        kind = "no result"
        if shift.verdict == "more than noise":
            kind = "slower" if shift.difference > 0 else "faster"
        mark = f"p{shift.percentile}"
        yield {
            "line": f"{TIMES[time.metric]} {mark}",
            "mark": mark,
            "kind": kind,
            "change": 100 * shift.difference / shift.first,
            "low": 100 * drawn.low / shift.first,
            "high": 100 * drawn.high / shift.first,
            "moved": signed(shift.difference),
            "within": between(drawn.low, drawn.high),
            "from": f"{units.duration(shift.first)} to {units.duration(shift.second)}",
            "verdict": shift.verdict,
        }


def _changes_spec(rows: list[Row], order: list[str]) -> dict[str, object]:
    y = alt.Y(
        "line:N",
        sort=order,
        axis=alt.Axis(title="", labelLimit=170, ticks=False, domain=False, grid=False),
    )
    axis = alt.Axis(title="", labelExpr=PERCENT, labelFlush=True, tickCount=6)
    kinds = [one for one in _KINDS if any(row["kind"] == one for row in rows)]
    scale = alt.Scale(domain=kinds, range=[_KINDS[one] for one in kinds])
    colour = alt.Color("kind:N", scale=scale, legend=drawing.legend())
    marks = list(dict.fromkeys(str(row["mark"]) for row in rows))
    shapes = alt.Scale(domain=marks, range=[_MARKS[one] for one in marks])
    about = drawing.tooltips(
        line="percentile",
        moved="change",
        within="95 % interval",
        verdict="verdict",
        **{"from": "from"},
    )
    base = drawing.named("changes")
    zero = drawing.named("zero").mark_rule(strokeDash=[4, 3], color=CALM)
    return drawing.finished(
        alt.layer(
            zero.encode(x=alt.X("at:Q")),
            base.mark_rule(strokeWidth=2.4).encode(
                x=alt.X("low:Q", axis=axis), x2="high:Q", y=y, color=colour, tooltip=about
            ),
            base.mark_point(filled=True, size=75, opacity=1).encode(
                x="change:Q", y=y, color=colour, tooltip=about,
                shape=alt.Shape("mark:N", scale=shapes, legend=None),
            ),
        ),
        LINE * len(order),
        changes=rows,
        zero=[{"at": 0}],
    )  # fmt: skip


# --------------------------------------------------------------------------- waits


def _waits(groups: Sequence[Group], section: str) -> Chart | None:
    """The share of turns that had their first text by then, a curve a group."""
    values = {name_of(one.name): np.sort(figures_of("ttft", one.turns)) for one in groups}
    found = {name: ones for name, ones in values.items() if len(ones)}
    if len(found) < 2:
        return None
    rows: list[Row] = []
    for name, ones in found.items():
        n = len(ones)
        for rank in np.unique(np.linspace(0, n - 1, min(n, STEPS)).astype(np.int64)).tolist():
            took, share = int(ones[rank]), (rank + 1) / n
            rows.append(
                {
                    "x": max(took, 500) / 1e6,
                    "y": share,
                    "of": name,
                    "took": units.duration(took),
                    "share": units.share(share),
                }
            )
    sizes = [f"{units.counted(len(ones), 'turn')} of {name}" for name, ones in found.items()]
    medians = [f"{name} {units.duration(float(np.median(ones)))}" for name, ones in found.items()]
    return Chart(
        name="waits",
        title="Turns that had their first text by then",
        section=section,
        says=(
            f"n = {drawing.listed(sizes)}; turns without a TTFT are left out. {_clocks(groups)}",
        ),
        alt=f"The share of turns with their first text over time; medians: {'; '.join(medians)}.",
        spec=_waits_spec(rows, list(found)),
        hint=drawing.LEGEND_HINT,
    )


def _waits_spec(rows: list[Row], names: list[str]) -> dict[str, object]:
    low, high = min(row["x"] for row in rows), max(row["x"] for row in rows)
    colours = [SERIES[number % len(SERIES)] for number in range(len(names))]
    dashes = [[[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]][number % 4] for number in range(len(names))]
    legend = drawing.legend()
    picked = drawing.picked("of")
    lines = drawing.named("waits").mark_line(interpolate="step-after", strokeWidth=2.2)
    return drawing.finished(
        lines.encode(
            x=drawing.wait_x("x", low / 1.05, high * 1.05),
            y=alt.Y("y:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="", format="%")),
            color=alt.Color("of:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            strokeDash=alt.StrokeDash(
                "of:N", scale=alt.Scale(domain=names, range=dashes), legend=legend
            ),
            tooltip=drawing.tooltips(of="of", took="by", share="had it"),
            opacity=drawing.faded(picked),
        ).add_params(picked),
        drawing.HEIGHT,
        waits=rows,
    )
