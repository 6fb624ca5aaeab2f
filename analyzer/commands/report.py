"""`streamscope report`: figures of captures or of a database, to read and as JSON."""

from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis
from analyzer.commands.options import captures_argument, stall_option
from analyzer.commands.progress import analyzed
from analyzer.model import StreamscopeError
from analyzer.report import build_report
from analyzer.report.as_json import report_json
from analyzer.report.figures import pick
from analyzer.report.terminal import print_report
from analyzer.store import is_database, read_analysis


@click.command()
@captures_argument
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Also write the same figures as JSON; - for standard output, without the report.",
)
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
    show(analysis, json_file, limits)


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


def show(analysis: Analysis, json_file: Path | None, thresholds: Sequence[Threshold] = ()) -> None:
    """Print the report, and write its JSON where that is wanted."""
    figures = pick(analysis, thresholds)
    if json_file is not None:
        document = report_json(figures)
        if str(json_file) == "-":
            click.echo(document, nl=False)
            return
        try:
            json_file.write_bytes(document)
        except OSError as error:
            raise StreamscopeError(
                f"{json_file}: cannot be written: {error.strerror}; name another --json file"
            ) from error
    print_report(build_report(figures))
