"""How long one waits: distributions of TTFT and of the gaps between texts, by protocol."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import altair as alt
import numpy as np

from analyzer.analyses.pooled import Pool
from analyzer.analyses.statistics import POINTS_BELOW, Distribution, histogram
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.links import anchor
from analyzer.report.charts.samples import Sample, turns_of
from analyzer.report.figures import Figures
from analyzer.report.streams import label_of

BINS_PER_DECADE = 20
MOST_BINS = 80
"""Bins over all that was measured; wider ones where there would be more."""

EVEN_BINS = 36
"""Bins where all waits are of one size."""

ROW = 54
"""Height of one protocol's row of points, in px."""

JITTER = (0.0, 0.55, -0.55, 0.28, -0.28, 0.8, -0.8)
"""Points lie beside the middle of their row by these parts of its half, in turn: what is equal
stays to be seen."""


def ttft(figures: Figures, samples: Mapping[str, Sample]) -> Chart | None:
    """When the first text came: every turn where they are few, else bins."""
    if not samples:
        return None
    few = any(one.n < POINTS_BELOW for one in samples.values())
    name, title, noun = "ttft", "Time to first text (TTFT)", "turn"
    if few:
        rows = list(_points(figures))
        if len(rows) <= MOST_POINTS:
            return Chart(
                name=name,
                title=title,
                section="What was felt",
                says=_says(figures, samples, noun, "a bar at the median"),
                alt=_alt(title, figures.protocols, "ttft"),
                spec=_strips(rows, figures),
                hint=drawing.LEGEND_HINT if len(samples) > 1 else "",
            )
    return _binned(figures, samples, (name, title, noun, "ttft", "What was felt"))


MOST_POINTS = 600


def icl(figures: Figures, samples: Mapping[str, Sample]) -> Chart | None:
    """How evenly text came: every gap, in bins."""
    if not samples:
        return None
    title = "From text to text (ICL)"
    return _binned(figures, samples, ("icl", title, "gap", "icl", "Gaps between texts"))


# --------------------------------------------------------------------------- bins


def _binned(
    figures: Figures, samples: Mapping[str, Sample], what: tuple[str, str, str, str, str]
) -> Chart:
    name, title, noun, field, section = what
    edges = fine_edges(
        min(int(one.values[0]) for one in samples.values()),
        max(int(one.values[-1]) for one in samples.values()),
    )
    rows = [row for via, one in samples.items() for row in _bins(via, one, edges, noun)]
    medians = list(_medians(figures.protocols, field))
    stall = figures.analysis.captures[0].stall_ns if field == "icl" else None
    share = "a line at the median; a bin's height is the root of its part of all"
    says = _says(figures, samples, noun, share)
    return Chart(
        name=name,
        title=title,
        section=section,
        says=says if stall is None else (*says, f"Dashed: stalls begin at {units.tick(stall)}."),
        alt=_alt(title, figures.protocols, field),
        spec=_areas(rows, medians, edges, noun, stall),
        hint=drawing.LEGEND_HINT if len(samples) > 1 else "",
    )


def fine_edges(low_ns: int, high_ns: int) -> tuple[int, ...]:
    """Edges that cover both values: equal steps of the logarithm, none below 1 µs but 0; equal
    steps of time where all waits are of one size.
    """
    if high_ns < drawing.ONE_SIZE * low_ns:
        ladder = np.linspace(low_ns, high_ns + 1, EVEN_BINS + 1)
    else:
        low = np.floor(np.log10(max(low_ns, 1000)) * BINS_PER_DECADE) / BINS_PER_DECADE
        high = np.log10(max(high_ns, 2000) + 1)
        steps = max(int(np.ceil((high - low) * BINS_PER_DECADE)), 1)
        width = 1 / BINS_PER_DECADE if steps <= MOST_BINS else (high - low) / MOST_BINS
        ladder = 10 ** (low + width * np.arange(min(steps, MOST_BINS) + 1))
    edges = sorted({round(float(edge)) for edge in ladder})
    if edges[-1] <= high_ns:
        edges[-1] = high_ns + 1
    return (0, *edges) if low_ns < edges[0] else tuple(edges)


def _bins(via: str, sample: Sample, edges: tuple[int, ...], noun: str) -> Iterator[Row]:
    counts = histogram([sample.values], edges).counts
    name = drawing.via(via)
    for (low, high), n in zip(pairwise(edges), counts, strict=True):
        yield {
            "a": max(low, 500) / 1e6,
            "b": high / 1e6,
            "via": name,
            "n": n,
            "share": round(n / len(sample.values), 6),
            "bin": f"{units.duration(low)} – {units.duration(high)}",
            "count": units.counted(n, noun),
            "part": units.share(n / len(sample.values)),
        }


