"""From flow to flow of one file: numbers, connections, what stands in it twice or goes on."""

from collections.abc import Generator, Iterator

from msgspec.structs import replace

from analyzer import journal
from analyzer.importers.flows import exchange
from analyzer.importers.flows.connections import Connections, Numbers
from analyzer.importers.flows.exchange import Passage
from analyzer.importers.flows.facts import (
    ExchangeFacts,
    Timeline,
    exchange_facts,
    lines,
    timeline,
)
from analyzer.importers.flows.moments import Moments
from analyzer.importers.flows.plain import plain_facts
from analyzer.importers.flows.shifting import shifted_facts, shifted_timeline
from analyzer.importers.flows.states import Flow
from analyzer.intake.seen import EndSeen, Item
from analyzer.model import (
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    Lost,
    Observer,
    Problem,
)

AGAIN_LIMIT = 100_000
"""Most flows that are remembered, so that one which stands in the file again is known."""

HANDSHAKES_LIMIT = 1000
"""Most handshakes of old files that wait for the flow with their WebSocket's messages."""

LATE = (
    "the first times of chunks stand too deep in the file for what came compressed or by standard "
    "input, so no figure of time is given; name the file itself, uncompressed"
)

type _Line = Connection | ConnectionEnd | Credential | Lost | Observer | CaptureEnd


