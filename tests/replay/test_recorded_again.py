"""A capture of a replay, made by the recorder, analyses to what the first capture does."""

import asyncio
import json
import statistics
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from replaying import MS, answered, head, streamed
from synthetic import CLOSING, append, event, opening, write

from analyzer.importers import read_capture
from analyzer.lab.client import Http3Client
from analyzer.model import Exchange
from analyzer.reassemble import Reassembler
from analyzer.record.ports import free_port
from analyzer.record.proxy import ProxyOptions, start_proxy
from analyzer.replay.options import ReplayAddress
from analyzer.replay.process import ReplayProcess

ASK = "/backend-api/f/conversation"
BODIES = [
    json.dumps({"action": "next", "supported_encodings": ["v1"], "n": number}).encode()
    for number in (1, 2)
]
TOLERANCE_MS = 40
"""Of a busy machine; the bench measures how precise it is."""

FIRST = [
    (100.0, event("v1", "delta_encoding") + b"".join(opening(1))),
    *((120.0 + 30 * n, append(f"word {n} ")) for n in range(6)),
    (620.0, append("after a stall. ") + append("Two at once.")),
    (640.0, CLOSING),
    (650.0, event({"type": "message_stream_complete"}) + b"data: [DONE]\n\n"),
]
SECOND = [
    (60.0, event("v1", "delta_encoding") + b"".join(opening(2))),
    *((90.0 + 45 * n, append(f"piece {n} ")) for n in range(5)),
]


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The first capture, and that of its replay over HTTP/2 and over HTTP/3."""
    directory = tmp_path_factory.mktemp("again")
    exchanges = [
        streamed(1, FIRST, ASK, body=BODIES[0], end=(700, "complete")),
        streamed(2, SECOND, ASK, body=BODIES[1], at_ms=10_005, end=(330, "server_abort")),
        answered(3, "/api/auth/session", b'{"user":{}}', at_ms=10_900),
    ]
    first = write(
        directory / "first.jsonl", [head(), *(r for records in exchanges for r in records)]
    )
    with ReplayProcess([first], ["--loop"]) as replay:
        at, port = replay.address, free_port()
        options = ProxyOptions(
            directory / "again.jsonl",
            listen_port=0,
            modes=("regular", f"reverse:http3://127.0.0.1:{at.port}@127.0.0.1:{port}"),
            insecure=True,
            confdir=directory / "conf",
        )
        with start_proxy(options) as proxy:
            asyncio.run(ask_h2(at, proxy.url or ""))
            asyncio.run(ask_h3(port, directory / "conf" / "mitmproxy-ca-cert.pem"))
    return first, options.out


async def ask_h2(at: ReplayAddress, proxy: str) -> None:
    async with httpx.AsyncClient(
        http2=True, verify=False, proxy=proxy, base_url=at.url
    ) as http:  # the proxy's
        await http.get("/api/auth/session")
        await asyncio.gather(*(post(http, body) for body in BODIES))


async def post(http: httpx.AsyncClient, body: bytes) -> None:
    try:
        await http.post(ASK, content=body, headers={"content-type": "application/json"})
    except httpx.RemoteProtocolError:
        assert body == BODIES[1]


async def ask_h3(port: int, ca: Path) -> None:
    async with Http3Client("127.0.0.1", port, f"localhost:{port}", ca) as client:
        await client.request("GET", "/api/auth/session")
        kind = [("content-type", "application/json")]
        got = await asyncio.gather(*(client.request("POST", ASK, kind, body) for body in BODIES))
    assert [one.end for one in got] == ["complete", "reset"]


def turns(capture: Path) -> list[Exchange]:
    reassembler = Reassembler()
    seen = [out for record in read_capture(capture) for out in reassembler.feed(record)]
    found = [one for one in seen if isinstance(one, Exchange) and one.turn]
    return sorted(found, key=lambda one: one.request_body)


def gaps_ms(exchange: Exchange) -> list[float]:
    assert exchange.turn is not None
    assert exchange.sent_ns is not None
    moments = [exchange.sent_ns, *sorted(set(exchange.turn.texts.at_ns))]
    return [(later - earlier) / MS for earlier, later in pairwise(moments)]


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3"])
def test_turns_text_and_gaps_are_the_same(captures: tuple[Path, Path], version: str) -> None:
    first = turns(captures[0])
    again = [one for one in turns(captures[1]) if one.upstream_version == version]

    for one, other in zip(first, again, strict=True):
        assert one.turn is not None
        assert other.turn is not None
        assert (other.turn.answer, other.turn.status) == (one.turn.answer, one.turn.status)
        assert (other.how, other.status, other.dialect) == (one.how, one.status, one.dialect)
        assert other.response_body == one.response_body
        # How many reads bring them is the network's and a busy machine's matter.
        assert other.stream.events == one.stream.events
        errors = [abs(a - b) for a, b in zip(gaps_ms(one), gaps_ms(other), strict=True)]
        assert statistics.median(errors) < TOLERANCE_MS, errors
