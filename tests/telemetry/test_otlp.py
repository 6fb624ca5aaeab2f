"""What a receiver of OpenTelemetry gets, beside the report's own figures."""

import socket
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from making import Text, a_call, a_head, a_result, an_analysis, measured, ns
from receiving import Receiver, attributes, receiving

from analyzer.analyze import analyze
from analyzer.model import StreamscopeError
from analyzer.report.as_json import report_object
from analyzer.report.figures import Figures, pick
from analyzer.telemetry.conventions import HISTOGRAMS
from analyzer.telemetry.otlp import Sent, send

CAPTURES = Path(__file__).parents[2] / "captures"
BOUNDS = [0.01 * 2**step for step in range(14)]
WALL_NS = 1_760_000_000_000_000_000
SECRETS = ("What the answer says", "A private title", "Refused: because", "/home/someone")


@pytest.fixture(scope="module")
def figures() -> Figures:
    """Two captures that ship: one with stalls over HTTP/2, one of short turns over HTTP/3."""
    return pick(analyze([CAPTURES / "stalling.jsonl", CAPTURES / "good-h3.jsonl"]))


@pytest.fixture(scope="module")
def sent(figures: Figures) -> Iterator[Receiver]:
    with receiving() as receiver:
        send(figures, receiver.endpoint)
        yield receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def made(**fields: Any) -> Figures:
    """One capture with a turn of each way to end, its texts and names secret or hostile."""
    ones = (
        measured(
            *(Text(400, 0, SECRETS[0]), Text(420, 1), Text(1020, 2)),
            exchange=1,
            authority="chat.example:8443",
            turn={"model": "gpt\x1b[31m-x", "title": SECRETS[1], "conversation_id": "c-1"},
        ),
        measured(
            Text(300, 0),
            exchange=2,
            how="server_abort",
            http_version="HTTP/3",
            turn={"status": "cut", "error": SECRETS[2]},
        ),
        measured(exchange=3, status=429, turn={"status": "error"}),
        a_call(4),
    )
    return pick(an_analysis(a_result(*ones, file=f"{SECRETS[3]}/c.jsonl", **fields)))


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_each_histogram_holds_what_the_report_says(
    figures: Figures, sent: Receiver, name: str
) -> None:
    """Counts, sums, extremes and buckets, counted here from the single figures."""
    if name == "icl":
        values = [ns for one in figures.all.gaps for ns in one.gap_ns.tolist()]
    else:
        turns = report_object(figures)["turns"]
        values = [round(turn[f"{name}_ns"]) for turn in turns if turn[f"{name}_ns"] is not None]
    expected = [0] * 15
    for value in values:
        expected[bisect_left(BOUNDS, value / 1e9)] += 1
    sent_as, _ = HISTOGRAMS[name]
    points = [
        point
        for _, metric in sent.metrics()
        if metric.name == sent_as
        for point in metric.histogram.data_points
    ]
    buckets = [sum(counts) for counts in zip(*(one.bucket_counts for one in points), strict=True)]

    assert len(points) == 2
    assert buckets == expected
    assert sum(one.count for one in points) == getattr(figures.all, name).n == len(values)
    assert sum(one.sum for one in points) == pytest.approx(sum(values) / 1e9)
    assert min(one.min for one in points) == min(values) / 1e9
    assert max(one.max for one in points) == max(values) / 1e9
    for point in points:
        assert list(point.explicit_bounds) == pytest.approx(BOUNDS)


def test_metrics_are_of_the_time_of_the_capture(figures: Figures, sent: Receiver) -> None:
    spans = {}
    for capture in figures.analysis.captures:
        ahead = capture.head.wall_ns - capture.head.mono_ns
        starts = [one.exchange.started_ns for one in capture.measured]
        spans[capture.head.capture_id] = min(start or 0 for start in starts) + ahead

    for resource, metric in sent.metrics():
        points = metric.histogram.data_points or metric.sum.data_points
        for point in points:
            assert point.start_time_unix_nano == spans[str(resource["service.instance.id"])]
            assert point.start_time_unix_nano < point.time_unix_nano
        assert resource["service.name"] == "streamscope"


def test_a_span_is_from_request_sent_to_the_last_text(figures: Figures, sent: Receiver) -> None:
    spans = {
        (of["streamscope.capture"], of["streamscope.exchange"]): span
        for span in sent.spans()
        if (of := attributes(span.attributes))
    }

    assert len(spans) == len(sent.spans()) == figures.all.turns
    for capture, one in figures.turns():
        latency, sent_ns = one.latency, one.exchange.sent_ns
        assert latency is not None
        assert sent_ns is not None
        span = spans[capture.head.capture_id, str(one.exchange.exchange)]
        of = attributes(span.attributes)
        ahead = capture.head.wall_ns - capture.head.mono_ns
        assert span.start_time_unix_nano == sent_ns + ahead
        assert span.end_time_unix_nano == (latency.last_text_ns or 0) + ahead
        assert span.end_time_unix_nano - span.start_time_unix_nano == latency.e2el_ns
        assert of["streamscope.ttft"] == of["gen_ai.response.time_to_first_chunk"]
        assert of["streamscope.ttft"] == latency.ttft_ns / 1e9  # type: ignore[operator] # measured
        first = next(event for event in span.events if event.name == "streamscope.first_text")
        assert first.time_unix_nano == (latency.first_text_ns or 0) + ahead


