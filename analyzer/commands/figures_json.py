"""The option --json: the same figures as those on the terminal, for programs."""

from collections.abc import Callable
from pathlib import Path

import click

from analyzer.commands.output import looked_at, output
from analyzer.report.parts import Report
from analyzer.report.terminal import print_report

json_option = click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    callback=looked_at,
    help="Also write the same figures as JSON; - for standard output, without the report.",
)


def show(
    report: Callable[[], Report],
    document: Callable[[], bytes],
    json_file: Path | None,
    *,
    quiet: bool = False,
) -> None:
    """Print the report unless ``quiet``, and write its JSON where wanted; `-` is the JSON alone.

    Raises StreamscopeError if the file can't be written.
    """
    if json_file is not None:
        made = document()
        if str(json_file) == "-":
            click.echo(made, nl=False)
            return
        with output(json_file, force=True) as file:
            file.write(made)
    if not quiet:
        print_report(report())
