"""``streamscope lab`` and ``python -m analyzer.lab``."""

from pathlib import Path
from typing import Any, get_args

import click
from msgspec.structs import replace

from analyzer.lab.kinds import KINDS
from analyzer.lab.options import (
    CODINGS,
    AccessFormat,
    CookieStyle,
    IdScheme,
    JwtAlgorithm,
    LabAddress,
    LabOptions,
    StreamsAtExpiry,
    from_json,
    to_json,
)
from analyzer.model import StreamscopeError

DEFAULT_PORT = 8443
MAX_DUET_TURNS = 500
"""The page takes no more either."""
_DEFAULTS = LabOptions()


def _choice(alias: Any) -> click.Choice[str]:
    """A choice of a literal type's values, so that they are listed in one place."""
    return click.Choice(get_args(alias.__value__))


@click.command(context_settings={"show_default": True})
@click.option("--host", default=_DEFAULTS.host, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    help="TCP and UDP port; 0 takes a free one.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    default=_DEFAULTS.names,
    help="Host name for the certificate; the first one is in the URL. Repeatable.",
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep certificates, database and truth log here.  [default: a temporary directory]",
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SQLite file; one that has conversations keeps them.  [default: in the directory]",
)
@click.option(
    "--truth-log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON Lines of what was sent when.  [default: in the directory]",
)
@click.option(
    "--conversations",
    type=click.IntRange(min=0),
    default=_DEFAULTS.conversations,
    help="How many to fill an empty database with; about 50,000 a second.",
)
@click.option("--seed", default=_DEFAULTS.seed, help="Seed of the database and of the answers.")
@click.option("--ids", type=_choice(IdScheme), default=_DEFAULTS.ids, help="Scheme of new ids.")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default=_DEFAULTS.kind,
    help="Kind of stream for clients that ask for none.",
)
@click.option(
    "--encoding",
    type=click.Choice(CODINGS),
    default=_DEFAULTS.encoding,
    help="Content coding of streams, for clients that accept it.",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(min=0),
    default=_DEFAULTS.time_scale,
    help="Stretch every schedule; 0.1 is ten times faster.",
)
@click.option(
    "--access-lifetime",
    "access_lifetime_s",
    type=click.FloatRange(min=1),
    default=_DEFAULTS.access_lifetime_s,
    help="Lifetime of access credentials, in seconds.",
)
@click.option(
    "--jwt-algorithm",
    type=_choice(JwtAlgorithm),
    default=_DEFAULTS.jwt_algorithm,
    help="Signature of access credentials.",
)
@click.option(
    "--session-cookie",
    type=_choice(CookieStyle),
    default=_DEFAULTS.session_cookie,
    help="Whether the session cookie travels in numbered chunks.",
)
@click.option(
    "--rotate-session-after",
    "rotate_session_after_s",
    type=click.FloatRange(min=0),
    help="Give the session cookie a new value once it is this many seconds old.  [default: never]",
)
@click.option(
    "--access-format",
    type=_choice(AccessFormat),
    default=_DEFAULTS.access_format,
    help="Access credentials as JWTs, or random with `expires_in` beside them.",
)
@click.option(
    "--streams-at-expiry",
    type=_choice(StreamsAtExpiry),
    default=_DEFAULTS.streams_at_expiry,
    help="What becomes of streams that are open when their access credential expires.",
)
@click.option("--server-timing", is_flag=True, help="Send Server-Timing with lists.")
@click.option(
    "--list-index/--no-list-index",
    default=_DEFAULTS.list_index,
    help="Whether lists have an index; without, each page sorts the whole table.",
)
@click.option(
    "--alt-svc/--no-alt-svc",
    default=_DEFAULTS.alt_svc,
    help="Whether clients over TCP are told of HTTP/3.",
)
@click.option(
    "--duet",
    "duet_turns",
    metavar="TURNS",
    type=click.IntRange(1, MAX_DUET_TURNS),
    help="Say where two chats pass so many answers back and forth: open it and they begin.",
)
@click.option("--json", "as_json", is_flag=True, help="Print where it listens as one JSON line.")
@click.option("--options", "options_json", hidden=True, help="All options as one JSON object.")
@click.option("--watch-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
def lab(
    *,
    as_json: bool,
    options_json: str | None,
    watch_stdin: bool,
    duet_turns: int | None,
    **given: Any,
) -> None:
    """Run a chat service to try everything on.

    It speaks HTTP/2 and HTTP/3 over TLS with certificates of its own, keeps
    conversations in SQLite, and streams seeded answers in the shapes that
    real services show. Each write is recorded in a truth log. Ctrl-C stops it.
    """
    from analyzer.lab.server import run  # the server's libraries take a second to load

    options = LabOptions(**given) if options_json is None else from_json(options_json, LabOptions)

    def announce(address: LabAddress) -> None:
        if duet_turns is not None:
            address = replace(address, duet_url=f"{address.url}duet?turns={duet_turns}")
        (_announce_json if as_json else _announce)(address)

    try:
        run(options, announce, watch_stdin=watch_stdin)
    except StreamscopeError as error:
        raise click.ClickException(str(error)) from error


def _announce_json(address: LabAddress) -> None:
    click.echo(to_json(address))


def _announce(address: LabAddress) -> None:
    """Say where the lab is; its certificate is unknown to browsers, so say how to get past it."""
    click.echo(f"The lab is at {address.url} over HTTP/2 and HTTP/3 (Ctrl-C stops it).")
    if address.duet_url:
        click.echo(f"  two bots talk  {address.duet_url}")
    click.echo(f"  conversations  {address.conversations:,} in {address.database_path}")
    click.echo(f"  truth log      {address.truth_path}")
    click.echo(f"  certificate    {address.ca_path} (a CA made for this run)")
    click.echo(f"  for Chromium   --ignore-certificate-errors-spki-list={address.spki}")
    click.echo(f"  and HTTP/3     --origin-to-force-quic-on={address.authority}")
