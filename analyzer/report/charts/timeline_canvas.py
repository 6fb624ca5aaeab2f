"""The timeline's marks: what is laid over what, and how it looks."""

from collections.abc import Iterator
from typing import Any

import altair as alt
import msgspec
import numpy as np
import numpy.typing as npt

from analyzer.report.charts import drawing
from analyzer.report.charts.drawing import BAD, CALM, GOOD, VIA, WARN, Row
from analyzer.report.palette import PROTOCOLS

STALLS = 400
"""Most stalls that are drawn: the longest."""

CALL, REFUSED, STALL = "other call", "refused or failed", "stall"
VALID, PAST = "credential valid", "credential past its end"
STREAM = "chat stream, {}"
_KINDS = {
    **{STREAM.format(name): PROTOCOLS.get(short, CALM)
       for name, short in zip(VIA, (*PROTOCOLS, ""), strict=True)},
    CALL: CALM,
    REFUSED: BAD,
    STALL: "#ead11f",
    VALID: GOOD,
    PAST: WARN,
}  # fmt: skip
MARKS: dict[str, tuple[str, str]] = {
    "refreshed": ("triangle-up", GOOD),
    "rotated": ("triangle-right", GOOD),
    "recovered": ("circle", GOOD),
    "used after expiry": ("diamond", WARN),
    "expired mid stream": ("triangle-down", WARN),
    "refused": ("cross", BAD),
    "revoked": ("square", BAD),
}
"""Shape and colour of what happened to a credential."""


class Drawn(msgspec.Struct):
    """What goes onto the canvas. ``top``: where the next row begins, in px from above;
    times in seconds. ``ticks`` has for each turn its arrivals, its bar's top and its kind.
    """

    top: float = 0
    end_s: float = 0
    bars: list[Row] = []
    ticks: list[tuple[npt.NDArray[np.float64], float, str]] = []
    stalls: list[Row] = []
    bands: list[Row] = []
    marks: list[Row] = []
    names: list[Row] = []
    shakes: list[Row] = []
    left_credentials: int = 0
    left_events: int = 0


def canvas(drawn: Drawn, ticks: list[Row]) -> dict[str, Any]:
    """The whole spec; bands lie below bars, bars below what came in them."""
    stalls = sorted(drawn.stalls, key=lambda row: row["a"] - row["b"])[:STALLS]
    used = {row["kind"] for row in (*drawn.bars, *stalls, *drawn.bands)}
    kinds = {kind: colour for kind, colour in _KINDS.items() if kind in used}
    frame = _Frame(drawn.end_s, drawn.top, kinds)
    layers = alt.layer(
        *_bands(frame, drawn),
        _bars(frame).add_params(drawing.pans()),
        *_inside(frame),
        *_names(frame, drawn),
        *_marks(frame, drawn),
    )
    return drawing.finished(
        layers.resolve_scale(color="shared", stroke="independent", shape="independent"),
        drawn.top,
        bars=drawn.bars,
        ticks=ticks,
        stalls=stalls,
        bands=drawn.bands,
        marks=drawn.marks,
        names=drawn.names,
        shakes=drawn.shakes,
    )


class _Frame:
    """The channels that all layers share: time to the right, px downwards, what it is."""

    def __init__(self, end_s: float, height: float, kinds: dict[str, str]) -> None:
        self._time = alt.Scale(domain=[0, end_s * 1.005 or 1], nice=False)
        room = "width > 640 ? 10 : 4"
        ticks = drawing.clock_ticks(room)
        self._axis = drawing.s_axis("", tickCount=alt.ExprRef(room), values=ticks)
        self._down = alt.Scale(domain=[0, height], range=[0, alt.ExprRef("height")], nice=False)
        self._kinds = alt.Scale(domain=list(kinds), range=list(kinds.values()))

    def span(self) -> dict[str, Any]:
        """From ``a`` to ``b``, from ``y`` down to ``Y``."""
        return {"x": self.x(), "x2": alt.X2("b:Q"), **self.tall()}

    def tall(self) -> dict[str, Any]:
        return {"y": self.y(), "y2": alt.Y2("Y:Q")}

    def x(self, field: str = "a") -> alt.X:
        return alt.X(f"{field}:Q", scale=self._time, axis=self._axis)

    def y(self) -> alt.Y:
        return alt.Y("y:Q", scale=self._down, axis=None)

    def colour(self) -> alt.Color:
        columns = alt.ExprRef("width > 640 ? 5 : 2")
        legend = drawing.legend(symbolType="square", columns=columns, symbolOpacity=1)
        return alt.Color("kind:N", scale=self._kinds, legend=legend)

    def stroke(self) -> alt.Stroke:
        return alt.Stroke("kind:N", scale=self._kinds, legend=None)


