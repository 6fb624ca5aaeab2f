"""Photographs of the pages, each at a desk's and a phone's width, on light and on dark."""

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from lab_session import ASK_ALL, Stage, staged  # noqa: E402 - a script of the tests' own folder

from analyzer.lab.options import LabOptions  # noqa: E402
from analyzer.record import browser  # noqa: E402

WIDTHS = {"desktop": (1280, 860), "phone": (390, 780)}
THEMES = ("light", "dark")
EXPERIMENTS = {"pagination": 200_000, "identifiers": 100_000}
"""Rows of the what-ifs whose curves stand beside the session's own."""

ASKED = (
    {"kind": "reasoning", "form": "delta_v1", "seed": 5},
    {"kind": "stall", "form": "delta_v1", "seed": 9},
)
STALLING_S = 6.0
"""So long after it was asked the second answer has stood still and gone on."""

COMMAND = [sys.executable, "-m", "analyzer.cli"]


def photograph(chromium: Browser, capture: Path, pictures: Path) -> None:
    """All pages of a recorded session, and the live page while another one is recorded."""
    with tempfile.TemporaryDirectory() as place:
        page = _report(capture, Path(place))
        _all_looks(chromium, page.as_uri(), "page", pictures, _settled)
        with _serving(str(capture)) as address:
            _all_looks(chromium, address, "serve", pictures, _settled)
            _all_looks(chromium, f"{address}db/turn_latency", "table", pictures, _drawn)
        _live(chromium, Path(place) / "live", pictures)


def _report(capture: Path, place: Path) -> Path:
    files = []
    for name, rows in EXPERIMENTS.items():
        file = place / f"{name}.json"
        what = ["experiment", name, "--rows", str(rows), "--from", str(capture)]
        subprocess.run(
            [*COMMAND, *what, "--json", str(file)], check=True, stdout=subprocess.DEVNULL
        )
        files += ["--experiment", str(file)]
    page = place / "report.html"
    subprocess.run([*COMMAND, "report", str(capture), "-q", "-o", str(page), *files], check=True)
    return page


@contextlib.contextmanager
def _serving(*arguments: str) -> Iterator[str]:
    """The address of `streamscope serve`."""
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, map(re.compile(r"http://\S+/").search, process.stdout)))
            yield found[0]
        finally:
            process.terminate()


def _live(chromium: Browser, place: Path, pictures: Path) -> None:
    place.mkdir()
    with (
        staged(place, LabOptions(conversations=50), "streamscope_hosts=localhost") as stage,
        _serving("--live", str(stage.proxy.out)) as address,
        _chatting(chromium, stage) as chat,
        contextlib.ExitStack() as opened,
    ):
        pages = {
            look: opened.enter_context(_opened(chromium, f"{address}-/streamscope/live", *look))
            for look in ((width, theme) for width in WIDTHS for theme in THEMES)
        }
        chat.evaluate(f"({ASK_ALL})", [ASKED[0]])
        chat.evaluate(f"(wishes) => {{ window.asked = ({ASK_ALL})(wishes); }}", [ASKED[1]])
        time.sleep(STALLING_S)
        for (width, theme), page in pages.items():
            page.screenshot(path=pictures / f"live-{width}-{theme}.png")
        chat.evaluate("window.asked")


@contextlib.contextmanager
def _chatting(chromium: Browser, stage: Stage) -> Iterator[Page]:
    flags = browser.browser_flags(stage.proxy.url or "", (), stage.proxy.spki())
    other = chromium.browser_type.launch(
        executable_path=browser.require(), args=flags, chromium_sandbox=not browser.runs_as_root()
    )
    try:
        page = other.new_page()
        page.goto(stage.lab.url)
        yield page
    finally:
        other.close()


def _all_looks(
    chromium: Browser, address: str, name: str, pictures: Path, wait: Callable[[Page], None]
) -> None:
    for width in WIDTHS:
        for theme in THEMES:
            with _opened(chromium, address, width, theme) as page:
                wait(page)
                page.screenshot(path=pictures / f"{name}-{width}-{theme}.png")


@contextlib.contextmanager
def _opened(chromium: Browser, address: str, width: str, theme: Any) -> Iterator[Page]:
    across, down = WIDTHS[width]
    context = chromium.new_context(
        viewport={"width": across, "height": down}, color_scheme=theme, reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        page.goto(address)
        yield page
    finally:
        context.close()


def _settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2_500)  # charts are drawn once they are seen


def _drawn(page: Page) -> None:
    page.wait_for_selector("canvas, svg.marks", timeout=30_000)
    _settled(page)
