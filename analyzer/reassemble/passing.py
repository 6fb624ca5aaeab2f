"""One exchange on its way through."""

from collections.abc import Iterable

import msgspec

from analyzer.dialects.handoffs import Handoffs
from analyzer.dialects.topics import Item
from analyzer.model import (
    Body,
    Exchange,
    ExchangeEnd,
    Headers,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    StreamStats,
)
from analyzer.reassemble.stream import EventsSeen, EventStream


class Passing:
    """One exchange on its way through."""

    def __init__(self, request: RequestHead, handoffs: Handoffs) -> None:
        self.sent_ns: int | None = None
        self._request = request
        self._handoffs = handoffs
        self._response: ResponseHead | None = None
        self._stream: EventStream | None = None
        self._bodies: dict[str, Body] = {}
        self._request_bytes = 0
        self._problems: list[Problem] = []

    def respond(self, head: ResponseHead) -> None:
        if self._response:
            self._note("response_again", "a second response head; only the first counts")
            return
        self._response = head
        if head.streamed:
            asked = self._bodies.get("request")
            body = asked.data if asked else b""
            self._stream = EventStream(self._request, head, self._handoffs, body)

    def read(self, reads: Reads) -> EventsSeen | None:
        if reads.side == "request":
            self._request_bytes += len(reads.data)
        elif self._stream:
            return self._stream.read(reads)
        else:
            self._note("reads_without_stream", "reads of a response that is not streamed")
        return None

    @property
    def number(self) -> int:
        return self._request.exchange

    @property
    def topics(self) -> tuple[str, ...]:
        """On which its turn goes on, as far as it has said."""
        return self._stream.dialect.topics() if self._stream else ()

    @property
    def handed_off(self) -> str:
        """The conversation whose turn it has handed off; empty while it has not."""
        return self._stream.dialect.handed_off() if self._stream else ""

    @property
    def is_over(self) -> bool:
        """Whether a WebSocket has brought the turn's last piece."""
        return self._stream is not None and self._stream.is_over

    @property
    def resumes(self) -> str:
        """The conversation whose turn it goes on with; empty for a turn of its own."""
        return self._stream.resumes if self._stream else ""

    def hear(self, at_ns: int, items: Iterable[Item]) -> EventsSeen | None:
        return self._stream.hear(at_ns, items) if self._stream else None

    def take_body(self, body: Body) -> None:
        self._bodies[body.side] = body

    def finish(
        self, end: ExchangeEnd | None, problem: Problem | None = None
    ) -> list[EventsSeen | Exchange]:
        """Return what the end of the stream completed, and the exchange; ends it as `exchange`."""
        last = self._stream.end() if self._stream else None
        return [*([last] if last else []), self.exchange(end, problem)]

    def exchange(self, end: ExchangeEnd | None, problem: Problem | None = None) -> Exchange:
        """Return what came; ``problem`` says why it ends here, where no record does."""
        how = end.how if end else "unfinished"
        request, response, stream = self._request, self._response, self._stream
        number = request.exchange
        problems = [*self._problems, *(stream.problems() if stream else ())]
        stats = stream.stats() if stream else StreamStats()
        asked, answered = self._bodies.get("request"), self._bodies.get("response")
        headers = response.headers if response else ()
        return Exchange(
            exchange=number,
            method=request.method,
            scheme=request.scheme,
            authority=request.authority,
            path=request.path,
            http_version=request.http_version,
            request_headers=request.headers,
            response_headers=headers,
            status=response.status if response else None,
            upstream_version=response.http_version if response else "",
            client_connection=request.connection,
            server_connection=response.connection if response else None,
            started_ns=request.at_ns,
            sent_ns=self.sent_ns,
            headers_ns=response.at_ns if response else None,
            ended_ns=end.at_ns if end else None,
            how=how,
            detail=end.detail if end else "",
            streamed=stream is not None,
            timed=response.timed if response else True,
            request_body=asked.data if asked else b"",
            response_body=answered.data if answered else b"",
            request_length=asked.length if asked else self._request_bytes,
            response_length=answered.length if answered else stats.bytes,
            content_encoding=_value(headers, "content-encoding"),
            dialect=stream.dialect.name if stream else "",
            stream=stats,
            turn=stream.turn(how) if stream else None,
            problems=tuple(_placed(each, number) for each in [*problems, problem] if each),
        )

    def _note(self, code: str, detail: str) -> None:
        if all(problem.code != code for problem in self._problems):
            self._problems.append(Problem(code, "", detail))


def _placed(problem: Problem, exchange: int) -> Problem:
    return msgspec.structs.replace(problem, place=f"exchange {exchange}", exchange=exchange)


def _value(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
