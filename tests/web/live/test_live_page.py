"""The live page in a real Chromium, while another one chats through the proxy."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import ASK_ALL, Stage, staged
from live_serving import live_server
from pages import PHONE, Viewed, chromium, viewed
from playwright.sync_api import Browser, Page
from synthetic import START_NS, WALL_NS, append, event, opening, write

from analyzer.lab.options import LabOptions
from analyzer.lab.truth import EndLine, read_truth
from analyzer.model import (
    AnyRecord,
    CaptureEnd,
    CaptureHead,
    ExchangeEnd,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)
from analyzer.record import browser
from analyzer.report.countdown import countdown
from analyzer.report.live.words import span

pytestmark = pytest.mark.browser

MS = 1_000_000
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script></p>&lt;\u202e\x1b[31m"
KNOWN = "[__live.exchange, __live.arrivals.length, document.querySelector('#text').textContent]"


@pytest.fixture(scope="module")
def started(browser_path: Path) -> Iterator[Browser]:
    with chromium(browser_path) as running:
        yield running


def a_stream(
    exchange: int,
    at_ms: int,
    reads: list[tuple[int, bytes]],
    *,
    path: str = "/backend-api/f/conversation",
) -> list[AnyRecord]:
    """A stream of the reads, as (ms after request sent, bytes)."""
    sent_ns = START_NS + at_ms * MS
    headers = (("content-type", "text/event-stream"),)
    times = tuple(sent_ns + at * MS for at, _ in reads)
    data = b"".join(data for _, data in reads)
    return [
        RequestHead(exchange, sent_ns, "POST", "https", "chat.example", path, "HTTP/2.0"),
        RequestEnd(exchange, sent_ns),
        ResponseHead(exchange, sent_ns + 70 * MS, 200, "HTTP/2.0", headers, streamed=True),
        Reads(exchange, times, tuple(len(data) for _, data in reads), data),
        ExchangeEnd(exchange, times[-1] + 5 * MS, "complete"),
    ]


def a_capture(path: Path, *streams: list[AnyRecord]) -> Path:
    head = CaptureHead("c", "proxy", "test 1", "chunk", 41, START_NS, WALL_NS)
    records = [record for stream in streams for record in stream]
    return write(path, [head, *records, CaptureEnd(START_NS + 60_000 * MS)])


def words(*texts: str, gap_ms: int = 40) -> list[tuple[int, bytes]]:
    """An answer whose words come so far apart, from 400 ms on."""
    reads = [(300, event("v1", "delta_encoding") + b"".join(opening(1)))]
    return reads + [(400 + gap_ms * at, append(text)) for at, text in enumerate(texts)]


def known(page: Page) -> tuple[int, int, str]:
    exchange, arrivals, text = page.evaluate(KNOWN)
    return exchange, arrivals, text


def until[T](page: Page, look: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Look until it is there. The page's policy forbids Playwright's own waiting for code."""
    for _ in range(400):
        if is_there(found := look()):
            return found
        page.wait_for_timeout(25)
    raise TimeoutError(f"not in 10 s; last seen: {found}")


def test_the_page_fills_while_another_browser_chats_through_the_proxy(
    started: Browser, browser_path: Path, tmp_path: Path
) -> None:
    """Text and ticks come while the stream is open; at its end the text is the lab's own."""
    options = LabOptions(conversations=20, time_scale=0.6)
    wishes = [{"kind": "reasoning", "form": "delta_v1", "seed": 3}]
    with staged(tmp_path, options) as stage, live_server(stage.proxy.out) as (url, _):
        with viewed(started, url) as seen, chatting(started, browser_path, stage) as chat:
            chat.evaluate(f"(wishes) => {{ window.asked = ({ASK_ALL})(wishes); }}", wishes)
            early = until(seen.page, lambda: known(seen.page), lambda now: now[1] > 8)
            state = seen.page.text_content("#figures .good")
            later = until(seen.page, lambda: known(seen.page), lambda now: now[1] > early[1] + 20)
            is_open = chat.evaluate(
                "Promise.race([window.asked.then(() => false), Promise.resolve(true)])"
            )
            (outcome,) = chat.evaluate("window.asked")["outcomes"]
            seen.page.wait_for_selector("#figures dd.muted:text('done')")
            answer, reasoning = (
                "".join(seen.page.locator(f"#text p.{kind}").all_text_contents())
                for kind in ("answer", "reasoning")
            )
            spoke = seen.said, seen.asked

            assert (state, is_open) == ("open", True)
            assert later[2].startswith(early[2][:40])
            assert len(later[2]) > len(early[2]) > 0
            (end,) = [
                line for line in read_truth(tmp_path / "truth.jsonl") if isinstance(line, EndLine)
            ]
            assert (outcome["error"], answer, reasoning) == ("", end.answer, end.reasoning)
            assert spoke[0] == []
            assert all(each.startswith(url.removesuffix("/live")) for each in spoke[1])
            assert seen.page.locator("#credentials .credential").count() >= 1
            assert seen.page.locator("#connections .connection").count() >= 1
            assert seen.page.evaluate("document.querySelector('#rows').childElementCount") > 30


def chatting(started: Browser, executable: Path, stage: Stage) -> Any:
    """The lab's page in a Chromium of its own, pointed at the proxy."""
    import contextlib

    @contextlib.contextmanager
    def opened() -> Iterator[Page]:
        flags = browser.browser_flags(stage.proxy.url or "", (), stage.proxy.spki())
        other = started.browser_type.launch(
            executable_path=executable, args=flags, chromium_sandbox=not browser.runs_as_root()
        )
        try:
            page = other.new_page()
            page.goto(stage.lab.url)
            yield page
        finally:
            other.close()

    return opened()
