"""`streamscope report`: figures of captures or of a database, to read and as JSON."""

from pathlib import Path

import click
from click.core import ParameterSource

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis
from analyzer.commands.figures_json import json_option, show
from analyzer.commands.options import captures_argument, stall_option
from analyzer.commands.progress import analyzed
from analyzer.model import StreamscopeError
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.store import is_database, read_analysis


@click.command()
@captures_argument
@json_option
@stall_option
@click.option(
    "--good",
    "thresholds",
    multiple=True,
    metavar="FIGURE=LIMIT",
    help="What a good turn keeps, as ttft=800ms (also ttfo, e2el, itl, gap); the report then "
    "gives the goodput, the share of turns that keep all. Repeatable.",
)
def report(
    captures: tuple[Path, ...], json_file: Path | None, stall_ns: int, thresholds: tuple[str, ...]
) -> None:
    """Report on captures, or on a database that `streamscope analyze` made.

    A CAPTURE is a file of ours, a HAR, a NetLog, packets, mitmproxy's flows, or the body of a
    stream, also gzip'd or zstd'd; a directory with any of these; or - for standard input.

    Latency for each turn and pooled, HTTP/2 beside HTTP/3, gaps and stalls with their
    cause; then credentials, lists, identifiers, conversations, bots that talk, connections
    and endpoints; what was lost, and what observing itself cost. Figures say their n and
    how they were measured, and why where they can't be known; the last section defines the
    names.
    """
    limits = [Threshold.parse(text) for text in thresholds]
    analysis = read(captures, stall_ns)
    source = click.get_current_context().get_parameter_source("stall_ns")
    if source is not ParameterSource.DEFAULT:
        # A database was made with a threshold of its own.
        analysis = analysis.with_stall(stall_ns)
    figures = pick(analysis, limits)
    show(lambda: build_report(figures), lambda: report_json(figures), json_file)


def read(paths: tuple[Path, ...], stall_ns: int = STALL_NS) -> Analysis:
    """The analysis of captures, or the one that a database holds."""
    databases = [path for path in paths if is_database(path)]
    if databases and len(paths) > 1:
        raise StreamscopeError(
            f"{databases[0]} is a database: report on it alone, or name captures only"
        )
    if databases:
        return read_analysis(databases[0])
    return analyzed(paths, stall_ns=stall_ns)
