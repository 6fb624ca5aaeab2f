"""The live page in a real Chromium, while another one chats through the proxy."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab_session import ASK_ALL, Stage, staged
from live_serving import live_server
from pages import DESKTOP, PHONE, Viewed, chromium, viewed
from playwright.sync_api import Browser, Page
from small_page import SMALL
from synthetic import START_NS, WALL_NS, append, event, opening, write

from analyzer import journal
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
from analyzer.web.live import LiveFeed, start

pytestmark = pytest.mark.browser

MS = 1_000_000
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script></p>&lt;\u202e\x1b[31m"
KNOWN = "[__live.exchange, __live.arrivals.length, document.querySelector('#text').textContent]"


@pytest.fixture(scope="module")
def started(browser_path: Path) -> Iterator[Browser]:
    with chromium(browser_path) as running:
        yield running


@pytest.fixture(scope="module")
def seen(started: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewed]:
    """One page for all: of a capture that is not there yet, until another is `showing`."""
    path = tmp_path_factory.mktemp("none") / "none.jsonl"
    with live_server(path) as (url, _), viewed(started, url) as one:
        yield one


@pytest.fixture
def page(seen: Viewed) -> Page:
    return seen.page


@contextlib.contextmanager
def showing(page: Page, path: Path, arrivals: int) -> Iterator[LiveFeed]:
    """The page of another capture, and so many ticks on it."""
    with start(path) as feed:
        page.reload()
        until(page, lambda: known(page), lambda now: now[1] == arrivals)
        yield feed


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


def grow(path: Path, records: list[AnyRecord]) -> None:
    with path.open("ab") as file:
        file.writelines(map(journal.encode, records))


@contextlib.contextmanager
def chatting(started: Browser, executable: Path, stage: Stage) -> Iterator[Page]:
    """The lab's page in a Chromium of its own, pointed at the proxy."""
    flags = browser.browser_flags(stage.proxy.url or "", (), stage.proxy.spki())
    other = started.browser_type.launch(
        executable_path=executable, args=flags, chromium_sandbox=not browser.runs_as_root()
    )
    try:
        page = other.new_page(viewport=SMALL)
        page.goto(stage.lab.url)
        yield page
    finally:
        other.close()


def known(page: Page) -> tuple[int, int, str]:
    exchange, arrivals, text = page.evaluate(KNOWN)
    return exchange, arrivals, text


def until[T](page: Page, look: Callable[[], T], is_there: Callable[[T], bool]) -> T:
    """Look until it is there. The page's policy forbids Playwright's own waiting for code."""
    for _ in range(200):
        if is_there(found := look()):
            return found
        page.wait_for_timeout(50)
    raise TimeoutError(f"not in 10 s; last seen: {found}")


def test_until_the_first_stream_the_page_says_what_to_do(seen: Viewed) -> None:
    assert seen.page.text_content("#scope-title") == "No event stream yet"
    assert seen.page.is_visible("#nothing")
    assert not seen.page.is_visible("#events")


def test_the_page_fills_while_another_browser_chats_through_the_proxy(
    started: Browser, browser_path: Path, tmp_path: Path
) -> None:
    """Text and ticks come while the stream is open; at its end the text is the lab's own."""
    options = LabOptions(conversations=20, time_scale=0.4)
    wishes = [{"kind": "reasoning", "form": "delta_v1", "seed": 3}]
    with (
        staged(tmp_path, options) as stage,
        live_server(stage.proxy.out) as (url, _),
        viewed(started, url) as other,
        chatting(started, browser_path, stage) as chat,
    ):
        chat.evaluate(f"(wishes) => {{ window.asked = ({ASK_ALL})(wishes); }}", wishes)
        early = until(other.page, lambda: known(other.page), lambda now: now[1] > 8)
        state = other.page.text_content("#state")
        later = until(other.page, lambda: known(other.page), lambda now: now[1] > early[1] + 20)
        is_open = chat.evaluate(
            "Promise.race([window.asked.then(() => false), Promise.resolve(true)])"
        )
        (outcome,) = chat.evaluate("window.asked")["outcomes"]
        other.page.wait_for_selector("#state:text('done')")
        answer, reasoning = (
            "".join(other.page.locator(f"#text p.{kind}").all_text_contents())
            for kind in ("answer", "reasoning")
        )
        spoke = other.said, other.asked

        assert (state, is_open) == ("open", True)
        assert later[2].startswith(early[2][:40])
        assert len(later[2]) > len(early[2]) > 0
        (end,) = [
            line for line in read_truth(tmp_path / "truth.jsonl") if isinstance(line, EndLine)
        ]
        assert (outcome["error"], answer, reasoning) == ("", end.answer, end.reasoning)
        assert spoke[0] == []
        assert all(each.startswith(url.removesuffix("/live")) for each in spoke[1])
        assert other.page.locator("#credentials .credential").count() >= 1
        assert other.page.locator("#connections .connection").count() >= 1
        assert other.page.evaluate("document.querySelector('#rows').childElementCount") > 30


