"""`streamscope report`: figures of captures and databases, to read and as files."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import click
from click.core import ParameterSource

from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.pooled import Threshold
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.commands.figures_json import json_option, show
from analyzer.commands.gating import Gating, threshold_options
from analyzer.commands.options import sources_argument, stall_option
from analyzer.commands.output import STANDARD_OUTPUT
from analyzer.commands.outputs import output_options, wanted_files
from analyzer.commands.progress import analyzed
from analyzer.commands.telemetry import need_otlp, otlp_options, send_otlp
from analyzer.commands.writing import Making, prepared, write
from analyzer.importers import find_captures
from analyzer.importers.source import STANDARD_INPUT
from analyzer.report.charts.experiments import read_experiments
from analyzer.report.figures import pick
from analyzer.report.terminal import print_sections
from analyzer.store import is_database, read_analysis


@click.command()
@sources_argument
@output_options
@click.option("-q", "--quiet", is_flag=True, help="Print no report but thresholds.")
@json_option
@threshold_options
@stall_option
@click.option(
    "--good",
    "thresholds",
    multiple=True,
    metavar="FIGURE=LIMIT",
    help="What a good turn keeps, as ttft=800ms (also ttfo, e2el, itl, gap); the report then "
    "gives the goodput, the share of turns that keep all. Repeatable.",
)
@otlp_options
def report(
    sources: tuple[Path, ...],
    files: tuple[Path, ...],
    chart: str,
    metric: str,
    experiments: tuple[Path, ...],
    quiet: bool,
    json_file: Path | None,
    gating: Gating,
    stall_ns: int,
    thresholds: tuple[str, ...],
    otlp: str,
    otlp_headers: dict[str, str],
) -> None:
    """Report on captures, and on databases that `streamscope analyze` made.

    A CAPTURE is a file of ours, a HAR, a NetLog, packets, mitmproxy's flows, or the body of a
    stream, also gzip'd or zstd'd; a directory with any of these; or - for standard input. Of
    captures with one id the last named counts, from a file or from a database.

    Latency for each turn and pooled, HTTP/2 beside HTTP/3, gaps and stalls with their
    cause; then credentials, lists, identifiers, conversations, bots that talk, connections
    and endpoints; what was lost, and what observing itself cost. Figures say their n and
    how they were measured, and why where they can't be known; the last section defines the
    names.

    With -o the same figures go into files; with --threshold what must hold comes first, and
    the exit status is 99 if it does not.
    """
    limits = [Threshold.parse(text) for text in thresholds]
    wanted = wanted_files(files, chart, metric)
    need_otlp(otlp, otlp_headers)
    known = read_experiments(experiments)
    with prepared(wanted):
        analysis = read(sources, stall_ns)
        source = click.get_current_context().get_parameter_source("stall_ns")
        if source is not ParameterSource.DEFAULT:
            # A database was made with a threshold of its own.
            analysis = analysis.with_stall(stall_ns)
        figures = pick(analysis, limits)
        making = Making(figures, gating.judge(figures), known)
        made = [making.make(one) for one in wanted]
    show(lambda: making.report, lambda: making.json, json_file, quiet=quiet)
    if quiet and json_file != STANDARD_OUTPUT:
        print_sections(making.first)
    write(made)
    gating.finish(", ".join(map(str, sources)), lambda: send_otlp(figures, otlp, otlp_headers))


def read(paths: Sequence[Path], stall_ns: int = STALL_NS) -> Analysis:
    """The analysis of captures, and of those that databases hold; in the order of the paths."""
    runs = [(kept, list(run)) for kept, run in groupby(paths, is_database)]
    if len(runs) > 1:
        # All are looked at before the first is read, as the captures of one run are anyway.
        find_captures([path for path in paths if not is_database(path) and path != STANDARD_INPUT])
    results: list[CaptureResult] = []
    for kept, run in runs:
        if kept:
            results += [capture for path in run for capture in read_analysis(path).captures]
        else:
            results += analyzed(run, stall_ns=stall_ns).captures
    return Analysis.of(results)
