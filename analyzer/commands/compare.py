"""`streamscope compare`: whether captures differ by more than noise."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from analyzer.analyses.comparing import Comparison, Group, compare_groups
from analyzer.analyses.comparing.splitting import TAGS, split
from analyzer.analyses.results import Analysis
from analyzer.commands.figures_json import json_option, show
from analyzer.commands.gating import Gating, comparing_threshold_options
from analyzer.commands.options import stall_option
from analyzer.commands.output import STANDARD_OUTPUT
from analyzer.commands.outputs import Wanted, has_charts, wanted_files
from analyzer.commands.report import read
from analyzer.commands.telling import tell
from analyzer.commands.writing import Made, prepared, write
from analyzer.gates import gates_json
from analyzer.model import StreamscopeError
from analyzer.report.charts.chart import Chart
from analyzer.report.comparison import comparison_report
from analyzer.report.comparison_json import comparison_json
from analyzer.report.comparison_markdown import comparison_markdown
from analyzer.report.exchanges import Exchanges, exchanges_of
from analyzer.report.figures import pick
from analyzer.report.plain import printable
from analyzer.report.terminal import print_sections

MOST = 12
"""Groups that are compared at once."""

ENDINGS = (".html", ".md", ".json")

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
@click.option("-q", "--quiet", is_flag=True, help="Print no report but thresholds.")
@json_option
@comparing_threshold_options
@stall_option
def compare(
    sources: tuple[Path, ...],
    names: tuple[str, ...],
    by: str | None,
    outputs: tuple[Path, ...],
    quiet: bool,
    json_file: Path | None,
    gating: Gating,
    stall_ns: int,
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
    wanted = _wanted(outputs)
    with prepared(wanted):
        found = _named(_groups(sources, by, stall_ns), names)
        groups = [Group(name, analysis.captures) for name, analysis in found]
        if gating.gates:
            gating.judge_groups([(name, pick(analysis)) for name, analysis in found])
        making = _Making(compare_groups(groups), groups, gating)
        made = [making.make(one) for one in wanted]
    show(lambda: making.report, making.document, json_file, quiet=quiet)
    if quiet and json_file != STANDARD_OUTPUT:
        print_sections(gating.sections())
    write(made)
    gating.finish(" and ".join(name for name, _ in found))


# --------------------------------------------------------------------------- groups


def _groups(sources: Sequence[Path], by: str | None, stall_ns: int) -> Groups:
    if by is None and len(sources) < 2:
        raise click.UsageError(
            f"name two or more to compare, or what to compare inside {sources[0]}: --by protocol"
        )
    read_in = [(path, _analysis(path, stall_ns)) for path in sources]
    if by is None:
        return list(zip(_called(sources), (analysis for _, analysis in read_in), strict=True))
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


def _called(paths: Sequence[Path]) -> list[str]:
    """Files' names without directories, and without endings where that tells them apart."""
    whole = ["standard input" if str(one) == "-" else one.resolve().name for one in paths]
    stems = [one.partition(".")[0] or one for one in whole]
    return [printable(one, 40) for one in (stems if len({*stems}) == len(stems) else whole)]


# --------------------------------------------------------------------------- outputs


class _Making:
    """Forms of one comparison, all of the same figures."""

    def __init__(self, comparison: Comparison, groups: Sequence[Group], gating: Gating) -> None:
        self._comparison, self._groups, self._gating = comparison, groups, gating
        self.report = comparison_report(comparison, groups, gating.sections())

    def document(self) -> bytes:
        return comparison_json(self._comparison, self._groups, gates_json(self._gating.judged))

    def make(self, one: Wanted) -> Made:
        match one.ending:
            case ".html":
                return Made(one.path, self._page())
            case ".md":
                return Made(one.path, comparison_markdown(self.report).encode())
            case _:
                return Made(one.path, self.document())

    def _page(self) -> bytes:
        from analyzer.report.html import page, sources_of  # load what only they need

        captures = tuple(capture for group in self._groups for capture in group.captures)
        named = set(sources_of(self.report))
        known = exchanges_of(captures, named).cards
        exchanges = Exchanges(tuple(card for card in known if card.source in named), 0)
        return page(self.report, charts=self._charts(), exchanges=exchanges)

    def _charts(self) -> tuple[Chart, ...]:
        if not has_charts():
            tell("the page has no charts without pip install 'streamscope[charts]'")
            return ()
        from analyzer.report.charts.comparison import comparison_charts

        return comparison_charts(self._comparison, self._groups)


def _wanted(paths: Sequence[Path]) -> tuple[Wanted, ...]:
    for path in paths:
        if path.suffix.lower() not in ENDINGS:
            raise click.UsageError(f"-o {path}: name a file that ends in {', '.join(ENDINGS)}")
    return wanted_files(paths, "", "")
