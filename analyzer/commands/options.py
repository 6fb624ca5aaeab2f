"""Options that several commands share."""

from pathlib import Path

import click

from analyzer.analyses.gaps import STALL_NS

captures_argument = click.argument(
    "captures",
    nargs=-1,
    required=True,
    metavar="CAPTURE...",
    type=click.Path(path_type=Path),
)

stall_option = click.option(
    "--stall",
    "stall_ns",
    type=click.FloatRange(min=0, min_open=True),
    default=STALL_NS / 1e6,
    show_default=True,
    metavar="MS",
    callback=lambda ctx, param, value: round(value * 1_000_000),
    help="A gap this long is a stall, in milliseconds.",
)
