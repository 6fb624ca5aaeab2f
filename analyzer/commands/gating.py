"""The options --threshold, --unmeasured and --junit, and what a command does with them."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from analyzer.commands.output import looked_at, output
from analyzer.commands.telling import tell
from analyzer.gates import (
    FAILED,
    Gate,
    GateError,
    Judged,
    Unmeasured,
    failed,
    gates_section,
    judge,
    judge_groups,
    junit,
)
from analyzer.model import StreamscopeError
from analyzer.report.figures import Figures
from analyzer.report.parts import Section


class Gating:
    """The thresholds of one run: what is asked, and once judged what came of it."""

    def __init__(self, gates: Sequence[Gate], unmeasured: Unmeasured, file: Path | None) -> None:
        self.gates = tuple(gates)
        self.unmeasured = unmeasured
        self.file = file
        self.judged: tuple[Judged, ...] = ()

    def judge(self, figures: Figures) -> tuple[Judged, ...]:
        """Judge one group's figures, and remember what came of it."""
        self.judged = judge(self.gates, figures, self.unmeasured)
        return self.judged

    def judge_groups(self, groups: Sequence[tuple[str, Figures]]) -> tuple[Judged, ...]:
        """Judge every group but the first, and remember what came of it."""
        self.judged = judge_groups(self.gates, groups, self.unmeasured)
        return self.judged

    def sections(self) -> tuple[Section, ...]:
        """What goes first in a report: nothing where no threshold was stated."""
        return (gates_section(self.judged),) if self.gates else ()

    @property
    def exit_status(self) -> int:
        return FAILED if failed(self.judged) else 0

    def finish(self, name: str, last: Callable[[], None] = lambda: None) -> None:
        """Write the JUnit XML if it is wanted, and end the command with 99 if one failed.

        ``name`` says what was judged. ``last`` is done between the two: where it fails, that is
        said, and still a threshold that failed decides the status. Raises StreamscopeError if
        the file can't be written, and what ``last`` raises.
        """
        if self.file is not None:
            with output(self.file, force=True) as file:
                file.write(junit(self.judged, name))
        try:
            last()
        except StreamscopeError as error:
            if not self.exit_status:
                raise
            tell(f"streamscope: {error}")
        if self.exit_status:
            click.get_current_context().exit(self.exit_status)


def threshold_options[R](command: Callable[..., R]) -> Callable[..., R]:
    """Add the options; the command gets one argument ``gating`` in their place."""
    return _gated(command, compares=False)


def comparing_threshold_options[R](command: Callable[..., R]) -> Callable[..., R]:
    """The same for a command that has groups to compare: ``diff(…)`` and ``change(…)`` too."""
    return _gated(command, compares=True)


def _gated[R](command: Callable[..., R], *, compares: bool) -> Callable[..., R]:
    @functools.wraps(command)
    def gated(
        *args: object,
        gates: tuple[Gate, ...],
        unmeasured: Unmeasured,
        junit_file: Path | None,
        **kwargs: object,
    ) -> R:
        if junit_file is not None and not gates:
            raise click.UsageError("--junit writes how thresholds were kept: state a --threshold")
        if not compares:
            _refuse_comparing(gates)
        return command(*args, gating=Gating(gates, unmeasured, junit_file), **kwargs)

    wrapped: Callable[..., R] = gated
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _refuse_comparing(gates: Sequence[Gate]) -> None:
    """Before anything is read: such a threshold can't be judged on its own."""
    for one in gates:
        if one.against:
            raise click.UsageError(
                f"--threshold {one.text}: {one.against}(…) needs something to compare with; "
                "`streamscope compare` has that"
            )


def _gates(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Gate, ...]:
    try:
        return tuple(map(Gate.parse, given))
    except GateError as error:
        raise click.BadParameter(str(error)) from error


_OPTIONS = (
    click.option(
        "--threshold",
        "gates",
        multiple=True,
        metavar="EXPR",
        callback=_gates,
        help="What must hold, as 'ttft:p(95)<1500ms', 'stalls:rate<0.01' or "
        "'ttft{protocol:h3}:med<=800ms'; the exit status is 99 if it does not. A wrong name "
        "lists all metrics. Repeatable.",
    ),
    click.option(
        "--unmeasured",
        type=click.Choice(("fail", "pass")),
        default="fail",
        show_default=True,
        help="What becomes of a threshold whose metric can't be measured.",
    ),
    click.option(
        "--junit",
        "junit_file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        callback=looked_at,
        help="Write the thresholds as JUnit XML, a test each.",
    ),
)
