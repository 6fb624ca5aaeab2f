"""A capture as a flow file: mitmproxy shows it, and it comes back as it was."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import everything
import httpx
import pytest
import synthetic
from anything import CAPTURES, HEADS
from flow_files import dumped, only, read_bytes
from hypothesis import HealthCheck, given, settings
from mitmproxy import http
from mitmproxy.contentviews import Metadata
from mitmproxy.io import FlowReader
from msgspec.structs import replace

from addons.contentview import EventStreamContentview
from analyzer.analyze import analyze
from analyzer.exporters import flows
from analyzer.exporters.flows import gathered, gathering
from analyzer.exporters.losses import Loss
from analyzer.model import (
    AnyRecord,
    Body,
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Connection,
    ConnectionEnd,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.record.ports import free_port
from analyzer.record.proxy import addon_path

WITHIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
HEAD = CaptureHead("c0ffee", "mitmproxy", "test", "chunk", 41, 5_000, 1_760_000_000_000_000_000)
BODY = b"data: a\n\ndata: b\n\ndata: c\n\n"
STREAM = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))


def exported(records: Iterable[AnyRecord | Problem]) -> tuple[bytes, list[Loss]]:
    file = io.BytesIO()
    losses = flows.write(records, file)
    return file.getvalue(), losses


def http_flows(data: bytes) -> list[http.HTTPFlow]:
    """As mitmproxy itself reads them."""
    reader: Any = FlowReader(io.BytesIO(data))
    found = list(reader.stream())
    assert all(isinstance(flow, http.HTTPFlow) for flow in found)
    return found


def settled(records: Iterable[AnyRecord | Problem]) -> list[object]:
    """In an order of their own, the reads of each exchange as one."""
    reads: dict[int, list[Any]] = {}
    others: list[object] = []
    for record in records:
        if isinstance(record, Reads):
            joined = reads.setdefault(record.exchange, [(), (), (), b""])
            wire = record.wire_lengths or record.lengths
            parts = (record.at_ns, record.lengths, wire, record.data)
            joined[:] = [one + other for one, other in zip(joined, parts, strict=True)]
        else:
            others.append(record)
    return [*sorted(others, key=repr), *sorted(reads.items())]


def a_stream(*, timed: bool = True, clock: str = "chunk") -> list[AnyRecord]:
    """A stream that came compressed, and whose second read held what the third released."""
    assert clock in ("chunk", "none")
    return [
        replace(HEAD, clock=clock),
        Connection(7, 6_000, "client", "h3", "[::1]:5000", "chat.example", "QUICv1", 5_500),
        RequestHead(3, 6_000, "POST", "https", "chat.example:8443", "/ask", "HTTP/3", (), 7, "f"),
        Body(3, 6_500, "request", 9, b'{"ask":1}', 20),
        RequestEnd(3, 6_500),
        ResponseHead(3, 7_000, 200, "HTTP/2.0", STREAM, "", 8, streamed=True, timed=timed),
        Reads(
            3, (8_000, 9_000, 9_500), (9, 0, 18), b"data: a\n\ndata: b\n\ndata: c\n\n", (30, 4, 5)
        ),
        ExchangeEnd(3, 10_000, "client_abort", "Client disconnected."),
        ConnectionEnd(7, 11_000, "gone"),
        CaptureEnd(12_000),
    ]


# ---------------------------------------------------------------- there and back


def sessions() -> dict[str, list[AnyRecord]]:
    head = replace(HEAD, mono_ns=0)
    return {
        "synthetic": list(synthetic.capture(4, 12, lost=True)),
        "everything": [head, *everything.recorded(1)],
        "compressed": a_stream(),
        "untimed": a_stream(timed=False),
        "without a clock": a_stream(clock="none"),
        "redacted to its shape": [
            replace(HEAD, redaction="shape", scope=("chat.example",)),
            RequestHead(
                1, 1, "GET", "https", "chat.example", "/ws", "HTTP/1.1", (("upgrade", "x"),)
            ),
            Body(1, 2, "request", 77, withheld="streamscope_content is off"),
            ResponseHead(1, 3, 101, "HTTP/1.1"),
            WebSocketMessage(1, 4, True, True, b"", 12),
            WebSocketMessage(1, 5, False, False, b"", 40),
            Body(1, 6, "response", 2_000, b"kept", 900, "only the first 4 bytes are kept"),
            Lost(7, "reads", 3, "the recorder's queue was full", 99, 1),
            Observer(8, 5, 2, 1, 1, (7,), (6,), 1, 1, 1, 1),
        ],
    }


@pytest.mark.parametrize("name", sessions())
def test_a_capture_comes_back_record_for_record(tmp_path: Path, name: str) -> None:
    records = sessions()[name]
    data, losses = exported(records)

    assert losses == []
    assert settled(read_bytes(tmp_path, data)) == settled(records)


def test_the_analysis_of_what_came_back_is_the_same(tmp_path: Path) -> None:
    records = list(synthetic.capture(6, 20))
    there = synthetic.write(tmp_path / "there.jsonl", records)
    (tmp_path / "back.mitm").write_bytes(exported(records)[0])
    (one,), (other,) = (analyze([path]).captures for path in (there, tmp_path / "back.mitm"))

    assert other.measured == one.measured
    assert other.answers == one.answers
    assert other.observations == one.observations


@WITHIN
@given(HEADS, CAPTURES)
def test_what_came_back_once_comes_back_the_same_ever_after(
    tmp_path: Path, head: CaptureHead, records: Sequence[AnyRecord | Problem]
) -> None:
    """Any records at all: a first way through redacts, and loses what the losses name."""
    data, losses = exported([head, *records])
    if not any(isinstance(record, RequestHead) for record in records):
        assert data == b""
        return
    once = [one for one in read_bytes(tmp_path, data) if not isinstance(one, Problem)]
    again, losses = exported(once)

    assert losses == []
    assert settled(read_bytes(tmp_path, again)) == settled(once)


def test_two_files_one_behind_the_other_are_two_captures_on_one_clock(tmp_path: Path) -> None:
    """Numbers of the second are given anew; its times are moved by what the clocks differ."""
    later = [replace(HEAD, capture_id="later", wall_ns=HEAD.wall_ns + 10**9), *a_stream()[1:]]
    records = read_bytes(tmp_path, exported(a_stream())[0] + exported(later)[0])

    assert [one.exchange for one in only(records, RequestHead)] == [3, 1]
    assert [one.at_ns for one in only(records, RequestHead)] == [6_000, 6_000 + 10**9]
    assert [one.at_ns[0] for one in only(records, Reads)] == [8_000, 8_000 + 10**9]


def test_a_flow_that_was_edited_in_mitmproxy_is_read_as_it_is_now(tmp_path: Path) -> None:
    (flow,) = http_flows(exported(a_stream())[0])
    flow.request.path = "/other"
    assert flow.response is not None
    flow.response.raw_content = b"data: edited\n\n"
    records = read_bytes(tmp_path, dumped(flow))

    assert only(records, RequestHead)[0].path == "/other"
    assert only(records, Reads)[0].data == b"data: edited\n\n"
    assert not only(records, ResponseHead)[0].timed
    assert [problem.code for problem in only(records, Problem)] == ["changed_body"]


# ---------------------------------------------------------------- what mitmproxy shows


def test_mitmproxy_shows_the_decoded_body_and_no_field_that_belies_it() -> None:
    (flow,) = http_flows(exported(a_stream())[0])
    assert flow.response is not None

    assert flow.request.pretty_url == "https://chat.example:8443/ask"
    assert flow.request.http_version == "HTTP/3"
    assert flow.response.content == BODY
    assert "content-encoding" not in flow.response.headers
    assert flow.error is not None
    assert flow.error.msg == "Client disconnected."
    assert flow.client_conn.peername == ("::1", 5000)
    assert (flow.client_conn.alpn, flow.client_conn.tls_version) == (b"h3", "QUICv1")
    assert flow.request.timestamp_start == pytest.approx(1_760_000_000)


def test_the_timeline_is_the_recorders_and_the_addons_view_shows_it() -> None:
    (flow,) = http_flows(exported(a_stream())[0])
    assert flow.response is not None
    meta = Metadata(flow=flow, content_type="text/event-stream", http_message=flow.response)
    shown = EventStreamContentview().prettify(flow.response.content or b"", meta)

    assert flow.metadata["streamscope"] == {
        "mono_ns": 5_000,
        "wall_ns": 1_760_000_000_000_000_000,
        "at_ns": [8_000, 9_000, 9_500],
        "lengths": [9, 0, 18],
        "dropped": 0,
    }
    assert [line.split()[-1] for line in shown.split("\n")] == ["a", "b", "c"]
    assert "no arrival times" not in shown


@pytest.mark.parametrize("records", [a_stream(timed=False), a_stream(clock="none")])
def test_times_that_nobody_measured_are_not_shown(records: list[AnyRecord]) -> None:
    (flow,) = http_flows(exported(records)[0])

    assert "streamscope" not in flow.metadata


def test_an_exchange_without_an_answer_is_a_flow_without_one() -> None:
    asked = a_stream()[:4]
    (flow,) = http_flows(exported(asked)[0])

    assert flow.response is None
    assert flow.error is None


# ---------------------------------------------------------------- losses and limits


def test_what_a_flow_file_cannot_hold_is_named(tmp_path: Path) -> None:
    records: list[AnyRecord | Problem] = [
        HEAD,
        ResponseHead(9, 10, 200, "HTTP/2.0"),
        *a_stream()[1:6],
        ResponseHead(3, 7_100, 500, "HTTP/2.0"),
        Reads(3, (7_200,), (1,), b"x", (), "request"),
        Body(3, 7_300, "request", 1, b"y"),
        Problem("torn_tail", "x", "cut"),
    ]
    losses = exported(records)[1]

    assert {(loss.what, loss.count) for loss in losses} == {
        ("records of exchanges without their beginning", 1),
        ("response heads", 1),
        ("reads", 1),
        ("bodies", 1),
        ("problems of the file", 1),
    }
    assert all(loss.why for loss in losses)


def test_a_capture_without_exchanges_is_an_empty_file_and_one_loss() -> None:
    data, losses = exported([HEAD, CaptureEnd(9_000)])

    assert data == b""
    assert [(loss.what, loss.count) for loss in losses] == [("records of no exchange", 1)]


def test_a_capture_must_begin_with_its_head() -> None:
    with pytest.raises(CaptureError, match="does not say first what it is"):
        exported([CaptureEnd(1)])


def test_reads_beyond_the_limit_are_counted_as_dropped_and_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "EXCHANGE_LIMIT", gathered.READ_BYTES * 4)
    more = Reads(3, (9_600, 9_700), (50, 50), b"z" * 100)
    records = a_stream()
    data, losses = exported([*records[:7], more, *records[7:]])
    back = read_bytes(tmp_path, data)

    assert [(loss.what, loss.count) for loss in losses] == [("bytes of bodies", 100)]
    assert [(lost.what, lost.count) for lost in only(back, Lost)] == [("reads", 2)]
    assert only(back, Reads)[0].at_ns == (8_000, 9_000, 9_500)


def test_bodies_of_all_open_exchanges_are_limited_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "HELD_LIMIT", 15)
    heads = [RequestHead(n, n, "GET", "https", "x", "/", "HTTP/1.1") for n in (1, 2)]
    bodies = [Body(n, 9, "request", 10, b"0123456789") for n in (1, 2)]
    data, losses = exported([HEAD, *heads, *bodies])
    back = read_bytes(tmp_path, data)

    assert [(loss.what, loss.count) for loss in losses] == [("bytes of bodies", 5)]
    assert [(body.length, body.data) for body in only(back, Body)] == [
        (10, b"0123456789"),
        (10, b"01234"),
    ]
    assert only(back, Body)[1].withheld.endswith("only the first 5 bytes")


def test_of_more_exchanges_than_can_be_open_the_oldest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "OPEN_LIMIT", 2)
    heads = [RequestHead(n, n, "GET", "https", "x", "/", "HTTP/1.1") for n in (1, 2, 3)]
    data, losses = exported([HEAD, *heads, RequestEnd(1, 4)])

    assert [one.exchange for one in only(read_bytes(tmp_path, data), RequestHead)] == [1, 2, 3]
    assert [loss.count for loss in losses] == [1]


def test_records_between_two_exchanges_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "CARRIED_LIMIT", 1)
    data, losses = exported(a_stream())

    assert [(loss.what, loss.count) for loss in losses] == [("records of no exchange", 1)]
    assert len(only(read_bytes(tmp_path, data), ConnectionEnd)) == 1


def test_flows_are_written_as_exchanges_end() -> None:
    """All but the last one, behind which more may come that goes with it."""
    file = io.BytesIO()
    sizes: list[int] = []

    def watched() -> Iterator[AnyRecord]:
        yield HEAD
        for number in range(1, 6):
            yield RequestHead(number, number, "GET", "https", "x", "/", "HTTP/1.1")
            yield ExchangeEnd(number, number, "complete")
            sizes.append(file.tell())

    flows.write(watched(), file)

    assert sizes[0] == 0
    assert all(before < after for before, after in pairwise(sizes))


# ---------------------------------------------------------------- mitmweb


def test_mitmweb_opens_the_file_and_its_event_stream_view_shows_the_times(tmp_path: Path) -> None:
    (tmp_path / "x.mitm").write_bytes(exported(a_stream())[0])
    port = free_port()
    start = "from mitmproxy.tools.main import mitmweb; mitmweb()"
    python = [sys.executable, "-c", f"import sys; sys.argv[0] = 'mitmweb'; {start}"]
    chosen = {
        "confdir": tmp_path / "conf",
        "web_port": port,
        "web_open_browser": "false",
        "web_password": "looking",
        "streamscope_out": tmp_path / "none.jsonl",
    }
    options = [part for name, value in chosen.items() for part in ("--set", f"{name}={value}")]
    process = subprocess.Popen(
        [*python, "-n", "-r", str(tmp_path / "x.mitm"), "-s", str(addon_path()), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"authorization": "Bearer looking"},
            trust_env=False,
        ) as web:
            (flow,) = listed(web)
            view = web.get(f"/flows/{flow['id']}/response/content/Event%20stream.json").json()
    finally:
        process.terminate()
        process.wait(10)

    assert flow["request"]["path"] == "/ask"
    assert flow["response"]["status_code"] == 200
    assert flow["response"]["contentLength"] == 27
    assert view["view_name"] == "Event stream"
    assert "0.000 s" in view["text"]
    assert "no arrival times" not in view["text"]


def listed(web: httpx.Client, patience_s: float = 20.0) -> list[dict[str, Any]]:
    """The flows that mitmweb has, once it is up and has read them."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            if found := web.get("/flows").json():
                return list(found)
        except (httpx.TransportError, json.JSONDecodeError):
            pass
        time.sleep(0.1)
    raise AssertionError("mitmweb shows no flow")
