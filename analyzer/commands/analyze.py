"""`streamscope analyze`: captures into a SQLite file."""

from pathlib import Path

import click

from analyzer.commands.gating import Gating, threshold_options
from analyzer.commands.options import captures_argument, stall_option
from analyzer.commands.progress import analyzed
from analyzer.commands.telemetry import need_otlp, otlp_options, send_otlp
from analyzer.report.figures import pick
from analyzer.report.terminal import print_sections
from analyzer.store import Store


@click.command()
@captures_argument
@click.option(
    "--db",
    "database",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="The SQLite file; made if it isn't there, added to if it is.",
)
@stall_option
@threshold_options
@otlp_options
def analyze(
    captures: tuple[Path, ...],
    database: Path,
    stall_ns: int,
    gating: Gating,
    otlp: str,
    otlp_headers: dict[str, str],
) -> None:
    """Analyse each CAPTURE and keep everything in a SQLite file.

    A CAPTURE is a file of ours, a HAR, a NetLog, packets, mitmproxy's flows, or the body of a
    stream, also gzip'd or zstd'd; a directory with any of these; or - for standard input.

    Analysing a capture again replaces its rows, so the same capture never counts twice.
    `streamscope schema` explains the tables and views. With --threshold what must hold of these
    captures is judged as well, and the exit status is 99 if it does not.
    """
    need_otlp(otlp, otlp_headers)
    found = analyzed(captures, stall_ns=stall_ns, sink=Store(database))
    turns = sum(len(capture.turns) for capture in found.captures)
    exchanges = sum(len(capture.measured) for capture in found.captures)
    told = (
        f"{database}: {len(found.captures)} capture(s), {exchanges} exchanges, {turns} turns. "
        f"Next: streamscope report {database}"
    )
    if not gating.gates and not otlp:
        click.echo(told)
        return
    figures = pick(found)
    gating.judge(figures)
    print_sections(gating.sections())
    click.echo(f"\n{told}" if gating.gates else told)
    gating.finish(", ".join(map(str, captures)), lambda: send_otlp(figures, otlp, otlp_headers))
