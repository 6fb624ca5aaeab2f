"""`streamscope replay`: serve a capture again, with its timing."""

import gc
import math
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from analyzer.commands.options import captures_argument
from analyzer.model import StreamscopeError
from analyzer.record.addresses import UsageError, is_loopback, parse_listen
from analyzer.replay.contents import Contents
from analyzer.replay.faults import Fault, parse_cut, parse_stall
from analyzer.replay.loading import load_script
from analyzer.replay.options import ReplayAddress, ReplayOptions, Told
from analyzer.replay.requests import STRICTNESSES, Strictness
from analyzer.replay.server import running_replay
from analyzer.replay.telling import announce, describe, line
from analyzer.serving.running import run_server

FASTEST = 1_000_000.0


@click.command(short_help="Serve a capture again over HTTP/2 and HTTP/3, with its timing.")
@captures_argument
@click.option(
    "--speed",
    type=click.FloatRange(min=0, max=FASTEST),
    default=1.0,
    show_default=True,
    help="2 is twice as fast as recorded; 0 sends everything at once.",
)
@click.option(
    "--listen",
    default="127.0.0.1:8443",
    show_default=True,
    metavar="[HOST:]PORT",
    help="Where it listens, TCP and UDP. Port 0 takes a free one. Any HOST but a loopback "
    "address lets other machines read the capture, and says so.",
)
@click.option(
    "--loop",
    is_flag=True,
    help="After the last recorded answer to a request the first one comes again. Without it, "
    "GET gets the last one again and, say, POST a 404.",
)
@click.option(
    "--match",
    "strictness",
    type=click.Choice(STRICTNESSES),
    default="ids",
    show_default=True,
    help="What has to be equal. exact: method, path, query and body. ids: the same, but "
    "identifiers and times may differ, and a prompt may not. path: method and path, whatever "
    "query and body are, so that any prompt is answered. Secrets may always differ.",
)
@click.option(
    "--stall",
    "stalls",
    multiple=True,
    metavar="PAUSE@PLACE",
    help="Send nothing for PAUSE (3s, 500ms) before event PLACE of each stream, or PLACE "
    "seconds after its request as recorded (@2s). The rest comes later. Repeatable.",
)
@click.option(
    "--cut",
    metavar="@PLACE",
    help="Break each stream off before event PLACE (@5), or so long after its request (@5s).",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let pages of ORIGIN (https://host[:port]) read the answers. Pages of this machine "
    "(localhost at any port) always may. Repeatable.",
)
@click.option(
    "--alt-svc/--no-alt-svc",
    default=True,
    show_default=True,
    help="Whether clients over TCP are told of HTTP/3.",
)
@click.option("--quiet", is_flag=True, help="Say nothing of each request.")
@click.option("--json", "as_json", is_flag=True, help="Print where it listens as one JSON line.")
@click.option("--watch-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
def replay(
    captures: tuple[Path, ...],
    speed: float,
    listen: str,
    loop: bool,
    strictness: Strictness,
    stalls: tuple[str, ...],
    cut: str | None,
    origins: tuple[str, ...],
    alt_svc: bool,
    quiet: bool,
    as_json: bool,
    watch_stdin: bool,
) -> None:
    """Serve what was recorded once more: the same status, headers and bytes, in the same
    chunks at the same moments, ended as it ended.

    A front end can be worked on against yesterday's stall, without the service or a network.
    The n-th identical request gets the n-th answer. A request that the capture doesn't have
    gets a 404 that names the nearest ones. Times count from the arrival of each request.

    \b
    Examples:
      streamscope replay yesterday.jsonl
      streamscope replay --speed 0 session.har
      streamscope replay --stall 3s@2 --cut @40 --loop yesterday.jsonl
      streamscope replay --match path --loop yesterday.jsonl

    The last one is for chatting by hand: whatever is typed gets the recorded answers.

    A capture of several origins: a request whose Host is one of them gets that one's answers,
    any other those of all. A stream that its client left is sent as far as it came, and reset
    a second later; one that never ended is held open.
    """
    try:
        host, port = parse_listen(listen)
        options = ReplayOptions(
            host,
            port,
            _number(speed),
            loop,
            strictness,
            _faults(stalls, cut),
            frozenset(map(_origin, origins)),
            alt_svc,
        )
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    with Contents() as contents:
        script = load_script(captures, contents)
        # What was read stays: the collector would look through it again and again, in mid-stream.
        gc.collect()
        gc.freeze()
        tell = _silence if quiet or as_json else _tell

        def ready(address: ReplayAddress) -> None:
            if as_json:
                click.echo(address.to_json())
                return
            for said in announce(address):
                click.echo(said)
            for said in describe(script, options):
                click.echo(f"  {said}")
            if not is_loopback(options.host):
                click.echo(f"  Other machines can read the capture at {options.host}.", err=True)

        run_server(
            running_replay(script, contents, options, tell),
            ready,
            watch_stdin=watch_stdin,
            precise=True,
        )


def _faults(stalls: tuple[str, ...], cut: str | None) -> tuple[Fault, ...]:
    try:
        return (*map(parse_stall, stalls), *((parse_cut(cut),) if cut else ()))
    except StreamscopeError as error:
        raise UsageError(str(error)) from error


def _origin(text: str) -> str:
    """An origin as browsers send it: a scheme, a host, and a port unless it is the usual one."""
    parts = urlsplit(text.lower().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise UsageError(f"an origin looks like http://app.example:5173, not {text!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _number(speed: float) -> float:
    if math.isnan(speed):
        raise UsageError("--speed nan is no speed: 1 is as fast as recorded")
    return speed


def _tell(told: Told) -> None:
    try:
        click.echo(line(told))
    except BrokenPipeError:  # who read along has left (`| head`), and the replay goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _silence(told: Told) -> None:
    pass


if __name__ == "__main__":
    replay()
