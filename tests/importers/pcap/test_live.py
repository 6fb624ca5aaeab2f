"""Real packets of a real lab, captured on loopback, beside what the lab says it sent."""

import gzip
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_visitor import Visitor
from packets import capturing, embed_secrets, needed
from truth import seen_streams, sent_streams, timing_error

from analyzer.importers import pcap, read_capture
from analyzer.importers.source import Source
from analyzer.intake.seen import Item
from analyzer.lab.options import LabOptions
from analyzer.lab.process import LabProcess
from analyzer.lab.truth import RequestLine, read_truth
from analyzer.model import (
    CaptureEnd,
    CaptureError,
    CaptureHead,
    Connection,
    Problem,
    RequestHead,
)

pytestmark = pytest.mark.xdist_group("packets")
"""One worker runs them all, so that the lab is started once."""

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("h2", {"kind": "split", "seed": 3}),
    ("h2", {"kind": "bursty", "seed": 4, "encoding": "gzip"}),
    ("h2", {"kind": "reset", "seed": 2}),
    ("h3", {"kind": "split", "seed": 3, "encoding": "zstd"}),
    ("h3", {"kind": "bursty", "seed": 4}),
    ("h3", {"kind": "reset", "seed": 2}),
]


@dataclass
class Captured:
    """``capture`` has its key log beside it; ``bodies`` is what the client got, by request."""

    capture: Path
    truth: Path
    bodies: dict[str, bytes]

    @cached_property
    def told(self) -> list[Item]:
        return told(self.capture)[0]

    def altered(self, path: Path, content: bytes | bytearray) -> Path:
        """Another capture, with the key log beside it."""
        path.write_bytes(content)
        shutil.copy(self.capture.with_suffix(".keys"), path.with_suffix(".keys"))
        return path


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Captured:
    directory = tmp_path_factory.mktemp("packets")
    needed(directory)
    capture = directory / "lab.pcapng"
    options = LabOptions(conversations=10, time_scale=0.05, truth_log=directory / "truth.jsonl")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSLKEYLOGFILE", str(capture.with_suffix(".keys")))
        with LabProcess(options) as lab, capturing(capture, lab.address.port):
            visitor = Visitor(lab.address)
            streams = [visitor.ask(protocol, **wish) for protocol, wish in ASKED]
            visitor.http.close()
    bodies = {stream.id: stream.body for stream in streams}
    return Captured(capture, directory / "truth.jsonl", bodies)


def test_the_exchanges_are_those_that_the_lab_answered(captured: Captured) -> None:
    _, exchanges, problems = seen_streams(captured.capture)
    answered = [line for line in read_truth(captured.truth) if isinstance(line, RequestLine)]

    assert not problems
    assert {
        (dict(one.response_headers)["x-request-id"], one.method, one.status, one.http_version)
        for one in exchanges
    } == {
        (line.request, line.method, line.status, {"h2": "HTTP/2.0", "h3": "HTTP/3"}[line.protocol])
        for line in answered
    }


def test_streams_hold_what_was_sent_when_it_was_sent(captured: Captured) -> None:
    """The same events at the same offsets; each arrived after it was sent, and soon."""
    sent = sent_streams(read_truth(captured.truth))
    seen, _, _ = seen_streams(captured.capture)
    head = next(iter(read_capture(captured.capture)))

    assert isinstance(head, CaptureHead)
    assert (head.clock, head.resolution_ns) == ("packet", 1)
    assert "Dumpcap" in head.tool
    assert seen.keys() == sent.keys() == captured.bodies.keys()
    for name, stream in seen.items():
        truth = sent[name]
        assert stream.exchange.stream.bytes == truth.end.size
        assert stream.exchange.stream.wire_bytes == len(captured.bodies[name])
        assert [one.offset + one.size for one in stream.events] == truth.event_ends()
        assert stream.exchange.turn is not None
        assert stream.exchange.turn.answer == truth.end.answer
        how = {"complete": "complete", "reset": "server_abort"}[truth.end.how]
        assert stream.exchange.how == how
    offset = _offset(captured, head)
    error = timing_error((sent[name], seen[name]) for name in seen)
    delays = error.delays - offset
    assert delays.min() > -1_000_000  # two clocks of one machine, read one after the other
    assert np.median(delays) < 20_000_000, error.summary()


