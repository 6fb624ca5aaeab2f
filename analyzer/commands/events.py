"""`streamscope events`: list every event with its times."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from analyzer.exporters.events import capture_object, stream_object
from analyzer.importers import read_capture
from analyzer.importers.standard_input import timed_reads
from analyzer.model import CaptureHead, Problem, StreamscopeError, WireEvent
from analyzer.reassemble import EventsSeen, Reassembler
from analyzer.report.events import Table
from analyzer.report.plain import printable
from analyzer.wire import sse

PROBLEM_SHOWN = 400
"""Characters of a problem; its detail may quote what a peer sent."""


@click.command()
@click.argument("capture", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--jsonl", is_flag=True, help="Print one JSON object a line instead of a table.")
def events(capture: Path, jsonl: bool) -> None:
    """List the server-sent events of CAPTURE, each with the moment it arrived.

    With - for CAPTURE a raw event stream is read from standard input and listed as it comes,
    every read timed on arrival:

    \b
        curl -N https://... | streamscope events -

    Times: first_ns is the arrival of an event's first byte, at_ns of the byte that completed
    it, in nanoseconds of the monotonic clock; read is the read that brought that byte. Without
    --jsonl they are shown in milliseconds since the first.
    """
    if str(capture) == "-":
        _from_stdin(jsonl)
    else:
        _from_capture(capture, jsonl)


def _from_stdin(jsonl: bool) -> None:
    if sys.stdin is None:
        raise StreamscopeError("standard input is closed; pipe an event stream into it")
    decoder = sse.Decoder()
    table = Table(with_exchange=False)
    try:
        for at_ns, data in timed_reads(sys.stdin.fileno()):
            for event in decoder.feed(at_ns, data):
                click.echo(msgspec.json.encode(stream_object(event)) if jsonl else table.row(event))
            sys.stdout.flush()
    finally:  # also on Ctrl-C, which is how a live stream is left
        _say(decoder.finish())


def _from_capture(capture: Path, jsonl: bool) -> None:
    table = Table(with_exchange=True)
    for exchange, event in _events(capture):
        if jsonl:
            click.echo(msgspec.json.encode(capture_object(exchange, event)))
        else:
            click.echo(table.row(event, exchange))


def _events(capture: Path) -> Iterator[tuple[int, WireEvent]]:
    reassembler = Reassembler()
    for record in read_capture(capture):
        if isinstance(record, CaptureHead) and record.clock == "none":
            click.echo("this capture has no chunk times: the times below mean nothing", err=True)
        for seen in reassembler.feed(record):
            if isinstance(seen, EventsSeen):
                yield from ((seen.exchange, event) for event in seen.events)
            elif isinstance(seen, Problem):
                _say([seen])
            else:
                _say(seen.problems)
    for seen in reassembler.finish():
        if not isinstance(seen, EventsSeen | Problem):
            _say(seen.problems)


def _say(problems: Iterable[Problem]) -> None:
    for problem in problems:
        line = f"{problem.code}: {problem.detail} ({problem.place})"
        click.echo(printable(line, PROBLEM_SHOWN), err=True)
