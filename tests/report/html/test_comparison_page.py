"""The page of a comparison in a real Chromium: whole, accessible, deaf to hostile names."""

from pathlib import Path

import pytest
import synthetic
from attacking import ATTACKS
from pages import PHONE, chromium, viewed

from analyzer.commands.compare import compare

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("report_page")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two captures under hostile names, with thresholds, as a page."""
    folder = tmp_path_factory.mktemp("comparison")
    captures = [
        synthetic.write(folder / f"{name}.jsonl", synthetic.capture(10, 8, capture_id=name))
        for name in ("before", "after")
    ]
    page = folder / "comparison.html"
    compare.main(
        [
            *(*map(str, captures), "-q", "-o", str(page), "--threshold=ttft:p(95)<1min"),
            *("--name", ATTACKS[1], "--name", ATTACKS[3]),
            *("--threshold", f"ttft{{model:{ATTACKS[0]}}}:med<1s", "--unmeasured=pass"),
        ],
        standalone_mode=False,
    )
    return page.as_uri()


def test_the_page_is_accessible_and_leads_to_turns(browser_path: Path, address: str) -> None:
    with (
        chromium(browser_path) as started,
        viewed(started, address, width=PHONE, dark=True) as seen,
    ):
        seen.page.wait_for_selector("[data-charts=drawn]")
        sections = seen.page.locator("main > section > h2").all_inner_texts()
        faults = seen.faults()
        link = seen.page.locator("#thresholds tbody a").first
        leads = link.get_attribute("href")
        link.click()

        assert sections[:2] == ["Thresholds", "In short"]
        assert faults == []
        assert seen.overflow() == 0
        assert leads == f"#{seen.page.locator(':target').get_attribute('id')}"
        assert seen.page.evaluate("window.hit") is None
        assert ATTACKS[1][:20] in seen.page.locator("h1").inner_text()
        assert (seen.said, seen.refused(), seen.asked, seen.dialogs) == ([], [], [], [])
