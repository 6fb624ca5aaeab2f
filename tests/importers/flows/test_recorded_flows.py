"""A flow file that mitmproxy wrote beside the journal of the same run: the same exchanges."""

import asyncio
import json
import re
import ssl
from pathlib import Path

import httpx
import pytest
from lab_session import staged
from lab_visitor import ASK

from analyzer import journal
from analyzer.analyze import analyze
from analyzer.exporters.flows import write
from analyzer.importers import read_capture
from analyzer.lab.client import Http3Client
from analyzer.lab.options import LabOptions
from analyzer.model import AnyRecord, Exchange, Lost, Problem, Reads
from analyzer.record.proxy import Proxy

pytestmark = pytest.mark.xdist_group("recorded_flows")

QUESTION = {
    "action": "next",
    "messages": [{"content": {"content_type": "text", "parts": ["Well?"]}}],
    "supported_encodings": ["v1"],
}
LAB = LabOptions(encoding="gzip", time_scale=0.08, conversations=20)


def ask_h2(proxy: Proxy, url: str) -> str:
    """Sign in, read a stream, go away from another; the bearer that it was asked with."""
    trust = ssl.create_default_context(cafile=str(proxy.ca_certificate))
    with httpx.Client(
        http2=True, proxy=proxy.url, verify=trust, base_url=url, trust_env=False
    ) as http:
        http.get("/")
        token = str(http.get("/api/auth/session").json()["accessToken"])
        bearer = {"authorization": f"Bearer {token}"}
        http.post(ASK, headers=bearer, json=QUESTION).raise_for_status()
        with http.stream("POST", ASK, headers=bearer, json=QUESTION) as response:
            next(response.iter_raw())
    return token


async def ask_h3(proxy: Proxy, authority: str, token: str) -> None:
    port = proxy.routes[0].listen_port
    async with Http3Client("127.0.0.1", port, authority, proxy.ca_certificate) as quic:
        headers = [("authorization", f"Bearer {token}"), ("content-type", "application/json")]
        await quic.request("POST", ASK, headers, json.dumps(QUESTION).encode())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``capture.jsonl`` and ``run.mitm`` of one run over HTTP/2 and HTTP/3."""
    directory = tmp_path_factory.mktemp("run")
    with staged(directory, LAB, f"save_stream_file={directory / 'run.mitm'}") as stage:
        token = ask_h2(stage.proxy, stage.lab.url)
        asyncio.run(ask_h3(stage.proxy, stage.lab.authority, token))
    return directory


def exchanges(run: Path, name: str) -> list[Exchange]:
    (result,) = analyze([run / name]).captures
    return [one.exchange for one in result.measured]


def chunks(path: Path) -> dict[int, list[tuple[int, int]]]:
    """By exchange: arrivals and the bytes that came, those of one moment together."""
    found: dict[int, dict[int, int]] = {}
    for record in read_capture(path):
        if isinstance(record, Reads):
            arrivals = found.setdefault(record.exchange, {})
            wire = record.wire_lengths or record.lengths
            for at_ns, length in zip(record.at_ns, wire, strict=True):
                arrivals[at_ns] = arrivals.get(at_ns, 0) + length
    return {exchange: sorted(arrivals.items()) for exchange, arrivals in found.items()}


def test_the_flow_file_shows_the_same_exchanges_as_the_journal(run: Path) -> None:
    journal, flows = exchanges(run, "capture.jsonl"), exchanges(run, "run.mitm")

    def told(one: Exchange) -> tuple[object, ...]:
        request = one.method, one.authority, one.path, one.http_version, one.request_length
        return *request, one.status, one.upstream_version, one.streamed, one.timed

    assert [told(one) for one in flows] == [told(one) for one in journal]
    assert {one.http_version for one in flows} == {"HTTP/2.0", "HTTP/3"}


def test_a_stream_that_ended_by_itself_has_the_same_text_and_chunk_times(run: Path) -> None:
    pairs = list(zip(exchanges(run, "capture.jsonl"), exchanges(run, "run.mitm"), strict=True))
    streams = [(a, b) for a, b in pairs if a.streamed and a.how == "complete"]
    at_journal, at_flows = chunks(run / "capture.jsonl"), chunks(run / "run.mitm")

    assert [one.content_encoding for one, _ in streams] == ["gzip", ""]
    for a, b in streams:
        assert a.turn is not None
        assert a.turn.answer
        assert b.turn == a.turn
        assert b.stream.events == a.stream.events
        assert at_flows[b.exchange] == at_journal[a.exchange]


def test_heads_and_ends_are_mitmproxys_own_stamps_on_the_same_clock(run: Path) -> None:
    def stamps(one: Exchange) -> list[int]:
        found = (one.started_ns, one.sent_ns, one.headers_ns, one.ended_ns)
        return [at_ns for at_ns in found if at_ns is not None]

    pairs = zip(exchanges(run, "capture.jsonl"), exchanges(run, "run.mitm"), strict=True)
    apart = [
        abs(a - b) for one, other in pairs for a, b in zip(stamps(one), stamps(other), strict=True)
    ]

    assert len(apart) == 4 * 5
    *others, furthest = sorted(apart)
    assert others[len(others) // 2] < 20_000_000
    assert max(others) < 100_000_000
    assert furthest < 500_000_000  # one of them may meet a busy moment between its two stamps


def test_of_a_stream_that_was_broken_off_the_file_has_times_and_sizes(run: Path) -> None:
    """mitmproxy stores a streamed body when it ends; one that is broken off it forgets."""
    (number,) = [one.exchange for one in exchanges(run, "run.mitm") if one.how != "complete"]
    records = [
        record
        for record in read_capture(run / "run.mitm")
        if isinstance(record, Reads | Lost) and record.exchange == number
    ]

    assert all(not record.data for record in records if isinstance(record, Reads))
    assert [record.what for record in records if isinstance(record, Lost)] == ["body"]
    wire = chunks(run / "run.mitm")[number]
    assert wire
    assert wire == chunks(run / "capture.jsonl")[number][: len(wire)]


def test_the_journal_itself_goes_out_as_flows_and_comes_back_as_it_was(
    run: Path, tmp_path: Path
) -> None:
    """What the recorder wrote of real HTTP/2 and HTTP/3, and not what a test thought up."""
    records = list(read_capture(run / "capture.jsonl"))
    with (tmp_path / "back.mitm").open("wb") as file:
        losses = write(records, file)
    back = list(read_capture(tmp_path / "back.mitm"))

    def others(of: list[AnyRecord | Problem]) -> list[str]:
        return sorted(repr(record) for record in of if not isinstance(record, Reads))

    assert losses == []
    assert others(back) == others(records)
    assert chunks(tmp_path / "back.mitm") == chunks(run / "capture.jsonl")


def test_no_secret_of_the_flow_file_comes_through(run: Path) -> None:
    raw = (run / "run.mitm").read_bytes()
    token = re.search(rb"Bearer ([\w.-]{40,})", raw)
    assert token is not None

    shown = b"".join(
        journal.encode(record)
        for record in read_capture(run / "run.mitm")
        if not isinstance(record, Problem)
    )

    assert token[1] not in shown
    assert b"Bearer cred:" in shown
