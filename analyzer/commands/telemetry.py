"""The options --otlp and --otlp-header: figures sent to a receiver of OpenTelemetry."""

import importlib
from collections.abc import Callable
from types import ModuleType

import click

from analyzer.commands.telling import tell
from analyzer.model import StreamscopeError
from analyzer.report import units
from analyzer.report.figures import Figures


def otlp_options[R](command: Callable[..., R]) -> Callable[..., R]:
    """Add the options: ``otlp`` is the endpoint or empty, ``otlp_headers`` what goes with it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _headers(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Never repeated in a message: most of them are secrets."""
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not (name + value).isprintable():
            raise click.BadParameter("write a header as NAME=VALUE, as authorization='Bearer …'")
        found[name.strip()] = value.strip()
    return found


_OPTIONS = (
    click.option(
        "--otlp",
        default="",
        metavar="ENDPOINT",
        help="Send metrics and a span a chat turn to an OpenTelemetry receiver, as "
        "http://127.0.0.1:4318 (OTLP over HTTP; GenAI conventions), with the times of the "
        "capture. Figures, names and identifiers are sent, no prompt, answer or title.",
    ),
    click.option(
        "--otlp-header",
        "otlp_headers",
        multiple=True,
        callback=_headers,
        metavar="NAME=VALUE",
        help="A header for it, such as one that authenticates; better in "
        "OTEL_EXPORTER_OTLP_HEADERS, where no list of processes shows it. Repeatable.",
    ),
)


def _sender() -> ModuleType:
    """The module that sends. Raises StreamscopeError where its libraries are not installed."""
    try:
        return importlib.import_module("analyzer.telemetry.otlp")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("analyzer"):
            raise
        raise StreamscopeError(
            f"--otlp needs {error.name}, which is not installed: pip install 'streamscope[otlp]'"
        ) from error


def need_otlp(otlp: str, headers: dict[str, str]) -> None:
    """Looked at before any work. Raises UsageError or StreamscopeError."""
    if headers and not otlp:
        raise click.UsageError("--otlp-header goes with what --otlp sends: name an endpoint")
    if otlp:
        _sender().base_of(otlp)


def send_otlp(figures: Figures, otlp: str, headers: dict[str, str]) -> None:
    """Send, and say on standard error what went out. Raises StreamscopeError."""
    if not otlp:
        return
    sent = _sender().send(figures, otlp, headers)
    for file in sent.timeless:
        tell(f"{file}: not sent, for it does not tell at what time of day it was made")
    tell(
        f"sent by OTLP: {units.counted(sent.metrics, 'metric')}, "
        f"{units.counted(sent.spans, 'span')}"
    )
