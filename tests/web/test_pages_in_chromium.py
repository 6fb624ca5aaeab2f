"""The database's pages in a real Chromium: drawn, readable, and deaf to what was captured."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import LAST, a_capture
from pages import DESKTOP, PHONE, chromium, viewed
from playwright.sync_api import Browser

from analyzer.analyze import analyze
from analyzer.serving.process import ServerProcess
from analyzer.store import Store
from analyzer.web.describing import MOST_ASKED, slug

DRAWN = "figure.chart[data-drawn] svg"
"""The first waits for the library, which is made once."""

pytestmark = pytest.mark.browser

PAGES = {
    "home": "",
    "tables": "db",
    "charted": "db/turn_latency",
    "row": f"db/exchanges/1,{LAST}",
    "query": f"db/{slug(MOST_ASKED[3])}",
    "events": f"db/event_times?exchange_id={LAST}",
    "sql": "db?sql=select+*+from+transcript",
    "counted": "db/calls?_facet=path",
    "fault": "db/nothing",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("chromium")
    database = directory / "all.db"
    analyze([a_capture(directory / "session.jsonl")], sink=Store(database))
    arguments = ["-m", "analyzer.cli", "serve", "--port", "0", "--watch-stdin", str(database)]
    with ServerProcess("The server", arguments, lambda line: line.decode().split()[0], 30) as one:
        yield one.address


@pytest.fixture(scope="module")
def started(browser_path: Path) -> Iterator[Browser]:
    with chromium(browser_path) as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_everybody_and_asks_nobody_else(
    name: str, url: str, started: Browser
) -> None:
    dark = name in ("charted", "events", "counted")
    with viewed(started, url + PAGES[name], width=PHONE if dark else DESKTOP, dark=dark) as seen:
        if seen.page.query_selector("figure.chart"):
            seen.page.wait_for_selector(DRAWN, timeout=60_000)
        said = [one for one in seen.said if "404" not in one]

        assert said == []
        assert seen.refused() == []
        assert seen.dialogs == []
        assert [one for one in seen.asked if not one.startswith(url)] == []
        assert seen.overflow() == 0
        assert seen.faults() == []

        seen.page.set_viewport_size({"width": PHONE, "height": 800})

        assert seen.overflow() == 0


def test_a_chart_draws_the_rows_that_the_filter_leaves(url: str, started: Browser) -> None:
    with viewed(started, f"{url}db/turn_latency?protocol=h3") as seen:
        seen.page.wait_for_selector(DRAWN, timeout=60_000)
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
            seen.page.click(f"table.one tr:has(th:text-is('{column}')) td a")

            assert seen.page.locator("h1").inner_text().startswith(table)