def _areas(
    rows: list[Row],
    medians: list[Row],
    edges: tuple[int, ...],
    noun: str,
    stall_ns: int | None,
) -> dict[str, object]:
    low, high = max(edges[0], 500) / 1e6, edges[-1] / 1e6
    x = drawing.wait_x("a", low, high)
    percent = alt.Axis(format=".0%", title=f"share of {noun}s", tickCount=4)
    # The tail is what is looked for, and one bin holds half of all: roots of the shares.
    y = alt.Y("share:Q", axis=percent, scale=alt.Scale(type="sqrt"))
    seen = [str(row["via"]) for row in rows]
    picked = drawing.picked()
    bars = drawing.named("bins").mark_rect(fillOpacity=0.45)
    about = drawing.tooltips(via="over", bin="from – to", count="count", part="share")
    layers: list[alt.Chart] = [
        bars.encode(
            x=x, x2="b:Q", y=y, y2=alt.Y2Datum(0), color=drawing.via_colour(seen),
            tooltip=about, opacity=drawing.faded(picked),
        ).add_params(picked)
    ]  # fmt: skip
    shown = drawing.named("medians")
    about = drawing.tooltips(via="over", took="median", count="n")
    lines = shown.mark_rule(strokeWidth=2.5)
    layers.append(
        lines.encode(x="a:Q", color=drawing.via_colour(seen), tooltip=about,
                     strokeDash=drawing.via_dash(seen), opacity=drawing.faded(picked))
    )  # fmt: skip
    sets = {"bins": rows, "medians": medians}
    if stall_ns is not None and low * 1e6 < stall_ns < high * 1e6:
        sets["stall"] = [{"a": stall_ns / 1e6}]
        line = drawing.named("stall").mark_rule(style="quiet", strokeDash=[4, 4])
        layers.append(line.encode(x="a:Q"))
    return drawing.finished(alt.layer(*layers), drawing.HEIGHT - 40, **sets)


def _medians(protocols: Mapping[str, Pool], field: str) -> Iterator[Row]:
    for name, pool in protocols.items():
        figure = getattr(pool, field)
        if isinstance(figure, Distribution):
            yield {
                "a": figure.p50 / 1e6,
                "via": drawing.via(name),
                "took": units.duration(figure.p50),
                "count": units.count(figure.n),
            }


# --------------------------------------------------------------------------- points


def _points(figures: Figures) -> Iterator[Row]:
    order = list(dict.fromkeys(drawing.via(name) for name in figures.protocols))
    placed = dict.fromkeys(order, 0)
    for seen in turns_of(figures):
        latency = seen.one.latency
        if latency is None or not isinstance(latency.ttft_ns, int):
            continue
        via = drawing.via(seen.one.protocol)
        beside = JITTER[placed[via] % len(JITTER)]
        placed[via] += 1
        yield {
            "a": latency.ttft_ns / 1e6,
            "y": (order.index(via) + 0.58) * ROW + beside * ROW * 0.3,
            "via": via,
            "took": units.duration(latency.ttft_ns),
            "name": drawing.called(seen.source, figures),
            "what": label_of(seen.one, 60),
            "href": anchor(seen.source),
        }


def _strips(rows: list[Row], figures: Figures) -> dict[str, object]:
    """A row of points a protocol, with its median: too few for bins."""
    order = list(dict.fromkeys(drawing.via(name) for name in figures.protocols))
    low, high = min(row["a"] for row in rows), max(row["a"] for row in rows)
    medians = [
        {**row, "y": (order.index(row["via"]) + 0.28) * ROW,
         "Y": (order.index(row["via"]) + 0.88) * ROW, "label": f"{row['via']} · p50 {row['took']}",
         "top": order.index(row["via"]) * ROW + 6}
        for row in _medians(figures.protocols, "ttft")
    ]  # fmt: skip
    x = drawing.wait_x("a", low / 1.1, high * 1.1)
    height = ROW * len(order)
    scale = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    y = alt.Y("y:Q", scale=scale, axis=None)
    seen = [str(row["via"]) for row in rows]
    colour = drawing.via_colour(seen)
    about = drawing.tooltips(name="exchange", what="what", took="TTFT", via="over")
    points = drawing.named("points").mark_point(size=60, filled=True, opacity=0.75)
    lines = drawing.named("medians").mark_rule(strokeWidth=3)
    names = drawing.named("medians").mark_text(style="named", align="left", baseline="middle")
    return drawing.finished(
        alt.layer(
            lines.encode(x=x, y=y, y2="Y:Q", color=colour,
                         tooltip=drawing.tooltips(took="median", count="n", via="over")),
            points.encode(x=x, y=y, color=colour, shape=drawing.via_shape(seen), tooltip=about,
                          href="href:N"),
            names.encode(x=alt.value(0), y=alt.Y("top:Q", scale=scale, axis=None), text="label:N"),
        ),
        height,
        points=rows,
        medians=medians,
    )  # fmt: skip


# --------------------------------------------------------------------------- words


def _says(
    figures: Figures, samples: Mapping[str, Sample], noun: str, drawn: str
) -> tuple[str, ...]:
    sizes = {drawing.via(name): one.n for name, one in samples.items()}
    missing = ""
    if noun == "turn":
        without = figures.all.turns - sum(sizes.values())
        if without > 0:
            missing = f" {units.counted(without, 'turn')} without a TTFT left out."
    thinned = [one for one in samples.values() if one.thinned]
    if thinned:
        missing += f" Drawn from every {round(thinned[0].n / len(thinned[0].values))}th of them."
    return (
        f"{drawing.of_sizes(sizes, f'{noun}s')}; {drawn}.{missing} "
        f"{drawing.clock_said(figures.analysis.captures)}",
    )


def _alt(title: str, protocols: Mapping[str, Pool], field: str) -> str:
    parts = [
        f"over {drawing.via(name)} half within {units.duration(one.p50)}, 95 % within "
        f"{units.duration(one.p95)}, the longest {units.duration(one.max)}"
        for name, pool in protocols.items()
        if isinstance(one := getattr(pool, field), Distribution)
    ]
    return f"{title}: {'; '.join(parts)}."
