"""What a format cannot keep of a capture."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from analyzer import model
from analyzer.model import AnyRecord, Problem


class Loss(msgspec.Struct, frozen=True):
    """Something of this capture that the written file lacks: how much of it, and why."""

    what: str
    count: int
    why: str


_NAMES: dict[type[AnyRecord] | type[Problem], str] = {
    model.Connection: "connections",
    model.ConnectionEnd: "ends of connections",
    model.RequestHead: "heads of requests",
    model.RequestEnd: "moments at which a request was sent",
    model.ResponseHead: "heads of responses",
    model.Reads: "batches of reads",
    model.Body: "bodies",
    model.ExchangeEnd: "ends of exchanges",
    model.WebSocketMessage: "WebSocket messages",
    model.Credential: "facts about credentials",
    model.Observer: "measurements of the recorder itself",
    model.Lost: "records of what the recorder lost",
    model.CaptureEnd: "marks of the recording's end",
    Problem: "problems of the file",
}


class Tally:
    """Counts the records of a capture by their kind."""

    def __init__(self) -> None:
        self._counts: Counter[type[AnyRecord] | type[Problem]] = Counter()

    def take(self, record: AnyRecord | Problem) -> None:
        self._counts[type(record)] += 1

    def losses(self, reasons: Mapping[type[AnyRecord] | type[Problem], str]) -> list[Loss]:
        """A loss for each of these kinds that came, with why it is not kept."""
        return [
            Loss(_NAMES[kind], self._counts[kind], why)
            for kind, why in reasons.items()
            if self._counts[kind]
        ]
