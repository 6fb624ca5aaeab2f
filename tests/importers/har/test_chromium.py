"""Real Chromium's own HAR files against the lab's truth, and ours in its network panel."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import synthetic
from devtools import devtools, entries
from har_files import of_kind, read_bytes
from lab_session import ask_all

from analyzer.analyze import analyze
from analyzer.exporters import har
from analyzer.importers import read_capture
from analyzer.lab.options import LabOptions
from analyzer.lab.process import LabProcess
from analyzer.lab.truth import EndLine, SendLine, StreamLine, TruthLine, read_truth
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    ExchangeEnd,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.wire import sse

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("har-chromium")]

WISHES = [
    {"form": "delta_v1", "kind": "steady", "time_scale": 0.1},
    {"form": "cumulative", "kind": "reasoning", "time_scale": 0.1},
]
PAUSE_S = 0.15
LISTEN = """
() => new Promise((resolve) => {
  const heard = [], source = new EventSource('/events');
  source.addEventListener('word', ({data}) => heard.push(data));
  source.onerror = () => { source.close(); resolve(heard); };
})
"""
EARLY_NS = 1_000_000
"""HAR cuts the moment at which an entry begins to milliseconds; wall clocks differ by less."""


class Events(BaseHTTPRequestHandler):
    """A page, and three named events with a pause before each, for an ``EventSource``."""

    sent_s: list[float] = []  # noqa: RUF012 # of the one request that there is

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path != "/events":
            self.end_headers()
            return
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.end_headers()
        self.wfile.flush()
        for number in range(3):
            time.sleep(PAUSE_S)
            self.sent_s.append(time.time())
            self.wfile.write(f"id: {number}\nevent: word\ndata: é{number}\n\n".encode())
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


@dataclass(frozen=True)
class Seen:
    """What Chromium exported, what was true, and what its panel made of files of ours."""

    exported: bytes
    sanitized: bytes
    truth: tuple[TruthLine, ...]
    listened: bytes
    heard: list[str]
    sent_s: list[float]
    opened: Any
    opened_synthetic: Any


def recorded() -> Iterator[AnyRecord]:
    """A recording with everything that Chromium's panel shows: streams, calls, a WebSocket."""
    *before, end = synthetic.capture(4)
    yield from before
    at = synthetic.START_NS
    yield RequestHead(99, at, "GET", "https", "chat.example", "/ws", "HTTP/1.1")
    yield RequestEnd(99, at + 1)
    yield ResponseHead(99, at + 5, 101, "HTTP/1.1", (("upgrade", "websocket"),))
    yield WebSocketMessage(99, at + 10**9, True, True, "hé".encode(), 3)
    yield WebSocketMessage(99, at + 2 * 10**9, False, False, b"\xff\0", 2)
    yield ExchangeEnd(99, at + 3 * 10**9, "complete")
    yield end


@pytest.fixture(scope="module")
def seen(browser_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    directory = tmp_path_factory.mktemp("chromium-har")
    truth = directory / "truth.jsonl"
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Events) as server,
        LabProcess(LabOptions(truth_log=truth)) as lab,
        devtools(
            browser_path, [f"--ignore-certificate-errors-spki-list={lab.address.spki}"]
        ) as front,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        front.visit(f"http://127.0.0.1:{server.server_port}/page")
        heard = front.page.evaluate(LISTEN)
        listened = front.export("/events")
        server.shutdown()
        front.visit(lab.address.url)
        front.page.wait_for_function("window.__lab?.ready")
        ask_all(front.page, WISHES)
        exported = front.export("/f/conversation", "/backend-api/conversation")
        sanitized = front.export(sanitize=True)
        again, made = directory / "again.har", directory / "made.har"
        (directory / "chrome.har").write_bytes(exported)
        for path, records in (
            (again, read_capture(directory / "chrome.har")),
            (made, recorded()),
        ):
            with path.open("wb") as file:
                har.write(records, file)
        opened, opened_made = front.open(again.read_bytes()), front.open(made.read_bytes())
    lines = tuple(read_truth(truth))
    return Seen(exported, sanitized, lines, listened, heard, Events.sent_s, opened, opened_made)


def streams_of(records: list[AnyRecord | Problem]) -> dict[str, list[tuple[int, str]]]:
    """The events of each stream with their wall-clock times, by x-request-id or path."""
    (head,) = of_kind(CaptureHead, records)
    paths = {one.exchange: one.path for one in of_kind(RequestHead, records)}
    found: dict[str, list[tuple[int, str]]] = {}
    for response in of_kind(ResponseHead, records):
        if not response.streamed:
            continue
        name = dict(response.headers).get("x-request-id", paths[response.exchange])
        decoder = sse.Decoder()
        found[name] = [
            (head.wall_ns + event.at_ns - head.mono_ns, event.data)
            for reads in of_kind(Reads, records)
            if reads.exchange == response.exchange
            for event in decoder.feed_reads(reads.at_ns, reads.lengths, reads.data)
        ]
    return found


