"""What logs made by hand show: exchanges, their times, bytes and ends, in numbers of no build."""

import gzip
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from netlogs import ERRORS, OFFSET_MS, TYPES, LogMaker

from analyzer.analyses.latency import why_no_turn
from analyzer.analyses.questions import Unanswered
from analyzer.analyze import analyze
from analyzer.importers import netlog, read_capture
from analyzer.importers.netlog import bodies, connections, lines, streams
from analyzer.importers.netlog import log as log_module
from analyzer.importers.source import Source
from analyzer.intake.seen import BodySeen, EndSeen, Item, ReadSeen, RequestSeen, ResponseSeen
from analyzer.intake.seen import StreamGap as Gap
from analyzer.model import (
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Lost,
    Problem,
    RequestEnd,
    Unmeasurable,
)

MS = 1_000_000


def write(directory: Path, content: bytes) -> Path:
    path = directory / "log"
    path.write_bytes(content)
    return path


def seen(directory: Path, log: LogMaker | bytes) -> list[Item | Problem]:
    """What the importer makes of a log."""
    content = log if isinstance(log, bytes) else log.text()
    with Source(write(directory, content)) as source:
        return list(netlog.read(source))


def of[Kind](kind: type[Kind], items: list[Item | Problem]) -> list[Kind]:
    return [item for item in items if isinstance(item, kind)]


