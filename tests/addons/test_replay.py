"""A capture played again inside a real mitmdump, with and without the service behind it."""

import asyncio
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest
from arrivals import Client, Http2Client, connected
from click.testing import CliRunner
from mitmproxy import http
from mitmproxy.exceptions import OptionsError
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test import taddons, tflow
from replaying import EVENTS, answered, head, script_of, streamed
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Request, TextMessage

from addons.casting import Casting
from addons.replay import OPTION, Replay
from addons.understudy import CLAIM, Understudy
from analyzer import journal
from analyzer.analyze import analyze
from analyzer.commands.addon_path import addon_path
from analyzer.importers import read_capture
from analyzer.lab.client import Received
from analyzer.model import (
    AnyRecord,
    ExchangeEnd,
    RequestEnd,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.record.ports import free_port
from analyzer.replay.contents import Contents
from analyzer.replay.matching import Match
from analyzer.replay.schedule import Tempo

ADDONS = Path(__file__).parents[2] / "addons"
DEADLINE_S = 40.0
CLOSED = "localhost:9"
"""Nobody listens there: the service is away."""

PARTS = [(40.0 * n, b'data: {"n":%d}\n\n' % n) for n in range(1, 9)]
HTML = (("content-type", "text/html"),)
WHOLE = b"".join(data for _, data in PARTS)


def write(path: Path, *exchanges: list[AnyRecord]) -> Path:
    records = [head(), *(record for one in exchanges for record in one)]
    path.write_bytes(b"".join(map(journal.encode, records)))
    return path


def session(path: Path, authority: str) -> Path:
    """A page, its list, what gives out a credential, and streams with several ends."""
    token = b'{"accessToken":"cred:0123456789abcdef...."}'
    cookies = (
        ("content-type", "application/json"),
        ("set-cookie", "session=cred:0123456789abcdef; Secure"),
        ("set-cookie", "theme=dark"),
    )
    to: dict[str, Any] = {"authority": authority}
    return write(
        path,
        answered(1, "/", b"<p>recorded page", headers=HTML, **to),
        answered(2, "/token", token, **to),
        answered(3, "/list", b"[1]", headers=cookies, **to),
        streamed(4, PARTS, "/stream", body=b'{"q":1}', **to),
        streamed(5, PARTS[:3], "/broken", end=(121, "server_abort"), **to),
        streamed(6, [(1000.0 * n, b"data: x\n\n") for n in range(30)], "/long", **to),
        *(streamed(7 + n, PARTS, f"/many/{n}", **to) for n in range(8)),
        upgraded(20, "/socket", authority),
    )


def upgraded(number: int, path: str, authority: str) -> list[AnyRecord]:
    """A WebSocket on which the service said two things and closed."""
    at_ns = 20_000_000_000
    return [
        RequestHead(number, at_ns, "GET", "https", authority, path, "HTTP/1.1"),
        RequestEnd(number, at_ns),
        ResponseHead(number, at_ns, 101, "HTTP/1.1", (("upgrade", "websocket"),)),
        WebSocketMessage(number, at_ns + 1_000_000, False, True, b"one", 3),
        WebSocketMessage(number, at_ns + 60_000_000, False, True, b"two", 3),
        ExchangeEnd(number, at_ns + 61_000_000, "complete"),
    ]


# --------------------------------------------------------------------------- one mitmdump


@dataclass(frozen=True)
class Proxy:
    """mitmdump with replay and recorder, as a regular proxy and in the mode for HTTP/3."""

    port: int
    quic_port: int
    ca_path: Path
    out: Path
    process: "subprocess.Popen[str]"

    def client(self, *, http2: bool = True) -> httpx.Client:
        trust = ssl.create_default_context(cafile=self.ca_path)
        proxy = f"http://127.0.0.1:{self.port}"
        return httpx.Client(http2=http2, proxy=proxy, verify=trust, trust_env=False, timeout=20)

    def end(self) -> str:
        """Stop it; what it said."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=DEADLINE_S)[0]


@contextmanager
def mitmdump(
    directory: Path, origin: str, *arguments: str, order: tuple[str, ...]
) -> Iterator[Proxy]:
    """Start one with the addons in this order, recording to ``capture.jsonl``."""
    out, conf = directory / "capture.jsonl", directory / "conf"
    code = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    command = [sys.executable, "-u", "-c", code, "--listen-host", "127.0.0.1"]
    command += ["--mode", f"regular@{free_port()}"]
    command += ["--mode", f"reverse:{origin}@{free_port()}"]
    command += [part for name in order for part in ("-s", str(ADDONS / f"{name}.py"))]
    settings = [f"confdir={conf}", f"streamscope_out={out}", "flow_detail=0", *arguments]
    command += [part for setting in settings for part in ("--set", setting)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    ports: list[int] = []
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"listening at 127\.0\.0\.1:(\d+)", line):
                ports.append(int(found[1]))
            if len(ports) == 2 and "streamscope replays" in "".join(said):
                break
        assert len(ports) == 2, said
        yield Proxy(ports[0], ports[1], conf / "mitmproxy-ca-cert.pem", out, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The service can't be reached; the recorder comes first."""
    directory = tmp_path_factory.mktemp("away")
    capture = session(directory / "yesterday.jsonl", CLOSED)
    with mitmdump(
        directory,
        f"https://{CLOSED}",
        f"{OPTION}={capture}",
        f"{OPTION}_loop=true",
        "connection_strategy=eager",
        order=("recorder", "replay"),
    ) as proxy:
        yield proxy


def gaps_ms(stamps: list[int]) -> list[float]:
    return [(later - at) / 1e6 for at, later in pairwise(stamps)]


def over_http3[Result](proxy: Proxy, work: Callable[[Client], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        where = "127.0.0.1", proxy.quic_port, CLOSED, proxy.ca_path
        async with connected("h3", *where) as client:
            return await work(client)

    return asyncio.run(run())


@pytest.mark.parametrize("http2", [True, False])
def test_a_stream_comes_chunk_by_chunk_at_its_times_though_the_service_is_away(
    away: Proxy, http2: bool
) -> None:
    """Also where mitmproxy was told to connect to the service at once."""
    stamps: list[int] = []
    chunks: list[bytes] = []
    with (
        away.client(http2=http2) as client,
        client.stream("POST", f"https://{CLOSED}/stream", content=b'{"q": 1}') as answer,
    ):
        for chunk in answer.iter_raw():
            stamps.append(time.monotonic_ns())
            chunks.append(chunk)

    assert chunks == [data for _, data in PARTS]
    assert median(gaps_ms(stamps)) == pytest.approx(40, abs=8)
    assert answer.headers["content-type"] == dict(EVENTS)["content-type"]


def test_streams_over_http3_come_at_once_and_each_at_its_times(away: Proxy) -> None:
    async def ask(client: Client) -> list[Received]:
        return await asyncio.gather(*(client.request("POST", f"/many/{n}") for n in range(8)))

    began = time.monotonic()
    answers = over_http3(away, ask)

    assert [one.body for one in answers] == [WHOLE] * 8
    gaps = [gap for one in answers for gap in gaps_ms([read.mono_ns for read in one.reads])]
    assert median(gaps) == pytest.approx(40, abs=8)
    assert time.monotonic() - began < 8 * PARTS[-1][0] / 1e3  # not one after the other


def test_a_websocket_says_again_what_the_service_said(away: Proxy) -> None:
    """Asked for in the clear: what counts is the recorded name."""
    said: list[str] = []
    messages = WSConnection(ConnectionType.CLIENT)
    with socket.create_connection(("127.0.0.1", away.port), 10) as tcp:
        opening = messages.send(Request(host=CLOSED, target="/socket"))
        tcp.sendall(opening.replace(b"GET /", f"GET http://{CLOSED}/".encode()))
        while messages.state is not ConnectionState.CLOSED and (data := tcp.recv(65536)):
            messages.receive_data(data)
            for event in messages.events():
                if isinstance(event, TextMessage):
                    said.append(event.data)
                elif isinstance(event, CloseConnection):
                    tcp.sendall(messages.send(event.response()))

    assert said == ["one", "two"]


@pytest.mark.parametrize("http2", [True, False])
def test_a_stream_that_the_service_broke_off_breaks_off(away: Proxy, http2: bool) -> None:
    chunks: list[bytes] = []
    with (
        away.client(http2=http2) as client,
        client.stream("POST", f"https://{CLOSED}/broken") as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        chunks.extend(answer.iter_raw())

    assert chunks == [data for _, data in PARTS[:3]]


def test_a_stream_that_the_service_broke_off_is_reset_over_http3(away: Proxy) -> None:
    got = over_http3(away, lambda client: client.request("POST", "/broken"))

    assert (got.status, got.end) == (200, "reset")
    assert got.body == b"".join(data for _, data in PARTS[:3])


def test_fingerprints_are_no_cookies(away: Proxy) -> None:
    """They would take the place of the browser's own, and log it out of the service."""
    with away.client() as client:
        answer = client.get(f"https://{CLOSED}/list")

    assert (answer.json(), answer.headers.get_list("set-cookie")) == ([1], ["theme=dark"])


def test_a_replay_is_recorded_as_what_was_asked_and_analyses_to_the_same(away: Proxy) -> None:
    with away.client() as client:
        client.get(f"https://{CLOSED}/list?recorded")
        client.post(f"https://{CLOSED}/many/0")
        with client.stream("POST", f"https://{CLOSED}/long") as answer:
            next(answer.iter_raw())
    said = away.end()
    records = list(read_capture(away.out))
    asked = {r.exchange: r for r in records if isinstance(r, RequestHead)}
    ends = {(asked[r.exchange].path, r.how) for r in records if isinstance(r, ExchangeEnd)}
    (result,) = analyze([away.out]).captures
    streams = [one.exchange for one in result.measured if one.exchange.streamed]

    assert {one.authority for one in asked.values()} == {CLOSED}
    assert {one.scheme for one in asked.values() if one.path != "/socket"} == {"https"}
    assert not any(CLAIM in dict(one.headers) for one in asked.values())
    assert {end for end in ends if end[0] in ("/many/0", "/broken", "/long")} == {
        ("/many/0", "complete"),
        ("/broken", "server_abort"),
        ("/long", "client_abort"),
    }
    many = [one.stream for one in streams if one.path.startswith("/many")]
    assert {one.bytes for one in many} == {len(WHOLE)}
    assert median(one.reads for one in many) == len(PARTS)  # of a busy machine two may be one
    assert not [line for line in said.splitlines() if "Traceback" in line or "fault" in line]


# --------------------------------------------------------------------------- before a service


def test_what_the_capture_has_not_goes_to_the_service(tmp_path: Path, service: Any) -> None:
    """The page, what gives out credentials, another question; here the recorder comes last."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlive"
    for path in ("/", "/token", "/list", "/stream", "/new"):
        service.answers[path] = lambda connection, _: connection.sendall(answer)
    origin = service.url("").rstrip("/")
    # Recorded at another port: a service under development changes it.
    capture = session(tmp_path / "yesterday.jsonl", "127.0.0.1:9")
    with mitmdump(tmp_path, origin, f"{OPTION}={capture}", order=("replay", "recorder")) as proxy:
        with proxy.client() as client:
            paths = ("/", "/token", "/list", "/new")
            got = {path: client.get(service.url(path)).text for path in paths}
            image = client.get(service.url("/list"), headers={"sec-fetch-dest": "image"}).text
            other = client.post(service.url("/stream"), json={"q": 2}).text
            known = client.post(service.url("/stream"), json={"q": 1}).content
        said = proxy.end()
    (streamed_one,) = [
        one.exchange for one in analyze([proxy.out]).captures[0].measured if one.exchange.streamed
    ]

    assert got == {"/": "live", "/token": "live", "/list": "[1]", "/new": "live"}
    assert (image, other, known) == ("live", "live", WHOLE)
    assert streamed_one.stream.bytes == len(WHOLE)
    assert "not in the capture, goes to the service: GET /new" in said
    assert "replayed 2 answers; 2 requests to recorded hosts went to the service" in said
    assert "GET /token" not in said


# --------------------------------------------------------------------------- its parts


def casting(*exchanges: list[AnyRecord], everything: bool = False) -> Casting:
    script, contents = script_of(*exchanges)
    return Casting(script, contents, "ids", everything=everything, loop=False)


def asked(path: str, host: str = "chat.example") -> http.HTTPFlow:
    flow = tflow.tflow()
    flow.request = http.Request.make(
        "GET",
        f"https://{host}{path}",
    )
    return flow


@pytest.mark.parametrize(
    ("content_type", "status", "body", "found"),
    [
        ("application/json", 200, b"{}", True),
        ("text/event-stream", 200, b"data: x\n\n", True),
        ("text/html; charset=utf-8", 200, b"<p>", False),
        ("text/javascript", 200, b"1", False),
        ("image/png", 200, b"png", False),
        ("", 304, b"", False),
        ("application/json", 200, b'{"accessToken":"cred:0123456789abcdef"}', False),
    ],
)
def test_the_page_and_credentials_are_the_service_s_unless_all_is_wanted(
    content_type: str, status: int, body: bytes, found: bool
) -> None:
    headers = (("content-type", content_type),) if content_type else ()
    recorded = answered(1, "/x", body, status=status, headers=headers)

    assert isinstance(casting(recorded).find(asked("/x")), Match) is found
    assert isinstance(casting(recorded, everything=True).find(asked("/x")), Match)


def test_only_requests_to_recorded_hosts_are_looked_for() -> None:
    cast = casting(answered(1, "/x", b"{}"))

    assert cast.find(asked("/x", "other.example")) is None
    assert isinstance(cast.find(asked("/x", "CHAT.example:8443")), Match)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({OPTION: ["/nowhere/x.jsonl"]}, "/nowhere/x.jsonl"),
        ({f"{OPTION}_speed": "fast"}, "streamscope_replay_speed is a number such as"),
        ({f"{OPTION}_speed": "-1"}, "not '-1'"),
        ({f"{OPTION}_stall": ["3s"]}, "a stall looks like 3s@2"),
        ({f"{OPTION}_cut": ["@last"]}, "a cut looks like @5"),
        ({f"{OPTION}_match": "closely"}, "closely"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_sentence(
    tmp_path: Path, setting: dict[str, Any], sentence: str
) -> None:
    capture = session(tmp_path / "yesterday.jsonl", CLOSED)
    addon = Replay()
    with taddons.context(addon) as context:  # type: ignore[no-untyped-call] # mitmproxy's
        addon.running()

        with pytest.raises(OptionsError, match=re.escape(sentence)):
            context.configure(addon, **({OPTION: [str(capture)]} | setting))


def test_who_leaves_gets_no_more(tmp_path: Path) -> None:
    """RST_STREAM ends the playing; only mitmproxy itself, which has the claim, is answered."""

    async def leave() -> tuple[int, int, Received]:
        script, contents = script_of(streamed(1, [(5.0 * n, b"data: x\n\n") for n in range(900)]))
        counting = Counting(contents)
        understudy = Understudy(counting, Tempo(), ())
        flow = asked("/stream")
        understudy.redirect(flow, script.exchanges[0])
        claim = [(CLAIM, flow.request.headers[CLAIM])]
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_connection(
            lambda: Http2Client("chat.example"), *understudy.address
        )
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.request("GET", "/stream", claim)
        await asyncio.sleep(0.05)
        left = counting.reads
        stranger = await client.request("GET", "/stream", claim)
        await asyncio.sleep(0.05)
        transport.close()
        ended = asyncio.Event()
        understudy.end(ended.set)
        await ended.wait()
        return left, counting.reads, stranger

    left, later, stranger = asyncio.run(leave())

    assert 0 < left == later
    assert (stranger.status, stranger.body) == (404, b"")


class Counting:
    """Contents that know how often they were read."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self.reads = 0

    def append(self, data: bytes) -> int:
        return self._contents.append(data)

    def read(self, position: int, length: int) -> bytes:
        self.reads += 1
        return self._contents.read(position, length)


def test_a_fault_of_ours_lets_the_request_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log does not quote the traffic."""
    addon, flow = Replay(), asked("/secret")
    monkeypatch.setattr(addon, "_performance", object())
    addon.request(flow)
    addon.responseheaders(flow)

    assert flow.response is None
    assert [record.getMessage() for record in caplog.records] == [
        "streamscope: fault in the request hook: AttributeError",
        "streamscope: fault in the responseheaders hook: AttributeError",
    ]


@pytest.mark.parametrize(("protocol", "refused"), [("udp", True), ("tcp", False)])
def test_a_service_that_nobody_knows_is_refused_over_http3(
    monkeypatch: pytest.MonkeyPatch, protocol: Any, refused: bool
) -> None:
    """Over UDP mitmproxy would have its client wait for ever; over TCP it answers 502 itself."""

    def offline(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    addon = Replay()
    monkeypatch.setattr(addon, "_performance", object())
    server = tflow.tserver_conn()
    server.address, server.transport_protocol = ("chat.example", 443), protocol
    asyncio.run(addon.server_connect(ServerConnectionHookData(server, tflow.tclient_conn())))

    sentence = "the capture does not have this request, and the service at chat.example can't"
    assert bool(server.error and server.error.startswith(sentence)) is refused


def test_addon_path_names_the_addon() -> None:
    for name, arguments in (("recorder", []), ("replay", ["replay"])):
        printed = CliRunner().invoke(addon_path, arguments)

        assert Path(printed.output.strip()) == ADDONS / f"{name}.py"
