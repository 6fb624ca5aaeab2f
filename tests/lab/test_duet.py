"""The page where two chats talk to each other, in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lab_visitor import Visitor, visited_lab
from playwright.sync_api import Page, Playwright, sync_playwright

from analyzer.lab import command
from analyzer.lab.options import LabAddress, LabOptions, from_json
from analyzer.lab.truth import CredentialLine, RequestLine, StreamLine, read_truth
from analyzer.record import browser

DONE = "window.__duet.done"
type Talk = Callable[[str], Any]


@contextmanager
def open_page(
    playwright: Playwright, visitor: Visitor, path: Path, protocol: str
) -> Iterator[Page]:
    address = visitor.address
    flags = [f"--ignore-certificate-errors-spki-list={address.spki}"]
    quic = f"--origin-to-force-quic-on={address.authority}"
    flags.append(quic if protocol == "h3" else "--disable-quic")
    chromium = playwright.chromium.launch(
        executable_path=path, args=flags, chromium_sandbox=not browser.runs_as_root()
    )
    page = chromium.new_page(viewport={"width": 1200, "height": 800})
    page.set_default_timeout(30_000)
    yield page
    chromium.close()


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visited_lab(LabOptions(conversations=20, time_scale=0.05)) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module", params=["h3"])  # over HTTP/2 it is `talks` of the sessions
def page(
    request: pytest.FixtureRequest, playwright: Playwright, visitor: Visitor, browser_path: Path
) -> Iterator[Page]:
    with open_page(playwright, visitor, browser_path, request.param) as page:
        yield page


@pytest.fixture(scope="module")
def talk(page: Page, visitor: Visitor) -> Talk:
    """Open the page with this query, and return what became of the talk once it is done."""

    def talked(query: str) -> Any:
        page.goto(f"{visitor.address.url}duet?{query}")
        page.wait_for_function(DONE)
        return page.evaluate("window.__duet")

    return talked


@pytest.fixture(scope="module")
def duet(talk: Talk) -> Any:
    """A talk to look at from several sides."""
    return talk("turns=5")


def streams(visitor: Visitor) -> dict[str, StreamLine]:
    lines = read_truth(visitor.address.truth_path)
    return {line.stream: line for line in lines if isinstance(line, StreamLine)}


@pytest.mark.browser
def test_each_answer_is_the_others_next_prompt(duet: Any, visitor: Visitor) -> None:
    turns = duet["turns"]
    sent = streams(visitor)

    assert [turn["speaker"] for turn in turns] == ["A", "B", "A", "B", "A"]
    assert all(later["prompt"] == turn["text"] != "" for turn, later in pairwise(turns))
    assert [sent[turn["requestId"]].answer for turn in turns] == [turn["text"] for turn in turns]
    assert [sent[turn["requestId"]].conversation_id for turn in turns] == [
        turn["conversationId"] for turn in turns
    ]
    assert len({turn["conversationId"] for turn in turns}) == 2
    assert (duet["ended"], duet["loop"]) == ("turns", None)


@pytest.mark.browser
def test_the_times_follow_each_other(duet: Any) -> None:
    turns = duet["turns"]
    moments = [turn[name] for turn in turns for name in ("sentAt", "firstTextAt", "endedAt")]

    assert moments == sorted(moments)
    assert moments[0] > 0


@pytest.mark.browser
def test_what_was_said_is_what_the_other_was_told(duet: Any, visitor: Visitor) -> None:
    """The lab stored what it was asked: the texts have passed through both frames unchanged."""
    turns = duet["turns"]
    detail = visitor.get(f"/backend-api/conversation/{turns[1]['conversationId']}")
    texts = [
        "".join(node["message"]["content"]["parts"])
        for node in detail["mapping"].values()
        if node["message"]
    ]

    assert texts == [turn["text"] for turn in turns[:4]]


@pytest.mark.browser
def test_a_loop_ends_the_talk_and_is_said(talk: Talk, page: Page) -> None:
    """Seeds that come again give answers that come again."""
    duet = talk("turns=9&seeds=11,12,13")

    assert duet["loop"] == {"turn": 4, "repeats": 1, "period": 3}
    assert [turn["repeats"] for turn in duet["turns"]] == [0, 0, 0, 1]
    assert duet["ended"] == "loop"
    assert page.locator("#loop").inner_text() == (
        "A loop of 3 turns: in turn 4 B gave A’s answer of turn 1 again. The talk ended there."
    )


@pytest.mark.browser
def test_a_talk_may_go_on_in_a_loop(talk: Talk, page: Page) -> None:
    duet = talk("turns=6&seeds=11,12&loop=go")

    assert duet["loop"] == {"turn": 3, "repeats": 1, "period": 2}
    assert [turn["repeats"] for turn in duet["turns"]] == [0, 0, 1, 2, 3, 4]
    assert duet["ended"] == "turns"
    assert page.locator("#loop").inner_text().endswith("It was let go on.")


@pytest.mark.browser
def test_an_answer_that_breaks_off_ends_the_talk(talk: Talk, page: Page) -> None:
    duet = talk("turns=4&kind=error")

    assert duet["ended"] == "failed"
    assert [turn["status"] for turn in duet["turns"]] == ["error"]
    assert page.locator("#state").inner_text().startswith("A’s answer broke off, after 1 turn: ")


@pytest.mark.browser
def test_start_and_stop(page: Page, visitor: Visitor) -> None:
    """Without turns in the address it waits; each start begins two new chats."""
    page.goto(f"{visitor.address.url}duet?time_scale=1")
    page.fill("#turns", "2")
    page.click("#start")
    page.wait_for_function("window.__duet.turns[0]?.firstTextAt > 0")
    page.click("#stop")
    page.wait_for_function(DONE)
    first = page.evaluate("window.__duet")
    page.click("#start")
    page.wait_for_function("window.__duet.turns[0]?.firstTextAt > 0")
    again = page.evaluate("window.__duet.turns[0]")

    assert first["ended"] == "stopped"
    assert [turn["status"] for turn in first["turns"]] == ["stopped"]
    assert again["conversationId"] != first["turns"][0]["conversationId"]


@pytest.mark.browser
@pytest.mark.parametrize("protocol", ["h2", "h3"])
def test_a_talk_goes_on_over_the_end_of_its_credential(
    playwright: Playwright, browser_path: Path, protocol: str
) -> None:
    """Each frame is refused, refreshes and asks again; nobody who listens notices."""
    options = LabOptions(conversations=20, time_scale=0.15, access_lifetime_s=2)
    with (
        visited_lab(options) as visitor,
        open_page(playwright, visitor, browser_path, protocol) as page,
    ):
        page.goto(f"{visitor.address.url}duet?turns=6")
        page.wait_for_function(DONE)
        duet = page.evaluate("window.__duet")
        lines = read_truth(visitor.address.truth_path)
    asked = [
        line.status
        for line in lines
        if isinstance(line, RequestLine) and line.path == "/backend-api/f/conversation"
    ]
    refused = [
        line for line in lines if isinstance(line, CredentialLine) and line.what == "refused"
    ]

    assert duet["ended"] == "turns"
    assert [turn["status"] for turn in duet["turns"]] == ["done"] * 6
    assert asked.count(200) == 6
    assert asked.count(401) >= 1
    assert {line.code for line in refused} == {"token_expired"}


def test_the_command_says_where_the_bots_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    address = LabAddress(
        "https://localhost:8443/",
        "127.0.0.1",
        8443,
        Path("ca.pem"),
        "k=",
        Path("t"),
        Path("d"),
        5,
        0.1,
    )

    def run(options: LabOptions, ready: Callable[[LabAddress], None], **_: bool) -> None:
        ready(address)

    monkeypatch.setattr("analyzer.lab.server.run", run)
    said = CliRunner().invoke(command.lab, ["--duet", "12"]).output
    line = CliRunner().invoke(command.lab, ["--duet", "12", "--json"]).output
    without = CliRunner().invoke(command.lab, ["--json"]).output

    assert "https://localhost:8443/duet?turns=12" in said
    assert from_json(line, LabAddress).duet_url == "https://localhost:8443/duet?turns=12"
    assert from_json(without, LabAddress) == address


@pytest.mark.parametrize("turns", ["0", "501", "many"])
def test_a_talk_has_a_sensible_length(turns: str) -> None:
    result = CliRunner().invoke(command.lab, ["--duet", turns])

    assert result.exit_code == 2
    assert "Invalid value for '--duet'" in result.output
