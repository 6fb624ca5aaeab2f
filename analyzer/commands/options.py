"""Options that several commands share."""

import math
from pathlib import Path

import click

from analyzer.analyses.gaps import STALL_NS

captures_argument = click.argument(
    "captures",
    nargs=-1,
    required=True,
    metavar="CAPTURE...",
    type=click.Path(path_type=Path, allow_dash=True),
)

sources_argument = click.argument(
    "sources",
    nargs=-1,
    required=True,
    metavar="CAPTURE|DB...",
    type=click.Path(path_type=Path, allow_dash=True),
)

LONGEST_STALL_MS = 86_400_000
"""A day."""


def _nanoseconds(context: click.Context, parameter: click.Parameter, value: float) -> int:
    if math.isnan(value):
        raise click.BadParameter("nan is no length of time")
    return round(value * 1_000_000)


stall_option = click.option(
    "--stall",
    "stall_ns",
    type=click.FloatRange(min=0.001, max=LONGEST_STALL_MS),
    default=STALL_NS / 1e6,
    show_default=True,
    metavar="MS",
    callback=_nanoseconds,
    help="A gap this long is a stall, in milliseconds.",
)
