"""Every chart, in the report's order."""

from collections.abc import Iterator, Sequence

from analyzer.report.charts.chart import Chart
from analyzer.report.charts.conversations import conversations
from analyzer.report.charts.delivery import delivery
from analyzer.report.charts.experiment_keys import growth_chart, size_chart
from analyzer.report.charts.experiment_pages import pages_chart
from analyzer.report.charts.experiments import Experiment
from analyzer.report.charts.identifiers import embedded_time, index_order
from analyzer.report.charts.pagination import pagination
from analyzer.report.charts.percentiles import percentiles
from analyzer.report.charts.samples import gap_samples, ttft_samples
from analyzer.report.charts.timeline import timeline
from analyzer.report.charts.transport import transport
from analyzer.report.charts.waits import icl, ttft
from analyzer.report.figures import Figures


def every_chart(figures: Figures, experiments: Sequence[Experiment]) -> Iterator[Chart]:
    """Those that have something to show."""
    return (one for one in _each(figures, experiments) if one is not None)


def _each(figures: Figures, experiments: Sequence[Experiment]) -> Iterator[Chart | None]:
    ttfts, gaps = ttft_samples(figures), gap_samples(figures)
    yield timeline(figures)
    yield ttft(figures, ttfts)
    yield percentiles(figures, ttfts, "ttft", "Percentiles of TTFT", "turns")
    yield delivery(figures)
    yield icl(figures, gaps)
    yield percentiles(figures, gaps, "icl", "Percentiles of the gaps", "gaps")
    yield pagination(figures, experiments)
    yield pages_chart(experiments)
    yield embedded_time(figures)
    yield index_order(figures)
    yield growth_chart(experiments)
    yield size_chart(experiments)
    yield conversations(figures)
    yield transport(figures)
