"""A chart as a file of its own: SVG and PNG, with what has to be said inside the picture."""

import json
import textwrap
from typing import Any, cast

from analyzer.report.charts.chart import Chart
from analyzer.report.charts.missing import refuse_charts
from analyzer.report.palette import LIGHT, Palette

WIDTH = 860
"""Of the picture's plot, in px, where no page says how wide it is."""

SCALE = 2
"""Pixels of a PNG a px."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

_LINE = 138
"""Characters of what is said in a line of the picture."""


def config(palette: Palette) -> dict[str, Any]:
    """Vega-Lite's ``config``: the colours of page and text, and sizes that can be read."""
    return {
        "background": palette.card,
        "font": FONT,
        **_guides(palette),
        "text": {"color": palette.ink, "fontSize": 12},
        "rule": {"color": palette.muted},
        "style": {
            "quiet": {"color": palette.muted, "stroke": palette.muted},
            "said": {"fill": palette.muted, "fontSize": 11.5},
            "named": {"fill": palette.ink, "fontSize": 12, "fontWeight": "bold"},
        },
        "title": {
            "anchor": "start",
            "color": palette.ink,
            "fontSize": 16,
            "frame": "group",
            "offset": 18,
            "subtitleColor": palette.muted,
            "subtitleFontSize": 12,
            "subtitleLineHeight": 16,
            "subtitlePadding": 6,
        },
        "view": {"stroke": None},
    }


def _guides(palette: Palette) -> dict[str, Any]:
    """Axes and legends. A vertical axis has its title above itself, to be read upright."""
    return {
        "axis": {
            "domainColor": palette.line,
            "gridColor": palette.line,
            "gridOpacity": 0.7,
            "labelColor": palette.muted,
            "labelFontSize": 11.5,
            "labelOverlap": "greedy",
            "tickColor": palette.line,
            "titleColor": palette.muted,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "axisY": {
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "titleAlign": "left",
            "titleAngle": 0,
            "titleAnchor": "end",
            "titleX": 0,
            "titleY": -12,
        },
        "legend": {
            "labelColor": palette.ink,
            "labelFontSize": 12,
            "labelLimit": 220,
            "columnPadding": 16,
            "rowPadding": 3,
            "offset": 30,
            "symbolSize": 90,
            "symbolStrokeWidth": 2,
            "titleColor": palette.muted,
            "titleFontSize": 12,
        },
    }


def svg(chart: Chart, palette: Palette = LIGHT) -> str:
    """The picture as SVG, with title and sentences in it."""
    drawn = _converter().vegalite_to_svg(_alone(chart, palette))
    return cast(str, drawn)


def png(chart: Chart, palette: Palette = LIGHT) -> bytes:
    """The picture as PNG, with title and sentences in it."""
    drawn = _converter().vegalite_to_png(_alone(chart, palette), scale=SCALE)
    return cast(bytes, drawn)


def _converter() -> Any:
    try:
        import vl_convert  # it loads a JavaScript engine: only where a picture is wanted
    except ImportError as error:
        refuse_charts(error)
    return vl_convert


def _alone(chart: Chart, palette: Palette) -> str:
    """The spec of a picture that stands by itself: links to a page would lead nowhere."""
    lines = [line for said in chart.says for line in textwrap.wrap(said, _LINE)]
    spec = {
        **_unlinked(chart.spec),
        "datasets": chart.spec["datasets"],
        "config": config(palette),
        "width": WIDTH,
        "padding": 16,
        "title": {"text": chart.title, "subtitle": lines},
        "description": chart.alt,
    }
    return json.dumps(spec)


def _unlinked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _unlinked(one) for name, one in value.items() if name not in ("datasets", "href")
        }
    return [_unlinked(one) for one in value] if isinstance(value, list) else value
