"""Text delivered over time, a line a turn, against the pace at which a person reads."""

from collections.abc import Iterator
from typing import NamedTuple

import altair as alt
import numpy as np

from analyzer.analyses import reading
from analyzer.analyses.latency import Latency
from analyzer.analyses.reading import CHARS_PER_S, WORDS_PER_MINUTE, Reading, Readings, read_along
from analyzer.analyses.statistics import Nanoseconds
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.links import anchor
from analyzer.report.charts.samples import TurnSeen, turns_of
from analyzer.report.figures import Figures
from analyzer.report.streams import label_of

LINES = 40
"""Most turns that are drawn: those whose readers waited longest."""

POINTS = 60
"""Most points of a line."""

GAPS = 10
"""Gaps of a line, the longest, that are drawn just as long as they were."""


class _Turn(NamedTuple):
    seen: TurnSeen
    latency: Latency
    read: Reading


def delivery(figures: Figures) -> Chart | None:
    """None where of no turn it is known when how much text came."""
    readings = figures.reading
    if not isinstance(readings, Readings):
        return None
    turns = []
    for seen in turns_of(figures):
        latency = seen.one.latency
        read = read_along(latency) if latency else None
        if latency and isinstance(read, Reading) and latency.arrivals != 1:
            turns.append(_Turn(seen, latency, read))
    if not turns:
        return None
    longest = sorted(turns, key=lambda one: -one.read.waited_ns)[:LINES]
    rows = [_line(figures, one) for one in longest]
    left = readings.n - len(rows)
    return Chart(
        name="delivery",
        title="Text against a reader",
        section="When text came",
        says=tuple(_says(figures, readings, left)),
        alt=(
            f"Characters of text since the first, a line a turn, against a reader's pace. "
            f"{readings.kept_waiting} of {units.counted(readings.n, 'turn')} kept a reader waiting."
        ),
        spec=_spec(rows),
        hint=drawing.LEGEND_HINT if len({row["via"] for row in rows}) > 1 else "",
    )


def _line(figures: Figures, turn: _Turn) -> Row:
    arrivals = reading.arrivals_of(turn.latency)
    assert isinstance(arrivals, tuple)
    since_ns, chars = arrivals
    total = np.cumsum(chars)
    kept = _telling(since_ns)
    return {
        "x": np.round(since_ns[kept] / 1e9, 4).tolist(),
        "y": total[kept].tolist(),
        "via": drawing.via(turn.seen.one.protocol),
        "name": drawing.called(turn.seen.source, figures),
        "what": label_of(turn.seen.one, 60),
        "waited": units.duration(turn.read.waited_ns),
        "chars": units.counted(turn.read.chars, "character"),
        "href": anchor(turn.seen.source),
    }


def _telling(since_ns: Nanoseconds) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Even steps from the first arrival to the last, and both ends of the longest gaps."""
    n = len(since_ns)
    if n <= POINTS:
        return np.arange(n)
    even = np.round(np.linspace(0, n - 1, POINTS - 2 * GAPS)).astype(np.intp)
    before = np.argsort(np.diff(since_ns))[-GAPS:]
    return np.unique(np.concatenate((even, before, before + 1)))


def _says(figures: Figures, readings: Readings, left: int) -> Iterator[str]:
    yield (
        f"n = {units.counted(readings.n, 'turn')}. {drawing.clock_said(figures.analysis.captures)}"
    )
    yield (
        f"Grey: a reader at {WORDS_PER_MINUTE} words a minute (Brysbaert 2019), about "
        f"{CHARS_PER_S:.0f} characters a second, who begins with the first text; where a line "
        f"comes down to it, one waits. {readings.kept_waiting} of "
        f"{units.counted(readings.n, 'turn')} kept a reader waiting for "
        f"{units.tick(reading.NOTICED_NS)} or more."
    )
    if left > 0:
        yield (
            f"Left out: {units.counted(left, 'turn')} with shorter waits or a single arrival; "
            f"lines have at most {POINTS} points."
        )


def _spec(rows: list[Row]) -> dict[str, object]:
    end_s = max(row["x"][-1] for row in rows) or 1.0
    most = max(row["y"][-1] for row in rows)
    # A reader is slower than most streams: the line goes as far as the text does.
    until = min(end_s, most / CHARS_PER_S)
    seen = [row["via"] for row in rows]
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, end_s * 1.02], nice=False),
        axis=drawing.s_axis("", tickCount=6, grid=False),
    )
    y = alt.Y("y:Q", axis=alt.Axis(title="characters of text", tickCount=5, format=",.0f"))
    picked = drawing.picked()
    lines = drawing.named("turns").transform_flatten(["x", "y"])
    about = drawing.tooltips(
        name="exchange", what="what", chars="text", waited="reader waited", via="over"
    )
    reader = drawing.named("reader").mark_line(style="quiet", strokeWidth=2.5, strokeDash=[7, 4])
    note = drawing.named("note")
    # Beside its end where there is room, else below it.
    told = (
        note.mark_text(style="said", align="left", dx=8, dy=6)
        if until < 0.85 * end_s
        else note.mark_text(style="said", align="right", dy=18)
    )
    layers = [
        lines.mark_line(strokeWidth=1.6, interpolate="step-after").encode(
            x=x, y=y, color=drawing.via_colour(seen), strokeDash=drawing.via_dash(seen),
            detail="name:N", tooltip=about, href="href:N",
            opacity=drawing.faded(picked, 0.75, 0.06),
        ).add_params(picked),
        reader.encode(x=x, y=y),
        told.encode(x=x, y=y, text="name:N"),
    ]  # fmt: skip
    return drawing.finished(
        alt.layer(*layers),
        drawing.HEIGHT,
        turns=rows,
        reader=[{"x": 0, "y": 0}, {"x": until, "y": until * CHARS_PER_S}],
        note=[{"x": until, "y": until * CHARS_PER_S, "name": "a reader"}],
    )