def _offset(captured: Captured, head: CaptureHead) -> int:
    """From the lab's monotonic clock to the capture's, by the wall clock that both know."""
    line = read_truth(captured.truth)[0]
    return (line.wall_ns - head.wall_ns) - line.mono_ns


def test_connections_are_told_with_their_handshakes(captured: Captured) -> None:
    connections = [one for one in read_capture(captured.capture) if isinstance(one, Connection)]

    assert [one.protocol for one in connections].count("h3") == 3
    for one in connections:
        assert one.opened_ns is not None
        assert one.tls_begun_ns is not None
        assert one.tls_ns is not None
        assert one.opened_ns <= one.tls_begun_ns < one.tls_ns <= one.at_ns
        assert one.tls == {"h2": "TLSv1.3", "h3": "QUICv1"}[one.protocol]
        assert one.sni == "localhost"


def test_secrets_may_be_in_the_capture_and_without_any_it_says_so(
    captured: Captured, tmp_path: Path
) -> None:
    embedded, bare = tmp_path / "embedded.pcapng", tmp_path / "bare.pcapng"
    embed_secrets(captured.capture, captured.capture.with_suffix(".keys"), embedded)
    shutil.copy(captured.capture, bare)

    assert told(embedded)[0] == captured.told
    with pytest.raises(CaptureError, match=r"encrypted, and there are no secrets .*SSLKEYLOGFILE"):
        told(bare)


def test_a_capture_that_is_cut_gives_what_precedes_the_cut(
    captured: Captured, tmp_path: Path
) -> None:
    content = captured.capture.read_bytes()
    cut = captured.altered(tmp_path / "cut.pcapng", content[: len(content) * 2 // 3])

    part, problems = told(cut)

    assert part
    assert part == captured.told[: len(part)]
    assert [one.code for one in problems] == ["damaged_capture"]
    assert problems[0].offset is not None
    assert len(content) // 2 < problems[0].offset <= len(content) * 2 // 3


def test_of_a_wrapping_that_is_cut_too_one_problem_tells(
    captured: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrapped has no key log beside it: the environment names one."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(captured.capture.with_suffix(".keys")))
    wrapped = tmp_path / "cut.pcapng.gz"
    content = gzip.compress(captured.capture.read_bytes(), 1)
    wrapped.write_bytes(content[: len(content) * 2 // 3])

    records = list(read_capture(wrapped))

    assert sum(isinstance(one, RequestHead) for one in records) >= 2
    assert [one.code for one in records if isinstance(one, Problem)] == ["damaged_wrapping"]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_capture_with_nonsense_in_it_gives_what_precedes_it(
    captured: Captured, tmp_path: Path, seed: int
) -> None:
    random = np.random.default_rng(seed)
    content = bytearray(captured.capture.read_bytes())
    first = len(content) // 2
    for place in random.integers(first, len(content), 200):
        content[place] = random.integers(256)
    damaged = captured.altered(tmp_path / "damaged.pcapng", content)
    cut = captured.altered(tmp_path / "cut.pcapng", content[:first])

    before, _ = told(cut)

    assert before
    assert told(damaged)[0][: len(before)] == before


def told(path: Path) -> tuple[list[Item], list[Problem]]:
    """What the packets show, without the head and the end, which are of the file; problems."""
    with Source(path) as source:
        items = list(pcap.read(source))
    problems = [one for one in items if isinstance(one, Problem)]
    frame = CaptureHead | CaptureEnd | Problem
    return [one for one in items if not isinstance(one, frame)], problems
