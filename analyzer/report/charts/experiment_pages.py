"""The experiment with pages: offset against keyset, the deeper a list."""

from collections.abc import Iterator, Sequence

import altair as alt

from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.experiments import Experiment, Pages
from analyzer.report.palette import SERIES
from analyzer.report.plain import printable

DATABASES = 3
"""Most databases of one chart."""

_STYLES = {"offset": SERIES[1], "keyset": SERIES[0]}


def pages_chart(experiments: Sequence[Experiment]) -> Chart | None:
    """Offset against keyset over the whole depth of the experiment's list."""
    every = [pages for one in experiments for pages in one.pages if pages.points]
    shown = every[:DATABASES]
    rows = [row for pages in shown for row in _depths(pages)]
    if not rows:
        return None
    several = len(shown) > 1
    says = [
        f"{printable(one.database, 40)}: a list of {units.count(one.settings.rows)} rows, "
        f"{one.settings.page} a page, sorted by {printable(one.settings.order, 12)}"
        f"{'' if one.settings.index else ' without an index'}; "
        f"n = {max(point.wall.n for point in one.points)} runs a point, bands are quartiles."
        for one in shown
    ]
    left = len(every) - len(shown)
    if left:
        says.append(f"Left out: {units.counted(left, 'more database')}.")
    return Chart(
        name="pagination-experiment",
        title="Offset against keyset",
        section="Lists, page by page",
        says=(*says, "Both scales are logarithmic; the clock is the wall's, to the nanosecond."),
        alt=f"Wall time of a page by offset and by keyset in {drawing.listed(_names(shown))}.",
        spec=_depth_spec(rows, several=several),
    )


def _names(shown: Sequence[Pages]) -> list[str]:
    return [printable(one.database, 40) for one in shown]


def _depths(pages: Pages) -> Iterator[Row]:
    for point in pages.points:
        if point.style in _STYLES:
            yield {
                "x": point.depth + 1,
                "y": point.wall.median_ns / 1e6,
                "low": max(point.wall.low_ns, 100) / 1e6,
                "high": max(point.wall.high_ns, 100) / 1e6,
                "style": point.style,
                "database": printable(pages.database, 24),
                "depth": units.counted(point.depth, "row"),
                "took": units.duration(point.wall.median_ns),
                "n": units.count(point.wall.n),
            }


def _depth_spec(rows: list[Row], *, several: bool) -> dict[str, object]:
    colours = alt.Scale(domain=list(_STYLES), range=list(_STYLES.values()))
    colour = alt.Color("style:N", scale=colours, legend=drawing.legend())
    shapes = alt.Scale(domain=list(_STYLES), range=["triangle-up", "circle"])
    shape = alt.Shape("style:N", scale=shapes, legend=drawing.legend())
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    deepest = max(row["x"] for row in rows)
    x = alt.X(
        "x:Q",
        scale=alt.Scale(type="log", domain=[1, deepest * 1.1], nice=False),
        axis=alt.Axis(title="rows before the page", format=",.0f",
                      values=[one for one in drawing.decades(1, deepest) if one >= 1]),
    )  # fmt: skip
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(type="log", domain=[low / 1.2, high * 1.2], nice=False),
        axis=drawing.ms_axis("", values=drawing.decades(low / 1.2, high * 1.2)),
    )
    about = drawing.tooltips(database="in", style="by", depth="depth", took="median", n="runs")
    detail = alt.Detail("database:N")
    dash = {"strokeDash": alt.StrokeDash("database:N", legend=drawing.legend())} if several else {}
    every = drawing.named("pages")
    return drawing.finished(
        alt.layer(
            every.mark_area(opacity=0.18).encode(
                x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour, detail=detail
            ),
            every.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, detail=detail, **dash),
            every.mark_point(size=40, filled=True, opacity=1).encode(
                x=x, y=y, color=colour, shape=shape, tooltip=about
            ),
        ),
        drawing.HEIGHT,
        pages=rows,
    )  # fmt: skip
