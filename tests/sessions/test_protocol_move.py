"""A browser that is told of HTTP/3 by Alt-Svc and goes over to it by itself, through the proxy."""

import tempfile
import time
from pathlib import Path

import pytest
from lab_session import staged
from playwright.sync_api import Page, sync_playwright
from recorded import Recorded
from small_page import SMALL

from analyzer.analyses.transport import TransportFound
from analyzer.lab.options import LabOptions
from analyzer.lab.truth import RequestLine, read_truth
from analyzer.record import browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("move")]

DEADLINE_S = 30.0
CALL = "async () => (await fetch('/api/auth/session')).text()"


def call_until_moved(page: Page, truth: Path) -> None:
    """Ask until the lab has answered a few requests over HTTP/3."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        page.evaluate(CALL)
        lines = [line for line in read_truth(truth) if isinstance(line, RequestLine)]
        if sum(line.protocol == "h3" for line in lines) >= 3:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the browser stayed with HTTP/2")


@pytest.fixture(scope="module")
def moved(browser_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    directory = tmp_path_factory.mktemp("moved")
    with (
        staged(directory, LabOptions(time_scale=0.05, conversations=50)) as stage,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as profile,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=browser_path,
            args=browser.browser_flags(
                stage.proxy.url or "", stage.proxy.routes, stage.proxy.spki(), force_http3=False
            ),
            chromium_sandbox=not browser.runs_as_root(),
            viewport=SMALL,
        )
        try:
            page = context.pages[0]
            page.goto(stage.lab.url)
            call_until_moved(page, directory / "truth.jsonl")
        finally:
            context.close()
    return Recorded.of("h2", directory, {})


@pytest.fixture(scope="module")
def found(moved: Recorded) -> TransportFound:
    return moved.result.answers.transport


def test_the_move_is_found_with_the_announcement_that_led_to_it(
    moved: Recorded, found: TransportFound
) -> None:
    by_arrival = sorted(moved.requests.values(), key=lambda line: line.mono_ns)
    over_h3 = [one for one in by_arrival if one.protocol == "h3"]
    begun = {one.exchange: one.started_ns or 0 for one in moved.exchanges.values()}
    (move,) = found.protocol_moves

    assert move.same_client, "its session cookie came over both"
    assert (move.from_protocol, move.to_protocol, move.chosen_by) == ("h2", "h3", "alt-svc")
    assert move.announcement_id == moved.numbers[by_arrival[0].request]
    assert by_arrival[0].protocol == "h2"
    assert move.exchange == min(
        (moved.numbers[one.request] for one in over_h3), key=begun.__getitem__
    )
    assert move.moved_ns == begun[move.exchange]


def test_each_request_has_the_protocol_that_the_lab_saw(
    moved: Recorded, found: TransportFound
) -> None:
    over = {row.connection_id: row.protocol for row in found.connections}
    seen = {
        name: (over[one.client_connection or 0], over[one.server_connection or 0])
        for name, one in moved.exchanges.items()
    }

    assert seen == {name: (line.protocol,) * 2 for name, line in moved.requests.items()}
