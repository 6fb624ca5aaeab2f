"""The database's pages in a real Chromium: drawn, readable, and deaf to what was captured."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from browsing import LAST, a_database
from pages import DESKTOP, PHONE, chromium, viewed
from playwright.sync_api import Browser

from analyzer.web.session import Shown, running_pages

DRAWN = "figure.chart[data-drawn] svg"
"""The first waits for the library, which is made once."""

pytestmark = pytest.mark.browser

PAGES = {
    "home": "",
    "tables": "db",
    "row": f"db/exchanges/1,{LAST}",
    "charted and counted": "db/turn_latency?protocol=h3&_facet=protocol",
    "sql": "db?sql=select+*+from+transcript",
}
DARK = {"charted and counted", "sql"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Served on a thread of this process: the command's own is started in its own tests."""
    path = a_database(tmp_path_factory.mktemp("chromium"))
    ended = threading.Event()
    told: Queue[str] = Queue()

    async def served() -> None:
        async with running_pages(Shown(path, path.name), "127.0.0.1", 0) as address:
            told.put(address.url)
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=[served()])
    thread.start()
    try:
        yield told.get(timeout=30)
    finally:
        ended.set()
        thread.join()


@pytest.fixture(scope="module")
def started(browser_path: Path) -> Iterator[Browser]:
    with chromium(browser_path) as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_everybody_and_asks_nobody_else(
    name: str, url: str, started: Browser
) -> None:
    dark = name in DARK
    with viewed(started, url + PAGES[name], width=PHONE if dark else DESKTOP, dark=dark) as seen:
        if seen.page.query_selector("figure.chart"):
            seen.page.wait_for_selector(DRAWN, timeout=60_000)

        assert seen.said == []
        assert seen.refused() == []
        assert seen.dialogs == []
        assert [one for one in seen.asked if not one.startswith(url)] == []
        assert seen.overflow() == 0
        assert seen.faults() == []

        seen.page.set_viewport_size({"width": PHONE, "height": 800})

        assert seen.overflow() == 0

        if "charted" in name:
            rows = seen.page.locator("table.rows tbody tr").count()

            assert rows > 0
            assert seen.page.locator("[data-n]").inner_text() == f"n = {rows} rows"
            assert seen.page.locator("figure.chart svg").get_by_text("h2", exact=True).count() == 0


def test_one_clicks_from_a_gap_to_its_connection(url: str, started: Browser) -> None:
    with viewed(started, f"{url}db/gaps?exchange_id__not={LAST}") as seen:
        seen.page.locator("table.rows tbody td.pk a").first.click()
        for column, table in (
            ("seq", "events"),
            ("exchange_id", "exchanges"),
            ("server_connection", "connections"),
        ):
            seen.page.click(f"table.one tr:has(th:has-text('{column}')) td a")

            assert seen.page.locator("h1").inner_text().startswith(table)
