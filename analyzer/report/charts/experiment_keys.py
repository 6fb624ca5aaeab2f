"""The experiment with keys: what each kind costs a B-tree."""

from collections.abc import Iterator, Sequence

import altair as alt

from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.experiments import Experiment, Keys
from analyzer.report.palette import SERIES
from analyzer.report.plain import printable

_SCHEMES = {
    "integer": ("integer", SERIES[2], [1, 0], "circle"),
    "uuid7": ("UUIDv7", SERIES[0], [6, 3], "triangle-up"),
    "ulid": ("ULID", SERIES[3], [2, 2], "square"),
    "uuid4": ("UUIDv4", SERIES[1], [8, 2, 2, 2], "diamond"),
}
"""Name, colour, dash and shape of a kind of key."""

_BYTES = (
    "datum.value === 0 ? '0' : datum.value < 999500 ? format(datum.value / 1e3, '.3~g') + ' kB' : "
    "datum.value < 999500000 ? format(datum.value / 1e6, '.3~g') + ' MB' : "
    "format(datum.value / 1e9, '.3~g') + ' GB'"
)
"""Labels of an axis in bytes."""

BAR, HEAD, SPACE = 17, 20, 10
"""Heights in px."""


def growth_chart(experiments: Sequence[Experiment]) -> Chart | None:
    """Rows inserted a second while the tree grows, in the layout that the key orders most."""
    shown = _first_keys(experiments)
    if shown is None:
        return None
    layout = _layout(shown)
    rows = list(_rates(shown, layout))
    last = {row["scheme"]: row for row in rows}
    said = ", ".join(f"{name} {row['rate']}" for name, row in last.items())
    return Chart(
        name="identifiers-experiment",
        title="Inserts a second as a table grows",
        section="Identifiers",
        says=(
            f"{_where(shown, layout)}; n = {units.counted(shown.settings.repeats, 'run')} of "
            f"each, medians. Clock: the wall's, over every {_part(shown)} of the rows.",
            _others(experiments, shown, layout),
        ),
        alt=f"Inserts a second for each kind of key; at the end {said}.",
        spec=_rates_spec(rows),
    )


def size_chart(experiments: Sequence[Experiment]) -> Chart | None:
    """What the trees take, and how full their leaves are."""
    shown = _first_keys(experiments)
    if shown is None:
        return None
    rows, heads, height = _sizes(shown)
    said = [f"{row['scheme']} {row['size']} ({row['layout']})" for row in rows]
    return Chart(
        name="identifiers-size",
        title="What the keys' trees take",
        section="Identifiers",
        says=(
            f"{_where(shown, '')}; counters of the last run: the size of the tree that the key "
            "orders; in percent, how full its leaves are.",
        ),
        alt=f"Sizes of the trees: {', '.join(said)}.",
        spec=_sizes_spec(rows, heads, height),
    )


def _first_keys(experiments: Sequence[Experiment]) -> Keys | None:
    return next(
        (keys for one in experiments for keys in one.keys if any(t.rates for t in keys.trees)),
        None,
    )


def _layout(keys: Keys) -> str:
    """Where the rows themselves lie in the key's tree, if that was tried: the last layout."""
    return keys.trees[-1].layout


def _part(keys: Keys) -> str:
    return units.share(1 / max(len(tree.rates) for tree in keys.trees))


def _where(keys: Keys, layout: str) -> str:
    parts = [printable(keys.database, 40), printable(layout, 40)]
    return (
        f"{', '.join(part for part in parts if part)}, {units.count(keys.settings.rows)} rows, "
        f"keys as {printable(keys.settings.storage, 8)}"
    )


def _others(experiments: Sequence[Experiment], shown: Keys, layout: str) -> str:
    others = [
        f"{printable(keys.database, 24)}, {printable(one, 30)}"
        for experiment in experiments
        for keys in experiment.keys
        for one in dict.fromkeys(tree.layout for tree in keys.trees)
        if keys is not shown or one != layout
    ]
    if not others:
        return "Nothing is left out."
    return f"Left out: {'; '.join(others)}; their figures are in the experiment's own report."


def _rates(keys: Keys, layout: str) -> Iterator[Row]:
    for tree in keys.trees:
        if tree.layout != layout or tree.scheme not in _SCHEMES or not tree.rates:
            continue
        for step, rate in enumerate(tree.rates, 1):
            rows = keys.settings.rows * step // len(tree.rates)
            yield {
                "x": rows,
                "y": rate,
                "scheme": _SCHEMES[tree.scheme][0],
                "rows": units.counted(rows, "row"),
                "rate": units.rate(rate),
            }


