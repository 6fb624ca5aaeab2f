"""Event streams and WebSockets: the times that Chrome keeps beside an entry, and the bytes."""

import base64
from typing import Any

import pytest
import synthetic
from har_files import (
    MS,
    START_S,
    a_har,
    a_request,
    a_response,
    an_entry,
    of_kind,
    read_bytes,
    the,
)

from analyzer.analyses.latency import ExchangeTimes, measure_times
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Exchange,
    ExchangeEnd,
    Problem,
    Reads,
    ResponseHead,
    Unmeasurable,
    WebSocketMessage,
)
from analyzer.reassemble import Reassembler
from analyzer.wire import sse

BODY = ": hi\n\nevent: delta\ndata: one\n\ndata: two\ndata: three\r\n\r\ndata: [DONE]\n\n: bye\n\n"
MESSAGES = [
    {"time": START_S + 0.070, "eventName": "delta", "eventId": "", "data": "one"},
    {"time": START_S + 0.080, "eventName": "message", "eventId": "", "data": "two\nthree"},
    {"time": START_S + 0.080, "eventName": "message", "eventId": "", "data": "[DONE]"},
]


def read(*entries: Any) -> list[AnyRecord | Problem]:
    return read_bytes(a_har(*entries))


def streamed(text: str | None, messages: Any = MESSAGES, **content: Any) -> Any:
    response = a_response(text, "text/event-stream; charset=utf-8")
    response["content"] |= content
    return an_entry(response=response, _eventSourceMessages=messages)


def pieces(records: list[AnyRecord | Problem]) -> list[tuple[float, bytes]]:
    reads = the(Reads, records)
    at, found = 0, []
    for at_ns, length in zip(reads.at_ns, reads.lengths, strict=True):
        found.append((at_ns / MS, reads.data[at : at + length]))
        at += length
    return found


def test_the_body_is_cut_where_its_events_end_and_timed_by_the_messages() -> None:
    """Two messages of one time came in one read; a comment behind the last stays with it."""
    for entry in (
        streamed(BODY),
        streamed(base64.b64encode(BODY.encode()).decode(), encoding="base64"),
        streamed(BODY, [{k: v for k, v in one.items() if k != "data"} for one in MESSAGES]),
    ):
        records = read(entry)

        assert pieces(records) == [
            (70, b": hi\n\nevent: delta\ndata: one\n\n"),
            (80, b"data: two\ndata: three\r\n\r\ndata: [DONE]\n\n: bye\n\n"),
        ]
        assert the(ResponseHead, records).timed
        assert not of_kind(Problem, records)


def test_without_a_body_events_are_written_as_a_service_writes_them() -> None:
    messages = [
        {"time": START_S + 0.07, "eventName": "delta", "eventId": "7", "data": "one\ntwo"},
        {"time": START_S + 0.08, "eventName": "", "eventId": "7", "data": ""},
        {"time": START_S + 0.09, "eventName": None, "eventId": "", "data": "é"},
    ]

    assert pieces(read(streamed(None, messages))) == [
        (70, b"id: 7\nevent: delta\ndata: one\ndata: two\n\n"),
        (80, b"data:\n\n"),
        (90, "id: \ndata: é\n\n".encode()),
    ]


@pytest.mark.parametrize("text", [BODY.replace("one", "1"), BODY[:60], BODY + BODY])
def test_a_body_that_tells_other_events_gives_way_to_the_messages(text: str) -> None:
    records = read(streamed(text))

    assert pieces(records) == [
        (70, b"event: delta\ndata: one\n\n"),
        (80, b"data: two\ndata: three\n\ndata: [DONE]\n\n"),
    ]
    assert the(Problem, records).code == "har_messages_differ"


def test_an_export_without_content_keeps_number_and_times_and_says_so_once() -> None:
    bare = [{"time": one["time"], "eventName": one["eventName"]} for one in MESSAGES]
    records = read(streamed(None, bare), streamed(None, bare))
    reads, _ = of_kind(Reads, records)

    assert reads.data == b"event: delta\ndata:\n\ndata:\n\ndata:\n\n"
    assert [at / MS for at in reads.at_ns] == [70, 80]
    assert the(Problem, records).code == "har_sanitized"


def test_no_event_comes_before_its_headers() -> None:
    """What had come before the network panel looked carries the request's beginning."""
    early = [{**MESSAGES[0], "time": START_S + 0.001}, *MESSAGES[1:]]

    records = read(streamed(BODY, early))

    assert [at for at, _ in pieces(records)] == [60, 80]
    assert the(Problem, records).code == "har_early_events"


