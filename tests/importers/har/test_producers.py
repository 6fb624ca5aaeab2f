"""HAR files of other programs: mitmproxy's and Playwright's, made while the test runs."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from har_files import of_kind, read_bytes, the
from mitmproxy.addons.savehar import SaveHar
from mitmproxy.http import HTTPFlow
from mitmproxy.test import taddons, tflow, tutils
from playwright.sync_api import sync_playwright

from analyzer.model import (
    Body,
    CaptureHead,
    ExchangeEnd,
    Problem,
    Reads,
    RequestHead,
    ResponseHead,
    WebSocketMessage,
)
from analyzer.record import browser

STREAM = b"data: one\n\nevent: x\ndata: two\n\n"


def saved(*flows: HTTPFlow) -> bytes:
    """What mitmproxy's ``save.har`` writes of these flows."""
    addon = SaveHar()
    with taddons.context(addon):  # type: ignore[no-untyped-call] # mitmproxy's
        return json.dumps(addon.make_har(list(flows))).encode()


def test_mitmproxys_export_reads() -> None:
    headers = ((b"content-type", b"text/event-stream"), (b"set-cookie", b"a=1; Path=/"))
    stream = tflow.tflow(
        req=tutils.treq(host="chat.example", port=443, scheme=b"https", method=b"POST", path=b"/s"),
        resp=tutils.tresp(headers=headers, content=STREAM, status_code=200),
    )
    binary = tflow.tflow(resp=tutils.tresp(content=b"\xff\0\xfe"))
    failed = tflow.tflow(err=True)
    socket = tflow.twebsocketflow()
    records = read_bytes(saved(stream, binary, failed, socket))

    assert the(CaptureHead, records).tool.startswith("mitmproxy")
    assert not of_kind(Problem, records)
    first, *_ = of_kind(RequestHead, records)
    assert (first.method, first.authority, first.path) == ("POST", "chat.example", "/s")
    assert [one.streamed for one in of_kind(ResponseHead, records)] == [True, False, False]
    assert [one.timed for one in of_kind(ResponseHead, records)] == [False, True, True]
    assert the(Reads, records).data == STREAM
    bodies = {(one.exchange, one.side): one.data for one in of_kind(Body, records)}
    assert bodies[2, "response"] == b"\xff\0\xfe"
    assert bodies[1, "request"] == b"content"
    ends = {one.exchange: one.how for one in of_kind(ExchangeEnd, records)}
    assert ends == {1: "complete", 2: "complete", 3: "error", 4: "complete"}
    assert len(of_kind(WebSocketMessage, records)) == len(socket.websocket.messages)  # type: ignore[union-attr] # it has them


class Page(BaseHTTPRequestHandler):
    """A page that posts, and reads an event stream."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>a page</title>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(STREAM)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


@pytest.mark.browser
def test_playwrights_recording_reads(browser_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "playwright.har"
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Page) as server,
        sync_playwright() as playwright,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        chromium = playwright.chromium.launch(
            executable_path=browser_path, chromium_sandbox=not browser.runs_as_root()
        )
        context = chromium.new_context(record_har_path=file, record_har_content="embed")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/page?a=b")
        page.evaluate("fetch('/s', {method: 'POST', body: 'hé'}).then((answer) => answer.text())")
        context.close()
        chromium.close()
        server.shutdown()
    records = read_bytes(file.read_bytes())

    assert the(CaptureHead, records).tool.startswith("Playwright")
    assert not of_kind(Problem, records)
    heads = {one.path: one for one in of_kind(RequestHead, records)}
    assert {"/page?a=b", "/s"} <= heads.keys()
    bodies = {(one.exchange, one.side): one.data for one in of_kind(Body, records)}
    assert bodies[heads["/page?a=b"].exchange, "response"] == b"<title>a page</title>"
    assert bodies[heads["/s"].exchange, "request"] == "hé".encode()
    assert the(Reads, records).data == STREAM
