"""`streamscope record`: start the proxy, and a browser if asked, and show what passes."""

from datetime import datetime
from pathlib import Path

import click
from rich.console import Console

from analyzer.record import browser
from analyzer.record.addresses import UsageError, parse_listen, parse_origin
from analyzer.record.proxy import ProxyOptions
from analyzer.record.session import Recording
from analyzer.record.session import record as start


@click.command(short_help="Record a browser's traffic through a proxy, and watch its streams.")
@click.argument("url", required=False)
@click.option(
    "--listen",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="[HOST:]PORT",
    help="Where the proxy listens. Port 0 takes a free one. Any HOST but a loopback "
    "address lets other machines in, and says so.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The capture to write; it must not exist. Default: streamscope-DATE-TIME.jsonl here.",
)
@click.option(
    "--browser",
    "open_browser",
    is_flag=True,
    help="Open Chromium or Chrome (or what STREAMSCOPE_BROWSER names) at URL, with a fresh "
    "profile that uses and trusts this proxy. Closing it ends the recording.",
)
@click.option(
    "--http3",
    multiple=True,
    metavar="ORIGIN",
    help="Let that browser speak HTTP/3 for ORIGIN (https://host[:port]), which a browser "
    "never does through a proxy. All other origins use the proxy. Repeatable.",
)
@click.option(
    "--http3-announced",
    is_flag=True,
    help="Do not force HTTP/3 on the browser: it goes over to it by itself, once the service "
    "announces it (Alt-Svc). Until then it speaks HTTP/2.",
)
@click.option(
    "--hosts",
    multiple=True,
    metavar="HOST",
    help="Record only HOST, a name or a glob such as '*.chat.example', with :PORT where that "
    "matters. Other traffic passes unrecorded. Repeatable.",
)
@click.option(
    "--mode",
    multiple=True,
    metavar="SPEC",
    help="mitmproxy's --mode, instead of the explicit proxy (`regular`). Repeatable.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Do not verify the services' certificates (mitmproxy's -k).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set an option of mitmproxy or of the recorder, as mitmproxy's --set. Repeatable.",
)
@click.option(
    "--replay",
    multiple=True,
    metavar="CAPTURE",
    type=click.Path(path_type=Path, exists=True),
    help="Answer API requests from CAPTURE, with its timing, and let the page and all that it "
    "does not have come from the service. --set streamscope_replay_speed=2 and the addon's other "
    "options go with it. Repeatable.",
)
@click.option("--headless", is_flag=True, hidden=True, help="Open the browser without a window.")
def record(
    url: str | None,
    listen: str,
    out: Path | None,
    open_browser: bool,
    http3: tuple[str, ...],
    http3_announced: bool,
    hosts: tuple[str, ...],
    mode: tuple[str, ...],
    insecure: bool,
    settings: tuple[str, ...],
    replay: tuple[Path, ...],
    headless: bool,
) -> None:
    """Record what a browser and a service say to each other, until Ctrl-C.

    A proxy on this machine passes everything on untouched and keeps, in one capture
    file, each exchange and each chunk of an event stream with the moment it came.
    Meanwhile a table shows every stream: protocol, state, time to first text (TTFT),
    events, rate, last gap, and the end of its text; below it credentials with their
    countdown, walks and connections. Enter shows a stream's events, ? all keys.
    Credentials never reach the file.

    \b
    Examples:
      streamscope record --browser https://chat.example
      streamscope record --browser --http3 https://chat.example https://chat.example
      streamscope record --listen 8081 --out mine.jsonl --hosts chat.example

    Without --browser, point your own browser at the proxy and trust its certificate;
    the first lines printed say how.
    """
    try:
        if url and not open_browser:
            raise UsageError("a URL is opened by --browser: add that, or leave the URL out")
        if http3_announced and not http3:
            raise UsageError("--http3-announced goes with --http3: name an ORIGIN by that, too")
        host, port = parse_listen(listen)
        options = ProxyOptions(
            out=out or Path(f"streamscope-{datetime.now().astimezone():%Y%m%d-%H%M%S}.jsonl"),
            listen_host=host,
            listen_port=port,
            modes=mode or ("regular",),
            http3=tuple(dict.fromkeys(parse_origin(origin) for origin in http3)),
            insecure=insecure,
            settings=settings,
            hosts=hosts,
            confdir=_confdir(settings),
            replay=replay,
        )
        executable = browser.require() if open_browser else None
        page = url or "about:blank"
        start(
            Recording(options, executable, headless, page, force_http3=not http3_announced),
            Console(),
        )
    except UsageError as error:
        raise click.UsageError(str(error)) from error


def _confdir(settings: tuple[str, ...]) -> Path:
    """Where mitmproxy keeps its CA: its own default, or what ``--set confdir=…`` says."""
    given = [value for name, _, value in (s.partition("=") for s in settings) if name == "confdir"]
    return Path(given[-1] if given else "~/.mitmproxy")