def test_bytes_become_events_wherever_they_are_cut(page: Page) -> None:
    """Cut between the bytes of a character and inside of a CRLF, whole and byte by byte."""
    written = (
        "\ufeff: hello\r\n\r\nid: 7\nevent: a\ndata: é🙂\ndata:  two\r\n\r\n"
        "data\rdata: x\r\revent: lost\n\nid\ndata:y\n\nretry: 5\ndata: unfinished"
    ).encode()
    parse = """async ([bytes, step]) => {
      const {EventParser} = await import(new URL('live/live_events.js', location.href).href);
      const parser = new EventParser(), found = [];
      for (let at = 0; at < bytes.length; at += step) {
        found.push(...parser.feed(new Uint8Array(bytes.slice(at, at + step))));
      }
      return found.map(({type, data, id}) => [type, data, id]);
    }"""
    found = [page.evaluate(parse, [list(written), step]) for step in (1, 2, 3, 7, 999)]

    expected = [["a", "é🙂\n two", "7"], ["message", "\nx", "7"], ["message", "y", ""]]
    assert found == [expected] * 5


def test_spans_and_countdowns_read_as_everywhere_else(page: Page) -> None:
    spans = [0, 9_940_000, 9_960_000, 412_000_000, 999_400_000, 3_214_000_000, 75_000_000_000]
    ends = [500_000_000, 45, 59, 60, 200, 3_599, 3_600, 7_505, 86_399, 86_400, 7_775_999]
    ends = [ends[0], *(end * 1_000_000_000 for end in ends[1:])]
    ask = """async ([spans, ends]) => {
      const say = await import(new URL('live/live_format.js', location.href).href);
      return [spans.map(say.span), ends.map(say.countdown)];
    }"""
    said = page.evaluate(ask, [spans, ends])

    assert said == [[span(each) for each in spans], [countdown(each) for each in ends]]


def test_a_gap_is_a_stall_only_when_nothing_can_be_on_its_way_any_more(page: Page) -> None:
    """What came may not have been written, read and told yet: 450 ms at most."""
    ask = """async (ends) => {
      const {isRunning} = await import(new URL('live/live_format.js', location.href).href);
      return ends.map((now) => isRunning({is_open: true, arrived_ns: 1e9}, now * 1e9));
    }"""

    assert page.evaluate(ask, [1.3, 1.699, 1.7, 3]) == [False, False, True, True]


def test_captured_markup_is_text(seen: Viewed, tmp_path: Path) -> None:
    reads = [*words(HOSTILE, "fine"), (900, event({"x": HOSTILE}, "<b>x</b>"))]
    asked = a_stream(1, 0, reads, path=f"/{HOSTILE}")
    path = a_capture(tmp_path / "a<b>.jsonl", asked, a_stream(3, 500, reads))
    page = seen.page
    with showing(page, path, 2):
        shown = page.text_content("#text p.answer")
        rows = page.locator("#list .target").all_text_contents()
        made = page.locator("main img, main script, td b").count()

        assert shown == "<img src=x onerror=alert(1)><script>alert(2)</script></p>&lt;fine"
        assert any("<img src=x onerror=alert(1)>" in row or "</p>&lt;" in row for row in rows)
        assert (made, seen.dialogs, seen.said, seen.refused()) == (0, [], [], [])


def test_nothing_is_out_of_reach(seen: Viewed, tmp_path: Path) -> None:
    """axe-core finds no serious fault, and no width makes the page scroll sideways."""
    path = a_capture(tmp_path / "it.jsonl", a_stream(1, 0, words(*["word "] * 40)))
    page, wider = seen.page, dict[int, int]()
    with showing(page, path, 40):
        desktop = seen.faults()
        for width in (1024, 761, 600, PHONE):
            page.set_viewport_size({"width": width, "height": 844})
            wider[width] = seen.overflow()
        page.emulate_media(color_scheme="dark")
        phone = seen.faults()
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": DESKTOP, "height": 900})

    assert (desktop, phone) == ([], [])
    assert set(wider.values()) == {0}


