"""One request on the wire and its response: from what the log tells of it to items.

An exchange begins when the request's head goes out, as a recorder in the connection would see
it. What never went out is none: answers from a cache, names that did not resolve.
"""

from collections.abc import Iterator

from analyzer.importers.netlog.arrivals import Arrivals, Room
from analyzer.importers.netlog.bodies import NO_BYTES, Body, Budget, StreamedBody, WholeBody
from analyzer.importers.netlog.endings import ending
from analyzer.importers.netlog.headers import Asked, read_response
from analyzer.importers.netlog.streams import Stream
from analyzer.intake.seen import BodySeen, EndSeen, Item, RequestSeen, ResponseSeen
from analyzer.intake.streaming import streams
from analyzer.model import Lost, RequestEnd

NO_UPLOADS = "a NetLog holds no request bodies"
NO_MESSAGES = "upgraded to a WebSocket, whose messages a NetLog does not hold"

_BODILESS = (204, 304)


class Exchange:
    """``stream`` is the one that carries it, where the protocol has streams and it is known."""

    def __init__(
        self, number: int, at_ns: int, asked: Asked, connection: int | None, budget: Budget
    ) -> None:
        self._number = number
        self._asked = asked
        self._connection = connection
        self._budget = budget
        self._begun_ns = at_ns
        self._sent_ns: int | None = None
        self._answered_ns: int | None = None
        self._status = 0
        self._body: Body | None = None
        self._is_coded = False
        self._filtered = 0
        self.stream: Stream | None = None
        self.key: tuple[int, int] | None = None

    @property
    def is_answered(self) -> bool:
        return self._answered_ns is not None

    def begin(self) -> Iterator[Item]:
        asked = self._asked
        yield RequestSeen(
            self._number, self._begun_ns, asked.method, asked.scheme, asked.authority, asked.path,
            asked.version, asked.fields, self._connection, "",
        )  # fmt: skip

    def sent(self, at_ns: int, upload: int) -> Iterator[Item]:
        """The request is out, with a body of so many bytes."""
        if self._sent_ns is not None or self.is_answered:
            return
        self._sent_ns = at_ns
        if upload:
            yield BodySeen(
                self._number, at_ns, "request", None, "", "",
                wire_length=upload, length=upload, missing=NO_UPLOADS,
            )  # fmt: skip
        yield RequestEnd(self._number, at_ns)

    def answer(self, at_ns: int, lines: list[str], *, has_bytes: bool) -> Iterator[Item]:
        """The response's head was read; its stream may have had it earlier."""
        head = read_response(lines)
        if head is None or self.is_answered or (head.status < 200 and head.status != 101):
            return
        came_ns = at_ns if self.stream is None else min(self.stream.headed_ns or at_ns, at_ns)
        came_ns = max(came_ns, self._begun_ns, self._sent_ns or 0)
        self._answered_ns, self._status = came_ns, head.status
        streamed = streams(head.content_type)
        arrivals = self.stream.arrivals if self.stream else Arrivals(Room())
        if streamed:
            self._body = StreamedBody(self._number, arrivals, has_bytes=has_bytes)
        elif head.status not in _BODILESS and self._asked.method != "HEAD":
            self._body = WholeBody(
                self._number, arrivals, head.coding, head.content_type, self._budget
            )
        yield ResponseSeen(
            self._number, came_ns, head.status, self._asked.version, head.fields, head.reason,
            self._connection, streamed, head.coding if has_bytes else "",
        )  # fmt: skip
        if streamed and not has_bytes:
            yield Lost(came_ns, "body", 1, NO_BYTES, 0, self._number)

    def read(self, at_ns: int, size: int, data: bytes | None, *, is_raw: bool) -> Iterator[Item]:
        """Bytes were read: as they passed, or with the codings undone if the browser did that."""
        if is_raw:
            self._is_coded = True
        else:
            self._filtered += size
        if self._body is not None and (is_raw or not self._is_coded):
            yield from self._body.read(at_ns, size, data)

    def coded(self) -> None:
        """The browser undoes codings, and tells of its reads before and after that."""
        self._is_coded = True

    def finish(self, at_ns: int, error: str, *, cancelled: bool) -> Iterator[Item]:
        """It ended, with a net error or well."""
        stream = self.stream
        came_ns = stream.ended_ns if stream else None
        whole = came_ns is not None and self.is_answered
        reset = stream.reset if stream else ""
        how = ending(
            error, cancelled=cancelled, whole=whole, was_reset=bool(reset) if stream else None
        )
        ended_ns = came_ns if how == "complete" and came_ns is not None else at_ns
        ended_ns = max(ended_ns, self._begun_ns, self._sent_ns or 0, self._answered_ns or 0)
        if self._body is not None:
            ended_ns = max(ended_ns, self._body.last_ns)
            yield from self._body.end(ended_ns, whole=how == "complete", length=self._filtered)
        detail = ", ".join(part for part in (error, reset) if part) if how != "complete" else ""
        if self._status == 101:  # the browser ends what it upgrades as if it were cancelled
            how, detail = "complete", NO_MESSAGES
        yield EndSeen(self._number, ended_ns, how, detail)
