"""Conversations as they were put together, held against what the lab stored of them."""

import pytest
from asked import ask
from recorded import Recorded

from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion, MessageRow
from analyzer.analyses.conversations.tree import ROOTS
from analyzer.analyses.latency import WENT_ON
from analyzer.importers import read_capture
from analyzer.lab.truth import EndLine, FeedbackLine, MessageLine, SendLine, TitleLine
from analyzer.model import CaptureHead

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sessions")]


@pytest.fixture(scope="session")
def found(session: Recorded) -> ConversationsFound:
    records = list(read_capture(session.capture))
    head = next(record for record in records if isinstance(record, CaptureHead))
    return ask(ConversationsQuestion, records, head)


@pytest.fixture(scope="session")
def rows(found: ConversationsFound) -> dict[str, MessageRow]:
    return {row.message_id: row for row in found.messages}


@pytest.fixture(scope="session")
def stored(session: Recorded) -> dict[str, MessageLine]:
    """Every message that the lab stored, as it stored it last."""
    return {line.message_id: line for line in session.lines(MessageLine)}


@pytest.fixture(scope="session")
def talk(session: Recorded) -> str:
    """The conversation with branches, a handoff and a stop."""
    return str(session.page["talk"]["turns"]["first"]["conversation"])


def test_all_questions_and_answers_are_those_that_the_lab_stored(
    rows: dict[str, MessageRow], stored: dict[str, MessageLine]
) -> None:
    ours = {
        name: (row.conversation_id, row.role, row.text)
        for name, row in rows.items()
        if row.role == "user" or row.kind == "answer"
    }

    assert ours == {
        name: (line.conversation_id, line.role, line.text) for name, line in stored.items()
    }


def test_each_message_hangs_where_the_lab_put_it(
    rows: dict[str, MessageRow], stored: dict[str, MessageLine]
) -> None:
    """A client names the root of a new conversation as it likes: the lab's name comes by detail."""
    for name, line in stored.items():
        if line.parent_id in ROOTS:
            assert rows[name].depth == 0
        else:
            assert rows[name].parent_id == line.parent_id
    assert not any(row.is_orphan for row in rows.values())


def test_each_message_came_as_the_lab_says(
    session: Recorded, rows: dict[str, MessageRow], stored: dict[str, MessageLine]
) -> None:
    """``resume`` in the log is an answer that one stream handed off and another one brought."""
    actions = set()
    for name, line in stored.items():
        row = rows[name]
        actions.add(line.action)
        if line.role == "user":
            assert (row.seen_as, row.action) == ("request", line.action)
        elif line.action == "resume":
            begun = session.streams[line.stream].resumes
            assert row.exchange == session.numbers[begun]
            assert row.resumed_exchange_ids == (session.numbers[line.stream],)
        else:
            assert (row.exchange, row.action) == (session.numbers[line.stream], line.action)
            assert row.resumed_exchange_ids == ()

    assert actions == {"next", "variant", "edit", "resume"}


def test_the_branches_are_those_that_were_made(
    session: Recorded, found: ConversationsFound, rows: dict[str, MessageRow], talk: str
) -> None:
    turns = session.page["talk"]["turns"]
    (row,) = [one for one in found.conversations if one.conversation_id == talk]

    assert (row.turns, row.variants, row.edits, row.branches) == (6, 1, 1, 2)
    assert (row.handoffs, row.resumed, row.stops, row.ratings) == (1, 1, 1, 1)
    second, variant = rows[turns["second"]["answerId"]], rows[turns["variant"]["answerId"]]
    assert (second.branch, variant.branch, variant.branches) == (1, 2, 2)
    edited = rows[turns["edited"]["userId"]]
    assert (edited.branch, edited.branches) == (2, 2)
    shown = [one.message_id for one in found.messages if one.conversation_id == talk]
    path = [name for name in shown if rows[name].is_current and rows[name].kind == "answer"]
    assert path == [
        turns[name]["answerId"] for name in ("first", "edited", "handed_off", "stopped")
    ]


