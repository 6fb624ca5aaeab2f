"""The chat page in a real browser: what it shows is what the lab sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_visitor import Visitor, visited_lab
from playwright.sync_api import Page, sync_playwright

from analyzer.lab.options import LabOptions
from analyzer.lab.truth import EndLine, read_truth
from analyzer.record import browser

pytestmark = pytest.mark.browser
ENDED = "n => window.__lab.turns.length === n && window.__lab.turns[n - 1].status !== 'streaming'"


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    options = LabOptions(conversations=100, time_scale=0.05, session_cookie="chunked")
    with visited_lab(options) as visitor:
        yield visitor


@pytest.fixture(scope="module", params=["h2"])  # over HTTP/3 it is the demonstration's
def page(request: pytest.FixtureRequest, visitor: Visitor, browser_path: Path) -> Iterator[Page]:
    address = visitor.address
    flags = [f"--ignore-certificate-errors-spki-list={address.spki}"]
    quic = f"--origin-to-force-quic-on={address.authority}"
    flags.append(quic if request.param == "h3" else "--disable-quic")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path, args=flags, chromium_sandbox=not browser.runs_as_root()
        )
        page = chromium.new_page(viewport={"width": 1200, "height": 800})
        page.set_default_timeout(10_000)
        page.goto(address.url)
        page.wait_for_function("window.__lab.ready")
        yield page
        chromium.close()


def ask(page: Page, prompt: str, form: str = "delta_v1") -> dict[str, Any]:
    count = page.evaluate("window.__lab.turns.length") + 1
    page.select_option("#wire-form", form)
    page.fill("#composer", prompt)
    page.press("#composer", "Enter")
    page.wait_for_function(ENDED, arg=count)
    turn: dict[str, Any] = page.evaluate("window.__lab.turns.at(-1)")
    return turn


@pytest.mark.parametrize("form", ["delta_v1", "cumulative"])
@pytest.mark.parametrize("kind", ["title", "revise", "split", "cr"])
def test_the_page_shows_the_answer_exactly(
    page: Page, visitor: Visitor, kind: str, form: str
) -> None:
    turn = ask(page, f"/kind {kind}", form)
    truth = visitor.truth(turn["id"])
    shown = page.locator("[data-role=assistant] [data-part=answer]").last

    assert turn["text"] == truth.begun.answer == shown.evaluate("node => node.textContent")
    assert (turn["status"], turn["events"]) == ("done", truth.begun.events)
    assert turn["protocol"] == truth.begun.protocol
    assert turn["title"] == truth.begun.title
    assert truth.begun.form == form


@pytest.mark.parametrize(("kind", "status"), [("error", "error"), ("cut", "cut"), ("reset", "cut")])
def test_a_broken_answer_says_so(page: Page, visitor: Visitor, kind: str, status: str) -> None:
    turn = ask(page, f"/kind {kind}")
    article = page.locator(f"[data-role=assistant][data-status={status}]").last
    sent = visitor.truth(turn["id"]).ended.answer

    assert turn["status"] == status
    # A reset discards what is still under way (RFC 9000, section 3.3).
    assert sent.startswith(turn["text"]) if kind == "reset" else turn["text"] == sent
    assert turn["text"]
    assert article.locator("[data-part=problem]").is_visible()


def turn_of(page: Page, count: int) -> dict[str, Any]:
    page.wait_for_function(ENDED, arg=count)
    turn: dict[str, Any] = page.evaluate("window.__lab.turns.at(-1)")
    return turn


@pytest.mark.parametrize("form", ["delta_v1", "cumulative"])
def test_a_handed_off_answer_goes_on_unseen(page: Page, visitor: Visitor, form: str) -> None:
    turn = ask(page, "/kind handoff", form)
    (resumed,) = turn["resumes"]
    first, second = visitor.truth(turn["id"]), visitor.truth(resumed["id"])
    shown = page.locator("[data-role=assistant] [data-part=answer]").last

    assert turn["status"] == "done"
    assert turn["text"] == shown.evaluate("node => node.textContent") == second.ended.answer != ""
    assert turn["events"] == first.ended.events + second.ended.events
    assert resumed["offset"] == second.begun.resume_offset == first.ended.events - 1
    assert second.begun.resumes == turn["id"]


def test_an_answer_can_be_asked_for_again(page: Page, visitor: Visitor) -> None:
    page.click("#new-chat")
    first = ask(page, "/kind bursty")
    page.locator("[data-again]").last.click()
    turn = turn_of(page, page.evaluate("window.__lab.turns.length"))
    mapping = visitor.get(f"/backend-api/conversation/{first['conversationId']}")["mapping"]

    assert (turn["action"], turn["status"]) == ("variant", "done")
    assert turn["userMessageId"] == first["userMessageId"]
    assert mapping[first["userMessageId"]]["children"] == [first["messageId"], turn["messageId"]]
    assert page.locator("article[data-role=user]").count() == 1
    assert page.locator("article[data-role=assistant] [data-part=answer]").all_text_contents() == [
        turn["text"]
    ]


def test_a_question_can_be_edited(page: Page, visitor: Visitor) -> None:
    """The first of two, so that the second leaves the screen, and not the conversation."""
    page.click("#new-chat")
    first = ask(page, "/kind bursty")
    ask(page, "More, please")
    page.goto(f"{visitor.address.url}c/{first['conversationId']}")
    page.wait_for_function("window.__lab.ready")
    question = page.locator("article[data-role=user]").first
    question.hover()
    question.locator("[data-edit]").click()
    question.locator("textarea").fill("/kind jitter but better")
    question.locator("textarea").press("Enter")
    page.wait_for_function("window.__lab.turns.length === 1")
    turn = turn_of(page, 1)
    found = visitor.get(f"/backend-api/conversation/{first['conversationId']}")

    assert (turn["action"], turn["status"]) == ("edit", "done")
    assert found["mapping"]["client-created-root"]["children"] == [
        first["userMessageId"],
        turn["userMessageId"],
    ]
    assert found["current_node"] == turn["messageId"]
    assert page.locator("article").count() == 2


def test_editing_can_be_given_up(page: Page) -> None:
    question = page.locator("article[data-role=user]").last
    before = question.locator("[data-part=question]").text_content()
    question.hover()
    question.locator("[data-edit]").click()
    question.locator("textarea").fill("Never mind")
    question.locator("textarea").press("Escape")

    assert question.locator("[data-part=question]").is_visible()
    assert question.locator("[data-part=question]").text_content() == before
    assert question.locator("[data-edit]").evaluate("node => node === document.activeElement")


def test_the_list_loads_as_one_scrolls(page: Page, visitor: Visitor) -> None:
    links = page.locator("#conversations a")
    while links.count() < visitor.address.conversations:
        before = links.count()
        page.locator("#more").scroll_into_view_if_needed()
        page.wait_for_function(
            "n => document.querySelectorAll('#conversations a').length > n", arg=before
        )
    ids = links.evaluate_all("links => links.map(link => link.dataset.conversation)")

    assert len(ids) == len(set(ids))


def test_a_refused_credential_is_refreshed_unseen(page: Page) -> None:
    page.evaluate("fetch('/lab/revoke', {method: 'POST', body: JSON.stringify({what: 'access'})})")

    assert ask(page, "/kind bursty")["status"] == "done"


def test_going_away_is_noticed(page: Page, visitor: Visitor) -> None:
    """The browser resets the stream; over HTTP/3 the lab sees it at its next write."""
    known = len(read_truth(visitor.address.truth_path))
    page.goto(f"{visitor.address.url}?time_scale=1&kind=steady")
    page.wait_for_function("window.__lab.ready")
    page.fill("#composer", "An even stream, please")
    page.click("#send")
    page.wait_for_function("window.__lab.turns[0]?.reads.length > 10")
    page.goto(visitor.address.url)
    page.wait_for_function("window.__lab.ready")
    lines = read_truth(visitor.address.truth_path)[known:]

    assert [line.how for line in lines if isinstance(line, EndLine)] == ["client_gone"]


def test_stop_and_thumbs(page: Page, visitor: Visitor) -> None:
    page.goto(f"{visitor.address.url}?time_scale=1&kind=steady")
    page.wait_for_function("window.__lab.ready")
    page.fill("#composer", "Stop me")
    page.click("#send")
    page.wait_for_function("window.__lab.turns[0]?.events > 30")
    page.click("#stop")
    page.wait_for_function(ENDED, arg=1)
    turn = page.evaluate("window.__lab.turns[0]")
    truth = visitor.truth(turn["id"])
    with page.expect_response("**/message_feedback") as rated:
        page.locator("[data-rating=thumbsDown]").last.click()

    assert (turn["status"], truth.ended.how) == ("stopped", "stopped")
    assert turn["text"] == truth.ended.answer
    assert len(turn["text"]) < len(truth.begun.answer)
    assert rated.value.status == 200
