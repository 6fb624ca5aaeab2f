"""`streamscope watch`: see a capture while something else writes it."""

from pathlib import Path

import click
from rich.console import Console

from analyzer.record.viewing.watching import watch as look


@click.command(short_help="See a capture's streams while something else writes it.")
@click.argument("capture", type=click.Path(path_type=Path))
def watch(capture: Path) -> None:
    """Show what passes in CAPTURE, as `streamscope record` does, while it is written.

    By `streamscope record` in another window, by mitmproxy with streamscope's addon, or on
    another machine whose disk is mounted here. A file that is not there yet is waited for.
    A finished capture shows how it ended.

    \b
    Keys:
      ↑ ↓ or k j     select a stream; Enter shows its events as they come
      Esc or ←       back
      Tab or 1 to 4  streams, credentials, walks, connections
      Space          hold the display
      ?              all keys
      q              leave

    Without a terminal it prints a line for each thing that comes to pass, and ends when the
    capture does.
    """
    look(capture, Console())
