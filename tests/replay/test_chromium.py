"""Real Chromium before a replay: the page shows what was recorded, at the recorded moments.

The capture is one that ships, and the chat another one than was recorded: whatever is typed gets
the recorded answers. The page comes from the replay itself, over HTTP/2 and HTTP/3, and once
from the lab through the addon, with the answer alone from the capture.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from analyzer.analyze import analyze
from analyzer.importers import read_capture
from analyzer.lab.options import LabAddress, LabOptions
from analyzer.lab.process import LabProcess
from analyzer.lab.truth import RequestLine, StreamLine, read_truth
from analyzer.model import Reads
from analyzer.record import browser
from analyzer.record.proxy import Proxy, ProxyOptions, start_proxy
from analyzer.replay.process import ReplayProcess

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("replay-chromium")]

CAPTURE = Path(__file__).parents[2] / "captures" / "good-h2.jsonl"
BY_HAND = ("--match", "path", "--loop")
ENDED = "window.__lab.turns.at(-1)?.status === 'done'"

type Milliseconds = np.ndarray[tuple[int], np.dtype[np.float64]]


def chat(page: Page, url: str) -> dict[str, Any]:
    """Open the page and ask; what the page knows of the turn, with what it shows."""
    page.set_default_timeout(30_000)
    page.goto(url)
    page.wait_for_function("window.__lab?.ready")
    page.select_option("#wire-form", "delta_v1")
    page.fill("#composer", "Nobody ever asked this.")
    page.press("#composer", "Enter")
    page.wait_for_function(ENDED)
    turn: dict[str, Any] = page.evaluate("window.__lab.turns.at(-1)")
    shown = page.locator("[data-role=assistant] [data-part=answer]").last
    return turn | {"shown": shown.evaluate("node => node.textContent")}


@dataclass(frozen=True)
class Recorded:
    """A stream of the capture: ``reads`` are (ns, bytes up to there)."""

    answer: str
    reads: list[tuple[int, int]]


@pytest.fixture(scope="module")
def yesterday() -> dict[str, Recorded]:
    """What was recorded, by the texts of the answers."""
    moments: dict[int, list[int]] = defaultdict(list)
    lengths: dict[int, list[int]] = defaultdict(list)
    for record in read_capture(CAPTURE):
        if isinstance(record, Reads):
            moments[record.exchange] += record.at_ns
            lengths[record.exchange] += record.lengths
    found = {}
    for one in analyze([CAPTURE]).captures[0].measured:
        if one.exchange.turn is not None:
            number, answer = one.exchange.exchange, one.exchange.turn.answer
            ends = accumulate(lengths[number])
            found[answer] = Recorded(answer, list(zip(moments[number], ends, strict=True)))
    return found


@dataclass(frozen=True)
class Today:
    """A browser, the replay, the lab as it is now, and a proxy with the addon before it."""

    chromium: Browser
    replay: ReplayProcess
    lab: LabAddress
    proxy: Proxy


@pytest.fixture(scope="module")
def today(browser_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Today]:
    directory = tmp_path_factory.mktemp("today")
    with ExitStack() as stack:
        options = LabOptions(conversations=20, truth_log=directory / "truth.jsonl")
        lab = stack.enter_context(LabProcess(options)).address
        replay = stack.enter_context(ReplayProcess([CAPTURE], [*BY_HAND, "--no-alt-svc"]))
        proxy = stack.enter_context(start_proxy(proxy_options(directory, lab)))
        playwright = stack.enter_context(sync_playwright())
        flags = [
            f"--ignore-certificate-errors-spki-list={replay.address.spki},{proxy.spki()}",
            f"--origin-to-force-quic-on={quic_origin(replay)}",
        ]
        chromium = playwright.chromium.launch(
            executable_path=browser_path, args=flags, chromium_sandbox=not browser.runs_as_root()
        )
        stack.callback(chromium.close)
        yield Today(chromium, replay, lab, proxy)


def proxy_options(directory: Path, lab: LabAddress) -> ProxyOptions:
    return ProxyOptions(
        out=directory / "capture.jsonl",
        listen_port=0,
        settings=(
            f"ssl_verify_upstream_trusted_ca={lab.ca_path}",
            "streamscope_replay_match=path",
        ),
        confdir=directory / "conf",
        replay=(CAPTURE,),
    )


def quic_origin(replay: ReplayProcess) -> str:
    return f"127.0.0.1:{replay.address.port}"


def compare(turn: dict[str, Any], yesterday: Recorded) -> tuple[Milliseconds, Milliseconds]:
    """How the page's reads differ from the capture's, where both end at the same byte.

    The gaps between them; and their moments, both counted from where they fit best.
    """
    ends = list(accumulate(read["bytes"] for read in turn["reads"]))
    recorded = [end for _, end in yesterday.reads]
    both = sorted(set(ends) & set(recorded))
    page = np.array([turn["reads"][bisect_left(ends, end)]["at"] for end in both])
    capture = np.array([yesterday.reads[bisect_left(recorded, end)][0] / 1e6 for end in both])
    late = page - capture
    # A busy browser takes several chunks in one read; sent at once, all would be one.
    assert len(both) > 0.25 * len(recorded)
    return np.abs(np.diff(late)), np.abs(late - np.median(late))


def assert_same_times(turn: dict[str, Any], yesterday: Recorded) -> None:
    """Within what was measured on a busy machine (load 7 on two cores), and a margin.

    Gaps: medians of 0.6–2.2 ms, nine of ten within 4–8 ms. An answer sent at once would miss
    the median gap of some 12 ms, and moments by hundreds.
    """
    gaps, moments = compare(turn, yesterday)

    assert np.median(gaps) < 6
    assert np.percentile(gaps, 90) < 25
    assert np.percentile(moments, 90) < 50


@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_the_page_shows_what_was_recorded_at_the_recorded_moments(
    today: Today, yesterday: dict[str, Recorded], protocol: str
) -> None:
    port = today.replay.address.port
    origin = f"localhost:{port}" if protocol == "h2" else quic_origin(today.replay)
    page = today.chromium.new_page()
    turn = chat(page, f"https://{origin}/")
    page.close()

    assert turn["shown"] == turn["text"] != ""
    assert turn["protocol"] == protocol
    assert_same_times(turn, yesterday[turn["text"]])


def test_the_page_is_the_service_s_and_its_answer_the_capture_s(
    today: Today, yesterday: dict[str, Recorded]
) -> None:
    context = today.chromium.new_context(proxy={"server": today.proxy.url or ""})
    turn = chat(context.new_page(), today.lab.url)
    context.close()

    assert turn["shown"] == turn["text"] != ""
    assert_same_times(turn, yesterday[turn["text"]])
    # The service answered the page, and was never asked for a stream.
    told = list(read_truth(today.lab.truth_path))
    assert "/static/app.js" in {one.path for one in told if isinstance(one, RequestLine)}
    assert not [one for one in told if isinstance(one, StreamLine)]
