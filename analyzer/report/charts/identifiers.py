"""Identifiers: the time inside them against the order in which they were made, and where in an
index each new one would land.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np

from analyzer.analyses.identifiers import Identifier
from analyzer.report import units
from analyzer.report.charts import drawing
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.drawing import Row
from analyzer.report.charts.links import anchor
from analyzer.report.figures import Figures
from analyzer.report.identifiers import KIND_NAMES
from analyzer.report.palette import SERIES
from analyzer.report.parts import Source
from analyzer.report.plain import printable

KINDS = 4
"""Most kinds that are drawn: those with most values."""

POINTS = 250
"""Most values of a kind."""

LEAST = 5
"""Fewer values of a kind show no order."""

_SHAPES = ("circle", "triangle-up", "square", "diamond")

type _Seen = tuple[int, Identifier, int]


def embedded_time(figures: Figures) -> Chart | None:
    """None where no believed scheme carries a time."""
    believed = {
        (one.field, one.kind)
        for capture in figures.analysis.captures
        for one in capture.answers.identifiers.identifier_order
        if one.believed
    }
    every = _values(figures)
    groups = {
        kind: [one for one in ones if isinstance(one[1].embedded_at, int)]
        for kind, ones in every.items()
        if any((one[1].field, kind) in believed for one in ones)
    }
    shown = _fullest(groups)
    if not shown:
        return None
    rows = [row for kind, ones in shown.items() for row in _rows(figures, kind, ones)]
    timeless = {kind: len(ones) for kind, ones in every.items() if kind not in shown}
    return Chart(
        name="identifiers",
        title="The time inside identifiers",
        section="Identifiers",
        says=tuple(_says(figures, shown, timeless, "rising from left to right: made in order")),
        alt=f"Embedded time against order of creation: {_sizes(shown)}.",
        spec=_spec(rows, list(shown), _time_y(rows)),
    )


def index_order(figures: Figures) -> Chart | None:
    """Every kind, those without a time inside too: where an index takes each new one."""
    every = _values(figures)
    shown = _fullest(every)
    if not shown:
        return None
    rows = [row for kind, ones in shown.items() for row in _rows(figures, kind, ones)]
    left = {kind: len(ones) for kind, ones in every.items() if kind not in shown}
    what = "a diagonal: an index grows at its edge; all over: it grows everywhere"
    return Chart(
        name="identifiers-order",
        title="Where an index takes them",
        section="Identifiers",
        says=tuple(_says(figures, shown, left, what)),
        alt=f"Place in the order of text against order of creation: {_sizes(shown)}.",
        spec=_spec(rows, list(shown), _place_y()),
    )


def _values(figures: Figures) -> dict[str, list[_Seen]]:
    """Every value once, by kind, in the order in which they were made as far as it is known.

    With each the number of its capture, and when it was made or first seen: a kind of which
    creation times are known has only such values.
    """
    created: dict[str, list[_Seen]] = {}
    seen: dict[str, list[_Seen]] = {}
    for number, capture in enumerate(figures.analysis.captures, 1):
        head = capture.head
        for one in capture.answers.identifiers.identifiers:
            if not one.is_first:
                continue
            if isinstance(one.created_at, int):
                created.setdefault(one.kind, []).append((number, one, one.created_at))
            elif isinstance(one.first_seen_ns, int):
                wall_us = (head.wall_ns + one.first_seen_ns - head.mono_ns) // 1000
                seen.setdefault(one.kind, []).append((number, one, wall_us))
    chosen = {
        kind: created[kind] if len(created.get(kind, ())) >= LEAST else seen.get(kind, [])
        for kind in {**created, **seen}
    }
    return {kind: sorted(ones, key=lambda each: each[2]) for kind, ones in chosen.items() if ones}


def _fullest(groups: dict[str, list[_Seen]]) -> dict[str, list[_Seen]]:
    enough = [kind for kind, ones in groups.items() if len(ones) >= LEAST]
    chosen = sorted(enough, key=lambda kind: (-len(groups[kind]), kind))[:KINDS]
    return {kind: groups[kind] for kind in chosen}


def _rows(figures: Figures, kind: str, ones: Sequence[_Seen]) -> Iterator[Row]:
    place = {one.value: rank for rank, one in enumerate(sorted((o for _, o, _ in ones), key=_text))}
    kept = np.unique(np.linspace(0, len(ones) - 1, min(POINTS, len(ones))).round().astype(int))
    for rank in kept.tolist():
        number, one, made_us = ones[rank]
        row: Row = {
            "x": round(rank / max(len(ones) - 1, 1), 4),
            "place": round(place[one.value] / max(len(ones) - 1, 1), 4),
            "kind": kind_name(kind),
            "value": printable(one.value, 44),
            "field": printable(one.field, 44),
            "rank": f"{rank + 1:,} of {len(ones):,}",
            "made": units.wall(made_us * 1000),
            "inside": units.UNKNOWN,
        }
        if isinstance(one.embedded_at, int):
            row["y"] = one.embedded_at / 1000
            row["inside"] = units.wall(one.embedded_at * 1000)
        if one.exchange is not None:
            row["href"] = anchor(Source(number, one.exchange))
        yield row


def _text(one: Identifier) -> str:
    return one.value


def kind_name(kind: str) -> str:
    if kind.startswith("uuid") and kind[4:].isdigit():
        return f"UUIDv{kind[4:]}"
    return printable(KIND_NAMES.get(kind, kind), 24)


def _time_y(rows: list[Row]) -> alt.Y:
    span_ms = max(row["y"] for row in rows) - min(row["y"] for row in rows)
    shown = "%H:%M:%S" if span_ms < 86_400_000 else "%Y-%m-%d"
    axis = alt.Axis(title="time inside (UTC)", tickCount=5, format=shown)
    return alt.Y("y:T", scale=alt.Scale(type="utc", nice=False), axis=axis)


def _place_y() -> alt.Y:
    axis = alt.Axis(title="place in the index", format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    return alt.Y("place:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)


def _spec(rows: list[Row], kinds: list[str], y: alt.Y) -> dict[str, object]:
    names = [kind_name(kind) for kind in kinds]
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title="made: first … last of its kind", format=".0%", tickCount=5),
    )
    colours = alt.Scale(domain=names, range=list(SERIES[: len(names)]))
    shapes = alt.Scale(domain=names, range=list(_SHAPES[: len(names)]))
    picked = drawing.picked("kind")
    about = drawing.tooltips(
        kind="kind", value="identifier", field="in", rank="made as", made="made or first seen",
        inside="time inside",
    )  # fmt: skip
    points = drawing.named("values").mark_point(size=40, filled=True)
    return drawing.finished(
        points.encode(
            x=x, y=y, tooltip=about, href="href:N",
            color=alt.Color("kind:N", scale=colours, legend=drawing.legend()),
            shape=alt.Shape("kind:N", scale=shapes, legend=drawing.legend()),
            opacity=drawing.faded(picked, 0.75),
        ).add_params(picked),
        drawing.HEIGHT,
        values=rows,
    )  # fmt: skip


def _sizes(shown: dict[str, list[_Seen]]) -> str:
    return drawing.listed([f"{len(ones):,} {kind_name(kind)}" for kind, ones in shown.items()])


def _says(
    figures: Figures, shown: dict[str, list[_Seen]], left: dict[str, int], what: str
) -> Iterator[str]:
    yield f"n = {_sizes(shown)}, each value once; {what}."
    yield (
        "Order of creation: by the time that the service states beside it, else by first "
        f"appearance. {drawing.clock_said(figures.analysis.captures)}"
    )
    if any(len(ones) > POINTS for ones in shown.values()):
        yield f"Of each kind at most {POINTS} are drawn, evenly spread."
    timeless = Counter({kind: n for kind, n in left.items() if n})
    if timeless:
        said = [f"{n:,} {kind_name(kind)}" for kind, n in timeless.most_common(5)]
        more = "" if len(timeless) <= 5 else f" and {len(timeless) - 5} more kinds"
        why = "having no time inside that is believed, or too few"
        yield f"Left out, {why}: {', '.join(said)}{more}."
