"""The fold: records in as they come, a snapshot out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from analyzer.analyses.credentials import Forecast
from analyzer.analyses.credentials.watching import CredentialRow, Expiries
from analyzer.analyses.inquiry import last_moment
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureHead,
    Clock,
    Connection,
    ConnectionEnd,
    Exchange,
    Lost,
    Observer,
    Problem,
    RequestEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler
from analyzer.watch.connections import ConnectionRow, Connections
from analyzer.watch.events import SeenEvent, SeenEvents
from analyzer.watch.streams import StreamRow, Streams
from analyzer.watch.walks import SeenWalks, WalkRow


@dataclass(frozen=True)
class Snapshot:
    """What the live view shows; ``streams`` in the order in which they were asked for.

    ``began_ns`` is the capture's first moment. ``others`` counts exchanges that are no
    event stream and have ended, ``lost`` the things the recorder lost. ``lag_max_ns`` is
    the largest lag of the proxy's event loop. ``events`` counts those of all streams, of
    the ``forgotten`` ended ones too, which have no row any more. ``endings`` are the
    credentials in use and when they end, seen from ``seen_ns``, the latest moment that a
    record states. ``credentials`` are all logins and tokens met, ``connections`` and
    ``walks`` what their rows say, each in order of time. ``ended``: the capture says that
    it is over; what is open then stays open for ever. ``wall_ns`` is the time of day in
    Unix ns at ``began_ns``; ``problems`` counts what was malformed in the file.
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
    credentials: tuple[CredentialRow, ...] = ()
    connections: tuple[ConnectionRow, ...] = ()
    walks: tuple[WalkRow, ...] = ()
    ended: bool = False
    wall_ns: int = 0
    problems: int = 0


class Watch:
    """The fold. ``feed`` records as they come, take a ``snapshot`` to look.

    ``heard`` is told of all events as they are found, for who keeps more than is kept here.
    """

    def __init__(self, heard: Callable[[EventsSeen], object] | None = None) -> None:
        self._heard = heard
        self._reassembler = Reassembler()
        self._streams = Streams()
        self._events = SeenEvents()
        self._connections = Connections()
        self._walks = SeenWalks()
        self._expiries = Expiries()
        self._clock: Clock = "none"
        self._others = 0
        self._began_ns = 0
        self._wall_ns = 0
        self._lost = 0
        self._lag_max_ns = 0
        self._seen_ns = 0
        self._problems = 0
        self._ended = False

    def feed(self, records: Iterable[AnyRecord | Problem]) -> None:
        for record in records:
            self._note(record)
            self._expiries.record(record)
            for found in self._reassembler.feed(record):
                self._reassembled(found)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            self._began_ns,
            self._streams.rows(),
            self._others,
            self._lost,
            self._lag_max_ns,
            self._streams.events,
            self._streams.forgotten,
            self._seen_ns,
            self._expiries.forecast(self._seen_ns),
            self._expiries.rows(),
            self._connections.rows(),
            self._walks.rows(),
            self._ended,
            self._wall_ns,
            self._problems,
        )

    def events_since(self, exchange: int, seq: int) -> tuple[SeenEvent, ...]:
        """The newest events of a stream after that one, in order; -1 is before the first.

        A few hundred are remembered of each stream, and of ended ones only the last.
        """
        return self._events.since(exchange, seq)

    def _note(self, record: AnyRecord | Problem) -> None:
        at_ns = last_moment(record)
        if at_ns is not None:
            self._seen_ns = max(self._seen_ns, at_ns)
        match record:
            case CaptureHead():
                self._began_ns, self._wall_ns = record.mono_ns, record.wall_ns
                self._clock = record.clock
            case RequestHead():
                self._streams.asked(record)
                self._connections.carries(record)
            case RequestEnd():
                self._streams.sent(record)
            case ResponseHead():
                if self._streams.answered(record):
                    self._events.begin(record.exchange)
                self._connections.carries(record)
            case Connection():
                self._connections.opened(record)
            case ConnectionEnd():
                self._connections.closed(record)
            case Lost():
                self._lost += record.count
            case Observer():
                self._lag_max_ns = max(self._lag_max_ns, record.lag_max_ns)
            case CaptureEnd():
                self._ended = True

    def _reassembled(self, found: Reassembled) -> None:
        match found:
            case EventsSeen() if found.exchange in self._streams:
                self._streams.add(found)
                self._events.add(found)
                if self._heard:
                    self._heard(found)
            case Exchange():
                self._exchange(found)
            case Problem():
                self._problems += 1

    def _exchange(self, exchange: Exchange) -> None:
        """An exchange ended: a stream, or anything else."""
        self._expiries.exchange(exchange)
        self._connections.ended(exchange.exchange)
        if exchange.exchange in self._streams:
            self._streams.end(exchange)
            self._events.end(exchange.exchange)
        else:
            self._streams.was_none(exchange)
            self._others += 1
            self._walks.add(exchange, self._clock)
