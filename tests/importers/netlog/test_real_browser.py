"""Real Chromium writes a NetLog of its visit to the lab, with no proxy: held against the truth."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lab_session import ask_all
from netlogs import direct_flags, netlog_flags
from playwright.sync_api import sync_playwright
from recorded import Recorded

from analyzer.analyze import analyze
from analyzer.importers import read_capture
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.process import LabProcess
from analyzer.lab.truth import EndLine, SendLine, read_truth
from analyzer.model import CaptureHead, Connection, Reads
from analyzer.record import browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("netlog")]

MS = 1_000_000
WISHES = [
    {"form": "delta_v1", "kind": "steady", "time_scale": 0.1},
    {"form": "cumulative", "kind": "bursty", "encoding": "gzip", "time_scale": 0.1},
    {"form": "delta_v1", "kind": "reset", "time_scale": 0.1},
]
VERSIONS = {"h1": "HTTP/1.1", "h2": "HTTP/2.0", "h3": "HTTP/3"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabAddress]:
    truth = tmp_path_factory.mktemp("netlog") / "truth.jsonl"
    with LabProcess(LabOptions(conversations=20, truth_log=truth)) as process:
        yield process.address


@pytest.fixture(scope="module", params=["h1", "h2", "h3"])
def visit(
    request: pytest.FixtureRequest,
    lab: LabAddress,
    browser_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Recorded:
    """Three streams at once; ``capture`` is the browser's own log."""
    log = tmp_path_factory.mktemp(f"netlog-{request.param}") / "log"
    before = len(read_truth(lab.truth_path))
    flags = [*direct_flags(lab.authority, lab.spki, request.param), *netlog_flags(log)]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=browser_path,
            args=flags,
            chromium_sandbox=not browser.runs_as_root(),
        )
        page = context.pages[0]
        page.goto(lab.url)
        page.wait_for_function("window.__lab?.ready")
        seen = ask_all(page, WISHES)
        context.close()
    (result,) = analyze([log]).captures
    truth = tuple(read_truth(lab.truth_path)[before:])
    return Recorded(request.param, log, truth, seen, result)


def test_all_that_the_lab_was_asked_is_there_and_nothing_else_of_it(visit: Recorded) -> None:
    found = {
        name: (one.method, one.status, one.http_version) for name, one in visit.exchanges.items()
    }

    assert found == {
        name: (line.method, line.status, VERSIONS[visit.protocol])
        for name, line in visit.requests.items()
    }


def test_every_byte_event_and_text_is_the_labs(visit: Recorded) -> None:
    ends = {line.stream: line for line in visit.lines(EndLine)}
    assert {line.how for line in ends.values()} == {"complete", "reset"}
    for name, end in ends.items():
        exchange = visit.exchanges[name]
        stream, turn = exchange.stream, exchange.turn

        assert turn is not None
        assert (stream.events, stream.bytes, stream.wire_bytes) == (
            end.events, end.size, end.wire_size,
        )  # fmt: skip
        assert (turn.answer, turn.reasoning) == (end.answer, end.reasoning)
        assert exchange.how == ("complete" if end.how == "complete" else "server_abort")


def test_what_the_page_saw_is_what_the_log_holds(visit: Recorded) -> None:
    bodies: dict[int, bytes] = {}
    for record in read_capture(visit.capture):
        if isinstance(record, Reads):
            bodies[record.exchange] = bodies.get(record.exchange, b"") + record.data
    for outcome in visit.page["outcomes"]:
        body = bodies[visit.numbers[outcome["id"]]]

        assert len(body) >= len(outcome["text"].encode()) > 0
        if not outcome["error"]:
            assert len(body) == len(outcome["text"].encode())


def test_no_byte_came_before_it_was_sent_and_most_came_soon(visit: Recorded) -> None:
    """Both clocks are CLOCK_MONOTONIC, the log's in whole milliseconds, cut off."""
    waits: list[int] = []
    reads: dict[int, list[tuple[int, int]]] = {}
    for record in read_capture(visit.capture):
        if isinstance(record, Reads):
            wire = record.wire_lengths or record.lengths
            reads.setdefault(record.exchange, []).extend(zip(record.at_ns, wire, strict=True))
    for name in visit.streams:
        came = reads[visit.numbers[name]]
        ends = np.cumsum([size for _, size in came])
        for send in visit.lines(SendLine):
            if send.stream == name and send.wire_end > send.wire_start:
                last = int(np.searchsorted(ends, send.wire_end))
                waits.append(came[last][0] - send.mono_ns)

    assert len(waits) > 100
    assert min(waits) >= -2 * MS
    assert float(np.median(waits)) < 200 * MS


def test_the_connection_is_the_one_that_was_used(visit: Recorded) -> None:
    records = list(read_capture(visit.capture))
    (head,) = [one for one in records if isinstance(one, CaptureHead)]
    ones = [one for one in records if isinstance(one, Connection)]

    assert (head.source, head.clock, head.resolution_ns) == ("netlog", "chunk", MS)
    assert abs(head.wall_ns - head.mono_ns - (time.time_ns() - time.monotonic_ns())) < 5_000 * MS
    protocol = {"h1": "http/1.1"}.get(visit.protocol, visit.protocol)
    mine = [one for one in ones if one.sni == "localhost"]
    assert {(one.protocol, one.tls) for one in mine} == {
        (protocol, "QUICv1" if protocol == "h3" else "TLSv1.3")
    }
    port = visit.exchanges[next(iter(visit.requests))].authority.rpartition(":")[2]
    assert {one.peer.rpartition(":")[2] for one in mine} == {port}
    for one in mine:
        assert one.opened_ns is not None
        assert one.tls_ns is not None
        assert one.opened_ns <= one.tls_ns <= one.at_ns