def chunks(items: list[Item | Problem]) -> list[tuple[int, int, bytes]]:
    """Exchange, milliseconds, bytes."""
    return [(item[0], item[1] // MS, item[2]) for item in items if isinstance(item, tuple)]


def a_stream(mode: str = "Everything") -> LogMaker:
    """Over HTTP/2: three DATA frames at 50, 60 and 61 ms; a read of one, a read of two."""
    log = LogMaker(mode)
    log.h2_session(10)
    log.ask(30, 11, upload=17)
    log.h2(44, "RECV_HEADERS", stream_id=11, fin=False, headers=[":status: 200"])
    log.answer(45, 11, fields=["x-id: 1"])
    log.h2(50, "RECV_DATA", stream_id=11, size=9, fin=False)
    log.read(52, 11, b"data: a\n\n")
    log.h2(60, "RECV_DATA", stream_id=11, size=4, fin=False)
    log.h2(61, "RECV_DATA", stream_id=11, size=5, fin=False)
    log.read(63, 11, b"data: b\n\n")
    log.h2(70, "RECV_DATA", stream_id=11, size=0, fin=True)
    log.end(75, 11)
    return log


def test_an_exchange_over_http2_is_told_in_the_order_of_its_moments(tmp_path: Path) -> None:
    items = seen(tmp_path, a_stream())

    head, connection, request, upload, sent, response, *_, end, closing = items
    assert isinstance(head, CaptureHead)
    assert head == CaptureHead(
        head.capture_id, "netlog", "Chromium 999.0.1.2", "chunk", MS, 10 * MS, (OFFSET_MS + 10) * MS
    )  # fmt: skip
    assert connection == Connection(
        1, 31 * MS, "server", "h2", "192.0.2.1:443", "chat.test", "TLSv1.3",
        10 * MS, 16 * MS, 12 * MS, "192.0.2.9:5000",
    )  # fmt: skip
    assert request == RequestSeen(
        1, 31 * MS, "POST", "https", "chat.test", "/stream", "HTTP/2.0", (), 1, ""
    )
    assert isinstance(upload, BodySeen)
    assert (upload.side, upload.raw, upload.length, upload.wire_length) == ("request", None, 17, 17)
    assert sent == RequestEnd(1, 32 * MS)
    fields = ((b"content-type", b"text/event-stream"), (b"x-id", b"1"))
    assert response == ResponseSeen(1, 44 * MS, 200, "HTTP/2.0", fields, "", 1, True, "")
    assert end == EndSeen(1, 70 * MS, "complete", "")
    assert closing == CaptureEnd(75 * MS)


def test_each_part_of_a_read_came_when_its_frame_did(tmp_path: Path) -> None:
    assert chunks(seen(tmp_path, a_stream())) == [
        (1, 50, b"data: a\n\n"),
        (1, 60, b"data"),
        (1, 61, b": b\n\n"),
    ]


def test_bytes_without_a_frame_came_with_their_read(tmp_path: Path) -> None:
    log = LogMaker()
    log.socket(10, "http/1.1")
    log.ask(30, 11, protocol="h1", fields=["Accept: */*"])
    log.answer(45, 11, reason="Fine")
    log.read(52, 11, b"data: a\n\n")
    log.end(75, 11)
    items = seen(tmp_path, log)

    (response,) = of(ResponseSeen, items)
    assert (response.http_version, response.reason) == ("HTTP/1.1", "Fine")
    assert chunks(items) == [(1, 52, b"data: a\n\n")]
    assert of(EndSeen, items) == [EndSeen(1, 75 * MS, "complete", "")]
    assert of(Connection, items)[0].protocol == "http/1.1"
    assert of(RequestSeen, items)[0].fields == ((b"Host", b"chat.test"), (b"Accept", b"*/*"))


def an_h3_stream() -> LogMaker:
    """A DATA frame of 100 bytes whose second half comes 20 ms after its header."""
    log = LogMaker()
    log.quic_session(10)
    log.ask(30, 11, protocol="h3", stream_id=4)
    at = {"stream_id": 4}
    piece = "QUIC_SESSION_STREAM_FRAME_RECEIVED"
    log.quic(40, piece, **at, offset=0, length=72, fin=False)  # 2 + 20, 2 + 48
    log.quic(40, "HTTP3_HEADERS_RECEIVED", **at, compressed_headers_length=20)
    log.quic(40, "HTTP3_HEADERS_DECODED", **at, headers=[":status: 200"])
    log.quic(41, "HTTP3_DATA_FRAME_RECEIVED", **at, payload_length=100)
    log.answer(41, 11)
    log.read(42, 11, b"a" * 47)
    log.quic(60, piece, **at, offset=72, length=53, fin=True)
    log.read(66, 11, b"b" * 53)
    log.end(75, 11)
    return log


def test_bytes_of_http3_came_with_their_packets_not_with_their_frames_header(
    tmp_path: Path,
) -> None:
    """The header of a DATA frame takes two bytes up to 63 of payload, and three above."""
    items = seen(tmp_path, an_h3_stream())

    assert chunks(items) == [(1, 40, b"a" * 47), (1, 60, b"b" * 53)]
    assert of(ResponseSeen, items)[0].at_ns == 40 * MS
    assert of(EndSeen, items)[0].at_ns == 60 * MS
    assert of(Connection, items) == [
        Connection(
            1, 31 * MS, "server", "h3", "192.0.2.1:443", "chat.test", "QUICv1",
            10 * MS, 16 * MS, 10 * MS, "192.0.2.9:6000",
        )
    ]  # fmt: skip


def test_a_coded_body_is_taken_as_it_passed(tmp_path: Path) -> None:
    coded = gzip.compress(b"data: a\n\n", mtime=0)
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11)
    log.answer(45, 11, fields=["content-encoding: gzip"])
    log.request(46, "URL_REQUEST_FILTERS_SET", 11, filters="GZIP")
    log.h2(50, "RECV_DATA", stream_id=11, size=len(coded), fin=False)
    log.read(51, 11, coded, "BYTES_READ")
    log.read(51, 11, b"data: a\n\n")
    log.end(75, 11)
    items = seen(tmp_path, log)

    assert of(ResponseSeen, items)[0].content_encoding == "gzip"
    assert chunks(items) == [(1, 50, coded)]
    (exchange,) = [one.exchange for one in analyze([tmp_path / "log"]).captures[0].measured]
    assert (exchange.stream.bytes, exchange.stream.wire_bytes) == (9, len(coded))


def test_any_other_body_comes_whole_at_its_end(tmp_path: Path) -> None:
    log = LogMaker()
    log.socket(10, "http/1.1")
    log.ask(30, 11, protocol="h1")
    log.answer(45, 11, "application/json")
    log.read(50, 11, b'{"a":')
    log.read(52, 11, b"1}")
    log.end(75, 11)

    (body,) = of(BodySeen, seen(tmp_path, log))
    assert body == BodySeen(1, 75 * MS, "response", b'{"a":1}', "", "application/json")


def test_a_body_over_the_limit_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_LIMIT", 6)
    log = LogMaker()
    log.socket(10, "http/1.1")
    log.ask(30, 11, protocol="h1")
    log.answer(45, 11, "application/json")
    log.read(50, 11, b'{"a":')
    log.read(52, 11, b"1}")
    log.end(75, 11)

    (body,) = of(BodySeen, seen(tmp_path, log))
    assert (body.raw, body.length, body.wire_length) == (None, 7, 7)
    assert "longer than the 6 bytes" in body.missing


# ---------------------------------------------------------------------- ends


@pytest.mark.parametrize(
    ("error", "how"),
    [
        ("", "complete"),
        ("ERR_ABORTED", "client_abort"),
        ("ERR_CONNECTION_RESET", "server_abort"),
        ("ERR_FAILED", "error"),
        ("ERR_HTTP2_PROTOCOL_ERROR", "error"),
    ],
)
def test_a_net_error_says_who_ended_the_exchange(tmp_path: Path, error: str, how: str) -> None:
    log = a_stream()
    del log.events[-3:]
    log.end(75, 11, ERRORS.get(error, 0))

    (end,) = of(EndSeen, seen(tmp_path, log))
    assert (end.how, end.detail) == (how, f"net::{error}" if error else "")


def test_a_reset_by_the_service_is_told_from_other_protocol_errors(tmp_path: Path) -> None:
    log = a_stream()
    del log.events[-3:]
    log.h2(71, "RECV_RST_STREAM", stream_id=11, error_code="2 (INTERNAL_ERROR)")
    log.end(75, 11, ERRORS["ERR_HTTP2_PROTOCOL_ERROR"])

    (end,) = of(EndSeen, seen(tmp_path, log))
    assert end.how == "server_abort"
    assert end.detail == "net::ERR_HTTP2_PROTOCOL_ERROR, RST_STREAM 2 (INTERNAL_ERROR)"


@pytest.mark.parametrize(("fin", "how"), [(False, "client_abort"), (True, "complete")])
def test_a_cancelled_request_was_aborted_unless_all_had_come(
    tmp_path: Path, fin: bool, how: str
) -> None:
    log = a_stream()
    del log.events[-2:]
    if fin:
        log.h2(70, "RECV_DATA", stream_id=11, size=0, fin=True)
    log.request(74, "CANCELLED", 11)
    log.end(75, 11)

    assert [end.how for end in of(EndSeen, seen(tmp_path, log))] == [how]


def test_bytes_that_came_and_were_never_read_are_a_gap(tmp_path: Path) -> None:
    log = a_stream()
    del log.events[-2:]
    log.h2(69, "RECV_DATA", stream_id=11, size=3, fin=False)
    log.h2(70, "RECV_DATA", stream_id=11, size=0, fin=True)
    log.request(74, "CANCELLED", 11)
    log.end(75, 11)

    (gap,) = of(Gap, seen(tmp_path, log))
    assert (gap.reads, gap.size) == (1, 3)


def test_where_the_log_stops_an_exchange_is_unfinished(tmp_path: Path) -> None:
    log = a_stream()
    del log.events[-2:]
    items = seen(tmp_path, log)

    assert of(EndSeen, items) == []
    assert len(chunks(items)) == 3


# ---------------------------------------------------------------------- requests


def test_a_redirect_is_an_exchange_and_what_it_leads_to_another(tmp_path: Path) -> None:
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11, "/old")
    log.answer(40, 11, "", 302, ["location: /new"])
    log.request(41, "URL_REQUEST_REDIRECTED", 11, location="https://chat.test/new")
    log.request(41, "URL_REQUEST_START_JOB", 11, "PHASE_BEGIN", url="https://chat.test/new")
    log.send(42, 11, 1_500, "/new", stream_id=13)
    log.answer(50, 11)
    log.end(60, 11)
    items = seen(tmp_path, log)

    assert [(one.exchange, one.path) for one in of(RequestSeen, items)] == [
        (1, "/old"),
        (2, "/new"),
    ]
    assert [(one.exchange, one.status) for one in of(ResponseSeen, items)] == [(1, 302), (2, 200)]
    assert [(one.exchange, one.how, one.at_ns // MS) for one in of(EndSeen, items)] == [
        (1, "complete", 41),
        (2, "complete", 60),
    ]


def test_a_request_sent_again_over_another_connection_is_two_exchanges(tmp_path: Path) -> None:
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11)
    error = ERRORS["ERR_CONNECTION_RESET"]
    log.request(40, "HTTP_TRANSACTION_RESTART_AFTER_ERROR", 11, net_error=error)
    log.send(42, 11, 1_500, "/stream", stream_id=13)
    log.answer(50, 11)
    log.end(60, 11)

    ends = [(one.exchange, one.how, one.detail) for one in of(EndSeen, seen(tmp_path, log))]
    assert ends == [(1, "server_abort", "net::ERR_CONNECTION_RESET"), (2, "complete", "")]


