"""Records of connections and what they carried, with times in milliseconds."""

from collections.abc import Iterable

from making import ns

from analyzer.model import (
    AnyRecord,
    Body,
    Connection,
    ConnectionEnd,
    Ending,
    ExchangeEnd,
    Headers,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

VERSIONS = {"h1": "HTTP/1.1", "h2": "HTTP/2.0", "h3": "HTTP/3"}
ALPN = {"h1": "http/1.1", "h2": "h2", "h3": "h3"}
CHAT = "/backend-api/conversation"


def cookie(text: str, agent: str = "Browser/1") -> Headers:
    """What a browser sends along."""
    return (("user-agent", agent), ("cookie", text))


def client(number: int, protocol: str = "h2", opened_ms: float = 0.0) -> Connection:
    """A browser's connection, ready 20 ms after it opened."""
    return _connection(number, "client", protocol, opened_ms)


def server(number: int, protocol: str = "h2", opened_ms: float = 0.0) -> Connection:
    """A connection to the service, ready 20 ms after it opened."""
    return _connection(number, "server", protocol, opened_ms)


def _connection(number: int, side: str, protocol: str, opened_ms: float) -> Connection:
    return Connection(
        number,
        ns(opened_ms),
        "client" if side == "client" else "server",
        ALPN[protocol],
        "203.0.113.7:443",
        "chat.example",
        "QUICv1" if protocol == "h3" else "TLSv1.3",
        ns(opened_ms),
        ns(opened_ms + 20),
        ns(opened_ms + 5),
        f"192.0.2.1:{5000 + number}",
        (ALPN[protocol],),
    )


def closed(number: int, at_ms: float, error: str = "") -> ConnectionEnd:
    return ConnectionEnd(number, ns(at_ms), error)


def call(
    number: int,
    at_ms: float,
    *,
    took_ms: float = 30,
    wait_ms: float = 10,
    protocol: str = "h2",
    on: tuple[int | None, int | None] = (1, 2),
    path: str = "/api/things",
    method: str = "GET",
    status: int = 200,
    asked: int = 0,
    answered: int = 100,
    headers: Headers = (),
    asked_headers: Headers = (),
    how: Ending = "complete",
    authority: str = "chat.example",
) -> list[AnyRecord]:
    """A call: its headers after ``wait_ms``, its end after ``took_ms``."""
    begin, version = ns(at_ms), VERSIONS[protocol]
    end = begin + ns(took_ms)
    made: list[AnyRecord] = [
        RequestHead(number, begin, method, "https", authority, path, version, asked_headers, on[0]),
        *([Body(number, begin, "request", asked, wire_length=asked)] if asked else []),
        RequestEnd(number, begin),
        ResponseHead(number, begin + ns(wait_ms), status, version, headers, "", on[1]),
        Body(number, end, "response", 2 * answered, wire_length=answered),
        ExchangeEnd(number, end, how),
    ]
    return made


def turn(
    number: int,
    texts_ms: Iterable[float],
    *,
    protocol: str = "h2",
    on: tuple[int | None, int | None] = (1, 2),
    at_ms: float | None = None,
    coding: str = "",
    wire: int | None = None,
) -> list[AnyRecord]:
    """A chat turn with a text at each of these times; it begins 50 ms before the first."""
    times = list(texts_ms)
    begin = times[0] - 50 if at_ms is None else at_ms
    version = VERSIONS[protocol]
    headers: Headers = (("content-type", "text/event-stream"), ("content-encoding", coding))
    data = _events(len(times))
    made: list[AnyRecord] = [
        RequestHead(number, ns(begin), "POST", "https", "chat.example", CHAT, version, (), on[0]),
        Body(number, ns(begin), "request", 64, wire_length=64),
        RequestEnd(number, ns(begin)),
        ResponseHead(number, ns(begin + 40), 200, version, headers, "", on[1], True),
        Reads(
            number,
            tuple(ns(at) for at in times),
            tuple(len(event) for event in data),
            b"".join(data),
            tuple(len(event) if wire is None else wire for event in data),
        ),
        ExchangeEnd(number, ns(times[-1] + 10), "complete"),
    ]
    return made


def _events(count: int) -> list[bytes]:
    """The old form of the stream: each event repeats the whole message so far."""
    events = []
    for words in range(1, count + 1):
        text = "word " * words
        message = (
            '{"message":{"id":"m","author":{"role":"assistant"},"content":'
            f'{{"content_type":"text","parts":["{text}"]}},"status":"in_progress"}},'
            '"conversation_id":"c","error":null}'
        )
        events.append(f"data: {message}\n\n".encode())
    return events
