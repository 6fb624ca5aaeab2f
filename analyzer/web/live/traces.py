"""What one stream brought, kept so that a viewer can be shown it from any event on.

Pure: what the reassembler found goes in, plain values for the page come out. All captured
text is made printable here, once for all viewers.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping

import msgspec

from analyzer.model import Delta, WireEvent
from analyzer.reassemble import EventsSeen
from analyzer.report.plain import printable, printable_lines

EVENTS_KEPT = 500
"""Newest events of a stream."""

PIECES_KEPT = 5_000
"""Newest pieces of a stream's text, each of which is an arrival or a part of one."""

TEXT_KEPT = 20_000
"""Newest characters of a stream's text; a piece beyond keeps its arrival and loses its text."""

DATA_KEPT = 300
"""Characters of an event's data."""

TYPE_KEPT = 60
"""Characters of an event's type."""

TRACES_KEPT = 64
"""Streams whose events are kept; of more the one that was quiet for longest is forgotten."""

_SHOWN = ("answer", "reasoning")


class Seen(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An event as a row. ``at_ns`` counts from the capture's beginning.

    ``kind`` is that of the text which it brought, empty where it brought none.
    """

    seq: int
    at_ns: int
    read: int
    type: str
    kind: str
    data: str


class Piece(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Text that an event brought; pieces of one ``read`` are one arrival.

    ``kind`` is empty, and so is the text, for an event of a stream that has no known text.
    ``message`` tells apart the messages of the stream. ``revised``: it takes the place of all
    text of its kind and message so far.
    """

    seq: int
    at_ns: int
    read: int
    kind: str
    message: int
    revised: bool
    text: str


class Told(msgspec.Struct, frozen=True):
    """What a viewer has to learn of a stream. ``whole``: it takes the place of all before.

    ``cut``: there is more text, or are more arrivals, than ``pieces`` holds. ``forgotten``:
    nothing of this stream is kept any more.
    """

    exchange: int
    whole: bool
    events: list[Seen]
    pieces: list[Piece]
    cut: bool = False
    forgotten: bool = False


class Trace:
    """The newest of one stream."""

    def __init__(self, exchange: int, began_ns: int) -> None:
        self._exchange = exchange
        self._began_ns = began_ns
        self._events: deque[Seen] = deque(maxlen=EVENTS_KEPT)
        self._pieces: deque[Piece] = deque()
        self._emptied = 0
        self._chars = 0
        self._is_text = False
        self._cut = False
        self._messages: dict[str, int] = {}

    def take(self, found: EventsSeen) -> None:
        if not self._events and found.events[0].seq > 0:
            self._cut = True
        kinds = {delta.seq: delta.kind for delta in found.deltas if delta.text}
        self._events.extend([self._seen(event, kinds) for event in found.events[-EVENTS_KEPT:]])
        said = [delta for delta in found.deltas if delta.text and delta.kind in _SHOWN]
        if said and not self._is_text:
            # From here on an arrival is one of text.
            self._is_text = True
            self._pieces.clear()
        made = map(self._piece, said) if self._is_text else map(self._tick, found.events)
        self._keep(made)

    def since(self, seq: int) -> Told | None:
        """What came after that event, None if nothing; -1 is before the first.

        All that is kept, where some of what came since is not.
        """
        events, pieces = self._events, self._pieces
        if not events or events[-1].seq <= seq:
            return None
        whole = seq < 0 or events[0].seq > seq + 1
        if not whole and self._cut and (not pieces or pieces[0].seq > seq + 1):
            whole = True
        if whole:
            return Told(self._exchange, True, list(events), list(pieces), self._cut)
        return Told(self._exchange, False, _after(seq, events), _after(seq, pieces), self._cut)

    def _seen(self, event: WireEvent, kinds: Mapping[int, str]) -> Seen:
        return Seen(
            event.seq,
            event.at_ns - self._began_ns,
            event.read,
            printable(event.type, TYPE_KEPT),
            kinds.get(event.seq, ""),
            printable(event.data, DATA_KEPT),
        )

    def _tick(self, event: WireEvent) -> Piece:
        return Piece(event.seq, event.at_ns - self._began_ns, event.read, "", 0, False, "")

    def _piece(self, delta: Delta) -> Piece:
        number = self._messages.setdefault(delta.message_id, len(self._messages))
        if delta.revised:
            self._take_back(delta.kind, number)
        text = delta.text[-TEXT_KEPT:]
        self._cut = self._cut or len(text) < len(delta.text)
        return Piece(
            delta.seq,
            delta.at_ns - self._began_ns,
            delta.read,
            delta.kind,
            number,
            delta.revised,
            printable_lines(text),
        )

    def _take_back(self, kind: str, message: int) -> None:
        """A viewer who comes later must not be shown what was taken back."""
        for index, piece in enumerate(self._pieces):
            if piece.text and (piece.kind, piece.message) == (kind, message):
                self._empty(index)

    def _keep(self, made: Iterable[Piece]) -> None:
        for piece in made:
            self._pieces.append(piece)
            self._chars += len(piece.text)
            while self._chars > TEXT_KEPT:
                self._empty(self._emptied)
                self._emptied += 1
                self._cut = True
            if len(self._pieces) > PIECES_KEPT:
                self._chars -= len(self._pieces.popleft().text)
                self._emptied = max(0, self._emptied - 1)
                self._cut = True

    def _empty(self, index: int) -> None:
        piece = self._pieces[index]
        self._chars -= len(piece.text)
        self._pieces[index] = msgspec.structs.replace(piece, text="")


class Traces:
    """The traces of all streams that moved last."""

    def __init__(self) -> None:
        self.began_ns = 0
        self._known: OrderedDict[int, Trace] = OrderedDict()

    def take(self, found: EventsSeen) -> None:
        trace = self._known.get(found.exchange)
        if trace is None:
            trace = self._known[found.exchange] = Trace(found.exchange, self.began_ns)
            if len(self._known) > TRACES_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(found.exchange)
        trace.take(found)

    def since(self, exchange: int, seq: int, events: int) -> Told | None:
        """What a viewer has to learn who knows that stream, of ``events``, up to ``seq``."""
        trace = self._known.get(exchange)
        if trace is not None:
            return trace.since(seq)
        if seq >= 0:
            return None
        return Told(exchange, True, [], [], forgotten=events > 0)


def _after[Entry: (Seen, Piece)](seq: int, entries: "deque[Entry]") -> list[Entry]:
    found: list[Entry] = []
    for entry in reversed(entries):
        if entry.seq <= seq:
            break
        found.append(entry)
    found.reverse()
    return found
