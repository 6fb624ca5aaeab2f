"""Exchanges as packets show them, whatever version of HTTP carried them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.importers.pcap.held import Held
from analyzer.intake.seen import (
    BodySeen,
    EndSeen,
    Fields,
    Item,
    MessageSeen,
    RequestSeen,
    ResponseSeen,
    value_of,
)
from analyzer.intake.streaming import streams
from analyzer.model import Ending, Problem, RequestEnd, Side

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes held of one body that is no stream; a longer one's length is all that is kept."""

OPEN_LIMIT = 20_000
"""Most exchanges that are open at once; further ones are left out, and a problem says so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's head. ``fields`` without those that begin with a colon."""

    method: str
    scheme: str
    authority: str
    path: str
    http_version: str
    fields: Fields


class Exchanges:
    """Numbers exchanges and hands on what was seen of them."""

    def __init__(self, emit: Callable[[Item | Problem], None], held: Held, place: str) -> None:
        self.emit = emit
        self.held = held
        self.count = 0
        self.open = 0
        self._place = place
        self._refused = False

    def begin(self, at_ns: int, asked: Asked, connection: int | None) -> "Exchange | None":
        """A request's head came; None if too many are open."""
        if self.open >= OPEN_LIMIT:
            if not self._refused:
                self._refused = True
                detail = (
                    f"more than {OPEN_LIMIT} exchanges are open at once; the others are left out"
                )
                self.emit(Problem("open_exchanges", self._place, detail))
            return None
        self.count += 1
        self.open += 1
        return Exchange(self, self.count, at_ns, asked, connection)


class Exchange:
    """One request and its response, told what comes of them as it comes.

    Whatever comes after its end is passed over.
    """

    def __init__(
        self, all_: Exchanges, number: int, at_ns: int, asked: Asked, connection: int | None
    ) -> None:
        self._all = all_
        self.number = number
        self.method = asked.method
        self._version = asked.http_version
        self._connection = connection
        self._request = _Body(all_.held, asked.fields)
        self._response: _Body | None = None
        self._streamed = False
        self.sent = False
        self.ended = False
        all_.emit(
            RequestSeen(
                number,
                at_ns,
                asked.method,
                asked.scheme,
                asked.authority,
                asked.path,
                asked.http_version,
                asked.fields,
                connection,
                "",
            )
        )

    @property
    def answered(self) -> bool:
        return self._response is not None

    def ask(self, data: bytes) -> None:
        """A part of the request's body came."""
        if not self.sent and not self.ended:
            self._request.add(data)

    def send(self, at_ns: int) -> None:
        """The request is whole."""
        if self.sent or self.ended:
            return
        self.sent = True
        self._emit_body(at_ns, "request", self._request)
        self._all.emit(RequestEnd(self.number, at_ns))

    def answer(self, at_ns: int, status: int, fields: Fields, reason: str = "") -> None:
        """The response's head came; interim ones (1xx) are none, but for 101."""
        if self.ended or self._response or (100 <= status < 200 and status != 101):
            return
        self._response = _Body(self._all.held, fields)
        self._streamed = streams(self._response.type)
        self._all.emit(
            ResponseSeen(
                self.number,
                at_ns,
                status,
                self._version,
                fields,
                reason,
                self._connection,
                self._streamed,
                self._response.coding,
            )
        )

    def receive(self, at_ns: int, data: bytes) -> None:
        """A part of the response's body came."""
        if self._response is None or self.ended or not data:
            return
        if self._streamed:
            self._all.emit((self.number, at_ns, data))
        else:
            self._response.add(data)

    def complete(self, at_ns: int, detail: str = "") -> None:
        """The response is whole."""
        if self.ended or self._response is None:
            return
        if not self._streamed:
            self._emit_body(at_ns, "response", self._response)
        self._end(at_ns, "complete", detail)

    def tell(self, at_ns: int, data: bytes, *, from_client: bool, is_text: bool) -> None:
        """A message of the WebSocket that this exchange became."""
        if not self.ended:
            self._all.emit(MessageSeen(self.number, at_ns, from_client, is_text, data))

    def abort(self, at_ns: int, how: Ending, detail: str) -> None:
        if not self.ended:
            self._end(at_ns, how, detail)

    def leave(self) -> None:
        """The capture tells no more of it: it stays unfinished."""
        if not self.ended:
            self._close()

    def _end(self, at_ns: int, how: Ending, detail: str) -> None:
        self._close()
        self._all.emit(EndSeen(self.number, at_ns, how, detail))

    def _close(self) -> None:
        self.ended = True
        self._all.open -= 1
        self._request.drop()
        if self._response:
            self._response.drop()

    def _emit_body(self, at_ns: int, side: Side, body: "_Body") -> None:
        seen = body.seen(self.number, at_ns, side)
        if seen is not None:
            self._all.emit(seen)
        body.drop()


class _Body:
    """A body that is collected until it is whole."""

    def __init__(self, held: Held, fields: Fields) -> None:
        self.coding = value_of(fields, b"content-encoding")
        self.type = value_of(fields, b"content-type")
        self._held = held
        self._parts: list[bytes] = []
        self._kept = 0
        self._size = 0
        self._whole = True

    def add(self, data: bytes) -> None:
        self._size += len(data)
        if not self._whole:
            return
        if self._size > BODY_LIMIT or not self._held.take(len(data)):
            self.drop()
            self._whole = False
            return
        self._kept += len(data)
        self._parts.append(data)

    def seen(self, exchange: int, at_ns: int, side: Side) -> BodySeen | None:
        if not self._size:
            return None
        if self._whole:
            raw = b"".join(self._parts)
            return BodySeen(exchange, at_ns, side, raw, self.coding, self.type)
        return BodySeen(
            exchange,
            at_ns,
            side,
            None,
            self.coding,
            self.type,
            wire_length=self._size,
            length=0 if self.coding else self._size,
            missing="too many bytes at once to be kept; the capture itself has them",
        )

    def drop(self) -> None:
        self._parts = []
        self._held.give(self._kept)
        self._kept = 0
