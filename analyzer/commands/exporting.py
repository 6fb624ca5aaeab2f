"""What `convert` and `redact` share: a capture read, passed on to an exporter, and told of."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import cast

import click
from rich.console import Console
from rich.status import Status

from analyzer.commands.output import STANDARD_OUTPUT, output, refuse_existing
from analyzer.commands.telling import tell, tell_problem
from analyzer.exporters import FORMATS, Format, coding_of, format_named, format_of, writer
from analyzer.exporters.losses import Loss
from analyzer.importers import read_capture
from analyzer.model import AnyRecord, Problem
from analyzer.report.plain import printable

PROBLEMS_SHOWN = 20
"""Most problems of a file that are told one by one."""

PROGRESS_EVERY = 2_000
"""Records between two looks at the progress."""

type Records = Iterable[AnyRecord | Problem]
type _Generator = Generator[AnyRecord | Problem, None, None]

source_argument = click.argument(
    "source", metavar="IN", type=click.Path(path_type=Path, allow_dash=True)
)
target_argument = click.argument(
    "target", metavar="OUT", type=click.Path(path_type=Path, allow_dash=True)
)
format_option = click.option(
    "--to",
    "to",
    type=click.Choice([one.name for one in FORMATS]),
    help="The format, where OUT's ending is not to say it.",
)
force_option = click.option("--force", is_flag=True, help="Overwrite OUT if it is there.")


def chosen_format(target: Path, to: str | None, default: str | None = None) -> Format:
    """The format that is asked for. Raises UsageError where nothing names one."""
    if to is not None:
        return format_named(to)
    if target != STANDARD_OUTPUT:
        return format_of(target)
    if default is None:
        raise click.UsageError("standard output has no ending: choose the format with --to")
    return format_named(default)


def export(
    source: Path,
    target: Path,
    chosen: Format,
    *,
    force: bool,
    change: Callable[[Records], Records] = lambda records: records,
) -> None:
    """Read, change, write, and say on standard error what was malformed and what is lost."""
    write = writer(chosen)
    refuse_existing(target, force=force)
    reading = read_capture(source)
    problems: list[Problem] = []
    with (
        closing(cast("_Generator", reading)) as records,
        Status("reading", console=Console(stderr=True)) as status,
        output(target, force=force, coding=coding_of(target)) as file,
    ):
        losses = write(change(_watched(records, source, status, problems)), file)
    _tell(problems, losses, chosen)


def _watched(
    records: Records, source: Path, status: Status, problems: list[Problem]
) -> Iterator[AnyRecord | Problem]:
    """The records again; progress is shown, and problems are noted as far as they are told."""
    name = printable(source.name, 60)
    for count, record in enumerate(records):
        if isinstance(record, Problem) and len(problems) <= PROBLEMS_SHOWN:
            problems.append(record)
        if count % PROGRESS_EVERY == 0:
            status.update(f"{name}: {count:,} records")
        yield record


def _tell(problems: Sequence[Problem], losses: Sequence[Loss], chosen: Format) -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        tell_problem(problem)
    if len(problems) > PROBLEMS_SHOWN:
        click.echo("and more problems; `streamscope report` counts them", err=True)
    if losses:
        click.echo(f"lost, because the format ({chosen.what}) cannot hold it:", err=True)
    for loss in losses:
        tell(f"  {loss.count:,} {loss.what}: {loss.why}")
