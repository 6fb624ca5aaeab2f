"""`streamscope addon-path`."""

from importlib.util import find_spec

import click

ADDONS = ("recorder", "replay")


@click.command("addon-path")
@click.argument("name", type=click.Choice(ADDONS), default=ADDONS[0])
def addon_path(name: str) -> None:
    """Print the path of an addon for mitmproxy's own programs: the recorder's, or the replay's.

    \b
    mitmweb -s "$(streamscope addon-path)" --set streamscope_out=capture.jsonl
    mitmdump -s "$(streamscope addon-path replay)" --set streamscope_replay=capture.jsonl
    """
    # The addon itself is not imported: it needs a running mitmproxy's options.
    spec = find_spec(f"addons.{name}")
    if spec is None or spec.origin is None:
        raise click.ClickException("the addon is missing from this installation; install it again")
    click.echo(spec.origin)