def _bars(frame: _Frame) -> alt.Chart:
    about = drawing.tooltips(
        name="exchange", what="what", when="began", took="took", ttft="TTFT", ended="ended"
    )
    bars = drawing.named("bars").mark_rect(strokeWidth=0.8)
    drawn: alt.Chart = bars.encode(
        **frame.span(),
        color=frame.colour(),
        stroke=frame.stroke(),
        fillOpacity=alt.FillOpacity("fill:Q", scale=None),
        tooltip=about,
        href="href:N",
    )
    return drawn


def _inside(frame: _Frame) -> Iterator[alt.Chart]:
    """Arrivals and stalls, over the bars."""
    stalls = drawing.named("stalls").mark_rect(opacity=0.9)
    about = drawing.tooltips(name="stall in exchange", took="lasted")
    yield stalls.encode(**frame.span(), color=frame.colour(), tooltip=about, href="href:N")
    ticks = drawing.named("ticks").transform_flatten(["x"]).mark_rule(strokeWidth=1, opacity=0.75)
    yield ticks.encode(x=frame.x("x"), **frame.tall(), color=frame.colour())


def _names(frame: _Frame, drawn: Drawn) -> Iterator[alt.Chart]:
    """What each row is, on a line above it; and a connection's handshake there."""
    names = drawing.named("names")
    bold = names.mark_text(style="named", align="left", baseline="middle")
    yield bold.encode(y=frame.y(), x=alt.value(0), text="name:N")
    quiet = names.mark_text(style="said", align="right", baseline="middle")
    yield quiet.encode(y=frame.y(), x=alt.value("width"), text="more:N")
    if drawn.shakes:
        shakes = drawing.named("shakes").mark_rect(style="quiet", strokeWidth=1.5)
        about = drawing.tooltips(name="connection", took="handshake")
        yield shakes.encode(**frame.span(), tooltip=about)


def _bands(frame: _Frame, drawn: Drawn) -> Iterator[alt.Chart]:
    if drawn.bands:
        about = drawing.tooltips(name="credential", kind="is", when="from", took="for", why="ends")
        bands = drawing.named("bands").mark_rect(opacity=0.45, cornerRadius=2)
        yield bands.encode(**frame.span(), color=frame.colour(), tooltip=about, href="href:N")


def _marks(frame: _Frame, drawn: Drawn) -> Iterator[alt.Chart]:
    """What happened to credentials: a shape and a colour each."""
    if not drawn.marks:
        return
    used = {row["happened"] for row in drawn.marks}
    looks = {name: look for name, look in MARKS.items() if name in used}
    about = drawing.tooltips(
        happened="what", name="credential", when="at", exchange="exchange", detail="more on it"
    )
    shapes = alt.Scale(domain=list(looks), range=[shape for shape, _ in looks.values()])
    colours = alt.Scale(domain=list(looks), range=[colour for _, colour in looks.values()])
    columns = drawing.legend(orient="bottom", offset=8, columns=alt.ExprRef("width > 640 ? 8 : 2"))
    marks = drawing.named("marks").mark_point(size=55, strokeWidth=1.8, filled=False, opacity=1)
    yield marks.encode(
        x=frame.x(),
        y=frame.y(),
        tooltip=about,
        href="href:N",
        shape=alt.Shape("happened:N", scale=shapes, legend=columns),
        stroke=alt.Stroke("happened:N", scale=colours, legend=columns),
    )