def sent_ns(seen: Seen, stream: str) -> list[int]:
    """When the lab wrote each of its events, by the wall clock."""
    sends = [one for one in seen.truth if isinstance(one, SendLine) and one.stream == stream]
    return [one.wall_ns for one in sends for _ in one.events]


def test_chromiums_export_has_the_labs_events_and_texts(seen: Seen, tmp_path: Path) -> None:
    path = tmp_path / "chrome.har"
    path.write_bytes(seen.exported)
    (result,) = analyze([path]).captures
    turns = {
        dict(one.exchange.response_headers)["x-request-id"]: one.exchange for one in result.turns
    }
    ends = {one.stream: one for one in seen.truth if isinstance(one, EndLine)}

    assert {one.code for one in result.problems} <= {"har_early_events"}
    assert result.head.clock == "event"
    assert (
        turns.keys()
        == ends.keys()
        == {one.stream for one in seen.truth if isinstance(one, StreamLine)}
    )
    for name, end in ends.items():
        exchange = turns[name]
        assert exchange.turn is not None
        assert exchange.turn.answer == end.answer
        assert exchange.stream.events == end.events
        assert exchange.upstream_version == "HTTP/2.0"


def test_chromiums_times_follow_the_labs(seen: Seen) -> None:
    """No event is there before it was sent, and the usual one is there soon after.

    Those that came before the panel began to look are another matter: they count from the
    response's head.
    """
    found = streams_of(read_bytes(seen.exported))
    for name in {one.stream for one in seen.truth if isinstance(one, StreamLine)}:
        late = [
            at_ns - known
            for (at_ns, _), known in zip(found[name], sent_ns(seen, name), strict=True)
            if at_ns > found[name][0][0]
        ]

        assert min(late) > -EARLY_NS
        assert sorted(late)[len(late) // 2] < 100_000_000


def test_an_event_source_of_chromium_is_timed_by_its_own_messages(seen: Seen) -> None:
    events = streams_of(read_bytes(seen.listened))["/events"]

    assert [data for _, data in events] == seen.heard == ["é0", "é1", "é2"]
    for (at_ns, _), sent_s in zip(events, seen.sent_s, strict=True):
        assert -EARLY_NS < at_ns - sent_s * 1e9 < 100_000_000


def test_an_export_without_secrets_has_the_same_events(seen: Seen) -> None:
    """Chromium leaves out the messages' data and keeps the bodies, where the data stands too."""
    assert "data" not in entries(seen.sanitized)[-1]["_eventSourceMessages"][0]
    assert streams_of(read_bytes(seen.sanitized)) == streams_of(read_bytes(seen.exported))


def test_its_network_panel_opens_what_we_write(seen: Seen) -> None:
    """Written again from the import: the panel holds the same requests, events and times."""
    opened, before = seen.opened, entries(seen.exported)

    assert opened["errors"] == []
    assert opened["shown"] == len(opened["requests"]) == len(before)
    for request, entry in zip(
        sorted(opened["requests"], key=lambda one: (one["startS"], one["url"])),
        sorted(before, key=lambda one: (one["startedDateTime"], one["request"]["url"])),
        strict=True,
    ):
        assert request["url"] == entry["request"]["url"]
        assert request["status"] == entry["response"]["status"]
        assert request["type"] == entry["_resourceType"] or not request["events"]
        told = entry.get("_eventSourceMessages", [])
        assert [one["eventName"] for one in request["events"]] == [one["eventName"] for one in told]
        assert all(
            len(one["data"]) == len(other["data"])
            for one, other in zip(request["events"], told, strict=True)
        )


def test_it_opens_a_recording_of_ours(seen: Seen) -> None:
    opened = seen.opened_synthetic
    sent = [one for one in recorded() if isinstance(one, RequestHead)]

    assert opened["errors"] == []
    assert opened["shown"] == len(sent)
    assert sorted(one["url"] for one in opened["requests"]) == sorted(
        f"{'wss' if one.path == '/ws' else 'https'}://{one.authority}{one.path}" for one in sent
    )
    times = [event["time"] for one in opened["requests"] for event in one["events"]]
    assert len(times) > 240
    assert min(times) > synthetic.WALL_NS / 1e9
    assert {one["protocol"] for one in opened["requests"]} == {"h2", "h3", "http/1.1"}
    (socket,) = [one for one in opened["requests"] if one["type"] == "websocket"]
    wall_s = synthetic.WALL_NS / 1e9
    assert socket["frames"] == [
        {"time": wall_s + 1, "type": "send", "opCode": 1, "text": "hé"},
        {"time": wall_s + 2, "type": "receive", "opCode": 2, "text": "/wA="},
    ]
