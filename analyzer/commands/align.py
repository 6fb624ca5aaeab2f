"""`streamscope align`: two captures of one run beside each other."""

import secrets
from pathlib import Path

import click

from analyzer.analyses import alignment
from analyzer.analyses.alignment import Gatherer, Run
from analyzer.commands.figures_json import json_option, show
from analyzer.importers import find_captures, read_capture, the_capture
from analyzer.model import CaptureError, CaptureHead, Exchange, Problem, StreamscopeError
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler
from analyzer.report.alignment import alignment_json, alignment_report

CAPTURE = click.Path(path_type=Path, allow_dash=True)


@click.command()
@click.argument("a", metavar="A", type=CAPTURE)
@click.argument("b", metavar="B", type=CAPTURE)
@json_option
def align(a: Path, b: Path, json_file: Path | None) -> None:
    """Compare A and B, two captures of the same run: same exchanges, events and text?

    A and B are any captures that streamscope reads, as a proxy's journal and the NetLog of
    the browser behind it. Their exchanges are matched by what was asked, by ids that the
    service gave, and by time; then B − A is given for each moment and each event. Where both
    were taken on one machine that is the way between the two, as the proxy's own delay.
    """
    a, b = find_captures([the_capture(a), the_capture(b)])
    key = secrets.token_bytes(32)
    found = alignment.align(read_run(a, key), read_run(b, key))
    if not found.matched:
        raise StreamscopeError(
            f"no exchange of {a} ({found.a.exchanges}) is one of {b} ({found.b.exchanges}); "
            f"name two captures of the same run"
        )
    show(lambda: alignment_report(found), lambda: alignment_json(found), json_file)


def read_run(path: Path, key: bytes) -> Run:
    """Read one capture; ``key`` makes credentials of foreign ones compare equal.

    Raises:
        CaptureError: the file is no capture or can't be read.
    """
    records = read_capture(path, key)
    head = next(records, None)
    if not isinstance(head, CaptureHead):
        raise CaptureError(f"{path}: its first record does not say where its times come from")
    gatherer = Gatherer(str(path), head)
    reassembler = Reassembler()
    for record in records:
        if not isinstance(record, Problem):
            gatherer.record(record)
        for made in reassembler.feed(record):
            _gather(gatherer, made)
    for made in reassembler.finish():
        _gather(gatherer, made)
    return gatherer.finish()


def _gather(gatherer: Gatherer, made: Reassembled) -> None:
    match made:
        case EventsSeen():
            gatherer.events(made.exchange, made.events)
        case Exchange():
            gatherer.exchange(made)
            for problem in made.problems:
                gatherer.problem(problem)
        case Problem():
            gatherer.problem(made)
