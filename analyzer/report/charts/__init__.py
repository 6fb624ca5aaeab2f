"""Charts of a report: Vega-Lite by Altair, of the numbers that every renderer shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyzer.report.charts.chart import Chart
from analyzer.report.charts.missing import refuse_charts
from analyzer.report.figures import Figures

if TYPE_CHECKING:
    from analyzer.report.charts.experiments import Experiment

NAMES: dict[str, str] = {
    "timeline": "every exchange by connection, text as it came, stalls, credentials",
    "ttft": "time to first text, HTTP/2 against HTTP/3",
    "ttft-percentiles": "TTFT by percentile, with a logarithmic tail",
    "delivery": "text delivered over time, against the pace of a reader",
    "icl": "every gap between texts, HTTP/2 against HTTP/3",
    "icl-percentiles": "gaps between texts by percentile, with a logarithmic tail",
    "pagination": "wait against depth with the fit, and the experiment's line beside it",
    "pagination-experiment": "offset against keyset as a list grows deeper, in a real database",
    "identifiers": "the time inside identifiers against the order of their creation",
    "identifiers-order": "where in an index each new identifier lands",
    "identifiers-experiment": "rows inserted a second as a table grows, for each kind of key",
    "identifiers-size": "what each kind of key makes a table take",
    "conversations": "the tree of messages: regenerated, edited, stopped",
    "transport": "every metric over each protocol: median, tail, and whether they differ",
}
"""Every chart's name, and what it shows; not every capture has something for each."""


def charts_of(figures: Figures, experiments: "Sequence[Experiment]" = ()) -> tuple[Chart, ...]:
    """The charts that have something to show, in the report's order.

    Raises StreamscopeError where what draws them is not installed.
    """
    try:
        import altair  # noqa: F401 # it takes half a second to load: only where charts are wanted
    except ImportError as error:
        refuse_charts(error)
    from analyzer.report.charts.every import every_chart

    return tuple(every_chart(figures, experiments))
