"""From records to events, deltas, turns and exchanges: one incremental pipeline.

The live view, the batch analysis and the tests all use this one. Pure: records
in, reassembled things out.
"""

from analyzer.dialects.handoffs import Handoffs
from analyzer.model import (
    AnyRecord,
    Body,
    Exchange,
    ExchangeEnd,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.reassemble.passing import Passing
from analyzer.reassemble.sockets import Sockets
from analyzer.reassemble.stream import EventsSeen

__all__ = ["EventsSeen", "Reassembled", "Reassembler"]

OPEN_LIMIT = 100_000
"""Most exchanges held open; beyond it the oldest comes out as unfinished."""

STRANGERS_LIMIT = 10_000
"""Most exchanges reported for having begun before the capture."""

type _Part = RequestHead | RequestEnd | ResponseHead | Reads | Body | ExchangeEnd


type Reassembled = EventsSeen | Exchange | Problem


class Reassembler:
    """Feed it a capture's records in their order.

    Exchanges come out when they end, those that never do from `finish`; one whose turn goes
    on in a WebSocket when that has brought its last piece. Problems
    of the file pass through; those of an exchange are in it.
    """

    def __init__(self) -> None:
        self._open: dict[int, Passing] = {}
        self._handoffs = Handoffs()
        self._sockets = Sockets()
        self._strangers: set[int] = set()

    def feed(self, record: AnyRecord | Problem) -> list[Reassembled]:
        """Return what this record completed."""
        match record:
            case Problem():
                return [record]
            case RequestHead():
                return self._begin(record)
            case RequestEnd() | ResponseHead() | Reads() | Body() | ExchangeEnd():
                passing = self._open.get(record.exchange)
                return self._stranger(record) if passing is None else self._take(passing, record)
            case WebSocketMessage():
                return [*self._sockets.hear(record)]
        return []

    def finish(self) -> list[Reassembled]:
        """End the capture: return the exchanges that are still open, as unfinished."""
        left = [made for passing in self._open.values() for made in passing.finish(None)]
        self._open.clear()
        return [*left, *self._sockets.finish()]

    def _begin(self, head: RequestHead) -> list[Reassembled]:
        ended: list[Reassembled] = [*self._sockets.give_up(head.exchange)]
        if twin := self._open.pop(head.exchange, None):
            detail = "its request stands in the capture again; what came before is unfinished"
            ended += twin.finish(None, Problem("exchange_again", "", detail))
        elif len(self._open) >= OPEN_LIMIT:
            oldest = self._open.pop(next(iter(self._open)))
            detail = f"more than {OPEN_LIMIT} exchanges were open; the oldest was given up"
            ended += oldest.finish(None, Problem("too_many_open", "", detail))
        self._open[head.exchange] = Passing(head, self._handoffs)
        return ended

    def _take(self, passing: "Passing", record: _Part) -> list[Reassembled]:
        match record:
            case RequestEnd():
                passing.sent_ns = record.at_ns
            case ResponseHead():
                passing.respond(record)
                return [*self._sockets.give_up_of(passing.resumes)] if passing.resumes else []
            case Reads():
                seen = passing.read(record)
                return [*([seen] if seen else []), *self._sockets.expect(passing)]
            case Body():
                passing.take_body(record)
            case ExchangeEnd():
                del self._open[record.exchange]
                kept = self._sockets.close(record.exchange, record)
                return [*(passing.finish(record) if kept is None else kept)]
        return []

    def _stranger(self, record: _Part) -> list[Reassembled]:
        """A capture may begin while exchanges pass: of those the request is not in it."""
        number = record.exchange
        if number in self._strangers or len(self._strangers) >= STRANGERS_LIMIT:
            return []
        self._strangers.add(number)
        detail = (
            "its request is not in the capture, or it had ended; what came of it now was left out"
        )
        return [Problem("unknown_exchange", f"exchange {number}", detail, None, number)]
