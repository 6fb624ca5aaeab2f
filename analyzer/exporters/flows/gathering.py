"""From records to finished exchanges, each with the records that go with it."""

from collections import OrderedDict
from collections.abc import Callable

from analyzer import journal
from analyzer.exporters.flows.gathered import (
    EXCHANGE_LIMIT,
    HELD_LIMIT,
    Gathered,
    Losses,
)
from analyzer.exporters.losses import Loss
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)

OPEN_LIMIT = 10_000
"""Most exchanges that are open at once; beyond it the oldest is written as unfinished."""

CARRIED_LIMIT = 20_000
"""Most records that wait for the next flow: those of no exchange, and facts about credentials."""

OVER_LIMIT = f"over the limit of {EXCHANGE_LIMIT} an exchange and {HELD_LIMIT} for all open ones"
NO_REQUEST = "a flow begins with a request, and that is not in the capture, or had ended"

type Lines = list[str]
type _Part = RequestEnd | ResponseHead | Reads | Body | ExchangeEnd | WebSocketMessage


class Gathering:
    """Hands exchanges to ``done`` as they end, with lines of the journal that go with them.

    The last finished one waits, so that what comes behind it goes with it.
    """

    def __init__(self, done: Callable[[Gathered, Lines], None]) -> None:
        self._done = done
        self._losses = Losses()
        self._open: OrderedDict[int, Gathered] = OrderedDict()
        self._held = 0
        self._waiting: tuple[Gathered, Lines] | None = None
        self._carried: Lines = []

    def take(self, record: AnyRecord | Problem) -> None:
        match record:
            case RequestHead():
                self._begin(record)
            case (
                RequestEnd()
                | ResponseHead()
                | Reads()
                | Body()
                | ExchangeEnd()
                | WebSocketMessage()
            ):
                self._part(record)
            case Problem():
                self._losses.note("problems of the file", "a flow file has no place for them")
            case CaptureHead():
                pass  # The flows' maker has it.
            case _:
                self._carry(record)

    def finish(self) -> list[Loss]:
        for number in list(self._open):
            self._end(number)
        if self._waiting is not None:
            gathered, carried = self._waiting
            self._done(gathered, carried + self._carried)
        elif self._carried:
            why = "a flow file holds nothing beside flows, and the capture has no exchange"
            self._losses.note("records of no exchange", why, len(self._carried))
        return self._losses.all()

    def _carry(
        self, record: Connection | ConnectionEnd | Credential | Lost | Observer | CaptureEnd
    ) -> None:
        if len(self._carried) >= CARRIED_LIMIT:
            why = f"more than {CARRIED_LIMIT} came between the ends of two exchanges"
            self._losses.note("records of no exchange", why)
            return
        self._carried.append(journal.encode(record).decode().rstrip("\n"))

    def _begin(self, head: RequestHead) -> None:
        if head.exchange in self._open:
            self._end(head.exchange)
        elif len(self._open) >= OPEN_LIMIT:
            self._end(next(iter(self._open)))
        self._open[head.exchange] = Gathered(head)

    def _part(self, record: _Part) -> None:
        gathered = self._open.get(record.exchange)
        if gathered is None:
            self._losses.note("records of exchanges without their beginning", NO_REQUEST)
            return
        match record:
            case RequestEnd():
                gathered.sent_ns = record.at_ns
            case ResponseHead() if gathered.response is None:
                gathered.response = record
            case ResponseHead():
                self._losses.note("response heads", "a flow has one response")
            case ExchangeEnd():
                gathered.end = record
                self._end(record.exchange)
            case _:
                self._content(gathered, record)

    def _content(self, gathered: Gathered, record: Reads | Body | WebSocketMessage) -> None:
        room = min(EXCHANGE_LIMIT - gathered.held, HELD_LIMIT - self._held)
        before = gathered.held
        match record:
            case Reads():
                streamed = gathered.response is not None and gathered.response.streamed
                if record.side == "request" or not streamed:
                    self._losses.note("reads", "a flow has times of a streamed response only")
                    return
                left_out = gathered.read(record, room)
            case Body():
                if record.side in gathered.bodies:
                    self._losses.note("bodies", "a flow has one of each side")
                    return
                left_out = gathered.body(record, room)
            case WebSocketMessage():
                left_out = gathered.message(record, room)
        self._held += gathered.held - before
        if left_out:
            self._losses.note("bytes of bodies", OVER_LIMIT, left_out)

    def _end(self, number: int) -> None:
        gathered = self._open.pop(number)
        self._held -= gathered.held
        if self._waiting is not None:
            self._done(*self._waiting)
        self._waiting = gathered, self._carried
        self._carried = []
