"""One row an event stream: what it shared its connection with, and what carrying it took."""

from collections.abc import Container, Iterable, Mapping, Sequence
from statistics import median

import numpy as np
from msgspec.structs import replace

from analyzer.analyses.gaps import CAUSES, Gaps
from analyzer.analyses.measured import Measured
from analyzer.analyses.transport.carried import Carried, numbers
from analyzer.analyses.transport.facts import Octets, spoken
from analyzer.analyses.transport.intervals import Interval, Overlaps, Times
from analyzer.analyses.transport.rows import ContentCoding, Count, Ratio, Span, StreamTransport
from analyzer.model import Clock, Exchange, StreamStats, Unmeasurable

_NO_CLOCK = Unmeasurable("the capture holds no times")
_NO_CONNECTION = Unmeasurable("the capture does not name its connection to the service")
_NO_HEAD = Unmeasurable("the capture does not hold when its response began")
_NO_GAPS = Unmeasurable("no gap between its texts was measured")
_NONE_SHARED = Unmeasurable("no gap began while another response came")
_NONE_ALONE = Unmeasurable("every gap began while another response came")
_NO_TIME = Unmeasurable("its response took no time")
_NO_BYTES = Unmeasurable("no bytes came")
_NO_WIRE = Unmeasurable("a capture with this clock does not tell how many bytes of a stream passed")
_NO_READS = Unmeasurable("no reads came")
_NO_TURNS = Unmeasurable("none of them is a chat turn")
_NO_EVENTS = Unmeasurable("no events came")
_UNREADABLE = Unmeasurable("the capture holds how many bytes came, and none that can be read")


class Sharing:
    """When responses were coming on each connection to the service, head to end.

    Only they are loads: a request that waits for its answer sends nothing this way.
    """

    def __init__(self, server: Carried, last_ns: int | None) -> None:
        self._last_ns = last_ns
        self._coming: dict[int, Overlaps] = {}
        for number, ones in server.items():
            coming = [self.interval(one.exchange) for one in ones]
            self._coming[number] = Overlaps([span for span in coming if span is not None])
        self._numbers = numbers(server)

    def number(self, exchange: Exchange) -> int | None:
        """Its connection to the service."""
        return self._numbers.get(exchange.exchange)

    def interval(self, exchange: Exchange) -> Interval | None:
        """Response head to end; what is still open is known up to the capture's last moment."""
        begin, last = exchange.headers_ns, self._last_ns
        if begin is None or last is None:
            return None
        end = last if exchange.ended_ns is None else exchange.ended_ns
        return begin, max(begin, end)

    def on(self, exchange: Exchange) -> tuple[Overlaps, Interval] | Unmeasurable:
        """All responses of its connection, and its own time among them."""
        if self._last_ns is None:
            return _NO_CLOCK
        number = self.number(exchange)
        if number is None:
            return _NO_CONNECTION
        interval = self.interval(exchange)
        if interval is None:
            return _NO_HEAD
        return self._coming[number], interval


def stream_rows(
    measured: Iterable[Measured],
    octets: Mapping[int, Octets],
    client: Carried,
    sharing: Sharing,
    clock: Clock,
) -> list[StreamTransport]:
    """The event streams, by number."""
    clients = numbers(client)
    rows = [
        _row(one, octets[one.exchange.exchange], clients.get(one.exchange.exchange), sharing)
        for one in measured
        if one.exchange.streamed
    ]
    if clock in ("chunk", "packet"):
        return rows
    return [replace(row, coding_ratio=_NO_WIRE) for row in rows]


def _row(one: Measured, moved: Octets, client: int | None, sharing: Sharing) -> StreamTransport:
    exchange, stream = one.exchange, one.exchange.stream
    is_blind = _is_blind(stream)
    others, shared, share = _shared(sharing, exchange)
    gaps_shared, gaps_alone, gap_shared, gap_alone = _gaps(sharing, one)
    return StreamTransport(
        exchange=exchange.exchange,
        protocol=spoken(exchange),
        client_connection_id=client,
        server_connection_id=sharing.number(exchange),
        others=others,
        shared_ns=shared,
        shared_share=share,
        gaps_shared=gaps_shared,
        gaps_alone=gaps_alone,
        gap_shared_ns=gap_shared,
        gap_alone_ns=gap_alone,
        request_header_bytes=moved.request_headers,
        request_body_bytes=moved.request_body,
        response_header_bytes=moved.response_headers,
        wire_bytes=stream.wire_bytes,
        bytes=stream.bytes,
        coding=exchange.content_encoding,
        coding_ratio=(
            _UNREADABLE if is_blind else _ratio(stream.bytes, stream.wire_bytes, _NO_BYTES)
        ),
        reads=stream.reads,
        events=stream.events,
        events_per_read=(
            _UNREADABLE if is_blind else _ratio(stream.events, stream.reads, _NO_READS)
        ),
        reads_per_event=(
            _UNREADABLE if is_blind else _ratio(stream.reads, stream.events, _NO_EVENTS)
        ),
    )


