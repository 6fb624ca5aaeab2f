"""The demonstration's user: a real Chromium on the lab's chat page, driven by Playwright."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from analyzer.demo.script import PAGES, QUESTIONS, STOPPED, Question
from analyzer.lab.options import LabAddress
from analyzer.record import browser
from analyzer.record.proxy import Proxy

TIMEOUT_MS = 60_000
STOP_AFTER_READS = 50
"""How much of the long answer the user lets come before stopping it."""


def drive(executable: Path, lab: LabAddress, proxy: Proxy, say: Callable[[str], None]) -> str:
    """Chat over HTTP/2, then over HTTP/3, each with a profile of its own; the browser's name.

    Raises:
        BrowserError: the browser did not start, or the page did not do what it should.
    """
    try:
        return _drive(executable, lab, proxy, say)
    except Error as error:
        said = error.message.strip().splitlines()[0]
        raise browser.BrowserError(
            f"{executable} did not get through the session: {said}; try --no-browser"
        ) from error


def _drive(executable: Path, lab: LabAddress, proxy: Proxy, say: Callable[[str], None]) -> str:
    version = ""
    for protocol in ("HTTP/2", "HTTP/3"):
        routes = proxy.routes if protocol == "HTTP/3" else ()
        flags = browser.browser_flags(proxy.url or "", routes, proxy.spki())
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=executable,
                args=flags,
                chromium_sandbox=not browser.runs_as_root(),
            )
            try:
                page = context.pages[0]
                page.set_default_timeout(TIMEOUT_MS)
                _chat(page, lab, lambda what, via=protocol: say(f"{via}: {what}"))  # type: ignore[misc]
                version = f"Chromium {page.evaluate(_VERSION)}"
            finally:
                context.close()
    return version


_VERSION = "navigator.userAgent.match(/Chrome\\/(\\d+)/)?.[1] ?? ''"
_READY = "window.__lab?.ready"
_ENDED = """
count => window.__lab.turns.length === count && window.__lab.turns.at(-1).status !== 'streaming'
"""
_CAME = """
([count, reads]) => window.__lab.turns.length === count
  && (window.__lab.turns.at(-1).reads.length >= reads
    || window.__lab.turns.at(-1).status !== 'streaming')
"""
_LISTED = "count => document.querySelectorAll('#conversations > *').length > count"


def _chat(page: Page, lab: LabAddress, say: Callable[[str], None]) -> None:
    say("opening the chat page")
    page.goto(lab.url)
    page.wait_for_function(_READY)
    for number in range(1, PAGES):
        say(f"scrolling the list of conversations, page {number + 1}")
        listed = page.locator("#conversations > *").count()
        page.locator("#conversations > *").last.scroll_into_view_if_needed()
        page.wait_for_function(_LISTED, arg=listed)
    for count, question in enumerate(QUESTIONS, 1):
        say(f"asking: {question.text}")
        _ask(page, question)
        page.wait_for_function(_ENDED, arg=count)
    say("thumbs up")
    page.locator("[data-role=assistant] [data-rating=thumbsUp]").first.click()
    say("asking for a long answer, and stopping it")
    _ask(page, STOPPED)
    page.wait_for_function(_CAME, arg=[len(QUESTIONS) + 1, STOP_AFTER_READS])
    page.evaluate("document.querySelector('#stop').click()")  # a fast answer may have ended
    page.wait_for_function(_ENDED, arg=len(QUESTIONS) + 1)


def _ask(page: Page, question: Question) -> None:
    page.locator("#kind").select_option(question.kind)
    page.locator("#composer").fill(question.text)
    page.locator("#composer").press("Enter")
