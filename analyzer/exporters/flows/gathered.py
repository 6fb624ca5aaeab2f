"""One exchange's records, gathered until it ends: a flow is written whole."""

import msgspec

from analyzer.exporters.losses import Loss
from analyzer.importers.flows.facts import (
    BodyFacts,
    EndFacts,
    RequestFacts,
    ResponseFacts,
)
from analyzer.model import (
    Body,
    ExchangeEnd,
    Headers,
    Reads,
    RequestHead,
    ResponseHead,
    Side,
    WebSocketMessage,
)

EXCHANGE_LIMIT = 64 * 1024 * 1024
"""Most bytes of one exchange's bodies; what comes beyond is not written."""

HELD_LIMIT = 96 * 1024 * 1024
"""Most bytes of all open exchanges' bodies together."""

READ_BYTES = 128
"""What each read, and each message, counts for beside its bytes."""


class Losses:
    """Counts what a flow file cannot hold, by what it is and why."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def note(self, what: str, why: str, count: int = 1) -> None:
        self._counts[what, why] = self._counts.get((what, why), 0) + count

    def all(self) -> list[Loss]:
        return [Loss(what, count, why) for (what, why), count in self._counts.items()]


class Gathered:
    """What came of one exchange so far.

    ``held`` are the bytes that it takes. The parts of the body and the arrays run as in `Reads`.
    """

    def __init__(self, request: RequestHead) -> None:
        self.request = request
        self.sent_ns: int | None = None
        self.response: ResponseHead | None = None
        self.end: ExchangeEnd | None = None
        self.bodies: dict[Side, Body] = {}
        self.messages: list[WebSocketMessage] = []
        self.parts: list[bytes] = []
        self.at_ns: list[int] = []
        self.lengths: list[int] = []
        self.wire: list[int] = []
        self.dropped = 0
        self.held = 0

    def read(self, reads: Reads, room: int) -> int:
        """Take a batch as far as there is room; how many of its bytes had none."""
        size = len(reads.data) + READ_BYTES * len(reads.at_ns)
        if size > room or self.dropped:
            self.dropped += len(reads.at_ns)
            return len(reads.data)
        self.parts.append(reads.data)
        self.at_ns += reads.at_ns
        self.lengths += reads.lengths
        self.wire += reads.wire_lengths or reads.lengths
        self.held += size
        return 0

    def body(self, body: Body, room: int) -> int:
        """Take a whole body as far as there is room; how many of its bytes had none."""
        left_out = max(len(body.data) - max(room, 0), 0)
        if left_out:
            kept = body.data[: max(room, 0)]
            why = f"the exported flow file has only the first {len(kept)} bytes"
            body = msgspec.structs.replace(body, data=kept, withheld=why)
        self.bodies[body.side] = body
        self.held += len(body.data)
        return left_out

    def message(self, message: WebSocketMessage, room: int) -> int:
        left_out = len(message.data) if len(message.data) + READ_BYTES > room else 0
        if left_out:
            message = msgspec.structs.replace(message, data=b"")
        self.messages.append(message)
        self.held += len(message.data) + READ_BYTES
        return left_out

    # ------------------------------------------------------------------ for the flow

    def content(self, side: Side) -> bytes | None:
        """The body as the flow shows it: decoded. None where it was there and was not kept."""
        if side == "response" and self.response and self.response.streamed:
            data = b"".join(self.parts)
            return None if not data and self.at_ns else data
        body = self.bodies.get(side)
        if body is None:
            return b""
        return body.data if body.data or not body.length else None

    def request_facts(self, aside: list[tuple[int, str, str]]) -> RequestFacts:
        request = self.request
        return RequestFacts(
            request.at_ns, request.connection, aside, self._body_facts("request"), self.sent_ns
        )

    def response_facts(
        self, response: ResponseHead, aside: list[tuple[int, str, str]]
    ) -> ResponseFacts:
        return ResponseFacts(
            response.at_ns,
            response.connection,
            aside,
            self._body_facts("response"),
            response.streamed,
            response.timed,
        )

    def end_facts(self) -> EndFacts | None:
        end = self.end
        return EndFacts(end.at_ns, end.how, end.detail) if end else None

    def _body_facts(self, side: Side) -> BodyFacts | None:
        body = self.bodies.get(side)
        return BodyFacts(body.at_ns, body.length, body.wire_length, body.withheld) if body else None


def split(headers: Headers, content: bytes | None) -> tuple[Headers, list[tuple[int, str, str]]]:
    """The fields that are true of the decoded body, and the others with their places."""
    kept: list[tuple[str, str]] = []
    aside: list[tuple[int, str, str]] = []
    for place, (name, value) in enumerate(headers):
        if name == "content-encoding" or (
            name == "content-length" and content and value != str(len(content))
        ):
            aside.append((place, name, value))
        else:
            kept.append((name, value))
    return tuple(kept), aside
