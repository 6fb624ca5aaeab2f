"""One analysis in parts that can be compared: by protocol, host, model or capture."""

from collections.abc import Callable

import msgspec

from analyzer.analyses.answers import Answers
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.analyses.transport.rows import TransportFound


def _model(one: Measured) -> str:
    return one.exchange.turn.model if one.exchange.turn else ""


TAGS: dict[str, Callable[[Measured], str]] = {
    "protocol": lambda one: one.protocol,
    "host": lambda one: one.exchange.authority,
    "model": _model,
}
"""What exchanges can be told apart by, and how."""


def split(analysis: Analysis, tag: str) -> dict[str, Analysis]:
    """The analysis of each value of a tag that a chat turn has, by the values' order.

    Answers that are of whole captures, such as those on credentials, are in no part; of the
    connections a protocol has its own.
    """
    value = TAGS[tag]
    turns = [one for capture in analysis.captures for one in capture.turns]
    found = sorted({value(one) for one in turns} - {""})
    return {
        name: Analysis(tuple(_part(one, tag, name) for one in analysis.captures), analysis.version)
        for name in found
    }


def _part(capture: CaptureResult, tag: str, name: str) -> CaptureResult:
    value = TAGS[tag]
    kept = tuple(one for one in capture.measured if value(one) == name)
    numbers = {one.exchange.exchange for one in kept}
    connections = {one.exchange.server_connection for one in kept}
    rows = tuple(
        row
        for row in capture.answers.transport.connections
        if row.side == "server" and row.connection_id in connections
    )
    return msgspec.structs.replace(
        capture,
        measured=kept,
        problems=tuple(one for one in capture.problems if one.exchange in numbers),
        lost=tuple(one for one in capture.lost if one.exchange in (None, *numbers)),
        answers=Answers(transport=TransportFound(connections=rows)),
    )