def test_what_never_went_out_is_no_exchange(tmp_path: Path) -> None:
    """An answer from the cache, and a connection that was refused."""
    log = LogMaker()
    for number, error in ((11, 0), (12, ERRORS["ERR_CONNECTION_REFUSED"])):
        url = "https://chat.test/static/app.js"
        log.request(20, "REQUEST_ALIVE", number, "PHASE_BEGIN", url=url)
        log.request(20, "URL_REQUEST_START_JOB", number, "PHASE_BEGIN", url=url)
        log.read(21, number, b"cached")
        log.end(22, number, error)
    items = seen(tmp_path, log)

    assert [type(item) for item in items] == [CaptureHead, CaptureEnd]


def test_what_a_cache_adds_to_not_modified_is_no_body(tmp_path: Path) -> None:
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11, "/static/app.js")
    log.answer(40, 11, "text/javascript", 304)
    log.read(42, 11, b"from the cache")
    log.end(60, 11)
    items = seen(tmp_path, log)

    assert of(BodySeen, items) == []
    assert of(EndSeen, items)[0].how == "complete"


@pytest.mark.parametrize("url", ["chrome://version/", "data:,x", "http://[", ""])
def test_only_http_and_https_are_taken(tmp_path: Path, url: str) -> None:
    log = LogMaker()
    log.request(20, "URL_REQUEST_START_JOB", 11, "PHASE_BEGIN", url=url)
    log.request(21, "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 11, headers=[], line="")
    log.end(22, 11)

    assert of(RequestSeen, seen(tmp_path, log)) == []


def test_requests_from_before_the_log_are_counted_and_left_out(tmp_path: Path) -> None:
    log = LogMaker()
    log.request(20, "REQUEST_ALIVE", 11, "PHASE_BEGIN", url="https://chat.test/")
    log.answer(30, 11)
    log.read(31, 11, b"data: a\n\n")
    log.end(40, 11)
    items = seen(tmp_path, log)

    assert of(ResponseSeen, items) == []
    assert [(one.code, one.detail[:11]) for one in of(Problem, items)] == [
        ("begun_before", "1 responses")
    ]


def test_an_upgrade_to_a_websocket_says_that_its_messages_are_not_there(tmp_path: Path) -> None:
    log = LogMaker()
    log.socket(10, "http/1.1")
    log.request(20, "URL_REQUEST_START_JOB", 11, "PHASE_BEGIN", url="wss://chat.test/ws")
    kind = "HTTP_TRANSACTION_SEND_REQUEST_HEADERS"
    line = "GET /ws HTTP/1.1\r\n"
    log.request(21, kind, 11, headers=["Host: chat.test", "Upgrade: websocket"], line=line)
    log.answer(30, 11, "", 101)
    log.request(31, "CANCELLED", 11, net_error=ERRORS["ERR_WS_UPGRADE"])
    log.end(31, 11)
    items = seen(tmp_path, log)

    assert (of(RequestSeen, items)[0].scheme, of(ResponseSeen, items)[0].status) == ("https", 101)
    (end,) = of(EndSeen, items)
    assert end.how == "complete"
    assert end.detail == "upgraded to a WebSocket, whose messages a NetLog does not hold"


def test_interim_responses_are_passed_over(tmp_path: Path) -> None:
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11)
    log.h2(35, "RECV_HEADERS", stream_id=11, fin=False, headers=[":status: 103"])
    log.answer(35, 11, "", 103)
    log.h2(44, "RECV_HEADERS", stream_id=11, fin=False, headers=[":status: 200"])
    log.answer(45, 11)
    log.end(60, 11)

    (response,) = of(ResponseSeen, seen(tmp_path, log))
    assert (response.status, response.at_ns) == (200, 44 * MS)


