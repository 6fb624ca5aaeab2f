"""The option -o of `streamscope report`: which files are asked for, looked at before any work."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec

from analyzer.commands.output import look_at
from analyzer.report.charts import NAMES
from analyzer.report.charts.missing import refuse_charts
from analyzer.telemetry.measures import MEASURES

ENDINGS = {
    ".html": "a page that opens offline",
    ".md": "Markdown, its charts in a directory beside it",
    ".json": "every figure, for programs",
    ".csv": "a row a chat turn",
    ".svg": "one chart",
    ".png": "one chart",
    ".hgrm": "the percentiles of one metric, as HdrHistogram writes them",
}
DRAWN = (".svg", ".png")


class Wanted(msgspec.Struct, frozen=True):
    """One file that is asked for; ``what`` names the chart or the metric of some."""

    path: Path
    ending: str
    what: str = ""


def output_options[R](command: Callable[..., R]) -> Callable[..., R]:
    """Add -o and what belongs to it: ``files``, ``chart``, ``metric``, ``experiments``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option(
        "-o",
        "--output",
        "files",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Also write the report to a file, in the format that its ending names: "
        + ", ".join(f"{ending} ({what})" for ending, what in ENDINGS.items())
        + ". A report that is there is made anew. In a CSV, text that a spreadsheet would take "
        "for a formula gets an apostrophe in front. Repeatable.",
    ),
    click.option(
        "--chart",
        default="",
        metavar="NAME",
        help="The chart of an .svg or .png that is not named after it: " + ", ".join(NAMES) + ".",
    ),
    click.option(
        "--metric",
        default="",
        metavar="NAME",
        help="The metric of an .hgrm that is not named after it: " + ", ".join(MEASURES) + ".",
    ),
    click.option(
        "--experiment",
        "experiments",
        multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="What `streamscope experiment … --json FILE` wrote: its curves go into the charts. "
        "Repeatable.",
    ),
)


def wanted_files(paths: Sequence[Path], chart: str, metric: str) -> tuple[Wanted, ...]:
    """What is asked for.

    Raises UsageError for what can't be meant, StreamscopeError for what can't be written.
    """
    twice = {path for path in paths if list(paths).count(path) > 1}
    if twice:
        raise click.UsageError(f"{min(twice)} is named twice with -o; name each file once")
    wanted = tuple(_wanted(path, chart, metric) for path in paths)
    endings = {one.ending for one in wanted}
    if chart and not endings & set(DRAWN):
        raise click.UsageError("--chart chooses what an .svg or .png shows: name one with -o")
    if metric and ".hgrm" not in endings:
        raise click.UsageError("--metric chooses what an .hgrm shows: name one with -o")
    if endings & set(DRAWN) and not has_charts():
        refuse_charts()
    return wanted


def has_charts() -> bool:
    """What draws charts is installed."""
    return all(find_spec(name) for name in ("altair", "vl_convert"))


def _wanted(path: Path, chart: str, metric: str) -> Wanted:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        known = "; ".join(f"{name}: {what}" for name, what in ENDINGS.items())
        raise click.UsageError(f"{path}: its ending names no format. Known are {known}")
    look_at(path, "-o")
    if ending in DRAWN:
        return Wanted(path, ending, _chosen(path, chart, NAMES, "chart", "--chart"))
    if ending == ".hgrm":
        return Wanted(path, ending, _chosen(path, metric, MEASURES, "metric", "--metric"))
    return Wanted(path, ending)


def _chosen(path: Path, given: str, known: dict[str, str], noun: str, option: str) -> str:
    """By the option, else by the file's name without its ending."""
    name = given or path.stem
    if name in known:
        return name
    listed = "\n".join(f"  {one:<22} {what}" for one, what in known.items())
    raise click.UsageError(
        f"{path}: {name!r} is no {noun}. Name the file after one, or choose it with {option}:\n"
        f"{listed}"
    )
