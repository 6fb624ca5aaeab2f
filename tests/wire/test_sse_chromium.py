"""Chromium's own EventSource as the oracle: same bytes, same events, over loopback HTTP."""

import random
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import sync_playwright

from analyzer.record.browser import runs_as_root
from analyzer.wire import sse

pytestmark = pytest.mark.browser

PIECES = (
    b"data", b"data:", b"data: ", b"data:  two", b"data: x", b"event: a", b"event:b", b"event",
    b"event:", b"id: 1", b"id:", b"id", b"id: n\x00l", b"retry: 9", b"retry: 9x", b":", b": note",
    b"other: f", b" data: spaced", b"DATA: upper", b"data: \xc3\xa4\xf0\x9f\x99\x82",
    b"data: \xff\xc3", b"data: \xe2\x82", b"data: a\x00b", b"data: \xef\xbb\xbfbom", b"",
)  # fmt: skip
ENDINGS = (b"\n", b"\n", b"\r", b"\r\n")
STARTS = (b"", b"", b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb")

COLLECT = """
async (count) => {
  const one = (index) => new Promise((resolve) => {
    const seen = [], source = new EventSource('/' + index);
    const take = (e) => seen.push([e.type, e.data, e.lastEventId]);
    for (const type of ['message', 'a', 'b']) source.addEventListener(type, take);
    source.onerror = () => { source.close(); resolve(seen); };
  });
  const all = [];
  for (let index = 0; index < count; index++) all.push(await one(index));
  return all;
}
"""


def bodies(count: int) -> list[bytes]:
    """Random lines of everything the standard has a rule for, blank lines often, all endings."""
    chosen = random.Random(20)
    made = []
    for _ in range(count):
        parts = [chosen.choice(STARTS)]
        for _ in range(chosen.randrange(1, 14)):
            parts += [chosen.choice(PIECES), chosen.choice(ENDINGS)]
            if chosen.random() < 0.4:
                parts.append(chosen.choice(ENDINGS))
        made.append(b"".join(parts))
    return made


@pytest.fixture
def origin() -> Iterator[tuple[str, list[bytes]]]:
    served = bodies(400)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path[1:]
            is_page = not name.isdigit()
            body = b"<!doctype html>" if is_page else served[int(name)]
            self.send_response(200)
            self.send_header("content-type", "text/html" if is_page else "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The test's output stays the test's."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", served
        server.shutdown()
        thread.join()


def decoded(body: bytes, cut: int) -> list[list[str]]:
    decoder = sse.Decoder()
    events = [
        event
        for start in range(0, len(body), cut)
        for event in decoder.feed(start, body[start : start + cut])
    ]
    return [[event.type, event.data, event.id] for event in events]


def test_our_decoder_sees_what_chromiums_eventsource_sees(
    browser_path: Path, origin: tuple[str, list[bytes]]
) -> None:
    url, served = origin
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, chromium_sandbox=not runs_as_root()
        )
        page = browser.new_page()
        page.goto(url)
        chromium: list[list[list[str]]] = page.evaluate(COLLECT, len(served))
        browser.close()

    assert sum(len(events) for events in chromium) > len(served), "the bodies are too dull"
    for body, events in zip(served, chromium, strict=True):
        assert decoded(body, len(body)) == events, body
        assert decoded(body, 1) == events, body
