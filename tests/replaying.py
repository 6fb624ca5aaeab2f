"""Make captures to be played by hand: exchanges with literal times in ms, and their scripts."""

from collections.abc import Iterable, Sequence

from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Clock,
    Ending,
    ExchangeEnd,
    Headers,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.replay.building import ScriptBuilder
from analyzer.replay.contents import Contents
from analyzer.replay.script import Script

MS = 1_000_000
START_MS = 10_000.0
EVENTS = (("content-type", "text/event-stream; charset=utf-8"),)
JSON = (("content-type", "application/json"),)
ORIGIN = "chat.example"

type Timed = tuple[float, bytes]


def ns(ms: float) -> int:
    return round(ms * MS)


def head(clock: Clock = "chunk") -> CaptureHead:
    return CaptureHead("capture-1", "live", "test", clock, 1, 0, 1_760_000_000_000_000_000)


def request(
    number: int,
    path: str,
    method: str = "GET",
    body: bytes = b"",
    at_ms: float = START_MS,
    authority: str = ORIGIN,
) -> list[AnyRecord]:
    """A request that was sent 2 ms after its head came in."""
    at_ns = ns(at_ms)
    begun = RequestHead(
        number, at_ns - 2 * MS, method, "https", authority, path, "HTTP/2.0", JSON if body else ()
    )
    sent = [Body(number, at_ns, "request", len(body), body)] if body else []
    return [begun, *sent, RequestEnd(number, at_ns)]


def streamed(
    number: int,
    parts: Iterable[Timed],
    path: str = "/stream",
    method: str = "POST",
    body: bytes = b"",
    at_ms: float = START_MS,
    headers: Headers = EVENTS,
    headers_ms: float = 0.0,
    end: tuple[float, Ending] | None = None,
    authority: str = ORIGIN,
) -> list[AnyRecord]:
    """An exchange whose answer came in these parts, in ms after the request was sent.

    ``end`` is 1 ms after the last part and ``complete`` unless it is given; ``unfinished``
    stands for none.
    """
    came = list(parts)
    last_ms = max((at for at, _ in came), default=headers_ms)
    end_ms, how = end or (last_ms + 1, "complete")
    records = request(number, path, method, body, at_ms, authority)
    status = ResponseHead(number, ns(at_ms + headers_ms), 200, "HTTP/2.0", headers, streamed=True)
    reads = Reads(
        number,
        tuple(ns(at_ms + at) for at, _ in came),
        tuple(len(data) for _, data in came),
        b"".join(data for _, data in came),
    )
    ended = [] if how == "unfinished" else [ExchangeEnd(number, ns(at_ms + end_ms), how)]
    return [*records, status, reads, *ended]


def answered(
    number: int,
    path: str,
    answer: bytes = b"{}",
    method: str = "GET",
    body: bytes = b"",
    at_ms: float = START_MS,
    status: int = 200,
    headers: Headers = JSON,
    authority: str = ORIGIN,
) -> list[AnyRecord]:
    """An exchange with a whole body, 10 ms after the request was sent."""
    at_ns = ns(at_ms + 10)
    return [
        *request(number, path, method, body, at_ms, authority),
        ResponseHead(number, at_ns, status, "HTTP/2.0", headers),
        Body(number, at_ns, "response", len(answer), answer),
        ExchangeEnd(number, at_ns, "complete"),
    ]


def script_of(
    *exchanges: Sequence[AnyRecord | Problem], clock: Clock = "chunk"
) -> tuple[Script, Contents]:
    contents = Contents()
    builder = ScriptBuilder(contents)
    builder.read("", [head(clock), *(record for records in exchanges for record in records)])
    return builder.script(), contents
