"""A long reading told of on standard error, so that standard output stays the result's."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.status import Status

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.results import Analysis
from analyzer.analyze import Progress, Sink, analyze
from analyzer.commands.telling import pass_over
from analyzer.report.plain import printable


def analyzed(
    paths: Sequence[Path], *, stall_ns: int = STALL_NS, sink: Sink | None = None
) -> Analysis:
    """Analyse captures; without a terminal no progress is shown.

    Of a directory's files those that can't be read are told of and passed over.
    Raises as `analyze`.
    """
    with Status("reading", console=Console(stderr=True)) as status:

        def show(progress: Progress) -> None:
            name = printable(progress.path.name, 60)
            status.update(f"{name}: {progress.records:,} records, {progress.events:,} events")

        return analyze(paths, stall_ns=stall_ns, sink=sink, progress=show, passed_over=pass_over)
