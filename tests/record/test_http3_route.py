"""A real browser through a real proxy: what the service sees, and what the capture holds."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import Framework
from playwright.sync_api import Page, sync_playwright

from analyzer.importers import read_capture
from analyzer.model import Connection, Reads, RequestHead, ResponseHead, WebSocketMessage
from analyzer.record.addresses import Origin
from analyzer.record.browser import browser_flags
from analyzer.record.ports import free_port
from analyzer.record.proxy import Proxy, ProxyOptions, start_proxy
from analyzer.serving.certificates import make_certificates

STREAM = 'fetch("/stream", {method: "POST", body: "{}"}).then(r => r.text())'
WEBSOCKET = """new Promise((done, failed) => {
    const socket = new WebSocket(location.origin.replace("https", "wss") + "/socket")
    socket.onmessage = message => done(message.data)
    socket.onerror = () => failed("the WebSocket failed")
})"""


@dataclass
class Echo:
    """A service that notes who asked for what: (HTTP version, path, host, cookie)."""

    port: int
    seen: list[tuple[str, str, str, str]] = field(default_factory=list)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        await receive()
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append(
            (scope["http_version"], scope["path"], headers["host"], headers.get("cookie", ""))
        )
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "hello"})
            await send({"type": "websocket.close"})
            return
        streamed = scope["path"] == "/stream"
        kind = b"text/event-stream" if streamed else b"text/html"
        head = [(b"content-type", kind), (b"set-cookie", b"who=me; Secure; HttpOnly; Path=/")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for word in (b"data: one\n\n", b"data: two\n\n") if streamed else (b"<p>page",):
            await send({"type": "http.response.body", "body": word, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def versions(self, path: str) -> list[str]:
        return [version for version, asked, _, _ in self.seen if asked == path]


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Echo]:
    certificates = make_certificates(tmp_path_factory.mktemp("certificates"), ("localhost",))
    service = Echo(free_port())
    config = Config()
    config.bind = config.quic_bind = [f"127.0.0.1:{service.port}"]
    config.certfile, config.keyfile = str(certificates.chain), str(certificates.key)
    config.errorlog = None
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    main = serve(cast(Framework, service), config, shutdown_trigger=stop.wait, mode="asgi")
    thread = threading.Thread(target=loop.run_until_complete, args=(main,))
    thread.start()
    yield service
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


@pytest.fixture(scope="module")
def recorded(echo: Echo, browser_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One browser asks one origin over HTTP/3, and another over the explicit proxy."""
    directory = tmp_path_factory.mktemp("recorded")
    options = ProxyOptions(
        out=directory / "capture.jsonl",
        listen_port=0,
        http3=(Origin("localhost", echo.port),),
        insecure=True,
        confdir=directory / "conf",
    )
    with start_proxy(options) as proxy:
        browse(
            proxy, browser_path, [f"https://{h}:{echo.port}/" for h in ("localhost", "127.0.0.1")]
        )
    return options.out


def browse(proxy: Proxy, executable: Path, pages: list[str]) -> None:
    assert proxy.url is not None
    flags = browser_flags(proxy.url, proxy.routes, proxy.spki())
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=executable, args=flags) as chromium,
    ):
        page: Page = chromium.new_page()
        for url in pages:
            page.goto(url)
            assert page.evaluate(STREAM) == "data: one\n\ndata: two\n\n"
            assert page.evaluate(WEBSOCKET) == "hello"


@pytest.mark.browser
def test_one_browser_speaks_http3_to_one_origin_and_http2_to_the_other(
    recorded: Path, echo: Echo
) -> None:
    assert recorded.stat().st_size
    assert echo.versions("/stream") == ["3", "2"]


@pytest.mark.browser
def test_the_service_sees_its_own_host_and_cookies(recorded: Path, echo: Echo) -> None:
    asked = [(host, cookie) for _, path, host, cookie in echo.seen if path == "/stream"]

    assert recorded.exists()
    assert asked == [(f"localhost:{echo.port}", "who=me"), (f"127.0.0.1:{echo.port}", "who=me")]


@pytest.mark.browser
def test_the_service_sees_its_own_name_in_the_handshake(recorded: Path) -> None:
    servers = [
        r for r in read_capture(recorded) if isinstance(r, Connection) and r.side == "server"
    ]

    assert {c.sni for c in servers if c.protocol == "h3"} == {"localhost"}


@pytest.mark.browser
def test_the_capture_holds_both_streams_with_the_protocols_of_both_sides(
    recorded: Path, echo: Echo
) -> None:
    records = list(read_capture(recorded))
    asked = [r for r in records if isinstance(r, RequestHead) and r.path == "/stream"]
    answered = {r.exchange: r for r in records if isinstance(r, ResponseHead)}
    data = [
        b"".join(r.data for r in records if isinstance(r, Reads) and r.exchange == head.exchange)
        for head in asked
    ]

    assert [(r.http_version, r.authority, answered[r.exchange].http_version) for r in asked] == [
        ("HTTP/3", f"localhost:{echo.port}", "HTTP/3"),
        ("HTTP/2.0", f"127.0.0.1:{echo.port}", "HTTP/2.0"),
    ]
    assert data == [b"data: one\n\ndata: two\n\n"] * 2
    assert all(answered[r.exchange].streamed for r in asked)


@pytest.mark.browser
def test_a_websocket_of_an_http3_origin_still_comes_through(recorded: Path) -> None:
    """Browsers do not send WebSockets over QUIC: the route answers on TCP as well."""
    messages = [r for r in read_capture(recorded) if isinstance(r, WebSocketMessage)]

    assert [m.data for m in messages] == [b"hello", b"hello"]
