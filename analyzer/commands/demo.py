"""`streamscope demo`: the whole path once, for real."""

import os
import sys
import webbrowser
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from analyzer.analyze import analyze
from analyzer.commands.figures_json import show
from analyzer.commands.outputs import Wanted
from analyzer.commands.writing import Making, write
from analyzer.demo.session import record_demo
from analyzer.report.figures import pick
from analyzer.store import Store


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="Where the files go.  [default: out/demo-DATE-TIME-PID here]",
)
@click.option(
    "--no-browser", is_flag=True, help="Let HTTP clients chat even where there is a browser."
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0.01),
    default=1.0,
    show_default=True,
    help="Stretch the lab's answers; 0.1 is ten times faster.",
)
@click.option(
    "--open/--no-open",
    "wants_page",
    default=None,
    help="Open the page.  [default: where there is a desktop, if this is a terminal]",
)
def demo(out: Path | None, no_browser: bool, time_scale: float, wants_page: bool | None) -> None:
    """Record a real session over HTTP/2 and HTTP/3, and report on it.

    Starts the lab's chat service and the recording proxy, lets a real Chromium chat through
    both protocols (or real HTTP/2 and HTTP/3 clients where there is no browser), analyses the
    capture, prints the report and names the files; the last of them is the report as a page with
    charts, which is opened where there is a desktop. Nothing is left running.
    """
    now = datetime.now().astimezone()
    directory = out or Path("out") / f"demo-{now:%Y%m%d-%H%M%S}-{os.getpid()}"
    console = Console(stderr=True, log_path=False)
    with console.status("starting") as status:

        def say(what: str) -> None:
            status.update(what)
            console.log(what)

        files = record_demo(directory, say, with_browser=not no_browser, time_scale=time_scale)
        say("analysing the capture")
        analysis = analyze([files.capture], sink=Store(files.database))
        say("drawing the page")
        making = Making(pick(analysis))
        page = making.make(Wanted(files.page, ".html"))
    show(lambda: making.report, lambda: making.json, files.report)
    write([page])
    click.echo(f"\nDriven by {files.driver}.")
    for meaning, path in (
        ("capture", files.capture),
        ("SQLite", files.database),
        ("JSON", files.report),
        ("the lab's truth log", files.truth),
    ):
        click.echo(f"  {meaning:<20} {path}")
    click.echo(f"Next: streamscope events {files.capture}")
    click.echo(f"The report as a page, with charts: {files.page}")
    if has_desktop() if wants_page is None else wants_page:
        webbrowser.open(files.page.resolve().as_uri())


def has_desktop() -> bool:
    """Whether who started this sits before a screen with windows."""
    if not sys.stdout.isatty():
        return False
    return sys.platform == "darwin" or any(map(os.environ.get, ("WAYLAND_DISPLAY", "DISPLAY")))
