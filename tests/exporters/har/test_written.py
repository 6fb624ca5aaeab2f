"""What stands in a HAR file that we write: what the standard asks for, and what Chromium adds."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import everything
import jsonschema
import pytest
import synthetic
from anything import CAPTURES, HEADS
from har_files import of_kind, read_bytes, the
from hypothesis import given, settings
from referencing import Registry, Resource

from analyzer.exporters import har
from analyzer.exporters.har import entries, passing, writing
from analyzer.exporters.losses import Loss
from analyzer.importers.har import scanning
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureHead,
    Connection,
    Ending,
    ExchangeEnd,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)

SCHEMAS = Path(__file__).parents[2] / "fixtures" / "har-schema"
HEAD = CaptureHead("c", "proxy", "test", "chunk", 1, 0, 1_772_366_400_000_000_000)
MS = 1_000_000


def _validator() -> jsonschema.Draft6Validator:
    schemas = [json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))]
    resources = [(one["$id"].rstrip("#"), Resource.from_contents(one)) for one in schemas]
    (root,) = [one for one in schemas if one["$id"] == "har.json#"]
    return jsonschema.Draft6Validator(
        root,
        registry=Registry().with_resources(resources),
        format_checker=jsonschema.Draft6Validator.FORMAT_CHECKER,
    )


VALIDATOR = _validator()


def write(records: Iterable[AnyRecord | Problem]) -> tuple[bytes, list[Loss]]:
    file = io.BytesIO()
    losses = har.write(records, file)
    return file.getvalue(), losses


def log_of(records: Iterable[AnyRecord | Problem]) -> dict[str, Any]:
    document = json.loads(write(records)[0])
    VALIDATOR.validate(document)
    log: dict[str, Any] = document["log"]
    return log


def an_exchange(
    *middle: AnyRecord, number: int = 1, how: Ending | None = "complete", **head: Any
) -> list[AnyRecord]:
    """From 0 to 100 ms; ``middle`` stands between its head and its end."""
    given: dict[str, Any] = {
        "method": "GET", "scheme": "https", "authority": "chat.example", "path": "/a?b=c%20d&e",
        "http_version": "HTTP/2.0", **head,
    }  # fmt: skip
    end = [ExchangeEnd(number, 100 * MS, how)] if how else []
    return [RequestHead(number, 0, **given), *middle, *end]


@pytest.mark.parametrize(("redaction", "said"), [("content", "filler"), ("shape", "lengths")])
def test_a_redacted_capture_says_so_to_whoever_reads_it(redaction: str, said: str) -> None:
    log = log_of([everything.changed(HEAD, redaction=redaction)])

    assert said in log["comment"]
    assert "comment" not in log_of([HEAD])


def test_an_exchange_is_an_entry() -> None:
    sent = (("cookie", "a=1; b=2"), ("content-type", "text/plain"))
    given = (
        ("content-type", "application/json"),
        ("set-cookie", "s=3; Path=/x; HttpOnly; Expires=Thu, 01 Jan 2026 00:00:00 GMT"),
        ("location", "/next"),
    )
    log = log_of(
        [
            HEAD,
            Connection(4, 0, "server", "h2", "[2001:db8::1]:443"),
            *an_exchange(
                Body(1, 1 * MS, "request", 3, "é!".encode(), 3),
                RequestEnd(1, 10 * MS),
                ResponseHead(1, 60 * MS, 302, "HTTP/3", given, "Found", 4),
                Body(1, 90 * MS, "response", 9, b"\xff\0", 5, "only the beginning"),
                headers=sent,
            ),
        ]
    )
    (entry,) = log["entries"]

    assert (log["version"], log["creator"]["name"], log["pages"]) == ("1.2", "streamscope", [])
    assert entry["startedDateTime"] == "2026-03-01T12:00:00.000000Z"
    assert entry["time"] == 100
    assert entry["timings"] == {
        "blocked": -1, "dns": -1, "connect": -1, "ssl": -1, "send": 10, "wait": 50, "receive": 40
    }  # fmt: skip
    assert (entry["serverIPAddress"], entry["connection"]) == ("2001:db8::1", "443")
    assert entry["_connectionId"] == "4"
    asked, answered = entry["request"], entry["response"]
    assert asked["url"] == "https://chat.example/a?b=c%20d&e"
    assert asked["queryString"] == [{"name": "b", "value": "c d"}, {"name": "e", "value": ""}]
    assert asked["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert asked["postData"] == {"mimeType": "text/plain", "text": "é!"}
    assert (asked["httpVersion"], asked["bodySize"]) == ("http/2.0", 3)
    assert answered["cookies"] == [
        {
            "name": "s", "value": "3", "path": "/x", "httpOnly": True,
            "expires": "2026-01-01T00:00:00+00:00",
        }
    ]  # fmt: skip
    assert (answered["httpVersion"], answered["redirectURL"]) == ("h3", "/next")
    assert answered["content"] == {
        "size": 9, "compression": 4, "mimeType": "application/json", "text": "/wA=",
        "encoding": "base64", "comment": "only the beginning",
    }  # fmt: skip


def test_a_stream_has_its_text_and_its_events_with_their_times() -> None:
    text = b"id: 7\nevent: delta\ndata: a\n\ndata: b\n\n: end\n"
    (entry,) = log_of(
        [
            HEAD,
            *an_exchange(
                ResponseHead(1, 5 * MS, 200, "HTTP/2.0", streamed=True),
                Reads(1, (20 * MS, 30 * MS), (20, len(text) - 20), text, (9, 9)),
            ),
        ]
    )["entries"]

    assert entry["response"]["content"]["text"] == text.decode()
    assert entry["response"]["bodySize"] == 18
    assert entry["_eventSourceMessages"] == [
        {"time": 1_772_366_400.03, "eventName": "delta", "eventId": "7", "data": "a"},
        {"time": 1_772_366_400.03, "eventName": "message", "eventId": "7", "data": "b"},
    ]


def test_a_stream_without_times_gets_none() -> None:
    head = ResponseHead(1, 5 * MS, 200, "HTTP/2.0", streamed=True, timed=False)
    (entry,) = log_of([HEAD, *an_exchange(head, Reads(1, (5,), (9,), b"data: a\n\n"))])["entries"]

    assert "_eventSourceMessages" not in entry


def test_websocket_messages_are_told_as_chromium_tells_them() -> None:
    (entry,) = log_of(
        [
            HEAD,
            *an_exchange(
                ResponseHead(1, 5 * MS, 101, "HTTP/1.1"),
                WebSocketMessage(1, 20 * MS, True, True, b"hi", 2),
                WebSocketMessage(1, 30 * MS, False, False, b"\xff\0", 2),
            ),
        ]
    )["entries"]

    assert entry["request"]["url"].startswith("wss://chat.example/")
    assert entry["_resourceType"] == "websocket"
    assert entry["_webSocketMessages"] == [
        {"type": "send", "time": 1_772_366_400.02, "opcode": 1, "data": "hi"},
        {"type": "receive", "time": 1_772_366_400.03, "opcode": 2, "data": "/wA="},
    ]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("complete", None),
        ("client_abort", "net::ERR_ABORTED"),
        ("server_abort", "net::ERR_CONNECTION_CLOSED"),
        ("error", "net::ERR_FAILED"),
        (None, None),
    ],
)
def test_how_it_ended_is_said_in_chromiums_words(how: Ending | None, error: str | None) -> None:
    response = ResponseHead(1, 5 * MS, 200, "HTTP/2.0")
    (entry,) = log_of([HEAD, *an_exchange(response, how=how)])["entries"]

    assert entry["response"].get("_error") == error
    assert ("comment" in entry["response"]) is (how is None)


def test_entries_stand_in_the_order_in_which_their_exchanges_ended() -> None:
    records = [HEAD, *an_exchange(number=1, how=None), *an_exchange(number=2, path="/2")]
    log = log_of([*records, ExchangeEnd(1, 200 * MS, "complete")])

    assert [one["_streamscope"]["exchange"] for one in log["entries"]] == [2, 1]


def test_unknown_spans_are_not_zero() -> None:
    (entry,) = log_of([HEAD, *an_exchange()])["entries"]

    assert entry["timings"]["wait"] == -1
    assert entry["response"]["headersSize"] == -1


@pytest.mark.parametrize(
    "records",
    [
        [],
        [HEAD],
        list(synthetic.capture(lost=True)),
        [HEAD, *everything.recorded(0)],
        everything.recorded(0),
    ],
)
def test_every_capture_is_valid_against_the_published_schema(records: list[AnyRecord]) -> None:
    log_of(records)


@settings(deadline=None, max_examples=25)
@given(HEADS, CAPTURES)
def test_any_capture_is_valid_and_reads(
    head: CaptureHead, records: list[AnyRecord | Problem]
) -> None:
    log_of([head, *records])
    first, *_ = read_bytes(write([head, *records])[0])

    assert isinstance(first, CaptureHead)
    assert (first.clock, first.redaction) == (head.clock, head.redaction)


# --------------------------------------------------------------------------- limits and losses


def losses_of(records: Iterable[AnyRecord | Problem]) -> dict[str, int]:
    return {loss.what: loss.count for loss in write(records)[1]}


def test_what_has_no_entry_is_counted() -> None:
    stream = ResponseHead(1, 5 * MS, 200, "HTTP/2.0", streamed=True)
    assert losses_of(
        [
            HEAD,
            Problem("x", "y", "z"),
            RequestEnd(9, 1),
            *an_exchange(
                stream,
                stream,
                Body(1, 9, "response", 1, b"x"),
                Reads(1, (1,), (1,), b"x", (), "request"),
            ),
        ]
    ) == {
        "problems of the file": 1,
        "moments at which a request was sent": 1,
        "heads of responses": 1,
        "bodies, or their bytes": 1,
        "batches of reads, or their bytes": 1,
    }  # fmt: skip


def test_a_stream_over_the_limit_keeps_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "STRING_LIMIT", 20)
    records = [
        HEAD,
        *an_exchange(
            ResponseHead(1, 5 * MS, 200, "HTTP/2.0", streamed=True),
            *(Reads(1, (at,), (9,), b"data: a\n\n") for at in (6 * MS, 7 * MS, 8 * MS)),
        ),
    ]
    data, losses = write(records)
    reads = the(Reads, read_bytes(data))

    assert (reads.at_ns, reads.lengths) == ((6 * MS, 7 * MS, 8 * MS), (9, 9, 0))
    assert reads.wire_lengths == (9, 9, 9)
    assert [loss.count for loss in losses] == [1]


def test_bodies_over_the_limit_keep_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body is held back if it, the bodies of all open exchanges, or its JSON, is too long."""
    response = ResponseHead(1, 5 * MS, 200, "HTTP/2.0")
    body = Body(1, 9 * MS, "response", 60, b"\x01" * 60, 60)
    for module, name in (
        (passing, "STRING_LIMIT"),
        (writing, "HELD_LIMIT"),
        (entries, "STRING_LIMIT"),
    ):
        with monkeypatch.context() as limited:
            limited.setattr(module, name, 59)
            data, losses = write([HEAD, *an_exchange(response, body)])
        kept = the(Body, read_bytes(data))

        assert (kept.length, kept.wire_length, kept.data) == (60, 60, b"")
        assert kept.withheld
        assert [(loss.what, loss.count) for loss in losses] == [("bodies, or their bytes", 1)]


