"""Wait against depth: what was observed, the fit, and an experiment's line beside it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import altair as alt
import numpy as np

from analyzer.analyses.pagination import PageRequest, PaginationWalk
from analyzer.analyses.pagination.fit import FIT_LEAST
from analyzer.analyses.results import CaptureResult
from analyzer.model import Unmeasurable
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.experiments import Experiment, Line, Pages
from analyzer.report.charts.links import anchor
from analyzer.report.figures import Figures
from analyzer.report.palette import SERIES
from analyzer.report.parts import Source
from analyzer.report.plain import printable

WALKS = 4
"""Most walks that are drawn: those with most pages."""

POINTS = 300
"""Most pages of a walk."""


_SHAPES = ("circle", "triangle-up", "square", "diamond")


class _Walk(NamedTuple):
    name: str
    number: int
    capture: CaptureResult
    walk: PaginationWalk
    pages: list[PageRequest]


def pagination(figures: Figures, experiments: Sequence[Experiment]) -> Chart | None:
    """None where no walk has waits at several depths."""
    walks = sorted(_walks(figures), key=lambda one: -len(one.pages))
    shown = walks[:WALKS]
    if not shown:
        return None
    points = [row for one in shown for row in _points(figures, one)]
    deepest = max(row["x"] for row in points)
    fits = [row for one in shown for row in _fit(one)]
    beside = list(_beside(experiments, deepest))
    return Chart(
        name="pagination",
        title="What depth costs",
        section="Lists, page by page",
        says=tuple(_says(figures, shown, len(walks), beside)),
        alt=_alt(shown),
        spec=_spec(points, fits, beside, [one.name for one in shown]),
    )


def _walks(figures: Figures) -> Iterator[_Walk]:
    captures = figures.analysis.captures
    for number, capture in enumerate(captures, 1):
        found = capture.answers.pagination
        spoken = {one.exchange.exchange: one.protocol for one in capture.measured}
        for walk in found.pagination_walks:
            pages = [
                one
                for one in found.page_requests
                if one.walk_id == walk.walk_id
                and one.role != "failed"
                and isinstance(one.depth, int)
                and isinstance(one.server_ns, int)
                and one.server_time_source == (walk.server_time_source or one.server_time_source)
            ]
            if len({one.depth for one in pages}) >= FIT_LEAST:
                which = f"{number}:{walk.walk_id}" if len(captures) > 1 else str(walk.walk_id)
                via = drawing.via(spoken.get(walk.exchange, ""))
                yield _Walk(
                    f"walk {which}, by {printable(walk.style, 8)} over {via}",
                    number,
                    capture,
                    walk,
                    pages,
                )


def _points(figures: Figures, one: _Walk) -> Iterator[Row]:
    pages = one.pages
    if len(pages) > POINTS:
        kept = np.unique(np.linspace(0, len(pages) - 1, POINTS).round().astype(int))
        pages = [pages[place] for place in kept.tolist()]
    for page in pages:
        source = Source(one.number, page.exchange)
        if isinstance(page.depth, int) and isinstance(page.server_ns, int):
            yield {
                "x": page.depth,
                "y": page.server_ns / 1e6,
                "walk": one.name,
                "name": drawing.called(source, figures),
                "depth": units.counted(page.depth, "row"),
                "took": units.duration(page.server_ns),
                "wait": units.duration(page.ttfb_ns),
                "href": anchor(source),
            }


def _fit(one: _Walk) -> Iterator[Row]:
    """The line, and the two ends of its slope's interval, turned about the median depth."""
    walk = one.walk
    base, slope = walk.base_ms, walk.slope_ms_per_1000_rows
    low, high = walk.slope_low, walk.slope_high
    if (
        isinstance(base, Unmeasurable)
        or isinstance(slope, Unmeasurable)
        or isinstance(low, Unmeasurable)
        or isinstance(high, Unmeasurable)
    ):
        return
    depths = [page.depth for page in one.pages if isinstance(page.depth, int)]
    middle = float(np.median(depths))
    at_middle = base + slope * middle / 1000
    for depth in np.linspace(min(depths), max(depths), 24).tolist():
        away = (depth - middle) / 1000
        ends = sorted((at_middle + low * away, at_middle + high * away))
        yield {
            "x": round(depth, 3),
            "y": round(base + slope * depth / 1000, 6),
            "low": round(ends[0], 6),
            "high": round(ends[1], 6),
            "walk": one.name,
            "took": units.duration((base + slope * depth / 1000) * 1e6),
            "slope": f"{slope:.3g} ms per 1,000 rows ({low:.3g} to {high:.3g})",
        }


