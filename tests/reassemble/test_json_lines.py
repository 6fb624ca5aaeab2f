"""Streams of JSON lines in the pipeline: chosen by content type, timed like events."""

import pytest

from analyzer.model import (
    AnyRecord,
    Exchange,
    ExchangeEnd,
    Reads,
    RequestHead,
    ResponseHead,
)
from analyzer.reassemble import EventsSeen, Reassembled, Reassembler

END = ExchangeEnd(1, 900, "complete")


def run(content_type: str, *parts: tuple[int, bytes], end: bool = True) -> list[Reassembled]:
    headers = (("content-type", content_type),)
    reads = Reads(
        1,
        tuple(at for at, _ in parts),
        tuple(len(data) for _, data in parts),
        b"".join(data for _, data in parts),
    )
    records: list[AnyRecord] = [
        RequestHead(1, 100, "POST", "https", "ollama.test", "/api/chat", "HTTP/1.1"),
        ResponseHead(1, 200, 200, "HTTP/1.1", headers, streamed=True),
        reads,
        *([END] if end else []),
    ]
    reassembler = Reassembler()
    made = [out for record in records for out in reassembler.feed(record)]
    return made + reassembler.finish()


@pytest.mark.parametrize(
    "content_type", ["application/x-ndjson; charset=utf-8", "application/json"]
)
def test_lines_are_events_of_a_generic_stream(content_type: str) -> None:
    """JSON that somebody asked to see streamed is read so, too."""
    events, exchange = run(content_type, (300, b'{"a":1}\n{"b"'), (400, b":2}\n"))

    assert isinstance(events, EventsSeen)
    assert isinstance(exchange, Exchange)
    assert [(e.data, e.at_ns) for e in events.events] == [('{"a":1}', 300), ('{"b":2}', 400)]
    assert (exchange.dialect, exchange.stream.events, exchange.stream.reads) == ("generic", 2, 2)
    assert exchange.problems == ()


@pytest.mark.parametrize("end", [True, False])
def test_a_last_line_without_its_line_feed_comes_before_the_exchange(end: bool) -> None:
    first, last, exchange = run(
        "application/jsonl", (300, b'{"a":1}\n{"b":'), (400, b"2}"), end=end
    )

    assert isinstance(first, EventsSeen)
    assert isinstance(last, EventsSeen)
    assert isinstance(exchange, Exchange)
    assert [(e.seq, e.data, e.at_ns, e.read) for e in last.events] == [(1, '{"b":2}', 400, 1)]
    assert (exchange.stream.events, exchange.stream.coalesced) == (2, 0)


def test_a_line_that_is_no_json_is_a_problem_of_its_exchange() -> None:
    made = run("application/x-ndjson", (300, b'{"a":1}\noops\n'))
    exchange = made[-1]

    assert isinstance(exchange, Exchange)
    assert [(p.code, p.offset, p.exchange) for p in exchange.problems] == [("bad_json", 8, 1)]


def test_everything_else_is_an_event_stream() -> None:
    events, _ = run("text/plain", (300, b"data: x\n\n"))

    assert isinstance(events, EventsSeen)
    assert [event.data for event in events.events] == ["x"]
