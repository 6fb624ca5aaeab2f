"""`streamscope transcript`: one conversation to be read, with how long each answer took."""

from pathlib import Path

import click

from analyzer.analyses.results import Analysis
from analyzer.commands.progress import analyzed
from analyzer.report.transcript import markdown, pick_transcript, print_transcript
from analyzer.store import is_database, read_analysis


@click.command()
@click.argument("source", metavar="CAPTURE|DB", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("conversation", metavar="[ID]", required=False)
@click.option("--markdown", "as_markdown", is_flag=True, help="Write Markdown instead.")
def transcript(source: Path, conversation: str | None, as_markdown: bool) -> None:
    """Print one conversation of a capture or a database, each message with its TTFT and rate.

    ID is a conversation's id or its beginning; without it the conversation that was active
    last is printed. Regenerated answers and edited questions are marked, one below the other.
    """
    found = pick_transcript(_read(source), conversation)
    if as_markdown:
        click.echo(markdown(found), nl=False)
    else:
        print_transcript(found)


def _read(source: Path) -> Analysis:
    if is_database(source):
        return read_analysis(source)
    return analyzed([source])