@pytest.mark.parametrize("place", [log_module, streams, connections])
def test_beyond_its_limits_the_oldest_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: ModuleType
) -> None:
    """Of requests it stays unfinished; of streams and connections it loses frames and names."""
    monkeypatch.setattr(place, "OPEN_LIMIT", 1)
    log = LogMaker()
    log.h2_session(10)
    for number in (11, 12):
        log.ask(20 + number, number)
    for number in (12, 11):
        log.answer(40 + number, number)
        log.h2(55, "RECV_DATA", stream_id=number, size=9, fin=False)
        log.read(60, number, b"data: a\n\n")
        log.end(70 + number, number)
    items = seen(tmp_path, log)

    assert [one.exchange for one in of(RequestSeen, items)] == [1, 2]
    ended = [one.exchange for one in of(EndSeen, items)]
    times = {exchange: ms for exchange, ms, _ in chunks(items)}
    assert ended == ([2] if place is log_module else [2, 1])
    assert times[2] == 55
    assert times.get(1, 60) == (55 if place is connections else 60)


def test_a_connections_end_has_its_error(tmp_path: Path) -> None:
    log = a_stream()
    log.h2(80, "CLOSE", net_error=ERRORS["ERR_CONNECTION_RESET"], description="")
    log.add(80, "HTTP2_SESSION", 2, "HTTP2_SESSION", "PHASE_END")

    ends = of(ConnectionEnd, seen(tmp_path, log))
    assert ends == [ConnectionEnd(1, 80 * MS, "net::ERR_CONNECTION_RESET")]


