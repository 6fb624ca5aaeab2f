"""What every chart shares: axes in human units, protocols' looks, and how a spec is finished.

Data stands in named sets beside the marks, as rows of plain values: captured text is a value
there and never part of an expression or a field's name.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from analyzer.analyses.results import CaptureResult
from analyzer.analyses.vantage import vantage_of
from analyzer.report import units
from analyzer.report.figures import PROTOCOL_NAMES, Figures
from analyzer.report.overview import CLOCKS
from analyzer.report.palette import PROTOCOLS, SERIES
from analyzer.report.parts import Source

type Row = dict[str, Any]
type Drawn = alt.Chart | alt.LayerChart | alt.FacetChart

HEIGHT = 260
"""Of the plot alone, in px."""

OTHER = "another protocol"
VIA = (*PROTOCOL_NAMES.values(), OTHER)
_VIA_COLOURS = (*(PROTOCOLS[name] for name in PROTOCOL_NAMES), SERIES[6])
_VIA_DASHES: tuple[list[int], ...] = ([2, 2], [1, 0], [6, 3], [1, 3])
_VIA_SHAPES = ("square", "circle", "triangle-up", "diamond")

BAD, WARN, GOOD, CALM = "#d6455d", "#e69f00", "#009e73", "#858d99"
"""Mid tones for states, as well seen on light as on dark."""

MS_AXIS = (
    "datum.value === 0 ? '0' : abs(datum.value) < 0.9995 ? format(datum.value * 1000, '.3~g') + "
    "' µs' : abs(datum.value) < 999.5 ? format(datum.value, '.4~g') + ' ms' : "
    "format(datum.value / 1000, '.4~g') + ' s'"
)
"""Labels of an axis in ms."""

S_AXIS = (
    "datum.value === 0 ? '0' : abs(datum.value) < 0.9995 ? format(datum.value * 1000, '.3~g') + "
    "' ms' : abs(datum.value) < 120 ? format(datum.value, '.4~g') + ' s' : "
    "datum.value < 3600 ? floor(datum.value / 60) + (datum.value % 60 ? ':' + "
    "pad(round(datum.value % 60), 2, '0', 'left') : '') + ' min' : "
    "floor(datum.value / 3600) + ':' + pad(floor(datum.value % 3600 / 60), 2, '0', 'left') + "
    "(datum.value % 60 ? ':' + pad(round(datum.value % 60), 2, '0', 'left') : '') + ' h'"
)
"""Labels of an axis in seconds."""

CLOCK_STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
"""Seconds between ticks where there are minutes or hours to show; then whole days."""

DAY = 86_400

LEGEND_COLUMNS = "width > 640 ? 6 : 2"


def named(name: str) -> alt.Chart:
    """A chart of the data set of this name."""
    return alt.Chart(alt.NamedData(name))


def finished(chart: Drawn, height: float, **sets: Sequence[Row]) -> dict[str, Any]:
    """The chart as Vega-Lite with its data: as wide as its place, its plot so many px high."""
    whole = chart.properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    spec: dict[str, Any] = whole.to_dict()
    spec.pop("config", None)
    spec["datasets"] = {name: list(rows) for name, rows in sets.items()}
    return spec


def via(protocol: str) -> str:
    """A protocol's name as the scales know it: a capture may name any."""
    return PROTOCOL_NAMES.get(protocol, OTHER)


def via_colour(present: Iterable[str], field: str = "via") -> alt.Color:
    """Colours of those of the protocols that are present, with a legend if there are several."""
    shown = _shown(present)
    return alt.Color(
        f"{field}:N",
        scale=alt.Scale(domain=shown, range=[_VIA_COLOURS[VIA.index(one)] for one in shown]),
        legend=legend() if len(shown) > 1 else None,
    )


def via_dash(present: Iterable[str]) -> alt.StrokeDash:
    """The protocols told apart without colour: lines."""
    shown = _shown(present)
    scale = alt.Scale(domain=shown, range=[_VIA_DASHES[VIA.index(one)] for one in shown])
    return alt.StrokeDash("via:N", scale=scale, legend=legend() if len(shown) > 1 else None)


def via_shape(present: Iterable[str]) -> alt.Shape:
    """The protocols told apart without colour: points."""
    shown = _shown(present)
    scale = alt.Scale(domain=shown, range=[_VIA_SHAPES[VIA.index(one)] for one in shown])
    return alt.Shape("via:N", scale=scale, legend=legend() if len(shown) > 1 else None)


def _shown(present: Iterable[str]) -> list[str]:
    given = set(present)
    return [one for one in VIA if one in given]