def test_stalls_are_counted_and_are_events_where_they_ended(
    figures: Figures, sent: Receiver
) -> None:
    events = [one for span in sent.spans() for one in span.events if one.name.endswith("stall")]
    gaps = sorted(
        value for one in figures.all.gaps for value in one.gap_ns.tolist() if value >= 250_000_000
    )
    counts = [metric for _, metric in sent.metrics() if metric.name == "streamscope.stalls"]

    assert figures.all.stalls == len(gaps) > 0
    assert sum(point.as_int for one in counts for point in one.sum.data_points) == len(gaps)
    told = sorted(attributes(one.attributes)["streamscope.gap"] for one in events)  # type: ignore[type-var] # floats
    assert told == [gap / 1e9 for gap in gaps]


def test_names_are_the_conventions(receiver: Receiver) -> None:
    send(made(), receiver.endpoint)
    first, second, third = sorted(
        receiver.spans(), key=lambda span: str(attributes(span.attributes)["streamscope.exchange"])
    )
    of = attributes(first.attributes)

    assert first.name == "chat gpt-x"
    assert first.kind == first.SPAN_KIND_CLIENT
    assert (
        of.items()
        >= {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-x",
            "gen_ai.request.stream": True,
            "gen_ai.conversation.id": "c-1",
            "server.address": "chat.example",
            "server.port": 8443,
            "network.protocol.name": "http",
            "network.protocol.version": "2",
            "http.response.status_code": 200,
            "streamscope.stalls": 1,
        }.items()
    )
    assert "error.type" not in of
    assert first.status.code == first.status.STATUS_CODE_UNSET
    assert attributes(second.attributes)["error.type"] == "server_abort"
    assert attributes(second.attributes)["network.protocol.version"] == "3"
    assert second.status.code == second.status.STATUS_CODE_ERROR
    assert attributes(third.attributes)["error.type"] == "429"
    assert third.end_time_unix_nano - third.start_time_unix_nano == ns(2000)


def test_an_error_tells_durations_apart_and_nothing_else(receiver: Receiver) -> None:
    """A first text that came had no error; the conventions give it no error.type."""
    send(made(), receiver.endpoint)
    errors = {
        metric.name: [
            attributes(point.attributes).get("error.type") for point in metric.histogram.data_points
        ]
        for _, metric in receiver.metrics()
        if metric.HasField("histogram")
    }

    assert sorted(map(str, errors["gen_ai.client.operation.duration"])) == ["None", "server_abort"]
    assert set(errors["gen_ai.client.operation.time_to_first_chunk"]) == {None}


def test_no_text_of_anyone_is_sent(receiver: Receiver) -> None:
    send(made(), receiver.endpoint)

    assert len(receiver.bodies) == 2
    for body in receiver.bodies:
        for secret in SECRETS:
            assert secret.encode() not in body


def test_sending_again_sends_the_same(receiver: Receiver) -> None:
    """So that a receiver which knows a span already need not keep it twice."""
    send(made(), receiver.endpoint)
    send(made(), receiver.endpoint)

    assert receiver.bodies[0] == receiver.bodies[2]
    assert receiver.bodies[1] == receiver.bodies[3]


def test_headers_go_with_every_request(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=seven")
    send(made(), f"{receiver.endpoint}/v1/metrics", {"authorization": "Bearer abc"})

    assert receiver.paths == ["/v1/metrics", "/v1/traces"]
    for headers in receiver.headers:
        assert headers["authorization"] == "Bearer abc"
        assert headers["x-tenant"] == "seven"
        assert headers["content-type"] == "application/x-protobuf"


@pytest.mark.parametrize(
    ("status", "location"), [(401, ""), (404, ""), (307, "http://127.0.0.1:1/elsewhere")]
)
def test_a_refusal_is_a_sentence(
    receiver: Receiver, capfd: pytest.CaptureFixture[str], status: int, location: str
) -> None:
    """A redirect is not followed: it would take the headers elsewhere."""
    receiver.status, receiver.location = status, location
    with pytest.raises(StreamscopeError, match=rf"v1/metrics: .*it answered {status}"):
        send(made(), receiver.endpoint, {"authorization": "Bearer abc"})

    assert receiver.paths == ["/v1/metrics"]
    assert capfd.readouterr().err == ""


def test_what_is_rejected_in_part_is_an_error(receiver: Receiver) -> None:
    receiver.rejected = 3
    with pytest.raises(StreamscopeError, match=r"3 of the figures were rejected there: too old$"):
        send(made(), receiver.endpoint)


def test_where_nobody_listens_is_told_within_the_time() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(StreamscopeError) as told:
            send(made(), f"http://user:password@127.0.0.1:{port}", timeout_s=0.2)

    assert str(told.value).startswith(f"http://127.0.0.1:{port}/v1/metrics: the figures were not")
    assert "nobody answers there" in str(told.value)


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://x", "http://", "grpc", ""])
def test_what_is_no_endpoint_is_said(endpoint: str) -> None:
    with pytest.raises(StreamscopeError, match="is no OTLP endpoint"):
        send(made(), endpoint)


def test_a_capture_of_no_time_of_day_is_not_placed_in_1970(receiver: Receiver) -> None:
    with pytest.raises(StreamscopeError, match="no time of day is in it"):
        send(made(head=a_head(wall_ns=0)), receiver.endpoint)
    both = pick(
        an_analysis(
            a_result(measured(Text(400, 0)), head=a_head(capture_id="a")),
            a_result(measured(Text(400, 0)), head=a_head(capture_id="b", wall_ns=0), file="b.har"),
        )
    )

    assert send(both, receiver.endpoint).timeless == ("b.har",)
    assert isinstance(send(both, receiver.endpoint), Sent)
    assert all(span.start_time_unix_nano == WALL_NS for span in receiver.spans())
