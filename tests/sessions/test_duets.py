"""Two bots talking through the proxy, held against what their page saw of it.

The lab knows nothing of a talk: the page's ``window.__duet`` says who spoke when.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from recorded import Recorded

from analyzer.analyses.duets import Duet, DuetsFound, DuetTurn
from analyzer.lab.truth import RequestLine
from analyzer.model import CaptureHead, Unmeasurable

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("duets")]

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


@pytest.fixture(scope="module")
def session(talks: Recorded) -> Session:
    found = talks.result.answers.duets
    ids = {number: name for name, number in talks.numbers.items()}
    head = talks.result.head
    seen = [
        Talk(page, duet, [one for one in found.duet_turns if one.duet == duet.duet], ids, head)
        for page, duet in zip(talks.page.values(), found.duets, strict=True)
    ]
    asked = [line for line in talks.lines(RequestLine) if line.path == ASK]
    refused = sum(line.status == 401 for line in asked)
    return Session(found, dict(zip(talks.page, seen, strict=True)), refused)


@pytest.fixture(params=["looping", "long", "handed_off"])
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
