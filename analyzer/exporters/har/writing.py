"""A HAR file while it is written: what is open, and what waits for the next entry."""

import importlib.metadata
from collections import Counter, OrderedDict
from typing import BinaryIO

import msgspec

from analyzer.exporters.har.entries import make_entry
from analyzer.exporters.har.keeping import keep_others, keep_request
from analyzer.exporters.har.passing import HELD_LIMIT, OfExchange, Passing
from analyzer.exporters.losses import Loss
from analyzer.importers.har import private
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    Lost,
    Observer,
    Problem,
    RequestHead,
)

OPEN_LIMIT = 100_000
"""Most exchanges held open; beyond it the oldest is written as unfinished."""

BESIDE_LIMIT = 50_000
"""Most records that wait for the next entry, and most connections whose addresses are known."""

_REDACTED = {
    "content": "redacted by streamscope: filler stands in place of all content",
    "shape": "redacted by streamscope: lengths and times stand in place of all content",
}
"""For those who read a HAR with something else; ours is in the head."""

_WHAT: dict[str, str] = {
    "RequestEnd": "moments at which a request was sent",
    "ResponseHead": "heads of responses",
    "Reads": "batches of reads, or their bytes",
    "Body": "bodies, or their bytes",
    "WebSocketMessage": "WebSocket messages",
    "ExchangeEnd": "ends of exchanges",
    "Credential": "facts about credentials",
    "Lost": "records of what the recorder lost",
}


class Writer:
    """Takes a capture's records in their order, and writes each exchange when it ends."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head: CaptureHead | None = None
        self._open: dict[int, Passing] = {}
        self._beside: list[private.Beside] = []
        self._connections: OrderedDict[int, Connection] = OrderedDict()
        self._held = 0
        self._entries = 0
        self._at_ns = 0
        self._losses: Counter[tuple[str, str]] = Counter()

    def take(self, record: AnyRecord | Problem) -> None:
        match record:
            case Problem():
                why = "they tell of the file that was read, not of the traffic"
                self._lose("problems of the file", why)
            case CaptureHead() if self._head is None:
                self._begin(record)
            case CaptureHead():
                self._lose("heads of captures", "a file has one")
            case Credential() | Lost() if record.exchange in self._open:
                self._pass_on(record)
            case Connection() | ConnectionEnd() | Credential() | Observer() | Lost() | CaptureEnd():
                self._put_beside(record)
            case RequestHead():
                if twin := self._open.get(record.exchange):
                    self._write(twin)
                elif len(self._open) >= OPEN_LIMIT:
                    self._write(next(iter(self._open.values())))
                self._at_ns = record.at_ns
                self._open[record.exchange] = Passing(record)
            case _:
                self._pass_on(record)

    def finish(self) -> list[Loss]:
        """Write what is still open, and end the file."""
        for passing in list(self._open.values()):
            self._write(passing)
        if self._head is None:
            self._begin(None)
        rest = msgspec.json.encode(private.OfRest(self._beside))
        self._file.write(b'\n],"%s":%s}}\n' % (private.REST.encode(), rest))
        return [Loss(what, count, why) for (what, why), count in self._losses.items()]

    def _begin(self, head: CaptureHead | None) -> None:
        """Without a head nothing is known of the times, and none is kept."""
        self._head = head or CaptureHead("", "", "", "none", 0, 0, 0)
        creator = {"name": "streamscope", "version": importlib.metadata.version("streamscope")}
        log: dict[str, object] = {"version": "1.2", "creator": creator}
        if head is not None:
            if head.redaction != "secrets":
                log["comment"] = _REDACTED[head.redaction]
            log[private.NAME] = private.OfLog(head)
        opening = msgspec.json.encode({**log, "pages": []})
        self._file.write(b'{"log":%s,"entries":[' % opening.removesuffix(b"}"))

    def _put_beside(self, record: private.Beside) -> None:
        if isinstance(record, Connection):
            self._connections[record.connection] = record
            if len(self._connections) > BESIDE_LIMIT:
                self._connections.popitem(last=False)
        if len(self._beside) >= BESIDE_LIMIT:
            why = f"{BESIDE_LIMIT} of them are kept between two entries at most"
            self._lose("records of no entry", why)
            return
        self._beside.append(record)

    def _pass_on(self, record: OfExchange) -> None:
        what = _WHAT[type(record).__name__]
        passing = None if record.exchange is None else self._open.get(record.exchange)
        if passing is None:
            self._lose(what, "their request is not in the capture, or had ended")
            return
        held = passing.held
        if why := passing.take(record, HELD_LIMIT - self._held):
            self._lose(what, why)
        self._held += passing.held - held
        if passing.end is not None:
            self._at_ns = passing.end.at_ns
            self._write(passing)

    def _write(self, passing: Passing) -> None:
        if self._head is None:
            self._begin(None)
        del self._open[passing.request.exchange]
        self._held -= passing.held
        response = passing.response
        number = response.connection if response else None
        connection = self._connections.get(number) if number is not None else None
        head = self._head or CaptureHead("", "", "", "none", 0, 0, 0)
        made = make_entry(passing, head.wall_ns - head.mono_ns, connection)
        for what, why in made.left_out:
            self._lose(what, why)
        entry = made.entry | {
            private.NAME: private.OfEntry(
                passing.request.exchange,
                min((one.request.at_ns for one in self._open.values()), default=self._at_ns),
                [keep_request(passing.request, made.entry), *keep_others(made.records, made.entry)],
                self._beside,
            )
        }
        self._beside = []
        self._file.write((b",\n" if self._entries else b"\n") + msgspec.json.encode(entry))
        self._entries += 1

    def _lose(self, what: str, why: str) -> None:
        self._losses[what, why] += 1
