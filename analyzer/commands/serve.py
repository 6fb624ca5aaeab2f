"""`streamscope serve`: a database or captures in a browser."""

import contextlib
import os
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import datasette  # noqa: F401 - if it isn't there the command line says how to get it
import prometheus_client  # noqa: F401
import uvicorn  # noqa: F401

from analyzer.analyses.results import Analysis
from analyzer.commands.progress import analyzed
from analyzer.model import StreamscopeError
from analyzer.serving.running import run_server
from analyzer.store import Store, is_database
from analyzer.store.database import open_for_reading
from analyzer.web.security import LEAST_TOKEN
from analyzer.web.session import Address, Shown, made_of, needs_token, running_pages

TOKEN = "STREAMSCOPE_TOKEN"  # noqa: S105 - the variable's name
PORT = 8001


@click.command(short_help="Look at captures or a database in a browser, also while they grow.")
@click.argument(
    "captures",
    nargs=-1,
    required=True,
    metavar="DB|CAPTURE...",
    type=click.Path(path_type=Path, allow_dash=True),
)
@click.option("--live", is_flag=True, help="Also follow the capture, and show it as it grows.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. One that other machines reach needs a token.",
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file with the token that every request has to show; or set STREAMSCOPE_TOKEN. "
    "(No option takes the token itself: others on this machine could read it in the list of "
    "processes.)",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser of this desktop.")
@click.option("--watch-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
def serve(
    captures: tuple[Path, ...],
    live: bool,
    port: int,
    host: str,
    token_file: Path | None,
    opens: bool,
    watch_stdin: bool,
) -> None:
    """Look at a database that `streamscope analyze` made, or at captures, in a browser.

    Every table and view with its charts, the questions that people ask, SQL, the report, and
    all of it as JSON and CSV, by Datasette; /metrics for Prometheus. Nothing can be changed.

    Only this machine reaches it, unless --host says otherwise. Other people who are logged in
    here reach it too: a token keeps them out.

    With --live one capture that is being recorded is also shown while the traffic flows.

    \b
    Examples:
      streamscope serve session.db
      streamscope serve --open yesterday.jsonl
      streamscope serve --live running.jsonl
    """
    token = _token(token_file)
    if needs_token(host) and not token:
        raise click.UsageError(
            f"--host {host} lets other machines read the captures: state a token that they have "
            f"to show, in {TOKEN} or by --token-file FILE"
        )
    if live and (len(captures) != 1 or not captures[0].is_file() or is_database(captures[0])):
        raise click.UsageError("--live follows one capture: name its file alone")
    with _shown(captures) as shown:

        def ready(address: Address) -> None:
            asks = "  It asks for the token." if token else ""
            click.echo(f"{address.url}  shows {shown.title}; Ctrl-C ends it.{asks}")
            if needs_token(host):
                click.echo(
                    "  Plain HTTP: whoever is on the way can read the token and the pages.",
                    err=True,
                )
            if opens:
                webbrowser.open(address.url)

        follow = captures[0] if live else None
        server = running_pages(shown, host, port, token=token, follow=follow)
        run_server(server, ready, watch_stdin=watch_stdin)


@contextlib.contextmanager
def _shown(paths: Sequence[Path]) -> Iterator[Shown]:
    databases = [path for path in paths if is_database(path)]
    if databases and len(paths) > 1:
        raise StreamscopeError(
            f"{databases[0]} is a database: serve it alone, or name captures only"
        )
    if databases:
        with open_for_reading(databases[0]):
            pass  # a foreign or an old one is refused in a sentence
        yield Shown(databases[0], databases[0].name)
        return
    with made_of(paths, _analyse) as shown:
        yield shown


def _analyse(paths: Sequence[Path], store: Store) -> Analysis:
    return analyzed(paths, sink=store)


def _token(file: Path | None) -> str:
    if file is None:
        token = os.environ.get(TOKEN, "").strip()
    else:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StreamscopeError(f"{file}: the token can't be read from it: {error}") from error
        if not token:
            raise StreamscopeError(f"{file} is empty: write the token into it")
    if token and (len(token) < LEAST_TOKEN or not token.isascii()):
        raise StreamscopeError(
            f"the token is too easy to find: take {LEAST_TOKEN} ASCII characters or more, say of "
            f"`openssl rand -hex 16`"
        )
    return token


if __name__ == "__main__":
    serve()