def test_text_that_is_not_ascii_is_unescaped(tmp_path: Path) -> None:
    log = LogMaker()
    log.h2_session(10)
    log.ask(30, 11, fields=["%ESCAPED:\u200b x-name: Zo%C3%AB 100%25"])

    (request,) = of(RequestSeen, seen(tmp_path, log))
    assert request.fields == ((b"x-name", "Zoë 100%".encode()),)


# ---------------------------------------------------------------------- default mode


def a_default_log() -> LogMaker:
    """Three calls whose credentials were stripped, two of them of the same length; a stream."""
    log = a_stream("Default")
    for number, status in ((12, 200), (13, 200), (14, 401)):
        fields = [
            "authorization: [1016 bytes were stripped]", "cookie: [633 bytes were stripped]",
        ]  # fmt: skip
        log.ask(100 * number, number, "/api/things", fields=fields)
        set_cookie = "set-cookie: [99 bytes were stripped]"
        log.answer(100 * number + 5, number, "application/json", status, [set_cookie])
        log.read(100 * number + 6, number, b'{"items":[]}')
        log.end(100 * number + 7, number)
    return log


def test_without_bytes_a_stream_keeps_times_and_sizes(tmp_path: Path) -> None:
    items = seen(tmp_path, a_default_log())

    assert of(ReadSeen, items) == [
        ReadSeen(1, 50 * MS, b"", 9), ReadSeen(1, 60 * MS, b"", 4), ReadSeen(1, 61 * MS, b"", 5),
    ]  # fmt: skip
    assert [(one.what, one.exchange) for one in of(Lost, items)] == [("body", 1)]
    bodies = [one for one in of(BodySeen, items) if one.side == "response"]
    assert [(one.raw, one.length) for one in bodies] == [(None, 12)] * 3


def test_text_that_the_log_does_not_hold_is_unmeasured(tmp_path: Path) -> None:
    log = a_default_log()
    (capture,) = analyze([write(tmp_path, log.text())]).captures

    stream = capture.measured[0]
    assert stream.exchange.turn is None
    why = "the capture holds how many bytes came, and none that can be read"
    assert why_no_turn(stream.exchange) == Unmeasurable(why)
    assert stream.event_gaps == Unmeasurable(f"{why}, so no event is known")
    assert (stream.exchange.stream.reads, stream.exchange.stream.wire_bytes) == (3, 18)
    assert stream.times.time_to_first_byte_ns == 18 * MS


def test_stripped_credentials_claim_nothing(tmp_path: Path) -> None:
    """Two of one length are not one; a call that brought one did not come without."""
    log = a_default_log()
    records = list(read_capture(write(tmp_path, log.text())))
    (capture,) = analyze([tmp_path / "log"]).captures
    found = capture.answers.credentials

    assert not any("stripped" in repr(record) for record in records)
    assert found.credentials == ()
    calls = next(row for row in found.authentication if row.path == "/api/things")
    assert calls.requests == 3
    assert (calls.bearer, calls.cookie_only, calls.other, calls.none) == (0, 0, 0, 0)
    assert not any(
        "no bearer" in row.detail or "without a credential" in row.detail
        for row in found.credential_events
    )
    (hidden,) = [one for one in found.unanswered if one.figure == "which credentials were used"]
    assert hidden == Unanswered(
        "credentials",
        "which credentials were used",
        "3 of 4 requests brought credentials that the capture does not hold: the program that"
        " wrote it stripped them",
    )


# ---------------------------------------------------------------------- the file


def test_it_is_recognised_by_its_constants() -> None:
    head = LogMaker().text()

    assert netlog.recognises(head)
    assert netlog.recognises(b"\xef\xbb\xbf \n" + head)
    assert not netlog.recognises(b'{"log":{"entries":[]}}')
    assert not netlog.recognises(b'{"constants":{}}')


