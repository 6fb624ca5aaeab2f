"""What a flow file shows: times with our timeline, bodies without, ends, connections, secrets."""

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard
from flow_files import (
    EVENTS,
    MONO_NS,
    MS,
    T0_S,
    TIMES,
    WALL_NS,
    dumped,
    http_flow,
    only,
    read_bytes,
    stream_flow,
    timeline,
)
from mitmproxy import http
from mitmproxy.flow import Error
from mitmproxy.test import tflow
from mitmproxy.websocket import WebSocketMessage as Frame

from analyzer.analyses.latency import measure_times
from analyzer.analyze import analyze
from analyzer.importers import flows, read_capture
from analyzer.importers.flows import moments, tnetstrings
from analyzer.importers.flows.connections import Numbers
from analyzer.model import (
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Connection,
    ConnectionEnd,
    Credential,
    ExchangeEnd,
    Lost,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    Unmeasurable,
    WebSocketMessage,
)


def failed(message: str, **changes: float | None) -> http.HTTPFlow:
    """A stream that was broken off 400 ms after it began."""
    flow = http_flow(None, "text/event-stream")
    assert flow.response is not None
    flow.response.timestamp_end = None
    flow.error = Error(message, T0_S + 0.4)
    flow.client_conn.timestamp_end = changes.get("client_ended_s")
    flow.server_conn.timestamp_end = changes.get("server_ended_s")
    return flow


# ---------------------------------------------------------------- times


def test_a_stream_with_our_timeline_has_its_chunks_at_their_times(tmp_path: Path) -> None:
    records = read_bytes(tmp_path, dumped(stream_flow()))
    (head,), (reads,) = only(records, CaptureHead), only(records, Reads)

    assert (head.source, head.clock, head.mono_ns, head.wall_ns) == (
        "flows",
        "chunk",
        MONO_NS,
        WALL_NS,
    )
    assert reads.at_ns == TIMES
    assert reads.lengths == tuple(map(len, EVENTS))
    assert reads.data == b"".join(EVENTS)


def test_heads_and_ends_have_mitmproxys_stamps_on_the_clock_of_the_chunks(tmp_path: Path) -> None:
    records = read_bytes(tmp_path, dumped(stream_flow()))

    assert [record.at_ns - MONO_NS for record in only(records, RequestHead)] == [0]
    assert only(records, RequestEnd)[0].at_ns == pytest.approx(MONO_NS + 10 * MS, abs=1000)
    assert only(records, ResponseHead)[0].at_ns == pytest.approx(MONO_NS + 200 * MS, abs=1000)
    assert only(records, ExchangeEnd)[0].at_ns == pytest.approx(MONO_NS + 500 * MS, abs=1000)
    assert isinstance(records[-1], CaptureEnd)


def test_a_head_that_the_wall_clock_puts_behind_a_chunk_is_as_late_as_the_chunk(
    tmp_path: Path,
) -> None:
    flow = stream_flow(at_ns=(MONO_NS + 199 * MS, MONO_NS + 300 * MS, MONO_NS + 600 * MS))
    records = read_bytes(tmp_path, dumped(flow))

    assert only(records, ResponseHead)[0].at_ns == MONO_NS + 199 * MS
    assert only(records, ExchangeEnd)[0].at_ns == MONO_NS + 600 * MS


def test_chunks_of_a_coded_body_are_cut_as_they_passed(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(EVENTS))
    flow = stream_flow([packed[:15], packed[15:]], TIMES[:2], coding="gzip")
    (reads,) = only(read_bytes(tmp_path, dumped(flow)), Reads)

    assert reads.at_ns == TIMES[:2]
    assert reads.wire_lengths == (15, len(packed) - 15)
    assert reads.data == b"".join(EVENTS)


