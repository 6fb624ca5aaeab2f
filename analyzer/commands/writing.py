"""The files of one report, all of them from the same figures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import msgspec

from analyzer.commands.output import output
from analyzer.commands.outputs import Wanted, has_charts
from analyzer.commands.telling import tell
from analyzer.gates import Judged, gates_json, gates_section
from analyzer.model import StreamscopeError
from analyzer.report import build_report, units
from analyzer.report.as_csv import report_csv
from analyzer.report.as_json import report_json
from analyzer.report.charts import NAMES, charts_of
from analyzer.report.charts.chart import Chart
from analyzer.report.charts.experiments import Experiment
from analyzer.report.figures import Figures
from analyzer.report.parts import Report, Section

CHARTS = ".charts"
"""Ending of the directory with the charts of a Markdown file."""


class Made(msgspec.Struct, frozen=True):
    """A file before it is written; ``beside`` are files that it shows."""

    path: Path
    content: bytes
    beside: tuple[tuple[Path, bytes], ...] = ()


class Making:
    """Forms of one report. What is costly is made once, and only where a form needs it."""

    def __init__(
        self,
        figures: Figures,
        judged: Sequence[Judged] = (),
        experiments: Sequence[Experiment] = (),
    ) -> None:
        self.figures = figures
        self._judged = judged
        self._experiments = experiments

    @cached_property
    def first(self) -> tuple[Section, ...]:
        return (gates_section(self._judged),) if self._judged else ()

    @cached_property
    def report(self) -> Report:
        return build_report(self.figures, self.first)

    @cached_property
    def json(self) -> bytes:
        return report_json(self.figures, gates_json(self._judged))

    @cached_property
    def charts(self) -> tuple[Chart, ...]:
        """None where what draws them is not installed, which is said."""
        if not has_charts():
            tell("the report has no charts without pip install 'streamscope[charts]'")
            return ()
        return charts_of(self.figures, self._experiments)

    def make(self, one: Wanted) -> Made:
        """Raises StreamscopeError if the captures have nothing for it."""
        makers: dict[str, Callable[[Wanted], bytes]] = {
            ".html": self._page,
            ".json": lambda _: self.json,
            ".csv": lambda _: report_csv(self.figures),
            ".svg": self._svg,
            ".png": self._png,
            ".hgrm": self._percentiles,
        }
        if one.ending == ".md":
            return self._markdown(one.path)
        return Made(one.path, makers[one.ending](one))

    def _page(self, _: Wanted) -> bytes:
        from analyzer.report.html import report_page  # these load what only they need

        return report_page(self.figures, self.charts, self.first)

    def _markdown(self, path: Path) -> Made:
        from analyzer.report.charts.files import svg
        from analyzer.report.markdown import Picture, render

        place = path.with_suffix(CHARTS)
        pictures = [Picture(chart, f"{place.name}/{chart.name}.svg") for chart in self.charts]
        # What the document says below the picture is not drawn into it as well.
        bare = (msgspec.structs.replace(one, says=()) for one in self.charts)
        drawn = tuple((place / f"{one.name}.svg", svg(one).encode()) for one in bare)
        return Made(path, render(self.report, pictures).encode(), drawn)

    def _svg(self, one: Wanted) -> bytes:
        from analyzer.report.charts.files import svg

        return svg(self._chart(one)).encode()

    def _png(self, one: Wanted) -> bytes:
        from analyzer.report.charts.files import png

        return png(self._chart(one))

    def _chart(self, one: Wanted) -> Chart:
        found = next((chart for chart in self.charts if chart.name == one.what), None)
        if found is None:
            there = ", ".join(chart.name for chart in self.charts) or "none at all"
            raise StreamscopeError(
                f"{one.path}: what was read has nothing for the chart {one.what} "
                f"({NAMES[one.what]}); it has charts of: {there}"
            )
        return found

    def _percentiles(self, one: Wanted) -> bytes:
        from analyzer.telemetry.hgrm import percentiles

        return percentiles(self.figures, one.what)


def write(files: Iterable[Made]) -> None:
    """Write files, each whole or not at all, and say on standard error what there is.

    Raises StreamscopeError if one can't be written.
    """
    for one in files:
        for path, content in one.beside:
            _make_directory(path.parent)
            _write(path, content)
        _write(one.path, one.content)
        shown = f" and {units.counted(len(one.beside), 'chart')} beside it" if one.beside else ""
        tell(f"{one.path}: {units.size(len(one.content))}{shown}")


def _write(path: Path, content: bytes) -> None:
    with output(path, force=True) as file:
        file.write(content)


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StreamscopeError(
            f"{path}: the directory for the charts cannot be made: {error.strerror}"
        ) from error


@contextmanager
def prepared(wanted: Iterable[Wanted]) -> Iterator[None]:
    """Meanwhile that is made which a page needs and takes seconds: beside the reading."""
    if not any(one.ending == ".html" for one in wanted) or not has_charts():
        yield
        return
    from analyzer.report.html.drawing import begin_library

    end = begin_library()
    try:
        yield
    finally:
        end()
