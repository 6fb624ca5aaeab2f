"""`streamscope experiment`: what-if on a real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from click.core import ParameterSource
from rich.console import Console
from rich.status import Status

from analyzer.analyses.identifiers.rows import IdentifiersFound
from analyzer.analyses.pagination.rows import PaginationFound
from analyzer.analyses.questions import Found
from analyzer.commands.figures_json import json_option, show
from analyzer.commands.report import read
from analyzer.experiment.as_json import experiment_json
from analyzer.experiment.basics import Say
from analyzer.experiment.identifiers.arrivals import observed_arrivals
from analyzer.experiment.identifiers.inserting import run_identifiers
from analyzer.experiment.identifiers.report import identifiers_report
from analyzer.experiment.identifiers.results import Settings as IdentifiersSettings
from analyzer.experiment.pagination.observed import require_walk, suggested
from analyzer.experiment.pagination.report import pagination_report
from analyzer.experiment.pagination.results import LEAST_REPEATS
from analyzer.experiment.pagination.results import Settings as PaginationSettings
from analyzer.experiment.pagination.walking import run_pagination
from analyzer.experiment.postgres import SCHEMES
from analyzer.report.plain import printable

MOST_ROWS = 50_000_000


@click.group()
def experiment() -> None:
    """Build the traffic's tables in a real database, measure them, remove them again.

    SQLite in a temporary directory (TMPDIR says where), or a PostgreSQL server of yours, in a
    schema that is dropped at the end, also after Ctrl-C.
    """


def _databases(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for database in given:
        if database != "sqlite" and not database.startswith(SCHEMES):
            raise click.BadParameter("name sqlite or postgresql://USER@HOST/DATABASE")
    return tuple(dict.fromkeys(given))


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both experiments have."""
    for option in (
        json_option,
        click.option(
            "--from",
            "source",
            type=click.Path(path_type=Path),
            metavar="CAPTURE|DB",
            help="Take the shape from what a capture shows, and set the figures beside it.",
        ),
        click.option(
            "--database",
            "databases",
            multiple=True,
            default=("sqlite",),
            callback=_databases,
            metavar="sqlite|postgresql://…",
            help="Where to build; repeatable.  [default: sqlite]",
        ),
        click.option(
            "--rows",
            type=click.IntRange(1_000, MOST_ROWS),
            default=1_000_000,
            show_default=True,
            help="Rows in each table.",
        ),
    ):
        command = option(command)
    return command


@experiment.command()
@_shared
@click.option(
    "--page", type=click.IntRange(1, 500), default=28, show_default=True, help="Rows in a page."
)
@click.option(
    "--order",
    type=click.Choice(("updated", "created", "id")),
    default="updated",
    show_default=True,
    help="What the list is sorted by: rows that move, rows as they came, or the primary key.",
)
@click.option(
    "--index/--no-index", default=True, help="An index on the sorted column.  [default: index]"
)
@click.option(
    "--row-bytes", type=click.IntRange(32, 8_192), default=300, show_default=True, help="Row size."
)
@click.option(
    "--repeats",
    type=click.IntRange(LEAST_REPEATS, 1_000),
    default=7,
    show_default=True,
    help="Timed runs.",
)
def pagination(
    databases: tuple[str, ...], source: Path | None, json_file: Path | None, **shape: object
) -> None:
    """What a page costs by offset and by keyset, the deeper the list.

    Rows visited, pages read, the database's plan and the wall time of pages at growing depth,
    a line fitted through them, and what follows from these figures. A million rows take about
    ten seconds in SQLite.
    """
    settings = _given(_suggested_pagination(source), shape)
    if settings.order == "id" and not settings.index:
        raise click.UsageError("--order id goes by the primary key, which always has its index")
    if settings.rows < 10 * settings.page:
        raise click.UsageError(f"--rows {settings.rows}: at least ten pages of {settings.page}")
    with _progress() as say:
        results = tuple(run_pagination(database, settings, say) for database in databases)
    show(
        lambda: pagination_report(results),
        lambda: experiment_json("pagination", results),
        json_file,
    )


def _suggested_pagination(source: Path | None) -> PaginationSettings:
    if source is None:
        return PaginationSettings()
    found = _found(source, PaginationFound)
    walks = PaginationFound(
        page_requests=tuple(row for one in found for row in one.page_requests),
        pagination_walks=tuple(row for one in found for row in one.pagination_walks),
    )
    return suggested(require_walk(walks, str(source)))


@experiment.command()
@_shared
@click.option(
    "--storage",
    type=click.Choice(("text", "blob")),
    default="text",
    show_default=True,
    help="Keys as text, as traffic carries them, or in 16 bytes (PostgreSQL: uuid).",
)
@click.option(
    "--row-bytes",
    type=click.IntRange(1, 8_192),
    default=100,
    show_default=True,
    help="What a row holds beside its key.",
)
@click.option(
    "--cache-mb",
    type=click.IntRange(1, 100_000),
    default=8,
    show_default=True,
    help="SQLite's cache; smaller than the trees, or there is little to see.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 100),
    default=2,
    show_default=True,
    help="Runs of each table; one can't tell a difference from noise.",
)
@click.option("--chart/--no-chart", default=True, help="Inserts/s as the tables grow.")
def identifiers(
    databases: tuple[str, ...],
    source: Path | None,
    json_file: Path | None,
    chart: bool,
    **shape: object,
) -> None:
    """What UUIDv4, UUIDv7, ULID and integer keys cost a B-tree.

    Inserts/s as the table grows, pages written, the write-ahead log, misses of a cache that is
    smaller than the tree, how full the leaves are, the latest 20 rows, and what follows from
    these figures. A million rows take two to four minutes in SQLite.
    """
    settings = _given(_suggested_identifiers(source), shape)
    with _progress() as say:
        results = tuple(run_identifiers(database, settings, say) for database in databases)
    show(
        lambda: identifiers_report(results, chart=chart),
        lambda: experiment_json("identifiers", results),
        json_file,
    )


def _suggested_identifiers(source: Path | None) -> IdentifiersSettings:
    if source is None:
        return IdentifiersSettings()
    found = _found(source, IdentifiersFound)
    together = IdentifiersFound(
        identifiers=tuple(row for one in found for row in one.identifiers),
        identifier_order=tuple(row for one in found for row in one.identifier_order),
    )
    return IdentifiersSettings(arrivals=observed_arrivals(together))


def _found[Answer: Found](source: Path, kind: type[Answer]) -> list[Answer]:
    """The answers of this kind to the capture, or to each capture of the database."""
    captures = read((source,)).captures
    return [found for one in captures for _, found in one.answers.each() if isinstance(found, kind)]


def _given[Shape: msgspec.Struct](suggested: Shape, options: dict[str, object]) -> Shape:
    """What was suggested, but the user's own words count more."""
    get_source = click.get_current_context().get_parameter_source
    said = {name: v for name, v in options.items() if get_source(name) != ParameterSource.DEFAULT}
    return msgspec.structs.replace(suggested, **said)


@contextmanager
def _progress() -> Iterator[Say]:
    """On standard error; without a terminal nothing is shown."""
    with Status("building", console=Console(stderr=True)) as status:
        yield lambda what: status.update(printable(what, 100))