def test_without_any_timeline_the_clock_is_none_and_the_body_is_analysed(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(dumped(http_flow(b"".join(EVENTS), "text/event-stream"), http_flow()))
    (result,) = analyze([path]).captures
    stream, call = (one.exchange for one in result.measured)

    assert result.head.clock == "none"
    assert (stream.streamed, stream.timed, stream.stream.events) == (True, False, 3)
    assert call.response_length == 12
    assert isinstance(measure_times(call, result.head.clock).duration_ns, Unmeasurable)


def test_beside_timed_streams_one_without_a_timeline_is_untimed_alone(tmp_path: Path) -> None:
    plain = http_flow(b"".join(EVENTS), "text/event-stream")
    records = read_bytes(tmp_path, dumped(plain, stream_flow()))

    assert only(records, CaptureHead)[0].clock == "chunk"
    assert [record.timed for record in only(records, ResponseHead)] == [False, True]
    assert only(records, Reads)[0].data == b"".join(EVENTS)


def test_a_timeline_deep_in_the_file_is_found_before_the_first_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the first mebibyte, beyond it in a file, and in what was read ahead of a pipe."""
    data = dumped(http_flow(bytes(1_100_000)), stream_flow())
    wrapped = zstandard.compress(data)

    assert only(read_bytes(tmp_path, data), CaptureHead)[0].clock == "chunk"
    assert only(read_bytes(tmp_path, wrapped), CaptureHead)[0].clock == "chunk"
    monkeypatch.setattr(flows, "LOOK_AHEAD", 1_050_000)
    records = read_bytes(tmp_path, wrapped)
    assert only(records, CaptureHead)[0].clock == "none"
    assert [problem.code for problem in only(records, Problem)] == ["late_timeline"]


def test_what_only_looks_like_a_timeline_sets_no_clock(tmp_path: Path) -> None:
    quoting = http_flow(b"11:streamscope;20:7:mono_ns;3:abc#}")
    broken = http_flow()
    broken.metadata["streamscope"] = {"mono_ns": "soon", "at_ns": [1], "lengths": []}
    records = read_bytes(tmp_path, dumped(quoting, broken))

    assert only(records, CaptureHead)[0].clock == "none"
    assert len(only(records, ExchangeEnd)) == 2


def test_flows_of_two_recordings_come_on_the_clock_of_the_first(tmp_path: Path) -> None:
    """The second one ran an hour later, after a restart: its monotonic clock began anew."""
    later = stream_flow(flow_id="later")
    later.metadata["streamscope"] |= {
        "mono_ns": 0,
        "wall_ns": WALL_NS + 3_600 * 10**9,
        "at_ns": [250 * MS, 300 * MS, 450 * MS],
    }
    records = read_bytes(tmp_path, dumped(stream_flow(), later))

    assert [reads.at_ns for reads in only(records, Reads)] == [
        TIMES,
        tuple(at_ns + 3_600 * 10**9 for at_ns in TIMES),
    ]


def test_chunks_beyond_the_recorders_limit_are_lost_and_said_to_be(tmp_path: Path) -> None:
    flow = stream_flow(dropped=7)
    assert flow.response is not None
    flow.response.raw_content = b"".join(EVENTS) + b"data: untimed\n\n"
    records = read_bytes(tmp_path, dumped(flow))
    (lost,) = only(records, Lost)

    assert only(records, Reads)[0].data == b"".join(EVENTS)
    assert (lost.what, lost.count, lost.bytes) == ("reads", 7, 15)


def test_a_timeline_without_its_body_gives_times_and_sizes(tmp_path: Path) -> None:
    """mitmproxy stores no streamed body of its own accord, and none that was broken off."""
    records = read_bytes(tmp_path, dumped(stream_flow(stored=False, coding="gzip")))
    (reads,), (lost,) = only(records, Reads), only(records, Lost)

    assert (reads.at_ns, reads.data, reads.wire_lengths) == (
        TIMES,
        b"",
        tuple(map(len, EVENTS)),
    )
    assert (lost.what, lost.bytes) == ("body", sum(map(len, EVENTS)))
    assert "store_streamed_bodies" in lost.reason


def test_a_body_that_was_changed_since_is_read_without_times(tmp_path: Path) -> None:
    flow = stream_flow()
    assert flow.response is not None
    flow.response.raw_content = b"data: edited\n\n"
    records = read_bytes(tmp_path, dumped(flow))

    assert [problem.code for problem in only(records, Problem)] == ["changed_body"]
    assert not only(records, ResponseHead)[0].timed
    assert only(records, Reads)[0].data == b"data: edited\n\n"


# ---------------------------------------------------------------- how exchanges end


@pytest.mark.parametrize(
    ("flow", "how"),
    [
        (failed("Client disconnected."), "client_abort"),
        (failed("Connection killed."), "error"),
        (failed("peer closed connection", client_ended_s=T0_S + 0.4), "client_abort"),
        (failed("peer closed connection", server_ended_s=T0_S + 0.39), "server_abort"),
        (failed("stream reset by client (CANCEL)", client_ended_s=T0_S + 9.0), "error"),
        (failed("HTTP/2 protocol error: bad frame", client_ended_s=T0_S + 0.1), "error"),
    ],
)
def test_a_failure_names_who_went_away_only_where_the_file_shows_it(
    tmp_path: Path, flow: http.HTTPFlow, how: str
) -> None:
    assert flow.error is not None
    (end,) = only(read_bytes(tmp_path, dumped(flow)), ExchangeEnd)

    assert (end.how, end.detail) == (how, flow.error.msg)
    assert end.at_ns == pytest.approx(400 * MS, abs=1000)


def test_a_flow_that_was_saved_while_it_went_on_is_unfinished(tmp_path: Path) -> None:
    asked, answered = http_flow(flow_id="asked"), http_flow(None, flow_id="answered")
    asked.response = None
    assert answered.response is not None
    answered.response.timestamp_end = None
    records = read_bytes(tmp_path, dumped(asked, answered))

    assert len(only(records, RequestHead)) == 2
    assert len(only(records, ResponseHead)) == 1
    assert only(records, ExchangeEnd) == []


def test_a_websocket_has_its_messages_at_their_times(tmp_path: Path) -> None:
    flow = tflow.twebsocketflow()
    assert flow.websocket is not None
    flow.websocket.messages = [
        Frame(1, True, b"hello", flow.request.timestamp_start + 4),
        Frame(2, False, b"\xff", flow.request.timestamp_start + 5),
    ]
    flow.websocket.closed_by_client = True
    flow.websocket.timestamp_end = flow.request.timestamp_start + 6
    records = read_bytes(tmp_path, dumped(flow))

    assert only(records, WebSocketMessage) == [
        WebSocketMessage(1, 4_000 * MS, True, True, b"hello", 5),
        WebSocketMessage(1, 5_000 * MS, False, False, b"\xff", 1),
    ]
    assert only(records, ExchangeEnd) == [
        ExchangeEnd(1, 6_000 * MS, "complete", "closed by the client with code 1000")
    ]


# ---------------------------------------------------------------- what stands in a file


def test_connections_are_told_once_and_end_where_a_flow_knows_it(tmp_path: Path) -> None:
    one, two = http_flow(flow_id="a"), http_flow(at_s=T0_S + 1, flow_id="b")
    for flow in (one, two):
        flow.client_conn.id, flow.server_conn.id = "client", "server"
        flow.client_conn.alpn = b"h3"
        flow.client_conn.sockname = ("::1", 8080)
    two.client_conn.timestamp_end = T0_S + 9.0
    records = read_bytes(tmp_path, dumped(one, two))
    client, server = only(records, Connection)

    assert (client.side, client.protocol, client.sni, client.opened_ns) == (
        "client",
        "h3",
        "address",
        -1_000 * MS,
    )
    assert (client.peer, client.local) == ("127.0.0.1:22", "[::1]:8080")
    assert (server.side, server.connection) == ("server", 2)
    assert [head.connection for head in only(records, RequestHead)] == [1, 1]
    assert [head.connection for head in only(records, ResponseHead)] == [2, 2]
    assert [(end.connection, end.at_ns) for end in only(records, ConnectionEnd)] == [
        (1, 9_000 * MS)
    ]


def test_a_flow_that_stands_in_the_file_again_is_taken_once(tmp_path: Path) -> None:
    flow, resent = stream_flow(flow_id="a"), stream_flow(flow_id="a")
    resent.request.timestamp_start += 1
    records = read_bytes(tmp_path, dumped(flow, resent, flow))

    assert [head.exchange for head in only(records, RequestHead)] == [1, 2]
    assert [problem.code for problem in only(records, Problem)] == ["flows_again"]


def test_flows_that_are_no_http_are_left_out_with_one_note(tmp_path: Path) -> None:
    others = (tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow(), tflow.ttcpflow())
    records = read_bytes(tmp_path, dumped(*others, http_flow()))

    assert len(only(records, RequestHead)) == 1
    (problem,) = only(records, Problem)
    assert problem.detail.endswith("left out: 1 DNS, 2 TCP, 1 UDP")
    with pytest.raises(CaptureError, match="a mitmproxy flow file without HTTP"):
        read_bytes(tmp_path, dumped(*others))


def test_trailers_comments_marks_and_other_metadata_do_no_harm(tmp_path: Path) -> None:
    flow = http_flow()
    assert flow.response is not None
    flow.response.trailers = http.Headers([(b"grpc-status", b"0")])
    flow.marked, flow.comment, flow.is_replay = ":grapes:", "look", "request"
    flow.metadata["other"] = [1, 2.5, None, {"deep": b"\xff"}]
    flow.metadata["streamscope"] = "not ours"
    saved: Any = flow
    saved.backup()
    records = read_bytes(tmp_path, dumped(flow))

    assert only(records, Problem) == []
    assert len(only(records, ExchangeEnd)) == 1


def test_secrets_of_a_flow_are_fingerprints_before_anything_sees_them(tmp_path: Path) -> None:
    flow = stream_flow([b'data: {"accessToken":"Aa1-access-token-1"}\n\n'], TIMES[:1])
    flow.request.headers["cookie"] = "__Secure-next-auth.session-token=Cc1-cookie-value-1"
    flow.request.headers["authorization"] = "Bearer Bb1-bearer-value-1"
    flow.request.path = "/ask?access_token=Qq1-query-value-1"
    flow.request.raw_content = b'{"password":"Pp1-password-value"}'
    flow.error = Error("no route for Bearer Bb1-bearer-value-1", T0_S + 0.5)
    records = read_bytes(tmp_path, dumped(flow))

    shown = repr(records)
    assert "-value-1" not in shown
    assert "access-token-1" not in shown
    assert "Pp1-password" not in shown
    assert {fact.kind for fact in only(records, Credential)} >= {"bearer", "session"}


# ---------------------------------------------------------------- recognising, refusing


def test_recognising_knows_flows_by_their_first_bytes_and_imports_nothing() -> None:
    assert flows.recognises(dumped(http_flow())[:200])
    for other in (b"", b"{", b"12:hello", b"9494:9:websocket", b"data: 3:ok\n", b"5:3:abc,}"):
        assert not flows.recognises(other)
    code = (
        "import sys; from analyzer.importers import flows; flows.recognises(b'9:');"
        "sys.exit('mitmproxy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_newer_format_says_what_to_update(tmp_path: Path) -> None:
    state = http_flow().get_state() | {"version": 99}

    with pytest.raises(CaptureError, match="version 99; update mitmproxy"):
        read_bytes(tmp_path, dumped(state))


def test_a_damaged_flow_costs_itself_and_of_many_only_the_number_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "DAMAGED_LIMIT", 2)
    broken = {"version": 21, "type": "http", "id": "x"}
    data = dumped(http_flow(flow_id="a"), *[broken] * 5, http_flow(flow_id="b"))
    records = read_bytes(tmp_path, data)

    assert [head.flow_id for head in only(records, RequestHead)] == ["a", "b"]
    problems = only(records, Problem)
    assert [problem.code for problem in problems] == [
        "damaged_flow",
        "damaged_flow",
        "damaged_flows_more",
    ]
    assert problems[0].offset == len(dumped(http_flow(flow_id="a")))
    assert problems[2].detail.startswith("3 more")


def test_a_flow_over_the_limit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tnetstrings, "FLOW_LIMIT", 10_000)
    data = dumped(http_flow(flow_id="a"), http_flow(bytes(10_000)), http_flow(flow_id="b"))
    records = read_bytes(tmp_path, data)

    assert [head.flow_id for head in only(records, RequestHead)] == ["a", "b"]
    assert [problem.code for problem in only(records, Problem)] == ["flow_too_long"]


def test_wrapped_files_show_the_same(tmp_path: Path) -> None:
    data = dumped(http_flow(), stream_flow())
    plain, *wrapped = (
        read_bytes(tmp_path, made)[1:]
        for made in (data, gzip.compress(data), zstandard.compress(data))
    )

    assert wrapped == [plain, plain]


def test_times_that_are_none_are_absent(tmp_path: Path) -> None:
    """Zero is what stands in a migrated flow where there was no time."""
    assert moments.wall_nanoseconds(T0_S + 0.25) == WALL_NS + 250 * MS
    for odd in (None, 0, 0.0, -1.0, True, 1e300, float("nan"), float("inf"), "1"):
        assert moments.wall_nanoseconds(odd) is None
    flow = http_flow()
    flow.request.timestamp_end = None
    records = read_bytes(tmp_path, dumped(flow))
    assert only(records, RequestEnd) == []


def test_numbers_are_given_once_and_the_wished_one_where_it_is_free() -> None:
    numbers = Numbers()

    assert [numbers.take(wished) for wished in (0, 5, 5, 2, 0, 2**40)] == [1, 5, 2, 3, 4, 6]


def test_a_timeline_over_an_empty_stream_is_one(tmp_path: Path) -> None:
    flow = stream_flow([], [])
    flow.metadata["streamscope"] = timeline([], [])
    records = read_bytes(tmp_path, dumped(flow))

    assert only(records, CaptureHead)[0].clock == "chunk"
    assert only(records, ResponseHead)[0].timed
    assert only(records, Lost) == []
    assert list(read_capture(tmp_path / "x"))
