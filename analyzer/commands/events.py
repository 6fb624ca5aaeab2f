"""`streamscope events`: list every event with its times."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from analyzer.commands.options import captures_argument
from analyzer.commands.telling import pass_over, tell_problem
from analyzer.exporters.events import capture_object, stream_object
from analyzer.importers import find_captures, read_capture
from analyzer.importers.bodies.kinds import Kind
from analyzer.importers.source import STANDARD_INPUT, standard_input
from analyzer.importers.standard_input import Begun, Read, begin, timed_reads
from analyzer.model import CaptureError, CaptureHead, Problem, WireEvent
from analyzer.reassemble import EventsSeen, Reassembler
from analyzer.report.events import Table
from analyzer.report.plain import printable
from analyzer.wire import ndjson, sse

NAME_SHOWN = 400
"""Characters of a file's name."""


@click.command()
@captures_argument
@click.option("--jsonl", is_flag=True, help="Print one JSON object a line instead of a table.")
def events(captures: tuple[Path, ...], jsonl: bool) -> None:
    """List the events of each CAPTURE, each with the moment it arrived.

    With - for CAPTURE it is taken from standard input. An event stream, JSON lines or a JSON
    array that come by a pipe are listed as they come, every read timed on arrival:

    \b
        curl -N https://... | streamscope events -

    Times: first_ns is the arrival of an event's first byte, at_ns of the byte that completed
    it, in nanoseconds of the monotonic clock; read is the read that brought that byte. Without
    --jsonl they are shown in milliseconds since the first.
    """
    paths = find_captures(captures)
    for path in paths:
        name = str(path) if len(paths) > 1 else ""
        if name and not jsonl:
            click.echo(f"{printable(name, NAME_SHOWN)}:")
        try:
            if path == STANDARD_INPUT:
                _from_stdin(name, jsonl)
            else:
                _from_capture(path, name, jsonl)
        except CaptureError as error:
            if path in captures:
                raise
            pass_over(error)


def _from_stdin(name: str, jsonl: bool) -> None:
    descriptor = standard_input()
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # it has been there all the time
        _from_capture(STANDARD_INPUT, name, jsonl)
        return
    reads = timed_reads(descriptor)
    begun = begin(reads)
    if begun.kind is None:
        _from_capture(STANDARD_INPUT, name, jsonl, begun.data)
    else:
        _live(begun, begun.kind, reads, jsonl)


def _live(begun: Begun, kind: Kind, reads: Iterator[Read], jsonl: bool) -> None:
    decoder = sse.Decoder() if kind is Kind.EVENTS else ndjson.Decoder()
    table = Table(with_exchange=False)

    def tell(found: Iterable[WireEvent]) -> None:
        for event in found:
            click.echo(msgspec.json.encode(stream_object(event)) if jsonl else table.row(event))
        sys.stdout.flush()

    try:
        for part in (begun.stream(), reads):
            for at_ns, data in part:
                tell(decoder.feed(at_ns, data))
        tell(decoder.end())
    finally:  # also on Ctrl-C, which is how a live stream is left
        _say(decoder.finish())


def _from_capture(path: Path, name: str, jsonl: bool, begun: bytes = b"") -> None:
    """``name`` is given where there are several captures."""
    table = Table(with_exchange=True)
    for exchange, event in _events(path, begun):
        if not jsonl:
            click.echo(table.row(event, exchange))
            continue
        found = capture_object(exchange, event)
        click.echo(msgspec.json.encode({"capture": name, **found} if name else found))


def _events(path: Path, begun: bytes) -> Iterator[tuple[int, WireEvent]]:
    reassembler = Reassembler()
    for record in read_capture(path, begun=begun):
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
        if isinstance(seen, EventsSeen):
            yield from ((seen.exchange, event) for event in seen.events)
        elif not isinstance(seen, Problem):
            _say(seen.problems)


def _say(problems: Iterable[Problem]) -> None:
    for problem in problems:
        tell_problem(problem)
