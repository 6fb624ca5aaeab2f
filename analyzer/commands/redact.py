"""`streamscope redact`: a capture with less in it, to hand on."""

from pathlib import Path

import click

from analyzer.commands.exporting import (
    chosen_format,
    export,
    force_option,
    format_option,
    source_argument,
    target_argument,
)
from analyzer.redact.levels import LEVELS, Level, at_level


@click.command()
@source_argument
@target_argument
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    required=True,
    help="How much is taken out; what is gone already stays gone.",
)
@format_option
@force_option
def redact(source: Path, target: Path, level: Level, to: str | None, force: bool) -> None:
    """Write the capture IN without its secrets, its content, or all but its shape.

    \b
    secrets  credentials are fingerprints: what recording and reading do anyway
    content  all text is filler of the same length; structure, names of headers and known
             ones of members, hosts, identifiers, numbers, times and lengths stay, so
             that the figures stay the same
    shape    methods, status codes, protocols, lengths, times and ends stay, and
             nothing else; hosts and paths are numbered

    Filler is one letter for every letter, blanks included, for lengths of words would tell
    the words. The capture says what was taken out of it. OUT is a journal (.jsonl), or any
    format that `streamscope convert` writes, by its ending or --to.
    """
    chosen = chosen_format(target, to, "journal")
    export(source, target, chosen, force=force, change=lambda records: at_level(records, level))
