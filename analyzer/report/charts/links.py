"""Where the marks of a chart lead: to what the page tells of their exchanges."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from analyzer.report.charts.chart import Chart
from analyzer.report.parts import Source

HREF = "href"
"""The field of a mark's row that names where it leads."""

_ANCHOR = re.compile(r"#x(\d+)-(\d+)")


def anchor(source: Source) -> str:
    """Where the page tells more of an exchange."""
    return f"#x{source.capture}-{source.exchange}"


def sources_of(chart: Chart) -> Iterator[Source]:
    """The exchanges that a chart's marks lead to, each as often as a mark does."""
    for rows in chart.spec["datasets"].values():
        for row in rows:
            source = _source(row)
            if source is not None:
                yield source


def linked(chart: Chart, told: Collection[Source]) -> Chart:
    """The chart, its marks leading only to exchanges that are ``told`` of."""
    sets = {
        name: [_kept(row, told) for row in rows] for name, rows in chart.spec["datasets"].items()
    }
    return msgspec.structs.replace(chart, spec={**chart.spec, "datasets": sets})


def _kept(row: dict[str, Any], told: Collection[Source]) -> dict[str, Any]:
    if HREF not in row or _source(row) in told:
        return row
    return {name: value for name, value in row.items() if name != HREF}


def _source(row: dict[str, Any]) -> Source | None:
    found = _ANCHOR.fullmatch(row.get(HREF, ""))
    return Source(int(found[1]), int(found[2])) if found else None
