"""The newest events of each stream, to be looked at one by one."""

from collections import OrderedDict, deque

import msgspec

from analyzer.model import Delta, WireEvent
from analyzer.reassemble import EventsSeen

EVENTS_KEPT = 300
"""Newest events that are remembered of one stream."""

OPEN_KEPT = 100
"""Open streams whose events are remembered; of more the quietest is forgotten."""

ENDED_KEPT = 20
"""Ended streams whose events are remembered; the one that ended first goes first."""

DATA_KEPT = 500
"""Characters that are remembered of an event's data, and of the text it brought."""


class SeenEvent(msgspec.Struct, frozen=True, gc=False):
    """One event. ``read`` is the index of its read: events that share one are one arrival.

    ``kind`` is that of the text which it brought (``answer``, ``reasoning``, …), empty where
    it brought none. ``text`` and ``data`` are raw, as captured, and cut to `DATA_KEPT`.
    """

    seq: int
    at_ns: int
    read: int
    type: str
    kind: str
    text: str
    data: str


class SeenEvents:
    """Take what the reassembler found, ask for what came since."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, deque[SeenEvent]] = OrderedDict()
        self._ended: OrderedDict[int, deque[SeenEvent]] = OrderedDict()

    def begin(self, exchange: int) -> None:
        """A stream begins; one that had its number before is forgotten."""
        self._ended.pop(exchange, None)
        self._open[exchange] = deque(maxlen=EVENTS_KEPT)
        self._shorten()

    def add(self, found: EventsSeen) -> None:
        kept = self._open.get(found.exchange)
        if kept is None:
            kept = self._open[found.exchange] = deque(maxlen=EVENTS_KEPT)
            self._shorten()
        self._open.move_to_end(found.exchange)
        newest = found.events[-EVENTS_KEPT:]
        texts = _texts(found.deltas, newest[0].seq if newest else 0)
        kept.extend([_seen(event, *texts.get(event.seq, ("", ""))) for event in newest])

    def end(self, exchange: int) -> None:
        kept = self._open.pop(exchange, None)
        if kept:
            self._ended[exchange] = kept
            if len(self._ended) > ENDED_KEPT:
                self._ended.popitem(last=False)

    def since(self, exchange: int, seq: int) -> tuple[SeenEvent, ...]:
        """What is remembered after that event, in order; -1 is before the first."""
        kept = self._open.get(exchange) or self._ended.get(exchange) or ()
        found: list[SeenEvent] = []
        for event in reversed(kept):
            if event.seq <= seq:
                break
            found.append(event)
        return tuple(reversed(found))

    def _shorten(self) -> None:
        if len(self._open) > OPEN_KEPT:
            self._open.popitem(last=False)


def _texts(deltas: tuple[Delta, ...], first: int) -> dict[int, tuple[str, str]]:
    """Kind and text by event; of several kinds in one event the last that has text counts."""
    found: dict[int, tuple[str, str]] = {}
    for delta in deltas:
        if delta.text and delta.seq >= first:
            kind, text = found.get(delta.seq, ("", ""))
            same = kind == delta.kind and not delta.revised
            found[delta.seq] = delta.kind, text + delta.text if same else delta.text
    return found


def _seen(event: WireEvent, kind: str, text: str) -> SeenEvent:
    return SeenEvent(
        event.seq,
        event.at_ns,
        event.read,
        event.type[:DATA_KEPT],
        kind,
        text[:DATA_KEPT],
        event.data[:DATA_KEPT],
    )