def legend(**fields: Any) -> alt.Legend:
    """Above the plot, in as many columns as fit."""
    given: dict[str, Any] = {
        "orient": "top",
        "title": None,
        "symbolOpacity": 1,
        "columns": alt.ExprRef(LEGEND_COLUMNS),
        **fields,
    }
    return alt.Legend(**given)


def tooltips(**titles: str) -> list[alt.Tooltip]:
    """Fields of text, ready to be read, and what each is called."""
    return [alt.Tooltip(field=field, type="nominal", title=name) for field, name in titles.items()]


def ms_axis(title: str, **fields: Any) -> alt.Axis:
    return alt.Axis(title=title, labelExpr=MS_AXIS, labelFlush=True, **fields)


def s_axis(title: str, **fields: Any) -> alt.Axis:
    return alt.Axis(title=title, labelExpr=S_AXIS, labelFlush=True, **fields)


def clock_ticks(count: str) -> alt.ExprRef:
    """Ticks of a time axis in seconds, at most ``count`` of them (an expression), for whatever
    part of it is in view: on whole minutes and hours, below that wherever Vega has them.
    """
    first, last, steps = "domain('x')[0]", "domain('x')[1]", f"(({count}) - 1)"
    span = f"({last} - {first})"
    days = f"{DAY} * ceil({span} / {DAY} / {steps})"
    step = "".join(f"{span} <= {one} * {steps} ? {one} : " for one in CLOCK_STEPS) + days
    whole = f"sequence(ceil({first} / ({step})) * ({step}), {last} + 0.001, {step})"
    return alt.ExprRef(f"{span} < 120 ? null : {whole}")


ONE_SIZE = 6
"""Waits of which the longest is no more times the shortest are drawn on an even scale."""


def wait_x(field: str, low: float, high: float) -> alt.X:
    """Waits in ms to the right: by their logarithm, unless all are of one size."""
    scale, axis = _waits(low, high)
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def wait_y(field: str, low: float, high: float) -> alt.Y:
    """Waits in ms upwards."""
    scale, axis = _waits(low, high)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _waits(low: float, high: float) -> tuple[alt.Scale, alt.Axis]:
    if high < ONE_SIZE * low:
        scale = alt.Scale(domain=[low, high], zero=False, nice=False)
        return scale, ms_axis("", tickCount=6)
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return scale, ms_axis("", values=decades(low, high))


def decades(low: float, high: float) -> list[float]:
    """Ticks for a logarithmic axis: 1, or 1, 2, 5 where few decades are shown."""
    steps = (1.0, 2.0, 5.0) if high / max(low, 1e-9) < 300 else (1.0,)
    ticks = [step * 10.0**decade for decade in range(-6, 10) for step in steps]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def pans(axis: str = "x") -> alt.Parameter:
    """Drag to pan; the wheel zooms with Ctrl or Shift held, for the page scrolls by it."""
    # The types of altair know one encoding a list only by literals.
    return alt.selection_interval(
        name="view",
        encodings=["x"] if axis == "x" else ["y"],
        bind="scales",
        zoom="wheel![event.ctrlKey || event.shiftKey]",
    )


PAN_HINT = "Drag to move along the time; Ctrl and the wheel zoom; a double click shows all again."
LEGEND_HINT = "A click on the legend picks one out, another on the same shows all."


def picked(field: str = "via") -> alt.Parameter:
    """A click on the legend picks a protocol out."""
    return alt.selection_point(name="picked", fields=[field], bind="legend")


def faded(parameter: alt.Parameter, full: float = 1.0, rest: float = 0.08) -> Any:
    """Opacity of what is picked, and of the rest."""
    return alt.condition(parameter, alt.value(full), alt.value(rest))


# --------------------------------------------------------------------------- words


def called(source: Source, figures: Figures) -> str:
    """An exchange as the report names it: its number, of several captures also which."""
    several = len(figures.analysis.captures) > 1
    return f"{source.capture}:{source.exchange}" if several else str(source.exchange)


def clock_said(captures: Sequence[CaptureResult]) -> str:
    """Which clock made the times, and its smallest step: each kind once."""
    said = dict.fromkeys(map(_clock, captures))
    return f"Clock: {'; or '.join(said)}."


def _clock(capture: CaptureResult) -> str:
    head = capture.head
    step = vantage_of(head.source).steps or f"smallest step {units.duration(head.resolution_ns)}"
    return CLOCKS[head.clock] if head.clock == "none" else f"{CLOCKS[head.clock]}, {step}"


def listed(parts: Sequence[str]) -> str:
    """one, two and three."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def of_sizes(sizes: dict[str, int], noun: str) -> str:
    """How many of each: n = 1,766 gaps over HTTP/2 and 1,727 over HTTP/3."""
    parts = [f"{units.count(n)} over {name}" for name, n in sizes.items()]
    return f"n = {listed(parts)} ({noun})"
