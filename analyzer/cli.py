"""The `streamscope` command: options in, one function called, errors said in a sentence.

Exit status: 0 done, 1 an error with its sentence on standard error, 2 wrong usage,
99 a threshold that does not hold, 130 interrupted.
"""

import errno
import importlib
import os
import sys

import click

from analyzer.model import StreamscopeError

COMMANDS = {
    "addon-path": "analyzer.commands.addon_path:addon_path",
    "align": "analyzer.commands.align:align",
    "analyze": "analyzer.commands.analyze:analyze",
    "compare": "analyzer.commands.compare:compare",
    "convert": "analyzer.commands.convert:convert",
    "demo": "analyzer.commands.demo:demo",
    "events": "analyzer.commands.events:events",
    "experiment": "analyzer.commands.experiment:experiment",
    "lab": "analyzer.lab.command:lab",
    "record": "analyzer.commands.record:record",
    "redact": "analyzer.commands.redact:redact",
    "replay": "analyzer.commands.replay:replay",
    "report": "analyzer.commands.report:report",
    "schema": "analyzer.commands.schema:schema",
    "serve": "analyzer.commands.serve:serve",
    "transcript": "analyzer.commands.transcript:transcript",
    "watch": "analyzer.commands.watch:watch",
}
EXTRAS = {
    "lab": "lab",
    "demo": "lab,drive",
    "experiment": "experiment",
    "replay": "replay",
    "serve": "web",
}
"""Commands whose libraries are an optional group of the distribution."""


class LazyGroup(click.Group):
    """Import a command's module when it is asked for: `--help` and `events` start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        try:
            command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            group = EXTRAS.get(name)
            if group is None or (error.name or "").startswith("analyzer"):
                raise
            raise click.ClickException(
                f"`streamscope {name}` needs {error.name}, which is not installed: "
                f"pip install 'streamscope[{group}]'"
            ) from error
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="streamscope")
def group() -> None:
    """An oscilloscope for chat streams.

    Record a browser's traffic, get every server-sent event with the moment it arrived, and
    the figures that explain what the user felt.
    """


def main() -> None:
    """Run the command line; the process's exit status is set by how it went."""
    try:
        status = group.main(prog_name="streamscope", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except StreamscopeError as error:
        click.echo(f"streamscope: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader left (`| head`): what it wanted was written.
        _leave_output()
        sys.exit(0)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _leave_output()
        click.echo("streamscope: no space is left where the output goes; free some", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _leave_output() -> None:
    """Let go of what is still to be written, or the interpreter fails on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
