"""`streamscope convert`: a capture in another format."""

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


@click.command()
@source_argument
@target_argument
@format_option
@force_option
def convert(source: Path, target: Path, to: str | None, force: bool) -> None:
    """Write the capture IN as another format, which OUT's ending names.

    \b
    .jsonl              our journal: everything, exactly
    .events.jsonl       JSON Lines, one server-sent event a line
    .har                HAR 1.2
    .mitm .flow .flows  a mitmproxy flow file
    .trace.json .json   a trace for Perfetto or chrome://tracing; also .perfetto.json
    .parquet            the event table as Parquet

    Behind any of them .gz or .zst compresses. IN is one capture of any kind that streamscope
    reads; - is standard input, and for OUT standard output. What the format cannot hold is
    listed on standard error. OUT is private (mode 0600), and there only once it is whole.
    """
    export(source, target, chosen_format(target, to), force=force)