def test_keys_select_a_stream_and_go_back_to_the_newest(page: Page, tmp_path: Path) -> None:
    streams = [a_stream(number, 1_000 * number, words(f"answer {number}")) for number in (1, 3, 5)]
    path = a_capture(tmp_path / "it.jsonl", *streams)
    with showing(page, path, 1):
        newest = known(page)
        for key in ("j", "j", "k", "Enter"):
            page.keyboard.press(key)
        chosen = until(page, lambda: known(page), lambda now: now[2] == "answer 3")
        selected = page.get_attribute("[role=option][aria-selected=true]", "id")
        page.keyboard.press("Escape")
        back = until(page, lambda: known(page), lambda now: now[2] == "answer 5")

    assert [newest[0], chosen[0], back[0]] == [5, 3, 5]
    assert selected == "stream-3"


def test_a_tick_and_its_text_point_at_each_other(page: Page, tmp_path: Path) -> None:
    """And a stall stands in the text where it went on, and in the figures."""
    path = a_capture(tmp_path / "it.jsonl", a_stream(1, 0, words("one ", "two ", gap_ms=400)))
    with showing(page, path, 2):
        page.focus("#ticks")
        page.keyboard.press("End")
        tip, marked = page.text_content("#tip"), page.text_content("#text .marked")
        said = page.get_attribute("#ticks", "aria-valuetext")
        page.hover("#text span >> nth=0")
        other = page.text_content("#tip")
        late = page.get_attribute("#text .late", "data-gap")
        figures = page.locator("#figures div").all_inner_texts()

    assert (tip, marked) == ("0.800 s after 400 ms · #3 · answertwo ", "two ")
    assert said == "0.800 s, after 400 ms: two "
    assert other == "0.400 s the first shown · #2 · answerone "
    assert late == "400 ms"
    assert [each.split("\n") for each in figures[:4]] == [
        ["TTFT", "400 ms"],
        ["last gap", "400 ms"],
        ["stalls", "1"],
        ["longest gap", "400 ms"],
    ]


def test_events_follow_the_newest_unless_one_scrolled_up(page: Page, tmp_path: Path) -> None:
    """And no more rows and text are there than the page says."""
    reads = words(*["w" * 50] * 600, gap_ms=5)
    head, *records = a_stream(1, 0, reads)
    path = write(
        tmp_path / "it.jsonl",
        [CaptureHead("c", "proxy", "test 1", "chunk", 41, START_NS, WALL_NS), head, *records[:-1]],
    )
    more = [(9_000 + at, append("more ")) for at in range(3)]
    with showing(page, path, 600):
        rows, text = page.locator("#rows tr").count(), page.locator("#text p.answer").text_content()
        ends = "document.querySelector('#events').scrollTop"
        before = page.evaluate(ends)
        page.evaluate("document.querySelector('#events').scrollTop = 50")
        until(page, lambda: page.evaluate(ends), lambda top: top == 50)
        page.wait_for_timeout(50)  # the scroll event comes with the next frame
        grow(path, a_stream(1, 0, more)[3:4])
        until(page, lambda: known(page), lambda now: now[1] == 603)
        stayed, offered = page.evaluate(ends), page.is_visible("#down")
        page.click("#down")
        down = page.evaluate(ends)

    assert rows == 500
    assert len(text or "") == 20_000
    assert before > 1_000
    assert (stayed < 100, offered) == (True, True)
    assert down >= before


def test_a_hidden_page_draws_nothing_until_it_is_seen_again(page: Page, tmp_path: Path) -> None:
    hide = """(isHidden) => {
      Object.defineProperty(document, 'hidden', {value: isHidden, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    first, more = a_stream(1, 0, words("one")), a_stream(3, 900, words("more"))
    head = CaptureHead("c", "proxy", "test 1", "chunk", 41, START_NS, WALL_NS)
    path = write(tmp_path / "it.jsonl", [head, *first])
    with showing(page, path, 1) as feed:
        page.evaluate(hide, True)
        grow(path, more)
        until(page, lambda: feed.since(None, 0)[1].exchange, lambda newest: newest == 3)
        page.wait_for_timeout(600)  # three frames
        hidden = known(page)
        page.evaluate(hide, False)
        again = until(page, lambda: known(page), lambda now: now[0] == 3)

    assert hidden[2] == "one"
    assert again[2] == "more"


def test_a_lost_connection_is_said_and_made_again(page: Page, tmp_path: Path) -> None:
    path = a_capture(tmp_path / "it.jsonl", a_stream(1, 0, words("one")))
    with showing(page, path, 1) as feed:
        feed.close()
        lost = until(page, lambda: page.text_content("#stage") or "", lambda now: "lost" in now)
        with start(path):
            again = until(
                page, lambda: page.text_content("#stage") or "", lambda now: "lost" not in now
            )

    assert lost.startswith("connection lost, trying again in 500 ms")
    assert again == "recording ended"
