"""`streamscope addon-path`."""

from importlib.util import find_spec

import click


@click.command("addon-path")
def addon_path() -> None:
    """Print the recorder addon's path, for mitmproxy's own programs.

    \b
    mitmweb -s "$(streamscope addon-path)" --set streamscope_out=capture.jsonl
    """
    # The addon itself is not imported: it needs a running mitmproxy's options.
    spec = find_spec("addons.recorder")
    if spec is None or spec.origin is None:
        raise click.ClickException("the addon is missing from this installation; install it again")
    click.echo(spec.origin)
