"""Every metric over each protocol: median, tail, and whether they differ."""

from collections.abc import Iterator, Sequence

import altair as alt

from analyzer.analyses.results import CaptureResult
from analyzer.analyses.statistics import Distribution
from analyzer.analyses.transport import compare_captures
from analyzer.analyses.transport.rows import ProtocolComparison
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.figures import Figures
from analyzer.report.overview import METRICS

HEAD, LINE, SPACE = 20, 15, 8
"""Heights in px: a metric's name, a protocol's line, and what parts two metrics."""

_COMPARED = {"TTFT": "ttft", "median ICL": "icl", "time to headers": "time_to_headers"}
"""What a comparison calls the metrics."""


def transport(figures: Figures) -> Chart | None:
    """None where no turn has a figure."""
    verdicts = {_COMPARED[row.metric]: row for row in _compared(figures.analysis.captures)
                if row.metric in _COMPARED}  # fmt: skip
    rows: list[Row] = []
    heads: list[Row] = []
    top = 0.0
    for name, field in METRICS:
        lines = list(_lines(figures, name, field, top + HEAD))
        if not lines:
            continue
        heads.append({"y": top + HEAD / 2, "name": name, "more": _verdict(verdicts.get(field))})
        rows += lines
        top += HEAD + LINE * len(lines) + SPACE
    if not rows:
        return None
    seen = list(dict.fromkeys(row["via"] for row in rows))
    return Chart(
        name="transport",
        title=" against ".join(seen) if len(seen) == 2 else "Waits by metric",
        section="How it travelled",
        says=tuple(_says(figures, seen, list(verdicts.values()))),
        alt=_alt(figures, seen),
        spec=_spec(rows, heads, seen, top),
        hint=drawing.LEGEND_HINT if len(seen) > 1 else "",
    )


def _compared(captures: Sequence[CaptureResult]) -> Sequence[ProtocolComparison]:
    """As the report compares them: over all captures together."""
    if len(captures) == 1:
        return captures[0].answers.transport.protocol_comparison
    return compare_captures(
        [(one.head.capture_id, one.measured, one.answers.transport) for one in captures]
    )


def _verdict(row: ProtocolComparison | None) -> str:
    if row is None or not isinstance(row.p_value, float):
        return ""
    return f"{units.duration(row.difference_ns)} · {row.verdict} (p = {row.p_value:.2g})"


def _lines(figures: Figures, name: str, field: str, top: float) -> Iterator[Row]:
    for protocol, pool in figures.protocols.items():
        figure = getattr(pool, field)
        if not isinstance(figure, Distribution):
            continue
        yield {
            "y": top + LINE / 2,
            "p50": max(figure.p50, 500) / 1e6,
            "p95": max(figure.p95, 500) / 1e6,
            "max": max(figure.max, 500) / 1e6,
            "via": drawing.via(protocol),
            "metric": name,
            "half": units.duration(figure.p50),
            "most": units.duration(figure.p95),
            "all": units.duration(figure.max),
            "n": units.count(figure.n),
        }
        top += LINE


def _spec(rows: list[Row], heads: list[Row], seen: list[str], height: float) -> dict[str, object]:
    ends = [min(row["p50"] for row in rows) / 1.3, max(row["max"] for row in rows) * 1.15]
    axis = drawing.ms_axis("", values=drawing.decades(*ends))
    time = alt.Scale(type="log", domain=ends, nice=False)
    x = alt.X("p50:Q", scale=time, axis=axis)
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    y = alt.Y("y:Q", scale=down, axis=None)
    colour, picked = drawing.via_colour(seen), drawing.picked()
    about = drawing.tooltips(
        metric="metric", via="over", half="p50", most="p95", all="longest", n="n"
    )
    common = {"y": y, "color": colour, "tooltip": about, "opacity": drawing.faded(picked)}
    lines, names = drawing.named("lines"), drawing.named("heads")
    return drawing.finished(
        alt.layer(
            lines.mark_rule(strokeWidth=1.2).encode(x=x, x2="max:Q", **common).add_params(picked),
            lines.mark_rule(strokeWidth=5).encode(x=x, x2="p95:Q", **common),
            lines.mark_point(size=75, filled=True).encode(
                x=x, shape=drawing.via_shape(seen), **common
            ),
            lines.mark_tick(thickness=1.5, height=9).encode(
                x=alt.X("max:Q", scale=time, axis=axis), **common
            ),
            names.mark_text(style="named", align="left", baseline="middle").encode(
                x=alt.value(0), y=y, text="name:N"
            ),
            names.mark_text(style="said", align="right", baseline="middle").encode(
                x=alt.value("width"), y=y, text="more:N"
            ),
        ),
        height,
        lines=rows,
        heads=heads,
    )


def _says(
    figures: Figures, seen: Sequence[str], told: Sequence[ProtocolComparison]
) -> Iterator[str]:
    sizes = {drawing.via(name): pool.turns for name, pool in figures.protocols.items()}
    yield (
        f"{drawing.of_sizes(sizes, 'turns; of ICL their gaps')}. Points are medians, the thick "
        f"line goes to p95, the thin one to the longest. "
        f"{drawing.clock_said(figures.analysis.captures)}"
    )
    cautions = dict.fromkeys(row.caution for row in told if row.caution)
    if len(seen) == 2:
        yield from (f"{caution[:1].upper()}{caution[1:]}." for caution in cautions)
        if not any(isinstance(row.p_value, float) for row in told):
            yield "Too few turns of both to say whether they differ."


def _alt(figures: Figures, seen: Sequence[str]) -> str:
    parts = [
        f"{name} over {drawing.via(protocol)} {units.duration(figure.p50)}"
        for name, field in (("TTFT", "ttft"), ("ICL", "icl"), ("E2EL", "e2el"))
        for protocol, pool in figures.protocols.items()
        if isinstance(figure := getattr(pool, field), Distribution)
    ]
    return f"Medians and tails of every metric over {' and '.join(seen)}: {', '.join(parts)}."