class Reading:
    """Takes one flow at a time, in the file's order; ``place`` names the file."""

    def __init__(self, place: str, head: CaptureHead) -> None:
        self._place = place
        self._capture = head.capture_id
        self._moments = Moments(head.mono_ns, head.wall_ns)
        self._connections = Connections(self._moments)
        self._numbers = Numbers()
        self._decoder = journal.Decoder(place)
        self._decoder.feed(journal.encode(head))
        self._latest_ns = head.mono_ns
        self._met: dict[int, None] = {}
        self._handshakes: dict[str, ExchangeFacts] = {}
        self._untimed = head.clock == "none"
        self._again = 0
        self._ended = False

    def take(self, flow: Flow, offset: int) -> Iterator[Item | Problem]:
        """What the flow shows."""
        facts = exchange_facts(flow.metadata)
        if self._is_again(flow, facts):
            self._again += 1
        elif flow.socket and flow.id in self._handshakes and not facts:
            yield from self._go_on(flow, self._handshakes.pop(flow.id))
        elif facts is None:
            yield from self._plain(flow, offset)
        else:
            yield from self._exact(flow, facts, offset)

    def finish(self, *, whole: bool) -> Iterator[Item | Problem]:
        """What comes when no flow follows. ``whole``: the file was not cut.

        A capture that was exported has its end among its records, if it had one.
        """
        for facts in self._handshakes.values():
            if facts.end is not None:
                yield EndSeen(facts.number, facts.end.at_ns, facts.end.how, facts.end.detail)
        for end in self._connections.ends():
            self._latest_ns = max(self._latest_ns, end.at_ns)
            yield end
        if whole and not self._ended:
            yield CaptureEnd(self._latest_ns)
        if self._again:
            detail = f"{self._again} flows stand in the file again; each was taken once"
            yield Problem("flows_again", self._place, detail)

    def _is_again(self, flow: Flow, facts: ExchangeFacts | None) -> bool:
        """The same exchange, saved twice; a request that was sent again is another."""
        response, failure = flow.response, flow.failure
        key = hash(
            (
                flow.id,
                facts.number if facts else None,
                repr(flow.request.began_s),
                repr(response and (response.began_s, response.ended_s)),
                repr(failure and failure.at_s),
                flow.socket and len(flow.socket.messages),
            )
        )
        if key in self._met:
            return True
        self._met[key] = None
        if len(self._met) > AGAIN_LIMIT:
            del self._met[next(iter(self._met))]
        return False

    # ------------------------------------------------------------------ mitmproxy's

    def _plain(self, flow: Flow, offset: int) -> Iterator[Item | Problem]:
        found = timeline(flow.metadata)
        by_ns = self._moments.shift_ns(found.mono_ns, found.wall_ns) if found else 0
        times = shifted_timeline(found, by_ns) if found else None
        if times is not None and self._untimed:
            self._untimed = False
            yield Problem("late_timeline", self._place, LATE, offset)
        number = self._numbers.take()
        facts = plain_facts(flow, number, self._moments, times, self._latest_ns)
        facts = yield from self._connected(flow, facts)
        facts = self._with_messages(flow, facts)
        self._look(facts)
        waits = flow.metadata.get("websocket") is True and flow.socket is None
        if waits and len(self._handshakes) < HANDSHAKES_LIMIT:
            self._handshakes[flow.id] = facts
            facts = replace(facts, end=None)
        yield from exchange.items(Passage(flow, facts, times, False, self._place, offset))

    def _go_on(self, flow: Flow, facts: ExchangeFacts) -> Iterator[Item]:
        """mitmproxy up to version 6 kept a WebSocket's messages in a flow of their own."""
        ended = plain_facts(flow, facts.number, self._moments, None, self._latest_ns)
        facts = self._with_messages(flow, replace(facts, end=ended.end))
        self._look(facts)
        yield from exchange.messages(flow, facts)
        if facts.end is not None:
            yield EndSeen(facts.number, facts.end.at_ns, facts.end.how, facts.end.detail)

    def _connected(self, flow: Flow, facts: ExchangeFacts) -> Generator[Item, None, ExchangeFacts]:
        """The facts with their connections' numbers; new ones come out first."""
        request, response = facts.request, facts.response
        client, made = self._connections.meet(flow.client, "client", request.at_ns)
        if made is not None:
            yield made
        request = replace(request, connection=client)
        if response is not None:
            server, made = self._connections.meet(flow.server, "server", response.at_ns)
            if made is not None:
                yield made
            response = replace(response, connection=server)
        return replace(facts, request=request, response=response)

    def _with_messages(self, flow: Flow, facts: ExchangeFacts) -> ExchangeFacts:
        if flow.socket is None:
            return facts
        at_ns = (facts.response or facts.request).at_ns
        times: list[int] = []
        for message in flow.socket.messages:
            found_ns = self._moments.of_wall(message.at_s)
            at_ns = at_ns if found_ns is None else found_ns
            times.append(at_ns)
        return replace(facts, messages=times)

    # ------------------------------------------------------------------ the exporter's

    def _exact(self, flow: Flow, facts: ExchangeFacts, offset: int) -> Iterator[Item | Problem]:
        """Of another capture than the first flow's come the times, but neither numbers."""
        own = facts.capture == self._capture
        self._ended = self._ended or own
        by_ns = self._moments.shift_ns(facts.mono_ns, facts.wall_ns)
        shifted = shifted_facts(facts, by_ns)
        if shifted is None:
            yield from self._plain(flow, offset)
            return
        number = self._numbers.take(facts.number if own else 0)
        facts = replace(shifted, number=number)
        found = timeline(flow.metadata)
        times = shifted_timeline(found, by_ns) if found else None
        if times is None and facts.reads is not None:
            times = Timeline(0, 0, facts.reads.at_ns, facts.reads.lengths, facts.reads.dropped)
        records = self._records(flow) if own else []
        yield from (record for record in records if isinstance(record, Connection))
        if not own:
            facts = yield from self._connected(flow, facts)
        self._look(facts)
        yield from exchange.items(Passage(flow, facts, times, True, self._place, offset))
        yield from (record for record in records if not isinstance(record, Connection))

    def _records(self, flow: Flow) -> list[_Line | Problem]:
        """The journal's records that came with the flow."""
        kept: list[_Line | Problem] = []
        for record in self._decoder.feed(lines(flow.metadata)):
            if isinstance(record, Connection):
                self._connections.numbers.take(record.connection)
            if isinstance(record, _Line.__value__ | Problem):
                kept.append(record)
        return kept

    def _look(self, facts: ExchangeFacts) -> None:
        """Remember the latest moment."""
        ends = [facts.request.at_ns, *facts.messages[-1:]]
        ends += [facts.end.at_ns] if facts.end else []
        self._latest_ns = max(self._latest_ns, *ends)
