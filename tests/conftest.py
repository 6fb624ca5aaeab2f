"""What tests of several folders share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from analyzer.record import browser

# The suite has six minutes; how fast examples are made depends on what else the machine does.
settings.register_profile(
    "suite", max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None
)
settings.load_profile("suite")

TESTS = Path(__file__).parent
STARTING = ("addons", "experiment", "lab", "record", "replay")
"""Folders whose modules start something that serves all their tests."""

LONG = ("test_demo.py", "test_truth.py", "sessions/test_page_depth.py", "sessions/test_thrice.py")
"""Modules whose recordings take a quarter of a minute and more."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all tests of such a module, so that everything is started once.

    What takes long comes first: at the end one worker would be left alone with it.
    """
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in STARTING and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: item.path.relative_to(TESTS).as_posix() not in LONG)


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
