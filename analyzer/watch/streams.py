"""Each event stream of a capture that grows, as it stands."""

from dataclasses import dataclass, replace
from typing import Literal

from analyzer import dialects
from analyzer.model import (
    Delta,
    Ending,
    Exchange,
    RequestEnd,
    RequestHead,
    ResponseHead,
    TurnStatus,
    WireEvent,
)
from analyzer.reassemble import EventsSeen

type State = Literal["waiting", "streaming"] | Ending

ENDED_KEPT = 200
"""Ended streams that are remembered; the oldest goes first."""

TAIL_KEPT = 400
"""Characters of a stream's text that are remembered."""


@dataclass(frozen=True)
class StreamRow:
    """One event stream as it stands.

    ``sent_ns``: the request was whole; ``opened_ns``: the response's head came.
    ``state``: ``waiting`` until the first event, then ``streaming``, then how it ended;
    ``turn`` is what the dialect makes of the ending. ``ttft_ns`` as defined for every
    report; None before the first text. Gaps lie between arrivals of text, and as long
    as a stream had none, of events; ``arrived_ns`` is the last arrival. ``text`` is the
    end of the answer or reasoning, or the last event's data where the dialect finds no
    text (``is_text`` False): raw, as captured.
    """

    exchange: int
    http_version: str
    authority: str
    path: str
    sent_ns: int
    opened_ns: int | None = None
    state: State = "waiting"
    turn: TurnStatus = "unknown"
    ttft_ns: int | None = None
    events: int = 0
    first_event_ns: int | None = None
    last_event_ns: int | None = None
    arrived_ns: int | None = None
    last_gap_ns: int | None = None
    ended_ns: int | None = None
    text: str = ""
    is_text: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in ("waiting", "streaming")

    def rate_hz(self) -> float | None:
        """Events a second between the first and the last; None where that is no span."""
        if self.first_event_ns is None or self.last_event_ns is None:
            return None
        span_ns = self.last_event_ns - self.first_event_ns
        return (self.events - 1) / (span_ns / 1e9) if span_ns else None


class Streams:
    """Feed it what concerns streams; ``rows`` are in the order in which they were asked for."""

    def __init__(self) -> None:
        self.events = 0
        self.forgotten = 0
        self._asked: dict[int, StreamRow] = {}
        self._rows: dict[int, StreamRow] = {}
        self._ended: dict[int, None] = {}

    def __contains__(self, exchange: int) -> bool:
        return exchange in self._rows

    def asked(self, head: RequestHead) -> None:
        self._asked[head.exchange] = StreamRow(
            head.exchange, head.http_version, head.authority, head.path, head.at_ns
        )

    def sent(self, record: RequestEnd) -> None:
        if record.exchange in self._asked:
            row = self._asked[record.exchange]
            self._asked[record.exchange] = replace(row, sent_ns=record.at_ns)

    def answered(self, head: ResponseHead) -> bool:
        """Whether that is the beginning of an event stream."""
        if not head.streamed or head.exchange not in self._asked:
            return False
        row = self._asked.pop(head.exchange)
        self._ended.pop(head.exchange, None)
        self._rows[head.exchange] = replace(row, opened_ns=head.at_ns)
        return True

    def add(self, found: EventsSeen) -> None:
        row = _with_events(self._rows[found.exchange], found.events)
        self._rows[found.exchange] = _with_texts(row, found.deltas)
        self.events += len(found.events)

    def end(self, exchange: Exchange) -> None:
        number = exchange.exchange
        turn = exchange.turn.status if exchange.turn else "unknown"
        self._rows[number] = replace(
            self._rows[number], state=exchange.how, turn=turn, ended_ns=exchange.ended_ns
        )
        self._ended[number] = None
        if len(self._ended) > ENDED_KEPT:
            oldest = min(self._ended)
            del self._ended[oldest], self._rows[oldest]
            self.forgotten += 1

    def was_none(self, exchange: Exchange) -> None:
        """An exchange ended that was no event stream."""
        self._asked.pop(exchange.exchange, None)

    def rows(self) -> tuple[StreamRow, ...]:
        return tuple([self._rows[number] for number in sorted(self._rows)])


def _with_events(row: StreamRow, events: tuple[WireEvent, ...]) -> StreamRow:
    if not events:
        return row
    row = replace(
        row,
        state="streaming",
        events=row.events + len(events),
        first_event_ns=events[0].at_ns if row.first_event_ns is None else row.first_event_ns,
        last_event_ns=events[-1].at_ns,
    )
    if row.is_text:
        return row
    last = events[-1]
    return replace(_with_arrivals(row, [event.at_ns for event in events]), text=_label(last))


def _label(event: WireEvent) -> str:
    return f"{event.type}: {event.data[:TAIL_KEPT]}"


def _with_texts(row: StreamRow, deltas: tuple[Delta, ...]) -> StreamRow:
    """Add what was said; the service's title and tool arguments are no answer."""
    said = [d for d in deltas if d.text and d.kind in ("answer", "reasoning")]
    if not said:
        return row
    if not row.is_text:
        # From here on the gaps are those between texts.
        # Who asked waits since an earlier request, where this one only goes on with its turn.
        goes_on = dialects.goes_on("POST", row.path)
        ttft_ns = None if goes_on else said[0].at_ns - row.sent_ns
        row = replace(
            row, is_text=True, text="", ttft_ns=ttft_ns, arrived_ns=None, last_gap_ns=None
        )
    text = row.text
    for delta in said:
        text = (delta.text if delta.revised else text + delta.text)[-TAIL_KEPT:]
    return replace(_with_arrivals(row, [d.at_ns for d in said]), text=text)


def _with_arrivals(row: StreamRow, times_ns: list[int]) -> StreamRow:
    """What came at one moment is one arrival and makes no gap."""
    arrived_ns, gap_ns = row.arrived_ns, row.last_gap_ns
    for at_ns in times_ns:
        if arrived_ns is not None and at_ns > arrived_ns:
            gap_ns = at_ns - arrived_ns
        arrived_ns = at_ns
    return replace(row, arrived_ns=arrived_ns, last_gap_ns=gap_ns)
