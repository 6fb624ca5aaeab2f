"""The demonstration's user: a real Chromium on the lab's chat page, driven by Playwright."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from analyzer.demo.script import (
    DUET_TURNS,
    EDITED,
    EXPORT_LIMIT,
    EXPORT_PAGES,
    IMPORTED,
    PAGES,
    QUESTIONS,
    STOPPED,
    Question,
)
from analyzer.lab.options import LabAddress
from analyzer.record import browser
from analyzer.record.proxy import Proxy
from analyzer.record.stopping import Stop, stop_signals

TIMEOUT_MS = 60_000
LOOK_EVERY_MS = 50
STOP_AFTER_READS = 50
"""How much of the long answer the user lets come before stopping it."""


def drive(
    executable: Path,
    lab: LabAddress,
    proxy: Proxy,
    profiles: Path,
    say: Callable[[str], None],
) -> str:
    """Chat over HTTP/2, then over HTTP/3, each with a profile of its own; the browser's name.

    The profiles are made in ``profiles``; a browser that was interrupted may write there for a
    moment longer.

    Raises:
        BrowserError: the browser did not start, or the page did not do what it should.
        KeyboardInterrupt: on SIGINT, SIGTERM and SIGHUP, between two of Playwright's calls: it
            can't be interrupted within one.
    """
    version = ""
    with stop_signals() as stop:
        try:
            for protocol in ("HTTP/2", "HTTP/3"):
                routes = proxy.routes if protocol == "HTTP/3" else ()
                flags = browser.browser_flags(proxy.url or "", routes, proxy.spki())
                profile = profiles / protocol.replace("/", "")
                tell = _Teller(say, protocol, stop)
                version = _session(executable, flags, profile, lab.url, protocol, tell)
        except Error as error:
            if stop.is_set():  # a terminal's Ctrl-C ends Playwright's own processes too
                raise KeyboardInterrupt from None
            said = error.message.strip().splitlines()[0]
            raise browser.BrowserError(
                f"{executable} did not get through the session: {said}; try --no-browser"
            ) from error
    return version


class _Teller:
    """Says what the user does, and stops where the user of the demonstration wants to."""

    def __init__(self, say: Callable[[str], None], protocol: str, stop: Stop) -> None:
        self._say = say
        self._protocol = protocol
        self._stop = stop

    def __call__(self, what: str) -> None:
        self.check()
        self._say(f"{self._protocol}: {what}")

    def check(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt

    def wait(self, page: Page, condition: str, arg: object = None) -> None:
        """Until the page's ``condition``, a JavaScript function of ``arg``, holds."""
        deadline = time.monotonic() + TIMEOUT_MS / 1e3
        while not page.evaluate(condition, arg):
            self.check()
            if time.monotonic() > deadline:
                raise Error(f"the page waited {TIMEOUT_MS / 1e3:.0f} s for {condition.strip()}")
            page.wait_for_timeout(LOOK_EVERY_MS)


def _session(
    executable: Path, flags: list[str], profile: Path, url: str, protocol: str, tell: _Teller
) -> str:
    """One browser's session; the browser's name."""
    with sync_playwright() as playwright:
        tell.check()
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            args=flags,
            chromium_sandbox=not browser.runs_as_root(),
        )
        try:
            page = context.pages[0]
            page.set_default_timeout(TIMEOUT_MS)
            _chat(page, url, protocol, tell)
            return f"Chromium {page.evaluate(_VERSION)}"
        finally:
            context.close()


_VERSION = "navigator.userAgent.match(/Chrome\\/(\\d+)/)?.[1] ?? ''"
_READY = "() => window.__lab?.ready"
_ENDED = """
count => window.__lab.turns.length === count && window.__lab.turns.at(-1).status !== 'streaming'
"""
_CAME = """
([count, reads]) => window.__lab.turns.length === count
  && (window.__lab.turns.at(-1).reads.length >= reads
    || window.__lab.turns.at(-1).status !== 'streaming')
"""
_LISTED = "count => document.querySelectorAll('#conversations > *').length > count"
_EXPORT = """
async ([first, last, limit]) => {
  const {getJson} = await import('/static/api.js');
  for (let page = first; page < last; page++) {
    await getJson(`/backend-api/conversations?offset=${page * limit}&limit=${limit}&order=updated`);
  }
}
"""
_IMPORT = """
async ([count, ids]) =>
  (await import('/static/api.js')).postJson('/lab/burst', {count, ids})
"""
_DUET_DONE = "() => window.__duet?.done"
_SCHEMES = {"HTTP/2": "uuid7", "HTTP/3": "ulid"}
"""Each protocol's session makes its conversations with ids of another scheme."""


def _chat(page: Page, url: str, protocol: str, tell: _Teller) -> None:
    scheme = _SCHEMES[protocol]
    tell("opening the chat page")
    page.goto(f"{url}?ids={scheme}")
    tell.wait(page, _READY)
    for number in range(1, PAGES):
        tell(f"scrolling the list of conversations, page {number + 1}")
        listed = page.locator("#conversations > *").count()
        page.locator("#conversations > *").last.scroll_into_view_if_needed()
        tell.wait(page, _LISTED, listed)
    tell(f"importing {IMPORTED} conversations within a millisecond")
    page.evaluate(_IMPORT, [IMPORTED, scheme])
    tell(f"exporting the list, {EXPORT_PAGES} pages of {EXPORT_LIMIT}")
    page.evaluate(_EXPORT, [0, EXPORT_PAGES // 2, EXPORT_LIMIT])
    _ask_all(page, tell)
    turns = len(QUESTIONS)
    tell("regenerating the last answer")
    page.locator("[data-again]:visible").last.click()
    tell.wait(page, _ENDED, turns + 1)
    tell("editing the last question")
    page.locator("[data-edit]").last.click()
    page.locator("article form:visible textarea").fill(EDITED)
    page.locator("article form:visible textarea").press("Enter")
    tell.wait(page, _ENDED, turns + 2)
    tell("thumbs up")
    page.locator("[data-role=assistant] [data-rating=thumbsUp]").first.click()
    tell("asking for a long answer, and stopping it")
    _ask(page, STOPPED)
    tell.wait(page, _CAME, [turns + 3, STOP_AFTER_READS])
    page.evaluate("document.querySelector('#stop').click()")  # a fast answer may have ended
    tell.wait(page, _ENDED, turns + 3)
    tell("opening the conversation again")
    page.reload()
    tell.wait(page, _READY)
    tell(f"letting two bots talk, {DUET_TURNS} answers")
    page.goto(f"{url}duet?turns={DUET_TURNS}")
    tell.wait(page, _DUET_DONE)


def _ask_all(page: Page, tell: _Teller) -> None:
    """Every question; after the first, whose conversation moved the list, the export goes on."""
    for count, question in enumerate(QUESTIONS, 1):
        tell(f"asking: {question.text}")
        _ask(page, question)
        tell.wait(page, _ENDED, count)
        if count == 1:
            tell("exporting the rest of the list")
            page.evaluate(_EXPORT, [EXPORT_PAGES // 2, EXPORT_PAGES, EXPORT_LIMIT])


def _ask(page: Page, question: Question) -> None:
    page.locator("#kind").select_option(question.kind)
    page.locator("#composer").fill(question.text)
    page.locator("#composer").press("Enter")