def _beside(experiments: Sequence[Experiment], deepest: float) -> Iterator[Row]:
    """The experiments' lines over the depths that were observed."""
    for pages in (one for experiment in experiments for one in experiment.pages):
        for style, line in (("offset", pages.offset), ("keyset", pages.keyset)):
            if line is not None:
                yield from _ends(pages, style, line, deepest)


def _ends(pages: Pages, style: str, line: Line, deepest: float) -> Iterator[Row]:
    name = f"{printable(pages.database, 24)}, by {style}"
    for depth in (0.0, deepest):
        yield {
            "x": depth,
            "y": round(line.base_ms + line.slope * depth, 6),
            "walk": name,
            "took": units.duration((line.base_ms + line.slope * depth) * 1e6),
            "slope": f"{line.slope * 1000:.3g} ms per 1,000 rows",
        }


def _spec(
    points: list[Row], fits: list[Row], beside: list[Row], walks: list[str]
) -> dict[str, object]:
    lines = list(dict.fromkeys(row["walk"] for row in beside))
    names = [*walks, *lines]
    domain = alt.Scale(domain=names, range=[SERIES[i % len(SERIES)] for i in range(len(names))])
    colour = alt.Color("walk:N", scale=domain, legend=_legend())
    shapes = alt.Scale(domain=names, range=[*_SHAPES[: len(walks)], *(["stroke"] * len(lines))])
    x = alt.X("x:Q", axis=alt.Axis(title="rows before the page", format=",.0f", tickCount=6),
              scale=alt.Scale(zero=True, nice=False))  # fmt: skip
    y = alt.Y("y:Q", axis=drawing.ms_axis("", tickCount=5))
    about = drawing.tooltips(
        name="exchange", walk="of", depth="depth", took="in the service", wait="whole wait"
    )
    of_line = drawing.tooltips(walk="line", took="here", slope="slope")
    layers: list[alt.Chart] = []
    sets = {"points": points}
    if fits:
        sets["fits"] = fits
        band, line = drawing.named("fits").mark_area(opacity=0.16), drawing.named("fits")
        # The band is about its line; its colour names the walk, so it needs no legend.
        layers += [
            band.encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
            line.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour, tooltip=of_line),
        ]
    if beside:
        sets["beside"] = beside
        line = drawing.named("beside").mark_line(strokeWidth=2, strokeDash=[6, 4])
        layers.append(line.encode(x=x, y=y, color=colour, tooltip=of_line))
    dots = drawing.named("points").mark_point(size=34, filled=True, opacity=0.7)
    layers.append(
        dots.encode(x=x, y=y, color=colour, tooltip=about, href="href:N",
                    shape=alt.Shape("walk:N", scale=shapes, legend=_legend()))
    )  # fmt: skip
    return drawing.finished(alt.layer(*layers), drawing.HEIGHT, **sets)


def _legend() -> alt.Legend:
    """The names are long: one a line on a phone."""
    return drawing.legend(columns=alt.ExprRef("width > 640 ? 3 : 1"))


def _says(
    figures: Figures, shown: Sequence[_Walk], total: int, beside: Sequence[Row]
) -> Iterator[str]:
    used = list(dict.fromkeys(id(one.capture) for one in shown))
    captures = [one for one in figures.analysis.captures if id(one) in used]
    sizes = drawing.listed([f"{units.count(len(one.pages))} of {one.name}" for one in shown])
    sources = {one.walk.server_time_source for one in shown}
    told = "stated by it" if sources == {"server-timing"} else (
        "inferred: the wait less the least on its connections"
    )  # fmt: skip
    yield f"n = {sizes} (pages). Height: the service's own time, {told}. " + drawing.clock_said(
        captures
    )
    fitted = [one for one in shown if not isinstance(one.walk.base_ms, Unmeasurable)]
    for one in fitted:
        yield f"{one.name[:1].upper()}{one.name[1:]}: {one.walk.verdict}."
    if fitted:
        yield "Lines: Theil–Sen; bands: the slope's 95 % interval about the median depth."
    if beside:
        yield (
            "Dashed: what the experiment's own database took, without a service around it, as far "
            "as it was observed here."
        )
    left = [f"{total - len(shown)} more walks"] if total > len(shown) else []
    if any(len(one.pages) > POINTS for one in shown):
        left.append(f"of longer walks all but {POINTS} pages, evenly spread")
    if left:
        yield f"Left out: {'; '.join(left)}."


def _alt(shown: Sequence[_Walk]) -> str:
    parts = [f"{one.name}: {one.walk.verdict}" for one in shown]
    return f"The service's time for pages at growing depth: {'; '.join(parts)}."
