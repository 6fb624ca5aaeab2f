"""What tests of several folders share."""

import os
from pathlib import Path

import pytest

from analyzer.record import browser


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """A real Chromium; the test is skipped where there is none and none is required."""
    found = browser.find()
    if found is None:
        reason = "no Chromium or Chrome found: install `chromium` to run the browser tests"
        if os.environ.get("STREAMSCOPE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
