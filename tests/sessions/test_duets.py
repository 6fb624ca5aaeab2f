"""Two bots talking through the proxy, held against what their page saw of it.

The lab knows nothing of a talk: the page's ``window.__duet`` says who spoke when.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from asked import ask
from lab_session import staged
from playwright.sync_api import Page

from analyzer.analyses.duets import Duet, DuetsFound, DuetsQuestion, DuetTurn
from analyzer.importers import read_capture
from analyzer.lab.options import LabOptions
from analyzer.lab.truth import RequestLine, read_truth
from analyzer.model import CaptureHead, ResponseHead, Unmeasurable

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("duets")]

LIFETIME_S = 2.0
TALKS = {
    "looping": "turns=6&seeds=1,2,3,4&loop=go&time_scale=0.05",
    "long": "turns=8&time_scale=0.15",
    "handed_off": "turns=3&kind=handoff&seeds=21,22,23&time_scale=0.05",
}
SLACK_MS = 1.0
"""Both clocks are the machine's, but a browser rounds its own."""
TOLERANCE_MS = 200.0
"""How late a page commonly hears of an answer's end on a busy machine."""
ASK = "/backend-api/f/conversation"


@dataclass(frozen=True)
class Talk:
    """One talk: what the page says of it, and what was found."""

    page: dict[str, Any]
    duet: Duet
    turns: list[DuetTurn]
    ids: dict[int, str]
    head: CaptureHead

    def page_ms(self, at_ns: int | Unmeasurable | None) -> float:
        """A moment of the capture on the page's clock."""
        assert isinstance(at_ns, int)
        wall_ns = self.head.wall_ns + (at_ns - self.head.mono_ns)
        return wall_ns / 1e6 - self.page["origin"]  # type: ignore[no-any-return] # of a page


@dataclass(frozen=True)
class Session:
    found: DuetsFound
    talks: dict[str, Talk]
    refused: int


def talk(page: Page, address: str) -> dict[str, Any]:
    page.goto(address)
    page.wait_for_function("window.__duet?.done")
    seen: dict[str, Any] = page.evaluate("({...window.__duet, origin: performance.timeOrigin})")
    return seen


@pytest.fixture(scope="module", params=["h2", "h3"])
def session(
    request: pytest.FixtureRequest, browser_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Session:
    """Three talks, of which the long one outlives an access credential or two."""
    directory = tmp_path_factory.mktemp(f"duets-{request.param}")
    options = LabOptions(conversations=50, access_lifetime_s=LIFETIME_S)
    with (
        staged(directory, options) as stage,
        stage.page(browser_path, http3=request.param == "h3") as page,
    ):
        pages = [talk(page, f"{stage.lab.url}duet?{query}") for query in TALKS.values()]
    head, *records = read_capture(directory / "capture.jsonl")
    assert isinstance(head, CaptureHead)
    found = ask(DuetsQuestion, records, head)
    ids = {
        one.exchange: dict(one.headers).get("x-request-id", "")
        for one in records
        if isinstance(one, ResponseHead)
    }
    talks = [
        Talk(seen, duet, [one for one in found.duet_turns if one.duet == duet.duet], ids, head)
        for seen, duet in zip(pages, found.duets, strict=True)
    ]
    truth = read_truth(directory / "truth.jsonl")
    asked = [line for line in truth if isinstance(line, RequestLine) and line.path == ASK]
    refused = sum(line.status == 401 for line in asked)
    return Session(found, dict(zip(TALKS, talks, strict=True)), refused)


@pytest.fixture(params=list(TALKS))
def talked(request: pytest.FixtureRequest, session: Session) -> Talk:
    return session.talks[request.param]


def test_the_turns_are_those_of_the_page_in_their_order(talked: Talk) -> None:
    seen = talked.page["turns"]

    assert [talked.ids[turn.exchange] for turn in talked.turns] == [
        turn["requestId"] for turn in seen
    ]
    assert [turn.conversation_id for turn in talked.turns] == [
        turn["conversationId"] for turn in seen
    ]
    assert ["AB"[turn.speaker - 1] for turn in talked.turns] == [turn["speaker"] for turn in seen]
    assert {turn.status for turn in talked.turns} == {"complete"}


def test_every_prompt_comes_from_the_exchange_of_the_turn_before(talked: Talk) -> None:
    assert talked.turns[0].prompt_exchange_id is None
    assert all(later.prompt_exchange_id == turn.exchange for turn, later in pairwise(talked.turns))


def test_both_talked_over_one_connection_and_never_at_once(talked: Talk) -> None:
    assert talked.duet.one_connection is True
    assert talked.duet.overlap_ns == 0


def test_the_loop_is_the_pages(talked: Talk) -> None:
    loop = talked.page["loop"]
    expected = (loop["turn"], loop["period"]) if loop else (None, None)

    assert (talked.duet.loop_turn, talked.duet.loop_period) == expected
    assert [turn.repeated_of or 0 for turn in talked.turns] == [
        turn["repeats"] for turn in talked.page["turns"]
    ]


def test_one_talk_loops_and_the_other_does_not(session: Session) -> None:
    looping, long = session.talks["looping"].duet, session.talks["long"].duet

    assert (looping.loop_turn, looping.loop_period) == (5, 4)
    assert long.loop_turn is None


def test_what_was_refused_in_mid_talk_was_sent_again(session: Session) -> None:
    """The prompt's second request is the turn; the first is counted with it."""
    assert session.talks["long"].duet.refused > 0
    assert sum(duet.refused for duet in session.found.duets) == session.refused


def test_the_page_sent_before_the_capture_saw_it_and_heard_after(talked: Talk) -> None:
    for turn, seen in zip(talked.turns, talked.page["turns"], strict=True):
        assert seen["sentAt"] <= talked.page_ms(turn.sent_ns) + SLACK_MS
        assert talked.page_ms(turn.first_text_ns) <= seen["firstTextAt"] + SLACK_MS
        assert talked.page_ms(turn.last_text_ns) <= seen["endedAt"] + SLACK_MS


def test_who_waited_for_whom_is_what_the_page_says(talked: Talk) -> None:
    """But for how far apart the page and the capture saw its beginning and its end."""
    turns = talked.page["turns"]
    late = [
        seen["endedAt"] - talked.page_ms(turn.last_text_ns)
        for turn, seen in zip(talked.turns, turns, strict=True)
    ]
    ends = [turns[0]["sentAt"], *(turn["endedAt"] for turn in turns)]
    apart = [talked.page_ms(talked.turns[0].sent_ns) - turns[0]["sentAt"], *late]
    for turn, (began, ended), around in zip(
        talked.turns[1:], pairwise(ends), pairwise(apart), strict=False
    ):
        assert isinstance(turn.waited_ns, int)
        assert turn.waited_ns / 1e6 == pytest.approx(
            ended - began, abs=sum(map(abs, around)) + SLACK_MS
        )
    assert sorted(late)[len(late) // 2] < TOLERANCE_MS


def test_the_sums_are_those_of_the_turns(session: Session) -> None:
    for duet in session.found.duets:
        turns = [one for one in session.found.duet_turns if one.duet == duet.duet]
        for wait in (one for one in session.found.duet_waits if one.duet == duet.duet):
            own = [one.waited_ns for one in turns if one.speaker == wait.speaker]
            waited = [ns for ns in own if isinstance(ns, int)]
            assert wait.answers == len(waited)
            assert (wait.waited_ns, wait.longest_ns) == (sum(waited), max(waited))