def by_coding(streams: Iterable[StreamTransport], turns: Container[int]) -> list[ContentCoding]:
    """What the content codings did, per protocol; ``turns`` are the chat turns' exchanges."""
    groups: dict[tuple[str, str], list[StreamTransport]] = {}
    for stream in streams:
        groups.setdefault((stream.protocol, stream.coding), []).append(stream)
    return [_coding(key, groups[key], turns) for key in sorted(groups)]


def _coding(
    key: tuple[str, str], streams: Sequence[StreamTransport], turns: Container[int]
) -> ContentCoding:
    asked = [one for one in streams if one.exchange in turns]
    up = [one.request_header_bytes + one.request_body_bytes for one in asked]
    down = [one.response_header_bytes + one.wire_bytes for one in asked]
    ratio, events_per_read, reads_per_event = _ratios(streams)
    return ContentCoding(
        protocol=key[0],
        coding=key[1],
        streams=len(streams),
        turns=len(asked),
        turn_bytes_up=round(median(up)) if up else _NO_TURNS,
        turn_bytes_down=round(median(down)) if down else _NO_TURNS,
        wire_bytes=sum(one.wire_bytes for one in streams),
        bytes=sum(one.bytes for one in streams),
        coding_ratio=ratio,
        reads=sum(one.reads for one in streams),
        events=sum(one.events for one in streams),
        events_per_read=events_per_read,
        reads_per_event=reads_per_event,
    )


def _ratios(streams: Sequence[StreamTransport]) -> tuple[Ratio, Ratio, Ratio]:
    """Decoded to passed, events to reads, reads to events: of the streams that can be read."""
    readable = [one for one in streams if not _is_blind(one)]
    if streams and not readable:
        return _UNREADABLE, _UNREADABLE, _UNREADABLE
    wire, plain = sum(one.wire_bytes for one in readable), sum(one.bytes for one in readable)
    reads, events = sum(one.reads for one in readable), sum(one.events for one in readable)
    untold = any(one.coding_ratio == _NO_WIRE for one in readable)
    return (
        _NO_WIRE if untold else _ratio(plain, wire, _NO_BYTES),
        _ratio(events, reads, _NO_READS),
        _ratio(reads, events, _NO_EVENTS),
    )


def _is_blind(stream: StreamStats | StreamTransport) -> bool:
    """Bytes came, and none of them can be read."""
    return stream.wire_bytes > 0 and not stream.bytes


def _ratio(part: int, whole: int, missing: Unmeasurable) -> Ratio:
    return part / whole if whole else missing


def _shared(sharing: Sharing, exchange: Exchange) -> tuple[Count, Span, Ratio]:
    """How many other responses came meanwhile, for how long, and that share of the stream."""
    found = sharing.on(exchange)
    if isinstance(found, Unmeasurable):
        return found, found, found
    overlaps, (begin, end) = found
    others = max(overlaps.meeting((begin, end)) - 1, 0)
    edges = np.array([begin], dtype=np.int64), np.array([end], dtype=np.int64)
    shared = int(overlaps.time_with(2, *edges)[0])
    return others, shared, (shared / (end - begin) if end > begin else _NO_TIME)


def _gaps(sharing: Sharing, one: Measured) -> tuple[Count, Count, Span, Span]:
    """Gaps between texts that began while another response came, and the others, with medians.

    Only their beginning counts: a gap that lasts longer meets more responses by lasting longer,
    even such as have nothing to do with it. Gaps that were the proxy's own are left out.
    """
    found = sharing.on(one.exchange)
    if isinstance(found, Unmeasurable):
        return found, found, found, found
    gaps = one.latency.gaps if one.latency else _NO_GAPS
    if not isinstance(gaps, Gaps):
        return _NO_GAPS, _NO_GAPS, _NO_GAPS, _NO_GAPS
    foreign = gaps.cause != CAUSES.index("proxy")
    ends, lengths = gaps.at_ns[foreign], gaps.gap_ns[foreign]
    together = found[0].over(ends - lengths) > 1
    shared, alone = lengths[together], lengths[~together]
    return len(shared), len(alone), _median(shared, _NONE_SHARED), _median(alone, _NONE_ALONE)


def _median(lengths: Times, missing: Unmeasurable) -> Span:
    return round(float(np.median(lengths))) if len(lengths) else missing
