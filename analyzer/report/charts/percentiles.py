"""Percentiles with a logarithmic tail, as HdrHistogram's plotter draws them."""

from collections.abc import Iterator, Mapping

import altair as alt
import numpy as np

from analyzer.analyses.statistics import PERCENTILES, POINTS_BELOW, Distribution
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.samples import Sample
from analyzer.report.figures import Figures

POINTS = 160
"""Points of a curve."""

NINES = (
    "datum.value === 1 ? '0 %' : datum.value === 2 ? '50 %' : "
    "format(100 - 100 / datum.value, '.8~g') + ' %'"
)
"""Labels of an axis of 1 / (1 − share)."""


def percentiles(
    figures: Figures, samples: Mapping[str, Sample], field: str, title: str, noun: str
) -> Chart | None:
    """One curve a protocol, to its longest; None where every one is too small for a tail."""
    enough = {name: one for name, one in samples.items() if one.n >= POINTS_BELOW}
    if not enough:
        return None
    rows = [row for name, one in enough.items() for row in _curve(figures, name, one, field)]
    marks = [row for name in enough for row in _figures(figures, name, field)]
    sizes = {drawing.via(name): one.n for name, one in enough.items()}
    small = [drawing.via(name) for name in samples if name not in enough]
    left = f" Left out: {drawing.listed(small)}, n below {POINTS_BELOW}." if small else ""
    clock = drawing.clock_said(figures.analysis.captures)
    return Chart(
        name=f"{field}-percentiles",
        title=title,
        section="What was felt" if field == "ttft" else "Gaps between texts",
        says=(
            f"{drawing.of_sizes(sizes, noun)}; a curve ends at the longest, marks are p50, p90, "
            f"p95 and p99; the horizontal scale is 1 / (1 − percentile).{left} {clock}",
        ),
        alt=_alt(figures, enough, field),
        spec=_spec(rows, marks, max(one.n for one in enough.values())),
        hint=drawing.LEGEND_HINT if len(enough) > 1 else "",
    )


def _curve(figures: Figures, name: str, sample: Sample, field: str) -> Iterator[Row]:
    """Even steps of the logarithm, so that the tail has as many points as what precedes it."""
    figure = getattr(figures.protocols[name], field)
    tails = np.geomspace(1, sample.n, POINTS)
    values = sample.at(1 - 1 / tails)
    if isinstance(figure, Distribution):
        # It ends at the longest of all, which quantiles only near.
        values[-1] = figure.max
    for tail, value in zip(tails.tolist(), values, strict=True):
        yield {
            "x": round(tail, 4),
            "y": max(value, 500) / 1e6,
            "via": drawing.via(name),
            "at": f"{100 - 100 / tail:.6g} %",
            "took": units.duration(value),
        }


def _figures(figures: Figures, name: str, field: str) -> Iterator[Row]:
    """The report's own percentiles."""
    figure = getattr(figures.protocols[name], field)
    if not isinstance(figure, Distribution):
        return
    for percent, value in zip(
        PERCENTILES, (figure.p50, figure.p90, figure.p95, figure.p99), strict=True
    ):
        if value is not None:
            yield {
                "x": 100 / (100 - percent),
                "y": max(value, 500) / 1e6,
                "via": drawing.via(name),
                "at": f"p{percent}",
                "took": units.duration(value),
            }


def _spec(rows: list[Row], marks: list[Row], n: int) -> dict[str, object]:
    low, high = min(row["y"] for row in rows), max(row["y"] for row in rows)
    seen = [str(row["via"]) for row in rows]
    nines = [1, 2, *(10.0**power for power in range(1, 9) if 10.0**power <= n * 1.001)]
    x = alt.X(
        "x:Q",
        scale=alt.Scale(type="log", domain=[1, n * 1.02], nice=False),
        axis=alt.Axis(title="", values=nines, labelExpr=NINES, labelFlush=True, grid=True),
    )
    y = drawing.wait_y("y", low / 1.1, high * 1.1)
    picked = drawing.picked()
    colour, dash = drawing.via_colour(seen), drawing.via_dash(seen)
    lines = drawing.named("curves").mark_line(strokeWidth=2.2, interpolate="linear")
    about = drawing.tooltips(at="at", took="within", via="over")
    points = drawing.named("marks").mark_point(size=55, filled=True, opacity=1)
    return drawing.finished(
        alt.layer(
            lines.encode(
                x=x, y=y, color=colour, strokeDash=dash, tooltip=about,
                opacity=drawing.faded(picked),
            ).add_params(picked),
            points.encode(
                x=x, y=y, color=colour, shape=drawing.via_shape(seen), tooltip=about,
                opacity=drawing.faded(picked),
            ),
        ),
        drawing.HEIGHT,
        curves=rows,
        marks=marks,
    )  # fmt: skip


def _alt(figures: Figures, samples: Mapping[str, Sample], field: str) -> str:
    parts = []
    for name in samples:
        figure = getattr(figures.protocols[name], field)
        if isinstance(figure, Distribution):
            parts.append(
                f"over {drawing.via(name)} p50 {units.duration(figure.p50)}, "
                f"p99 {units.duration(figure.p99)}, longest {units.duration(figure.max)}"
            )
    return f"Percentiles up to the longest: {'; '.join(parts)}."