def rewritten(log: LogMaker, **layout: Any) -> bytes:
    return json.dumps(json.loads(log.text()), **layout).encode()


@pytest.mark.parametrize("layout", [{"indent": 1}, {}, {"separators": (",", ":")}])
def test_any_layout_of_the_same_json_reads_the_same(tmp_path: Path, layout: Any) -> None:
    _, *expected = seen(tmp_path, a_default_log())

    _, *items = seen(tmp_path, rewritten(a_default_log(), **layout))

    assert items == expected


@pytest.mark.parametrize("tail", [b"]}", b"]}\n", b"\n]}\n", b"],\n", b"]\n}\n"])
def test_every_orderly_end_is_one(tmp_path: Path, tail: bytes) -> None:
    whole = a_stream().text()
    text = whole[: whole.index(b'],\n"polledData')]

    assert seen(tmp_path, text + tail)[1:] == seen(tmp_path, whole)[1:]


def test_a_killed_browsers_log_ends_with_one_problem(tmp_path: Path) -> None:
    whole = a_stream().text()
    text = whole[: whole.rindex(b"\n", 0, whole.index(b'],\n"polledData')) + 1]

    *items, problem = seen(tmp_path, text)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.offset) == ("cut_log", len(text))
    assert items[1:] == seen(tmp_path, whole)[1 : len(items)]


def test_damage_ends_the_reading_where_it_is(tmp_path: Path) -> None:
    whole = a_stream().text()
    place = whole.index(b'"byte_count":9')
    line = whole.rindex(b"\n", 0, place) + 1

    *items, problem = seen(tmp_path, whole[:place] + b"\0" + whole[place + 1 :])

    assert isinstance(problem, Problem)
    assert (problem.code, problem.offset) == ("damaged_log", line)
    assert items[1:] == seen(tmp_path, whole)[1 : len(items)]


def test_a_line_over_the_limit_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_stream()
    monkeypatch.setattr(lines, "LINE_LIMIT", 400)
    log.request(80, "REQUEST_ALIVE", 12, "PHASE_BEGIN", url="https://chat.test/" + "a" * 400)

    *_, problem = seen(tmp_path, log)

    assert isinstance(problem, Problem)
    assert problem.detail.startswith("an event is longer than 400 bytes")


def test_an_event_of_a_new_shape_costs_itself(tmp_path: Path) -> None:
    log = a_stream()
    log.request(76, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 12, headers={"a": "b"})
    *items, problem = seen(tmp_path, log)

    assert isinstance(problem, Problem)
    assert problem.code == "odd_event"
    assert problem.detail.startswith("1 events have an unknown shape")
    assert items[1:-1] == seen(tmp_path, a_stream())[1:-1]


def test_a_read_of_a_new_shape_ends_the_reading(tmp_path: Path) -> None:
    """Without it later bytes would get the times of its frames."""
    text = a_stream().text()
    broken = text.replace(b'"byte_count":9,"bytes":"', b'"byte_count":9,"bytes":"!')

    *_, problem = seen(tmp_path, broken)

    assert isinstance(problem, Problem)
    assert problem.code == "damaged_log"
    assert "URL_REQUEST_JOB_FILTERED_BYTES_READ" in problem.detail


def test_unknown_kinds_sources_and_phases_are_passed_over(tmp_path: Path) -> None:
    log = a_stream()
    more = [
        re.sub(rb'"type":\d+\}$', b'"type":%d}' % number, event)
        for event in log.events
        for number in (1, TYPES["HTTP2_SESSION_UPDATE_RECV_WINDOW"])
    ]
    more += [event.replace(b'"phase":', b'"phase":77') for event in log.events[:1]]
    more += [re.sub(rb'"type":\d+\},"time"', b'"type":1},"time"', one) for one in log.events]
    mixed = LogMaker()
    mixed.events = [event for pair in zip(log.events, more, strict=False) for event in pair]

    assert seen(tmp_path, mixed)[1:] == seen(tmp_path, log)[1:]


@pytest.mark.parametrize(
    "text",
    [
        b'{"constants":{"logEventTypes":{"A":1},\n"events": [\n',
        b'{"constants":{"logEventTypes":{"A":"x"},"logSourceType":{}},\n"events": [\n]}',
        b'{"constants": {"logEventTypes": ',
        b'{"constants": {"logEventTypes": []}}',
    ],
)
def test_a_log_without_readable_constants_is_no_capture(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(CaptureError, match=r"log: a NetLog (whose|that).*record it again"):
        seen(tmp_path, text)
