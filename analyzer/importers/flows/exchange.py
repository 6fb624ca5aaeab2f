"""One flow as what was seen of an exchange."""

from collections.abc import Iterator
from itertools import accumulate, pairwise

import msgspec

from analyzer.importers.flows.facts import (
    BodyFacts,
    ExchangeFacts,
    HeadFacts,
    ResponseFacts,
    Timeline,
)
from analyzer.importers.flows.plain import authority
from analyzer.importers.flows.states import Flow, Message, Response
from analyzer.intake.seen import (
    BodySeen,
    EndSeen,
    Fields,
    Item,
    MessageSeen,
    ReadSeen,
    RequestSeen,
    ResponseSeen,
    StreamGap,
)
from analyzer.model import Lost, Problem, RequestEnd, Side

BEYOND_TIMELINE = "beyond the recorder's limit of one body's chunks in a flow, no times were kept"
NOT_STORED = (
    "the flow file does not have this stream's bytes; mitmproxy keeps those of streams that "
    "end by themselves, if store_streamed_bodies is set, as the recorder sets it"
)


class Passage(msgspec.Struct, frozen=True):
    """What is known of one exchange: its flow, the facts, the arrivals of its stream.

    ``exact``: the exporter wrote it. Its bodies are decoded, its fields lack what stands
    ``aside``. ``place`` names the flow in problems, ``offset`` says where it stands.
    """

    flow: Flow
    facts: ExchangeFacts
    timeline: Timeline | None
    exact: bool
    place: str
    offset: int

    def coding(self, message: Message) -> str:
        """The content coding that is still to be undone."""
        return "" if self.exact else message.header("content-encoding")


def items(passage: Passage) -> Iterator[Item | Problem]:
    """The exchange's items, in their order."""
    flow, facts = passage.flow, passage.facts
    yield from _request(passage)
    if flow.response is not None and facts.response is not None:
        yield from _response(passage, flow.response, facts.response)
    yield from messages(flow, facts)
    if facts.end is not None:
        yield EndSeen(facts.number, facts.end.at_ns, facts.end.how, facts.end.detail)


def messages(flow: Flow, facts: ExchangeFacts) -> Iterator[MessageSeen]:
    """Of a WebSocket; ``facts.messages`` has their times."""
    if flow.socket is None:
        return
    lengths = facts.message_lengths or [0] * len(facts.messages)
    for at_ns, length, message in zip(facts.messages, lengths, flow.socket.messages, strict=False):
        yield MessageSeen(
            facts.number, at_ns, message.from_client, message.is_text, message.content, length
        )


def _request(passage: Passage) -> Iterator[Item]:
    request, facts = passage.flow.request, passage.facts
    number, head = facts.number, facts.request
    yield RequestSeen(
        number,
        head.at_ns,
        request.method,
        request.scheme,
        request.authority if passage.exact else authority(request),
        request.path,
        request.version,
        _fields(request, head),
        head.connection,
        facts.flow_id,
    )
    at_ns = head.at_ns if head.sent_ns is None else head.sent_ns
    yield from _body(passage, request, head, "request", at_ns)
    if head.sent_ns is not None:
        yield RequestEnd(number, head.sent_ns)


def _response(
    passage: Passage, response: Response, head: ResponseFacts
) -> Iterator[Item | Problem]:
    facts, coding = passage.facts, passage.coding(response)
    end_ns = facts.end.at_ns if facts.end else head.at_ns
    if not head.streamed:
        yield _head(passage, response, head, coding, timed=True)
        yield from _body(passage, response, head, "response", end_ns)
        return
    reads, content = passage.timeline, response.content or b""
    if reads is not None and content and not _fits(reads, content):
        detail = f"its body has {len(content)} bytes, other than its timeline: it was changed"
        yield Problem("changed_body", passage.place, detail, passage.offset, facts.number)
        reads = None
    timed = head.timed and reads is not None
    yield _head(passage, response, head, coding if content else "", timed=timed)
    if reads is not None:
        yield from _reads(passage, reads, content)
    elif content:
        yield facts.number, end_ns, content
    if not content and not passage.exact and (reads is None or reads.at_ns):
        size = sum(reads.lengths) if reads else 0
        yield Lost(end_ns, "body", 1, NOT_STORED, size, facts.number)


def _head(
    passage: Passage, response: Response, head: ResponseFacts, coding: str, *, timed: bool
) -> ResponseSeen:
    return ResponseSeen(
        passage.facts.number,
        head.at_ns,
        response.status,
        response.version,
        _fields(response, head),
        response.reason,
        head.connection,
        head.streamed,
        coding,
        timed,
    )


def _fits(reads: Timeline, content: bytes) -> bool:
    total = sum(reads.lengths)
    return total <= len(content) if reads.dropped else total == len(content)


def _reads(passage: Passage, reads: Timeline, content: bytes) -> Iterator[Item]:
    """The body cut into its reads again, or their sizes where there is no body."""
    number = passage.facts.number
    wire = passage.facts.wire
    if len(wire) != len(reads.lengths):
        wire = reads.lengths
    pieces = pairwise(accumulate(reads.lengths, initial=0))
    for at_ns, (start, end), wire_length in zip(reads.at_ns, pieces, wire, strict=False):
        if content and not passage.exact:
            yield number, at_ns, content[start:end]
        else:
            yield ReadSeen(number, at_ns, content[start:end], wire_length)
    if reads.dropped:
        at_ns = reads.at_ns[-1] if reads.at_ns else passage.facts.request.at_ns
        size = max(len(content) - sum(reads.lengths), 0)
        yield StreamGap(number, at_ns, reads.dropped, size, BEYOND_TIMELINE)


def _fields(message: Message, head: HeadFacts) -> Fields:
    fields = list(message.fields)
    for place, name, value in head.aside:
        fields.insert(place, (name.encode(), value.encode()))
    return tuple(fields)


def _body(
    passage: Passage, message: Message, head: HeadFacts, side: Side, at_ns: int
) -> Iterator[BodySeen]:
    number, content = passage.facts.number, message.content
    content_type = message.header("content-type")
    if passage.exact:
        if head.body is not None:
            yield _exact_body(number, side, head.body, content or b"", content_type)
    elif content != b"" and not (content is None and passage.flow.failure):
        coding = passage.coding(message)
        yield BodySeen(number, at_ns, side, content, coding, content_type)


def _exact_body(
    number: int, side: Side, facts: BodyFacts, content: bytes, content_type: str
) -> BodySeen:
    """As the journal had it; of one that somebody has changed since, what it is now."""
    raw = None if facts.length and not content else content
    length = facts.length if facts.withheld or raw is None else 0
    return BodySeen(
        number,
        facts.at_ns,
        side,
        raw,
        "",
        content_type,
        facts.wire_length,
        length,
        facts.withheld,
    )