def _rates_spec(rows: list[Row]) -> dict[str, object]:
    x = alt.X("x:Q", axis=alt.Axis(title="rows in the table", format="~s", tickCount=6),
              scale=alt.Scale(nice=False, zero=True))  # fmt: skip
    y = alt.Y("y:Q", axis=alt.Axis(title="inserts a second", format="~s", tickCount=5))
    about = drawing.tooltips(scheme="key", rate="inserts", rows="at")
    every = drawing.named("rates")
    return drawing.finished(
        alt.layer(
            every.mark_line(strokeWidth=2).encode(
                x=x, y=y, color=_colour(rows), strokeDash=_dash(rows), tooltip=about
            ),
            every.mark_point(size=38, filled=True, opacity=1).encode(
                x=x, y=y, color=_colour(rows), shape=_shape(rows), tooltip=about
            ),
        ),
        drawing.HEIGHT,
        rates=rows,
    )


def _present(rows: list[Row]) -> list[tuple[str, str, list[int], str]]:
    seen = {row["scheme"] for row in rows}
    return [look for look in _SCHEMES.values() if look[0] in seen]


def _colour(rows: list[Row]) -> alt.Color:
    return alt.Color("scheme:N", scale=_colour_scale(rows), legend=drawing.legend())


def _dash(rows: list[Row]) -> alt.StrokeDash:
    looks = _present(rows)
    scale = alt.Scale(domain=[one[0] for one in looks], range=[one[2] for one in looks])
    return alt.StrokeDash("scheme:N", scale=scale, legend=drawing.legend())


def _shape(rows: list[Row]) -> alt.Shape:
    looks = _present(rows)
    scale = alt.Scale(domain=[one[0] for one in looks], range=[one[3] for one in looks])
    return alt.Shape("scheme:N", scale=scale, legend=drawing.legend())


def _sizes(keys: Keys) -> tuple[list[Row], list[Row], float]:
    rows: list[Row] = []
    heads: list[Row] = []
    top = 0.0
    for layout in dict.fromkeys(tree.layout for tree in keys.trees):
        heads.append({"y": top + HEAD / 2, "name": printable(layout, 40)})
        top += HEAD
        for tree in keys.trees:
            if tree.layout != layout or tree.scheme not in _SCHEMES:
                continue
            fill = tree.last.leaf_fill
            full = "" if fill is None else f" · {units.share(fill)}"
            scheme = _SCHEMES[tree.scheme][0]
            size = units.size(tree.last.key_bytes)
            rows.append({
                "y": top, "Y": top + BAR - 4, "middle": top + (BAR - 4) / 2,
                "x": tree.last.key_bytes, "zero": 0,
                "scheme": scheme, "layout": printable(layout, 40), "size": size,
                "full": units.UNKNOWN if fill is None else units.share(fill),
                "label": f"{scheme} · {size}{full}",
            })  # fmt: skip
            top += BAR
        top += SPACE
    return rows, heads, top


def _sizes_spec(rows: list[Row], heads: list[Row], height: float) -> dict[str, object]:
    most = max(row["x"] for row in rows)
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    # Room to the right, for the longest bar is named behind its end.
    x = alt.X("zero:Q", scale=alt.Scale(domain=[0, most * 2.1], nice=False),
              axis=alt.Axis(title="", tickCount=5, labelExpr=_BYTES))  # fmt: skip
    about = drawing.tooltips(scheme="key", layout="layout", size="tree", full="leaves full")
    bars = drawing.named("bars")
    return drawing.finished(
        alt.layer(
            bars.mark_rect(opacity=0.85, cornerRadius=2).encode(
                x=x, x2="x:Q", y=alt.Y("y:Q", scale=down, axis=None), y2="Y:Q",
                color=alt.Color("scheme:N", scale=_colour_scale(rows), legend=None),
                tooltip=about,
            ),
            bars.mark_text(align="left", baseline="middle", dx=6).encode(
                x=alt.X("x:Q"), y=alt.Y("middle:Q", scale=down, axis=None), text="label:N"
            ),
            drawing.named("heads").mark_text(style="named", align="left", baseline="middle").encode(
                x=alt.value(0), y=alt.Y("y:Q", scale=down, axis=None), text="name:N"
            ),
        ),
        height,
        bars=rows,
        heads=heads,
    )  # fmt: skip


def _colour_scale(rows: list[Row]) -> alt.Scale:
    looks = _present(rows)
    return alt.Scale(domain=[one[0] for one in looks], range=[one[1] for one in looks])
