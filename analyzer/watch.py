"""Fold a capture, while it grows, into what is to be seen of each event stream now.

Pure: records go in through the same reassembler as everywhere, a snapshot comes out.
Times are the capture's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from analyzer import dialects
from analyzer.analyses.credentials import Forecast
from analyzer.analyses.credentials.watching import Expiries
from analyzer.analyses.inquiry import last_moment
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    Delta,
    Ending,
    Exchange,
    Lost,
    Observer,
    Problem,
    RequestEnd,
    RequestHead,
    ResponseHead,
    TurnStatus,
    WireEvent,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler

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


@dataclass(frozen=True)
class Snapshot:
    """What the live view shows; ``streams`` in the order in which they were asked for.

    ``began_ns`` is the capture's first moment. ``others`` counts exchanges that are no
    event stream and have ended, ``lost`` the things the recorder lost. ``lag_max_ns`` is
    the largest lag of the proxy's event loop. ``events`` counts those of all streams, of
    the ``forgotten`` ended ones too, which have no row any more. ``endings`` are the
    credentials in use and when they end, seen from ``seen_ns``, the latest moment that a
    record states.
    """

    began_ns: int = 0
    streams: tuple[StreamRow, ...] = ()
    others: int = 0
    lost: int = 0
    lag_max_ns: int = 0
    events: int = 0
    forgotten: int = 0
    seen_ns: int = 0
    endings: tuple[Forecast, ...] = ()


class Watch:
    """The fold. ``feed`` records as they come, take a ``snapshot`` to look."""

    def __init__(self) -> None:
        self._reassembler = Reassembler()
        self._asked: dict[int, StreamRow] = {}
        self._streams: dict[int, StreamRow] = {}
        self._others = 0
        self._began_ns = 0
        self._lost = 0
        self._lag_max_ns = 0
        self._events = 0
        self._forgotten = 0
        self._seen_ns = 0
        self._expiries = Expiries()

    def feed(self, records: Iterable[AnyRecord | Problem]) -> None:
        for record in records:
            self._note(record)
            self._expiries.record(record)
            for found in self._reassembler.feed(record):
                self._reassembled(found)
                if isinstance(found, Exchange):
                    self._expiries.exchange(found)

    def snapshot(self) -> Snapshot:
        streams = tuple(self._streams[exchange] for exchange in sorted(self._streams))
        return Snapshot(
            self._began_ns,
            streams,
            self._others,
            self._lost,
            self._lag_max_ns,
            self._events,
            self._forgotten,
            self._seen_ns,
            self._expiries.forecast(self._seen_ns),
        )

    def _note(self, record: AnyRecord | Problem) -> None:
        at_ns = last_moment(record)
        if at_ns is not None:
            self._seen_ns = max(self._seen_ns, at_ns)
        match record:
            case CaptureHead():
                self._began_ns = record.mono_ns
            case RequestHead():
                self._asked[record.exchange] = StreamRow(
                    record.exchange,
                    record.http_version,
                    record.authority,
                    record.path,
                    record.at_ns,
                )
            case RequestEnd() if record.exchange in self._asked:
                row = self._asked[record.exchange]
                self._asked[record.exchange] = replace(row, sent_ns=record.at_ns)
            case ResponseHead(streamed=True) if record.exchange in self._asked:
                row = self._asked.pop(record.exchange)
                self._streams[record.exchange] = replace(row, opened_ns=record.at_ns)
            case Lost():
                self._lost += record.count
            case Observer():
                self._lag_max_ns = max(self._lag_max_ns, record.lag_max_ns)

    def _reassembled(self, found: Reassembled) -> None:
        match found:
            case EventsSeen() if found.exchange in self._streams:
                row = _with_events(self._streams[found.exchange], found.events)
                self._streams[found.exchange] = _with_texts(row, found.deltas)
                self._events += len(found.events)
            case Exchange() if found.exchange in self._streams:
                self._end(found)
            case Exchange():
                self._asked.pop(found.exchange, None)
                self._others += 1

    def _end(self, exchange: Exchange) -> None:
        turn = exchange.turn.status if exchange.turn else "unknown"
        row = self._streams[exchange.exchange]
        self._streams[exchange.exchange] = replace(
            row, state=exchange.how, turn=turn, ended_ns=exchange.ended_ns
        )
        ended = [one.exchange for one in self._streams.values() if not one.is_open]
        for surplus in ended[:-ENDED_KEPT]:
            del self._streams[surplus]
            self._forgotten += 1


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
