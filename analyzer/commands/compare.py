"""`streamscope compare`: whether captures differ by more than noise."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from analyzer.analyses.comparing import Group, compare_groups
from analyzer.analyses.comparing.splitting import TAGS, split
from analyzer.analyses.results import Analysis
from analyzer.commands.figures_json import json_option
from analyzer.commands.gating import Gating, threshold_options
from analyzer.commands.options import stall_option
from analyzer.commands.report import read
from analyzer.gates import gates_json
from analyzer.model import StreamscopeError
from analyzer.report.comparison import comparison_report
from analyzer.report.comparison_json import comparison_json
from analyzer.report.figures import pick
from analyzer.report.parts import Report
from analyzer.report.plain import printable
from analyzer.report.terminal import print_report

MOST = 12
"""Groups that are compared at once."""

type Groups = list[tuple[str, Analysis]]


@click.command()
@click.argument(
    "sources",
    nargs=-1,
    required=True,
    metavar="A B...",
    type=click.Path(path_type=Path, allow_dash=True),
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="What to call the groups, in their order; else their files' names. Repeatable.",
)
@click.option(
    "--by",
    type=click.Choice((*TAGS, "capture")),
    help="Compare what is inside: the protocols, hosts, models or captures of all that is named.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write it: .html a page, .md Markdown for a pull request, .json. Repeatable.",
)
@json_option
@stall_option
@threshold_options
def compare(
    sources: tuple[Path, ...],
    names: tuple[str, ...],
    by: str | None,
    outputs: tuple[Path, ...],
    json_file: Path | None,
    stall_ns: int,
    gating: Gating,
) -> None:
    """Compare captures or databases: before and after, HTTP/2 and HTTP/3, service x and y.

    Each of A, B, … is a capture, a directory of captures or a database, and one group; the
    others are set against the first. With --by one is enough: `compare A --by protocol`.

    Of every time the median and the tail, their difference with a bootstrap interval, and a
    rank test: a difference is called a result only if it is more than noise, and only where
    there are enough turns.

    A --threshold is asked of every group but the first. Two aggregates compare with the first:
    'ttft:diff(p(95))<50ms' and 'ttft:change(p(95))<10%'.
    """
    for path in outputs:
        _writer_of(path)
    found = _named(_groups(sources, by, stall_ns), names)
    groups = [Group(name, analysis.captures) for name, analysis in found]
    if gating.gates:
        gating.judge_groups([(name, pick(analysis)) for name, analysis in found])
    comparison = compare_groups(groups)
    report = comparison_report(comparison, groups, gating.sections())

    def document() -> bytes:
        return comparison_json(comparison, groups, gates_json(gating.judged))

    for path in outputs:
        _write(path, _writer_of(path)(report, document))
    if json_file is not None and str(json_file) != "-":
        _write(json_file, document())
    if json_file is not None and str(json_file) == "-":
        click.echo(document(), nl=False)
    else:
        print_report(report)
    gating.finish(" and ".join(printable(name, 60) for name, _ in found))


# --------------------------------------------------------------------------- groups


def _groups(sources: Sequence[Path], by: str | None, stall_ns: int) -> Groups:
    if by is None and len(sources) < 2:
        raise click.UsageError(
            f"name two or more to compare, or what to compare inside {sources[0]}: --by protocol"
        )
    read_in = [(path, _analysis(path, stall_ns)) for path in sources]
    if by is None:
        return [(_stem(path), analysis) for path, analysis in read_in]
    everything = Analysis.of([one for _, analysis in read_in for one in analysis.captures])
    if by == "capture":
        parts: Groups = [
            (one.file.rsplit("/", 1)[-1], Analysis((one,), everything.version))
            for one in everything.captures
        ]
    else:
        parts = list(split(everything, by).items())
    if len(parts) < 2:
        there = f"is only {printable(parts[0][0], 60)}" if parts else "is none with a chat turn"
        raise StreamscopeError(
            f"{sources[0]}: nothing to compare by {by}, there {there}; compare by something else"
        )
    return parts


def _analysis(path: Path, stall_ns: int) -> Analysis:
    analysis = read((path,), stall_ns)
    source = click.get_current_context().get_parameter_source("stall_ns")
    return analysis if source is ParameterSource.DEFAULT else analysis.with_stall(stall_ns)


def _named(groups: Groups, names: Sequence[str]) -> Groups:
    """The groups under the names that were given; else each under one of its own."""
    if len(groups) > MOST:
        raise StreamscopeError(f"{len(groups)} groups: at most {MOST} are compared at once")
    if names and len(names) != len(groups):
        raise click.UsageError(
            f"--name was given {len(names)} times for {len(groups)} groups; name all or none"
        )
    called = [printable(one, 40) for one in names] or [name for name, _ in groups]
    times = Counter(called)
    if names and max(times.values()) > 1:
        raise click.UsageError("two groups can't have one --name")
    seen: Counter[str] = Counter()
    unique = []
    for name in called:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if times[name] > 1 else name)
    return [(name, analysis) for name, (_, analysis) in zip(unique, groups, strict=True)]


def _stem(path: Path) -> str:
    """A file's name without directories and endings, as people speak of it."""
    name = "standard input" if str(path) == "-" else path.resolve().name
    return printable(name.partition(".")[0] or name, 40)


# --------------------------------------------------------------------------- outputs


def _html(report: Report, _: Callable[[], bytes]) -> bytes:
    from analyzer.report.html import page

    return page(report)


def _markdown(report: Report, _: Callable[[], bytes]) -> bytes:
    from analyzer.report.comparison_markdown import comparison_markdown

    return comparison_markdown(report).encode(errors="replace")


_WRITERS: dict[str, Callable[[Report, Callable[[], bytes]], bytes]] = {
    ".html": _html,
    ".md": _markdown,
    ".json": lambda _, document: document(),
}


def _writer_of(path: Path) -> Callable[[Report, Callable[[], bytes]], bytes]:
    if path.suffix not in _WRITERS:
        raise click.UsageError(f"-o {path}: name a file that ends in {', '.join(_WRITERS)}")
    return _WRITERS[path.suffix]


def _write(path: Path, made: bytes) -> None:
    try:
        path.write_bytes(made)
    except OSError as error:
        raise StreamscopeError(
            f"{path}: cannot be written: {error.strerror}; name another file"
        ) from error