def test_a_message_without_a_time_came_with_the_one_before_it() -> None:
    messages = [MESSAGES[0], {**MESSAGES[1], "time": "NaN"}, MESSAGES[2]]

    assert [at for at, _ in pieces(read(streamed(BODY, messages)))] == [70, 80]


@pytest.mark.parametrize("messages", [None, [], [{**one, "time": None} for one in MESSAGES]])
def test_a_stream_that_nothing_times_is_not_measured_and_others_are(messages: Any) -> None:
    records = read(streamed(BODY, messages), an_entry())

    assert the(CaptureHead, records).clock == "event"
    assert [one.timed for one in of_kind(ResponseHead, records)] == [False, True]
    reads = the(Reads, records)
    assert (reads.data, len(reads.at_ns)) == (BODY.encode(), 1)
    assert isinstance(_times(records).time_to_first_event_ns, Unmeasurable)


def _times(records: list[AnyRecord | Problem]) -> ExchangeTimes:
    reassembler = Reassembler()
    found = [out for record in records for out in reassembler.feed(record)]
    exchange = next(one for one in found if isinstance(one, Exchange) and one.streamed)
    return measure_times(exchange, "event")


def test_json_lines_are_a_stream_without_times() -> None:
    records = read(an_entry(response=a_response('{"a":1}\n{"a":2}\n', "application/x-ndjson")))
    response = the(ResponseHead, records)

    assert (response.streamed, response.timed) == (True, False)
    assert the(Reads, records).data == b'{"a":1}\n{"a":2}\n'
    assert not of_kind(Body, records)


def test_events_may_end_after_the_entry_says_that_it_did() -> None:
    late = [*MESSAGES[:2], {**MESSAGES[2], "time": START_S + 3}]

    assert the(ExchangeEnd, read(streamed(BODY, late))).at_ns == 3_000 * MS


def test_websocket_frames_are_messages_with_their_times() -> None:
    told = [
        {"type": "send", "time": START_S + 0.2, "opcode": 1, "data": "hé"},
        {"type": "receive", "time": START_S + 0.3, "opcode": 2, "data": "/wA="},
        {"type": "receive", "time": "x", "opcode": 2, "data": "no base64"},
        {"type": "error", "time": START_S + 0.4, "opcode": 1, "data": "x"},
        {"type": "receive", "time": START_S + 0.4, "opcode": 9, "data": "x"},
        {"type": "receive", "opcode": 1},
        None,
    ]
    response = a_response(None, "x-unknown", status=101)
    records = read(an_entry(response=response, _webSocketMessages=told))

    assert of_kind(WebSocketMessage, records) == [
        WebSocketMessage(1, 200 * MS, True, True, "hé".encode(), 3),
        WebSocketMessage(1, 300 * MS, False, False, b"\xff\0", 2),
        WebSocketMessage(1, 300 * MS, False, False, b"no base64", 9),
        WebSocketMessage(1, 400 * MS, False, True, b"", 0),
    ]


def test_a_turn_has_its_text_and_its_times() -> None:
    reads = synthetic.stream("steady", 1, 20, seed=1)
    body = b"".join(data for _, data in reads)
    told = [
        {"time": START_S + at_ns / 1e9, "eventName": event.type, "data": event.data}
        for at_ns, data in reads
        for event in sse.Decoder().feed(0, data)
    ]
    entry = streamed(body.decode(), told)
    entry["request"] = a_request("https://chat.example/backend-api/f/conversation", method="POST")
    reassembler = Reassembler()
    found = [out for record in read(entry) for out in reassembler.feed(record)]
    (exchange,) = [one for one in found if isinstance(one, Exchange)]

    assert exchange.turn is not None
    assert exchange.turn.status == "complete"
    assert len(exchange.turn.answer.split()) == 20
    expected = [at_ns // 1_000 * 1_000 for at_ns, _ in reads[1:21]]
    assert [
        abs(at - known) <= 1_000
        for at, known in zip(exchange.turn.texts.at_ns, expected, strict=True)
    ] == [True] * 20


def test_a_message_that_a_cut_goes_through_is_no_event() -> None:
    """Where the body stands before it, that has all, but not when; else the messages do."""
    behind = a_har(streamed(BODY)).partition(b'"data": "two')[0]
    entry = streamed(None)
    alone = a_har({**entry, "response": entry.pop("response"), **entry})
    alone = alone.partition(b'"data": "[DONE]')[0]
    with_body, without = read_bytes(behind), read_bytes(alone)

    assert the(Reads, with_body).data == BODY.encode()
    assert not the(ResponseHead, with_body).timed
    assert the(Reads, without).data == b"event: delta\ndata: one\n\ndata: two\ndata: three\n\n"
    assert the(ResponseHead, without).timed
