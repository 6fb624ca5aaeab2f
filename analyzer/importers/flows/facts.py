"""What streamscope keeps in a flow's metadata: the recorder's timeline, and what a flow lacks.

`TIMELINE` is what the recorder writes (``addons/exchanges.py``). The other keys are written by
the exporter only, so that a capture that was handed on as a flow file loses nothing that the
file need not lose. Metadata is somebody else's data when it is read: `timeline` and
`exchange_facts` return None for what does not have this shape.
"""

from typing import Annotated

import msgspec

from analyzer import model

TIMELINE = "streamscope"
CAPTURE = "streamscope_capture"
"""The `CaptureHead` as a line of the journal, in every flow: some may be deleted."""

EXCHANGE = "streamscope_exchange"
"""`ExchangeFacts` as a dict."""

RECORDS = "streamscope_records"
"""Lines of the journal: records of no exchange, and facts about credentials."""

type Ns = Annotated[int, msgspec.Meta(gt=-(2**61), lt=2**61)]
type Wall = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
type Size = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
type Number = Annotated[int, msgspec.Meta(ge=1, lt=2**62)]


class Timeline(msgspec.Struct, frozen=True):
    """When the chunks of a streamed body came: as `addons.exchanges.METADATA` describes it."""

    mono_ns: Ns
    wall_ns: Wall
    at_ns: list[Ns]
    lengths: list[Size]
    dropped: Size = 0


class BodyFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Body` without its bytes."""

    at_ns: Ns
    length: Size
    wire_length: Size | None = None
    withheld: str = ""


class HeadFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """``aside``: fields that would be untrue of the written body, with their places."""

    at_ns: Ns
    connection: int | None = None
    aside: list[tuple[Size, str, str]] = []
    body: BodyFacts | None = None


class RequestFacts(HeadFacts, frozen=True, omit_defaults=True):
    sent_ns: Ns | None = None


class ResponseFacts(HeadFacts, frozen=True, omit_defaults=True):
    streamed: bool = False
    timed: bool = True


class EndFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    at_ns: Ns
    how: model.Ending
    detail: str = ""


class ReadsFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reads of a stream that has no times to show, in parallel as in a `Timeline`."""

    at_ns: list[Ns]
    lengths: list[Size]
    dropped: Size = 0


class ExchangeFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one exchange, what its flow cannot say: exact times, numbers, lengths as they passed.

    ``wire`` runs in parallel with the reads; it is empty where equal to their lengths.
    ``messages`` are the times of WebSocket messages, ``message_lengths`` what they had; it is
    empty where the file has all of them whole.
    """

    capture: str
    mono_ns: Ns
    wall_ns: Wall
    number: Number
    request: RequestFacts
    flow_id: str = ""
    response: ResponseFacts | None = None
    end: EndFacts | None = None
    reads: ReadsFacts | None = None
    wire: list[Size] = []
    messages: list[Ns] = []
    message_lengths: list[Size] = []


def timeline(metadata: object) -> Timeline | None:
    """The timeline in a flow's metadata, if there is one and its numbers agree."""
    if not isinstance(metadata, dict):
        return None
    try:
        found = msgspec.convert(metadata.get(TIMELINE), Timeline)
    except msgspec.ValidationError:
        return None
    return found if _agree(found.at_ns, found.lengths) else None


def exchange_facts(metadata: object) -> ExchangeFacts | None:
    """What the exporter wrote of an exchange, if it did."""
    if not isinstance(metadata, dict):
        return None
    try:
        found = msgspec.convert(metadata.get(EXCHANGE), ExchangeFacts)
    except msgspec.ValidationError:
        return None
    reads = found.reads
    return found if reads is None or _agree(reads.at_ns, reads.lengths) else None


def lines(metadata: object) -> bytes:
    """The journal's lines in a flow's metadata, each with its line feed."""
    found = metadata.get(RECORDS) if isinstance(metadata, dict) else None
    if not isinstance(found, list):
        return b""
    return b"".join(
        line.encode() + b"\n" for line in found if isinstance(line, str) and "\n" not in line
    )


def _agree(at_ns: list[int], lengths: list[int]) -> bool:
    return len(at_ns) == len(lengths)