def test_a_resumed_answer_waited_since_the_first_request(
    session: Recorded, rows: dict[str, MessageRow], stored: dict[str, MessageLine]
) -> None:
    """The page's clock is the lab's: the first text cannot come before its first write."""
    (line,) = [one for one in stored.values() if one.action == "resume"]
    row, begun = rows[line.message_id], session.streams[line.stream].resumes
    first = session.exchanges[begun]
    writes = [one.mono_ns for one in session.lines(SendLine) if one.stream == line.stream]

    assert first.sent_ns is not None
    assert row.first_ns is not None
    assert row.ttft_ns == row.first_ns - first.sent_ns
    assert row.first_ns >= min(writes)


def test_the_resumed_turn_is_felt_once(session: Recorded, stored: dict[str, MessageLine]) -> None:
    """By its first request's sending, with the stream that brought the text."""
    (line,) = [one for one in stored.values() if one.action == "resume"]
    felt = {one.exchange.exchange: one.latency for one in session.result.turns}
    begun = session.numbers[session.streams[line.stream].resumes]
    first, last = felt[begun], felt[session.numbers[line.stream]]
    sent_ns = session.exchanges[session.streams[line.stream].resumes].sent_ns

    assert first is not None
    assert last is not None
    assert sent_ns is not None
    assert first.ttft_ns == first.e2el_ns == WENT_ON
    assert (last.first_text_ns, last.last_text_ns) != (None, None)
    assert last.ttft_ns == (last.first_text_ns or 0) - sent_ns
    assert last.e2el_ns == (last.last_text_ns or 0) - sent_ns


def test_the_stopped_answer_names_the_call_that_stopped_it(
    session: Recorded, rows: dict[str, MessageRow]
) -> None:
    row = rows[session.page["talk"]["turns"]["stopped"]["answerId"]]
    stops = [line.request for line in session.requests.values() if "stop_conv" in line.path]

    assert row.is_stopped
    assert [row.stop_exchange_id] == [session.numbers[name] for name in stops]
    assert [one.message_id for one in rows.values() if one.is_stopped] == [row.message_id]


def test_titles_came_as_the_lab_gave_them(session: Recorded, found: ConversationsFound) -> None:
    given = [(line.conversation_id, line.title, line.how) for line in session.lines(TitleLine)]
    told = [
        (one.conversation_id, one.title, one.told_by)
        for one in found.conversation_titles
        if one.told_by in ("stream", "gen_title")
    ]
    titles = {row.conversation_id: (row.title, row.title_from) for row in found.conversations}

    assert sorted(told) == sorted(given)
    assert {how for _, _, how in given} >= {"stream"}
    for conversation_id, title, how in given:
        assert titles[conversation_id] == (title, how)


def test_feedback_is_what_the_lab_took(
    session: Recorded, found: ConversationsFound, rows: dict[str, MessageRow]
) -> None:
    lines = list(session.lines(FeedbackLine))

    assert [
        (one.conversation_id, one.message_id, one.rating, one.accepted)
        for one in found.message_feedback
    ] == [(line.conversation_id, line.message_id, line.rating, True) for line in lines]
    for line in lines:
        assert rows[line.message_id].rating == line.rating


def test_every_answer_of_the_detail_is_the_one_that_its_stream_built(
    found: ConversationsFound, talk: str
) -> None:
    """Six answers, one of them stopped, one handed off."""
    (row,) = [one for one in found.conversations if one.conversation_id == talk]

    assert (row.compared, row.differing) == (6, 0)


def test_no_stream_of_the_session_was_malformed_to_us(session: Recorded) -> None:
    """The rest of a handed-off turn is read with what its first stream sent."""
    outcomes = {line.outcome for line in session.lines(EndLine)}

    assert "handoff" in outcomes
    assert session.result.problems == ()
