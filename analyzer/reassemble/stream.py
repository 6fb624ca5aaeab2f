"""The event stream of one exchange."""

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import eq
from typing import Protocol

import msgspec

from analyzer import dialects
from analyzer.dialects.handoffs import Handoffs, Heard, read_resumption
from analyzer.dialects.topics import Item
from analyzer.intake.streaming import JSON, essence, is_json_lines
from analyzer.model import (
    Delta,
    Ending,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    StreamError,
    StreamStats,
    Turn,
    WireEvent,
)
from analyzer.wire import ndjson, sse

ITEMS_LIMIT = 100_000
"""Most pieces of one turn that are known again when a WebSocket brings them twice."""


class EventsSeen(msgspec.Struct, frozen=True):
    """Events that one record completed, and the text which they brought."""

    exchange: int
    events: tuple[WireEvent, ...]
    deltas: tuple[Delta, ...] = ()


class Decoder(Protocol):
    """Reads in, events out, whatever they are written in."""

    @property
    def comments(self) -> int: ...
    def feed_reads(
        self, at_ns: Sequence[int], lengths: Sequence[int], data: bytes, /
    ) -> list[WireEvent]: ...
    def end(self) -> list[WireEvent]: ...
    def finish(self) -> list[Problem]: ...


def choose_decoder(response: ResponseHead) -> Decoder:
    """By the content type: what is not JSON is an event stream, whatever it calls itself.

    Of JSON answers only those are streamed which somebody asked to see so.
    """
    kind = next((value for name, value in response.headers if name == "content-type"), "")
    if is_json_lines(kind) or essence(kind) == JSON:
        return ndjson.Decoder()
    return sse.Decoder()


class EventStream:
    """The event stream of one exchange, as far as it came."""

    def __init__(
        self, request: RequestHead, response: ResponseHead, handoffs: Handoffs, body: bytes
    ) -> None:
        """``handoffs`` knows the turns that the request, with this body, may go on with."""
        goes_on = dialects.goes_on(request.method, request.path)
        resumption = read_resumption(body) if goes_on else None
        before = handoffs.before(resumption) if resumption else []
        self.dialect = dialects.choose(request, response)
        if resumption:
            self.dialect.resume(before, resumption.conversation_id)
        self._handoffs = handoffs
        self._heard = Heard(before)
        self.resumes = resumption.conversation_id if resumption else ""
        self._exchange = request.exchange
        self._decoder = choose_decoder(response)
        self._broken: StreamError | None = None
        self._reads = 0
        self._wire_bytes = 0
        self._bytes = 0
        self._events = 0
        self._coalesced = 0
        self._last_read = -1
        self._first_byte_ns: int | None = None
        self._first_event_ns: int | None = None
        self._last_byte_ns: int | None = None
        self.is_over = False
        self._items: set[str] = set()
        self._missed = False
        self._socket_reads = 0
        self._heard_events = 0

    def read(self, reads: Reads) -> EventsSeen | None:
        self._count_reads(reads)
        if self._broken:
            return None
        try:
            events = self._decoder.feed_reads(reads.at_ns, reads.lengths, reads.data)
        except StreamError as error:
            self._broken = error
            return None
        return self._take(events)

    def end(self) -> EventsSeen | None:
        """The stream is over; return what its end completed."""
        return None if self._broken else self._take(self._decoder.end())

    def _take(self, events: list[WireEvent]) -> EventsSeen | None:
        if not events:
            return None
        self._count_events(events)
        if self.dialect.hands_off:
            self._heard.add(events)
        deltas = tuple(self.dialect.feed_all(events))
        if goes_on := self.dialect.handed_off() or self.resumes:
            # At once: the client may ask for the rest before this stream has ended.
            self._handoffs.keep(goes_on, self._heard)
        return EventsSeen(self._exchange, tuple(events), deltas)

    def hear(self, at_ns: int, items: Iterable[Item]) -> EventsSeen | None:
        """Take what one message of a WebSocket brought of the turn, once this stream has ended.

        It counts as one more read; its events stand in no body, so after all of it.
        """
        events: list[WireEvent] = []
        deltas: list[Delta] = []
        for item in items:
            for event in self._new_events(at_ns, item):
                if not self._heard_events:
                    self.dialect.go_on(event)
                self._heard_events += 1
                events.append(event)
                self.is_over = self.is_over or event.data.rstrip() == "[DONE]"
                if item.is_replay:
                    self.dialect.replay(event)
                else:
                    deltas += self.dialect.feed(event)
            if item.is_last:
                self.dialect.end()
                self.is_over = True
        self._socket_reads += 1
        return EventsSeen(self._exchange, tuple(events), tuple(deltas)) if events else None

    def _new_events(self, at_ns: int, item: Item) -> list[WireEvent]:
        """The events of a piece that did not come before."""
        if item.item_id in self._items:
            return []
        if item.parent_id and self._items and item.parent_id not in self._items:
            self._missed = True
        if item.item_id and len(self._items) < ITEMS_LIMIT:
            self._items.add(item.item_id)
        decoder = sse.Decoder()
        try:
            found = decoder.feed(at_ns, item.text.encode(errors="replace") + b"\n\n")
        except StreamError:
            self._missed = True
            return []
        read = self._reads + self._socket_reads
        first = self._events + self._heard_events
        return [
            msgspec.structs.replace(event, seq=seq, read=read, offset=self._bytes, size=0)
            for seq, event in enumerate(found, first)
        ]

    def turn(self, how: Ending) -> Turn | None:
        """What the stream came to, which ended so; None if the capture holds none of its bytes."""
        if self._wire_bytes and not self._bytes and not self._heard_events:
            return None
        left = self._heard_events > 0 and not self.is_over
        return self.dialect.turn(self._exchange, "unfinished" if left else how)

    def stats(self) -> StreamStats:
        """To be asked for after `problems`, which ends the stream."""
        return StreamStats(
            reads=self._reads,
            wire_bytes=self._wire_bytes,
            bytes=self._bytes,
            events=self._events,
            coalesced=self._coalesced,
            comments=self._decoder.comments,
            first_byte_ns=self._first_byte_ns,
            first_event_ns=self._first_event_ns,
            last_byte_ns=self._last_byte_ns,
        )

    def problems(self) -> list[Problem]:
        """End the stream; return what was malformed in it."""
        found = [*self._decoder.finish(), *self.dialect.problems()]
        if self._missed:
            detail = "a WebSocket brought a piece of the turn whose piece before is not there"
            found.append(Problem("piece_missing", "", detail))
        if self._broken:
            broken = self._broken
            detail = f"the stream could not be read on: {broken}"
            found.append(Problem(broken.code, "", detail, broken.offset))
        return found

    def _count_reads(self, reads: Reads) -> None:
        on_the_wire = reads.wire_lengths or reads.lengths
        self._reads += len(reads.at_ns)
        self._wire_bytes += sum(on_the_wire)
        self._bytes += len(reads.data)
        brought = list(compress(reads.at_ns, on_the_wire))
        if brought:
            self._last_byte_ns = brought[-1]
            if self._first_byte_ns is None:
                self._first_byte_ns = brought[0]

    def _count_events(self, events: Sequence[WireEvent]) -> None:
        if self._first_event_ns is None:
            self._first_event_ns = events[0].at_ns
        self._events += len(events)
        reads = [self._last_read, *(event.read for event in events)]
        self._coalesced += sum(map(eq, reads, reads[1:]))
        self._last_read = reads[-1]
