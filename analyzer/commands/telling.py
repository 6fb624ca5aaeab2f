"""What is said of files on standard error, where no report says it."""

import click

from analyzer.model import CaptureError, Problem
from analyzer.report.plain import printable

SHOWN = 400
"""Characters of one line; it may quote what a peer sent."""


def tell_problem(problem: Problem) -> None:
    """What was malformed, and where."""
    tell(f"{problem.code}: {problem.detail} ({problem.place})")


def pass_over(error: CaptureError) -> None:
    """Why nothing comes of one of a directory's files."""
    tell(f"passed over: {error}")


def tell(line: str) -> None:
    click.echo(printable(line, SHOWN), err=True)
