"""The recorder inside a real mitmdump, in front of a service on loopback."""

import gzip
import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import h2.config
import h2.connection
import h2.events
import httpx
import pytest
import zstandard
from loopback import Listener
from mitmproxy.io import FlowReader

from analyzer.model import (
    Body,
    CaptureEnd,
    Connection,
    Credential,
    ExchangeEnd,
    Lost,
    Observer,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.serving.certificates import make_certificates

SECRETS = {
    "bearer": "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.QmVhcmVyU2lnbmF0dXJl",
    "cookie": "Ck7wq2LmN4pRs8vWy0Zt",
    "session": "Ss9xQ71kfLq02PpWm3TtyV",
    "session chunk 0": "S0aB1cD2eF3gH4iJ5k",
    "session chunk 1": "S1zY9xW8vU7tS6rQ5p",
    "sentinel": "gAAAAAB-Sentinel-77z",
    "conduit header": "Cd1-conduit-header-5521",
    "device": "d3v1ce00-0000-4000-8000-00000000dead",
    "api key": "sk-live0123456789abcdefXYZ",
    "query": "Qq4-query-token-8812",
    "password": "Pw!7hunter2z",
    "set-cookie": "Sc8-set-cookie-value-01",
    "access token": "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjF9.QWNjZXNzU2lnbmF0dXJl",
    "session token": "St5-json-session-token-3",
    "conduit": "Co6-json-conduit-token-9",
    "resume": "eyJhbGciOiJIUzI1NiJ9.eyJyIjoxfQ.UmVzdW1lU2lnbmF0dXJl",
    "opaque resume": "Or7opaque",
    "socket": "Ws2-websocket-token-41",
    "message": "Wm3-message-token-9917",
    "gzip": "Gz1-gzip-secret-token-1",
    "br": "Br1-brotli-secret-tok-1",
    "zstd": "Zs1-zstd-secret-token-1",
}
"""One for each place that carries one; each must be in no written byte."""

CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def reply(body: bytes, headers: str = "Content-Type: application/json\r\n") -> bytes:
    head = f"HTTP/1.1 200 OK\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def stream_head(more: str = "") -> bytes:
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        f"Transfer-Encoding: chunked\r\nConnection: close\r\n{more}\r\n"
    ).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def answer(data: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda connection, _: connection.sendall(data)


def body_of(response: bytes) -> bytes:
    """The body of a chunked response."""
    rest = response.partition(b"\r\n\r\n")[2]
    parts: list[bytes] = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        rest = rest[length + 2 :]
    return b"".join(parts)


def of[R](records: list[Any], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


# --------------------------------------------------------------------------- streams


def test_a_stream_passes_untouched_and_each_read_is_kept_with_its_time(
    service: Any, start: Callable[..., Any]
) -> None:
    go = threading.Event()

    def slowly(connection: socket.socket, _: bytes) -> None:
        connection.sendall(stream_head() + chunk(b"data: one\n\n"))
        go.wait(20)
        connection.sendall(chunk(b"data: two\n\n") + chunk(b"data: three\n\n") + chunk(b""))

    service.answers["/stream"] = slowly
    proxy = start()
    with proxy.send(service.url("/stream")) as client:
        got = b""
        while b"one" not in got:
            got += client.recv(65536)
        first = proxy.wait_for(Reads)
        go.set()
        while data := client.recv(65536):
            got += data
    records = proxy.end()

    assert body_of(got) == b"data: one\n\ndata: two\n\ndata: three\n\n"
    assert first.data == b"data: one\n\n"
    reads = of(records, Reads)
    assert b"".join(read.data for read in reads) == body_of(got)
    times = [at for read in reads for at in read.at_ns]
    assert len(times) == 2  # Two chunks came in one socket read.
    (request,) = of(records, RequestHead)
    (head,) = of(records, ResponseHead)
    (end,) = of(records, ExchangeEnd)
    assert request.at_ns < head.at_ns <= times[0] < times[1] <= end.at_ns
    assert (head.streamed, end.how) == (True, "complete")
    assert (request.http_version, head.http_version) == ("HTTP/1.1", "HTTP/1.1")
    assert {record.side for record in of(records, Connection)} == {"client", "server"}
    assert isinstance(records[-1], CaptureEnd)
    assert not of(records, Lost)
    assert not of(records, Problem)
    (observer, *_) = of(records, Observer)
    assert observer.samples > 0
    assert sum(record.reads for record in of(records, Observer)) == 3


@pytest.mark.parametrize("coding", CODERS)
def test_a_compressed_stream_passes_untouched_and_is_kept_decoded(
    service: Any, start: Callable[..., Any], coding: str
) -> None:
    text = b"".join(b'data: {"v":" word %d"}\n\n' % number for number in range(50))
    coded = CODERS[coding](text)
    body = b"".join(chunk(coded[i : i + 40]) for i in range(0, len(coded), 40)) + chunk(b"")
    service.answers["/s"] = answer(stream_head(f"Content-Encoding: {coding}\r\n") + body)
    proxy = start()
    got = proxy.fetch(service.url("/s"))
    records = proxy.end()

    assert body_of(got) == coded
    reads = of(records, Reads)
    assert b"".join(read.data for read in reads) == text
    assert sum(sum(read.wire_lengths or read.lengths) for read in reads) == len(coded)


def test_other_bodies_are_kept_whole(service: Any, start: Callable[..., Any]) -> None:
    text = json.dumps({"items": list(range(100))}).encode()
    coded = gzip.compress(text)
    headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
    service.answers["/list"] = answer(reply(coded, headers))
    proxy = start()
    got = proxy.fetch(service.url("/list"), body=b'{"q":1}')
    records = proxy.end()

    assert got.endswith(coded)
    asked, answered = of(records, Body)
    assert (asked.side, asked.data) == ("request", b'{"q":1}')
    assert (answered.data, answered.length, answered.wire_length) == (text, len(text), len(coded))


# --------------------------------------------------------------------------- secrets


def plant(service: Any) -> dict[str, bytes]:
    """Answers with a secret in every place that a response has."""
    s = SECRETS
    session = {"accessToken": s["access token"], "sessionToken": s["session token"]}
    resume = f'data: {{"type":"resume_conversation_token","token":"{s["resume"]}"}}\n\n'
    opaque = f'data: {{"type":"resume_conversation_token","token":"{s["opaque resume"]}"}}\n\n'
    url = {"websocket_url": f"wss://h/ws?v=1&access_token={s['socket']}"}
    bodies = {
        "/api/auth/session": json.dumps(session).encode(),
        "/prepare": json.dumps({"conduit_token": s["conduit"]}).encode(),
        "/ws-url": json.dumps(url).encode(),
        "/stream": (resume + opaque + "data: [DONE]\n\n").encode(),
    }
    cookie = f"Content-Type: application/json\r\nSet-Cookie: sid={s['set-cookie']}; Max-Age=60\r\n"
    for path in ("/api/auth/session", "/prepare", "/ws-url"):
        service.answers[path] = answer(reply(bodies[path], cookie))
    data = bodies["/stream"]
    cut = data.index(b"UmVz")
    service.answers["/stream"] = answer(
        stream_head() + chunk(data[:cut]) + chunk(data[cut:]) + chunk(b"")
    )
    for coding, encode in CODERS.items():
        text = f'data: {{"access_token":"{s[coding]}"}}\n\n'.encode()
        body = stream_head(f"Content-Encoding: {coding}\r\n") + chunk(encode(text)) + chunk(b"")
        service.answers[f"/stream/{coding}"] = answer(body)
        packed = encode(json.dumps({"refresh_token": s[coding]}).encode())
        headers = f"Content-Type: application/json\r\nContent-Encoding: {coding}\r\n"
        service.answers[f"/body/{coding}"] = answer(reply(packed, headers))
    return bodies


def planted_request_headers() -> str:
    s = SECRETS
    return (
        f"Authorization: Bearer {s['bearer']}\r\n"
        f"Cookie: a={s['cookie']}; __Secure-next-auth.session-token={s['session']}; "
        f"__Secure-next-auth.session-token.0={s['session chunk 0']}; "
        f"__Secure-next-auth.session-token.1={s['session chunk 1']}\r\n"
        f"OpenAI-Sentinel-Chat-Requirements-Token: {s['sentinel']}\r\n"
        f"X-Conduit-Token: {s['conduit header']}\r\n"
        f"OAI-Device-Id: {s['device']}\r\n"
        f"X-API-Key: {s['api key']}\r\n"
        f"Referer: http://h/?access_token={s['query']}\r\n"
    )


def accept_socket(connection: socket.socket, head: bytes) -> None:
    """Accept a WebSocket (RFC 6455), say one message, echo a close."""
    key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
    assert key is not None
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    text = json.dumps([{"access_token": SECRETS["message"]}]).encode()
    connection.sendall(bytes([0x81, len(text)]) + text)
    connection.recv(65536)
    connection.sendall(b"\x88\x02\x03\xe8")


def upgrade(proxy: Any, url: str) -> None:
    headers = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    with proxy.send(url, headers) as client:
        got = b""
        while SECRETS["message"].encode() not in got:
            got += client.recv(65536)
        text = json.dumps({"password": SECRETS["password"]}).encode()
        client.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
        while client.recv(65536):
            pass


def test_no_secret_reaches_the_disk(
    service: Any, start: Callable[..., Any], tmp_path: Path
) -> None:
    """Every place that the wire formats name, through every coding, cut or whole."""
    bodies = plant(service)
    service.answers["/socket"] = accept_socket
    proxy = start("-w", str(tmp_path / "flows.mitm"))
    headers = planted_request_headers()
    login = f"user=ann&password={SECRETS['password']}".encode()
    form = headers + "Content-Type: application/x-www-form-urlencoded\r\n"
    for path, body in bodies.items():
        got = proxy.fetch(service.url(f"{path}?access_token={SECRETS['query']}"), form, login)
        assert got.endswith(body) or body_of(got) == body
    for coding in CODERS:
        proxy.fetch(service.url(f"/stream/{coding}"), headers)
        proxy.fetch(service.url(f"/body/{coding}"), headers)
    upgrade(proxy, service.url(f"/socket?access_token={SECRETS['query']}"))
    proxy.wait_for(ExchangeEnd, lambda end: end.detail.startswith("closed by the server"))
    records = proxy.end()

    journal = proxy.out.read_bytes()
    found = [name for name, secret in SECRETS.items() if secret.encode() in journal]
    assert found == []
    for secret in SECRETS.values():
        for part in secret.split("."):
            assert part == "eyJhbGciOiJIUzI1NiJ9" or part.encode() not in journal
    with (tmp_path / "flows.mitm").open("rb") as file:
        metadata = [flow.metadata for flow in FlowReader(file).stream()]
    assert sum("streamscope" in item for item in metadata) == 4
    assert not any(secret in repr(metadata) for secret in SECRETS.values())
    assert not of(records, Lost)
    assert not any(body.withheld for body in of(records, Body))
    places = {fact.place for fact in of(records, Credential)}
    assert {
        "request header authorization",
        "request header cookie",
        "response header set-cookie",
        "query access_token",
        "request body password",
        "response body accessToken",
        "response body sessionToken",
        "response body conduit_token",
        "response body resume_conversation_token",
    } <= places
    first, second = of(records, WebSocketMessage)
    assert (first.from_client, second.from_client) == (False, True)
    kinds = {fact.kind for fact in of(records, Credential)}
    assert kinds == {"bearer", "cookie", "session", "resume", "api_key", "other"}
    assert stat.S_IMODE(proxy.out.stat().st_mode) == 0o600


# --------------------------------------------------------------------------- ends


def endless(connection: socket.socket, _: bytes) -> None:
    """One event, then nothing until the peer goes away."""
    connection.sendall(stream_head() + chunk(b"data: first\n\n"))
    connection.recv(65536)


def begun(proxy: Any, service: Any) -> socket.socket:
    """A stream in flight whose first event is in the journal."""
    service.answers["/endless"] = endless
    client: socket.socket = proxy.send(service.url("/endless"))
    proxy.wait_for(Reads)
    return client


def test_a_killed_recorder_leaves_a_capture_with_the_exchange_unfinished(
    service: Any, start: Callable[..., Any]
) -> None:
    proxy = start()
    with begun(proxy, service):
        records = proxy.end(signal.SIGKILL)

    assert [read.data for read in of(records, Reads)] == [b"data: first\n\n"]
    assert not of(records, ExchangeEnd)
    assert not of(records, CaptureEnd)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_recorder_ends_its_capture_and_leaves_the_exchange_open(
    service: Any, start: Callable[..., Any], how: int
) -> None:
    proxy = start()
    with begun(proxy, service):
        records = proxy.end(how)

    assert isinstance(records[-1], CaptureEnd)
    assert not of(records, ExchangeEnd)
    assert not of(records, Problem)


def test_a_client_that_goes_away_is_a_client_abort(service: Any, start: Callable[..., Any]) -> None:
    proxy = start()
    begun(proxy, service).close()

    assert proxy.wait_for(ExchangeEnd).how == "client_abort"


def test_a_service_that_goes_away_is_a_server_abort(
    service: Any, start: Callable[..., Any]
) -> None:
    service.answers["/cut"] = answer(stream_head() + chunk(b"data: a\n\n"))
    proxy = start()
    proxy.fetch(service.url("/cut"))

    assert proxy.wait_for(ExchangeEnd).how == "server_abort"
    assert proxy.wait_for(Reads).data == b"data: a\n\n"


def test_a_service_that_cannot_be_reached_is_an_error(start: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    proxy = start()
    proxy.fetch(f"http://127.0.0.1:{port}/")

    assert proxy.wait_for(ExchangeEnd).how == "error"


# --------------------------------------------------------------------------- HTTP/2


class ResettingService(Listener):
    """An HTTP/2 service that sends one event, then resets the stream, or waits."""

    def __init__(self, folder: Path) -> None:
        made = make_certificates(folder, ("localhost",))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(made.chain, made.key)
        self._context.set_alpn_protocols(["h2"])
        super().__init__()

    def serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as secure:
                self._speak(secure)
        except OSError:
            return

    def _speak(self, secure: ssl.SSLSocket) -> None:
        http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        http2.initiate_connection()
        secure.sendall(http2.data_to_send())
        while data := secure.recv(65536):
            for event in http2.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self._answer(http2, event)
            secure.sendall(http2.data_to_send())

    def _answer(self, http2: h2.connection.H2Connection, event: h2.events.RequestReceived) -> None:
        stream_id = event.stream_id
        assert stream_id is not None
        head = [(":status", "200"), ("content-type", "text/event-stream")]
        http2.send_headers(stream_id, head)
        http2.send_data(stream_id, b"data: a\n\n")
        if dict(event.headers or [])[b":path"] == b"/reset":
            http2.reset_stream(stream_id, 2)


@pytest.fixture
def resetting(tmp_path: Path) -> Iterator[ResettingService]:
    made = ResettingService(tmp_path)
    yield made
    made.close()


def over_http2(proxy: Any) -> httpx.Client:
    address = f"http://127.0.0.1:{proxy.port}"
    return httpx.Client(http2=True, verify=False, proxy=address, timeout=30)


def test_a_reset_stream_is_told_from_its_side_over_http2(
    resetting: ResettingService, start: Callable[..., Any]
) -> None:
    """mitmproxy's message says "by client" for both."""
    proxy = start("-k")
    origin = f"https://localhost:{resetting.port}"
    with over_http2(proxy) as client:
        with pytest.raises(httpx.RemoteProtocolError), client.stream("GET", f"{origin}/reset") as r:
            r.read()
        by_server = proxy.wait_for(ExchangeEnd)
        with client.stream("GET", f"{origin}/wait") as response:
            next(response.iter_raw())
            proxy.wait_for(Reads, lambda reads: reads.exchange == 2)
    by_client = proxy.wait_for(ExchangeEnd, lambda end: end.exchange == 2)
    records = proxy.records()

    assert (by_server.how, by_client.how) == ("server_abort", "client_abort")
    assert [head.http_version for head in of(records, RequestHead)] == ["HTTP/2.0"] * 2
    assert [head.http_version for head in of(records, ResponseHead)] == ["HTTP/2.0"] * 2
    for record in of(records, Connection):
        assert record.protocol == "h2"
        assert record.opened_ns is not None
        assert record.tls_ns is not None
        assert record.opened_ns < record.tls_ns <= record.at_ns


# --------------------------------------------------------------------------- faults


def test_a_full_disk_loses_records_and_never_traffic(
    service: Any, start: Callable[..., Any]
) -> None:
    big = b'{"x":"' + b"y" * 50_000 + b'"}'
    service.answers["/big"] = answer(reply(big))
    proxy = start(limit=8192)
    for _ in range(3):
        assert proxy.fetch(service.url("/big")).endswith(big)
    records = proxy.end()

    assert proxy.process.returncode == 0
    assert proxy.out.stat().st_size <= 8192
    assert "records are being lost" in proxy.process.stdout.read()
    assert not any(isinstance(record, ExchangeEnd) for record in records[3:])


def said(process: "subprocess.Popen[str]") -> str:
    output, _ = process.communicate(timeout=40)
    assert process.returncode == 1
    return output


def test_a_journal_that_cannot_be_made_is_a_sentence_and_no_start(
    tmp_path: Path, launch: Callable[..., Any]
) -> None:
    (tmp_path / "old.jsonl").write_text("precious")
    cases = {
        tmp_path / "old.jsonl": "holds something already",
        tmp_path / "none" / "c.jsonl": "directory does not exist",
        tmp_path: "it is a directory",
    }
    for path, sentence in cases.items():
        output = said(launch("-q", "-p", "0", "--set", f"streamscope_out={path}"))
        assert sentence in output
        assert "Traceback" not in output
    assert (tmp_path / "old.jsonl").read_text() == "precious"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("body_limit=much", "streamscope_body_limit is a size such as 500k, 4m or 0, not 'much'"),
        ("content=off", 'streamscope_content: boolean must be "true", "false"'),
        ("out=other.jsonl", "Received multiple values for streamscope_out"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_sentence_and_no_start(
    tmp_path: Path, launch: Callable[..., Any], setting: str, sentence: str
) -> None:
    """The last two are found while the addon is loaded, where mitmproxy itself is silent."""
    out = f"streamscope_out={tmp_path / 'c.jsonl'}"
    output = said(launch("-q", "-p", "0", "--set", out, "--set", f"streamscope_{setting}"))

    assert sentence in output
    assert "Traceback" not in output


def test_a_python_without_streamscope_is_told_in_a_sentence(launch: Callable[..., Any]) -> None:
    hide = "import sys; sys.modules['analyzer'] = None"
    output = said(launch("-q", "-p", "0", before=hide))

    assert "streamscope is not installed in the Python that runs mitmproxy" in output
    assert "Traceback" not in output


def test_its_options_are_mitmproxy_s_own_with_help(launch: Callable[..., Any]) -> None:
    output, _ = launch("--options").communicate(timeout=40)

    for name in ("out", "hosts", "stream_types", "body_limit", "content"):
        assert f"streamscope_{name}:" in output
    assert "Hosts to record" in output


def test_without_a_path_it_records_into_the_current_directory(
    tmp_path: Path, launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    process = launch("-p", "0", "--listen-host", "127.0.0.1")
    for line in process.stdout:
        if "streamscope records to" in line:
            break
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=40)

    (made,) = tmp_path.glob("*.jsonl")
    assert re.fullmatch(r"streamscope-\d{8}-\d{6}\.jsonl", made.name)


def test_raw_deflate_and_flushes_reach_the_client_as_they_were_sent(
    service: Any, start: Callable[..., Any]
) -> None:
    packer = zlib.compressobj(wbits=-15)
    parts = [packer.compress(b"data: a\n\n") + packer.flush(zlib.Z_SYNC_FLUSH), packer.flush()]
    body = b"".join(map(chunk, parts)) + chunk(b"")
    service.answers["/d"] = answer(stream_head("Content-Encoding: deflate\r\n") + body)
    proxy = start()

    assert body_of(proxy.fetch(service.url("/d"))) == b"".join(parts)
    assert proxy.wait_for(Reads).data == b"data: a\n\n"