@pytest.mark.parametrize(
    ("module", "name", "what"),
    [
        (passing, "READS_LIMIT", "batches of reads, or their bytes"),
        (passing, "MESSAGES_LIMIT", "WebSocket messages"),
        (entries, "EVENTS_LIMIT", "times of a stream's events, for other tools"),
        (writing, "BESIDE_LIMIT", "records of no entry"),
    ],
)
def test_limits_cost_what_is_over_them(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, what: str
) -> None:
    monkeypatch.setattr(module, name, 2)
    records = [
        HEAD,
        *(Observer(at, 1, 1) for at in range(2 + (what == "records of no entry"))),
        *an_exchange(
            ResponseHead(1, 5 * MS, 200, "HTTP/2.0", streamed=True),
            Reads(1, (6, 7), (4, 5), b"data: a\n\n"),
            *([Reads(1, (8,), (1,), b"\n")] if name == "READS_LIMIT" else []),
            *([WebSocketMessage(1, 9, True, True, b"abc", 3)] if name == "MESSAGES_LIMIT" else []),
        ),
    ]

    assert losses_of(records).get(what) == 1


def test_the_exchange_that_is_open_longest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "OPEN_LIMIT", 2)
    begun = [record for number in (1, 2, 3) for record in an_exchange(number=number, how=None)]
    data, losses = write([HEAD, *begun, ExchangeEnd(1, 9, "complete")])

    assert [one.exchange for one in of_kind(RequestHead, read_bytes(data))] == [1, 2, 3]
    assert [(loss.what, loss.count) for loss in losses] == [("ends of exchanges", 1)]


def test_what_we_write_we_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body at the limit comes back whole, whatever its bytes are."""
    monkeypatch.setattr(scanning, "BLOCK", 64)
    for limit in (scanning, passing, entries):
        monkeypatch.setattr(limit, "STRING_LIMIT", 600)
    response = ResponseHead(1, 5 * MS, 200, "HTTP/2.0")
    for data in (b"\x01" * 99, "é".encode() * 299, b"\xff" * 440, b'"' * 298):
        body = Body(1, 9 * MS, "response", len(data), data)
        written, losses = write([HEAD, *an_exchange(response, body)])

        assert the(Body, read_bytes(written)) == body
        assert losses == []
