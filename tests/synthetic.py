"""Synthetic captures: whole journals of a chat service that never was, from a seed.

The streams are ChatGPT's delta encoding v1; kinds of stream take turns, and so do
HTTP/2 and HTTP/3. Times begin at 10 s of the monotonic clock.
"""

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from analyzer import journal
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureHead,
    Connection,
    Ending,
    ExchangeEnd,
    Lost,
    Observer,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

MS = 1_000_000
START_NS = 10_000 * MS
WALL_NS = 1_760_000_000_000_000_000
WORDS = ("the", "tide", "comes", "in", "twice", "a", "day", "under", "two", "bulges", "of", "water")
KINDS = ("steady", "reasoning", "bursty", "stalling", "keepalive", "aborted")
TITLES = ("Why tides come twice", "Sourdough at altitude", "Tax on a Belgian flat", "")

type Arrival = tuple[int, bytes]


def event(payload: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(payload)}\n\n".encode()


def opening(number: int, content_type: str = "text") -> list[bytes]:
    """The encoding's name, and the message that the deltas grow."""
    empty = {"parts": [""]} if content_type == "text" else {"thoughts": [{"content": ""}]}
    message = {
        "id": f"m-{number}-{content_type}",
        "author": {"role": "assistant"},
        "content": {"content_type": content_type, **empty},
        "status": "in_progress",
        "end_turn": None,
        "recipient": "all",
        "metadata": {"model_slug": "gpt-x"},
    }
    root = {"message": message, "conversation_id": f"c-{number}", "error": None}
    return [event({"p": "", "o": "add", "v": root, "c": 0}, "delta")]


def append(text: str, path: str = "/message/content/parts/0") -> bytes:
    return event({"p": path, "o": "append", "v": text}, "delta")


CLOSING = event(
    {
        "p": "",
        "o": "patch",
        "v": [
            {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
            {"p": "/message/end_turn", "o": "replace", "v": True},
            {"p": "/message/metadata", "o": "append", "v": {"is_complete": True}},
        ],
    },
    "delta",
)


def stream(kind: str, number: int, chunks: int, seed: int) -> list[Arrival]:
    """The reads of one answer, in ns after request sent."""
    dice = random.Random(f"{seed} {number}")
    at = dice.uniform(180, 700)
    reads: list[tuple[float, bytes]] = [
        (at - 60, event("v1", "delta_encoding") + b"".join(opening(number)))
    ]
    if kind == "reasoning":
        reads.append((at, b"".join(opening(number, "thoughts"))))
        for word in dice.choices(WORDS, k=chunks // 3):
            at += dice.gammavariate(4, 9)
            reads.append((at, append(word + " ", "/message/content/thoughts/0/content")))
        at += 900
        reads.append((at - 5, b"".join(opening(number))))
    for index in range(chunks):
        at += dice.gammavariate(3, 14)
        if kind == "stalling" and index in (chunks // 3, chunks // 2):
            at += dice.uniform(350, 1600)
        if kind == "keepalive" and index % 20 == 10:
            reads.append((at, b": ping\n\n"))
            at += dice.uniform(120, 330)
        words = dice.choices(WORDS, k=1 + 5 * (kind == "bursty" and index % 5 == 0))
        reads.append((at, b"".join(append(word + " ") for word in words)))
    title = TITLES[number % len(TITLES)]
    if title:
        reads.append((at + 20, event({"type": "title_generation", "title": title})))
    if kind != "aborted":
        reads.append((at + 35, CLOSING))
        reads.append((at + 60, event({"type": "message_stream_complete"}) + b"data: [DONE]\n\n"))
    return [(round(ms * MS), data) for ms, data in reads]


def turn(number: int, sent_ns: int, kind: str, chunks: int, seed: int) -> Iterator[AnyRecord]:
    """One chat turn, its reads batched as between two flushes."""
    version = ("HTTP/2.0", "HTTP/3")[number // 2 % 2]
    path = "/backend-api/f/conversation"
    yield RequestHead(number, sent_ns - 2 * MS, "POST", "https", "chat.example", path, version)
    body = json.dumps({"action": "next", "supported_encodings": ["v1"]}).encode()
    yield Body(number, sent_ns, "request", len(body), body)
    yield RequestEnd(number, sent_ns)
    headers = (("content-type", "text/event-stream; charset=utf-8"),)
    yield ResponseHead(number, sent_ns + 70 * MS, 200, version, headers, streamed=True)
    reads = stream(kind, number, chunks, seed)
    for begin in range(0, len(reads), 12):
        batch = reads[begin : begin + 12]
        yield Reads(
            number,
            tuple(sent_ns + at for at, _ in batch),
            tuple(len(data) for _, data in batch),
            b"".join(data for _, data in batch),
        )
    how: Ending = "client_abort" if kind == "aborted" else "complete"
    yield ExchangeEnd(number, sent_ns + reads[-1][0] + 8 * MS, how)


def call(
    number: int, at_ns: int, path: str, took_ms: int, status: int = 200
) -> Iterator[AnyRecord]:
    """One JSON call."""
    yield RequestHead(number, at_ns, "GET", "https", "chat.example", path, "HTTP/2.0")
    yield RequestEnd(number, at_ns)
    headers = (("content-type", "application/json"),)
    done = at_ns + took_ms * MS
    yield ResponseHead(number, done - 4 * MS, status, "HTTP/2.0", headers)
    yield Body(number, done, "response", 15, b'{"items":[1,2]}')
    yield ExchangeEnd(number, done, "complete")


def observed(at_ns: int, reads: int, late_ns: int) -> Observer:
    """A window of five seconds, in which one sample may have been late."""
    return Observer(
        at_ns=at_ns,
        window_ns=5_000 * MS,
        samples=250,
        lag_median_ns=180_000,
        lag_max_ns=late_ns or 2 * MS,
        late_at_ns=(at_ns - 400 * MS,) if late_ns else (),
        late_ns=(late_ns,) if late_ns else (),
        reads=reads,
        stamping_ns=reads * 2_100,
        writer_cpu_ns=reads * 14_000,
        queue_peak=3,
    )


def capture(
    turns: int = 8,
    chunks: int = 60,
    *,
    seed: int = 1,
    capture_id: str = "synthetic-1",
    lost: bool = False,
) -> Iterator[AnyRecord]:
    """A whole capture: after every turn a JSON call and what the observer says of itself."""
    yield CaptureHead(
        capture_id, "proxy", "streamscope 0.1.0 on mitmproxy 12.2.3", "chunk", 41, START_NS, WALL_NS
    )
    yield Connection(1, START_NS, "client", "h2")
    at_ns = START_NS
    for index in range(turns):
        number = 2 * index + 1
        at_ns += 1_500 * MS
        for record in turn(number, at_ns, KINDS[index % len(KINDS)], chunks, seed):
            yield record
            at_ns = getattr(record, "at_ns", at_ns) if isinstance(record, ExchangeEnd) else at_ns
        status = 401 if index == 3 else 200
        paths = ("/backend-api/conversations?offset=0&limit=28", "/api/auth/session")
        yield from call(number + 1, at_ns, paths[index % 2], 30 + 7 * index, status)
        yield observed(at_ns, chunks + 5, late_ns=9 * MS if index % 3 == 0 else 0)
    if lost:
        yield Lost(at_ns, "reads", 3, "the queue to the writer was full", 4_096, 1)
    yield CaptureEnd(at_ns + 200 * MS)


def write(path: Path, records: Iterable[AnyRecord]) -> Path:
    """Write the records as a journal."""
    with path.open("wb") as file:
        file.writelines(map(journal.encode, records))
    return path
