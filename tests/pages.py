"""Look at a page of ours in a real Chromium: what it says, asks for, is refused, and lacks."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # ships none
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from analyzer.record import browser

PHONE = 390
DESKTOP = 1280

_LISTEN = """
window.__refused = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.__refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""
# What is only left out of its context takes as much of axe's time as the rest.
_ASIDE = """
what => {
  window.__aside = [...document.querySelectorAll(what)].map((one) => {
    const place = document.createComment('');
    one.replaceWith(place);
    return [place, one];
  });
}
"""
_BACK = "window.__aside.forEach(([place, one]) => place.replaceWith(one))"
_SERIOUS = ("serious", "critical")


@dataclass
class Viewed:
    """A page and what it has done so far.

    ``said``: warnings, errors and uncaught exceptions of the console; ``asked``: addresses that
    it requested beside itself; ``dialogs``: what it wanted to tell in a dialog.
    """

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def refused(self) -> list[str]:
        """What the page's own Content-Security-Policy refused."""
        found: list[str] = self.page.evaluate("window.__refused")
        return found

    def faults(self, *but: str, rules: Sequence[str] = ()) -> list[str]:
        """Serious and critical faults that axe-core finds, each with the elements at fault.

        Drawings that are hidden from assistive technology are left out: thousands of marks.
        So is what the selectors ``but`` name, such as the rest of many parts of one kind.
        ``rules``: only these are looked at; a part of axe's time.
        """
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = {"type": "rule", "values": list(rules)}
        self.page.evaluate(_ASIDE, ", ".join(("svg[aria-hidden=true]", *but)))
        found = Axe().run(self.page, None, options).response["violations"]
        self.page.evaluate(_BACK)
        return [_fault(one) for one in found if one["impact"] in _SERIOUS]

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window: 0 where nothing scrolls sideways."""
        wider: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.type}: {message.text}")

    def _told(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        own = request.is_navigation_request() and request.frame == self.page.main_frame
        if not own and not request.url.startswith(("data:", "blob:")):
            self.asked.append(request.url)


def _fault(found: dict[str, Any]) -> str:
    places = ", ".join(str(node["target"]) for node in found["nodes"][:5])
    return f"{found['id']} ({found['impact']}): {found['help']}: {places}"


@contextlib.contextmanager
def chromium(executable: Path) -> Iterator[Browser]:
    """A browser without a window, for all pages of a module."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=executable, chromium_sandbox=not browser.runs_as_root()
        )
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def viewed(
    started: Browser, url: str, *, width: int = DESKTOP, height: int = 900, dark: bool = False
) -> Iterator[Viewed]:
    """The page in a profile of its own; one from a file has no network at all."""
    context = started.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        offline=url.startswith("file:"),
    )
    try:
        context.add_init_script(_LISTEN)
        page = context.new_page()
        page.set_default_timeout(10_000)
        seen = Viewed(page)
        page.on("console", seen._heard)
        page.on("pageerror", lambda error: seen.said.append(f"uncaught: {error}"))
        page.on("request", seen._requested)
        page.on("dialog", seen._told)
        page.goto(url)
        yield seen
    finally:
        context.close()
