"""Conversations as trees: branches by editing and by regenerating, and answers in two streams."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lab_visitor import ASK, Visitor, visited_lab

from analyzer.lab.moves import Texts
from analyzer.lab.options import LabOptions
from analyzer.lab.seeding import ROOT
from analyzer.lab.truth import EndLine, MessageLine, StreamLine, TitleLine, read_truth

RESUME = "/backend-api/f/conversation/resume"


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visited_lab(LabOptions(conversations=10, time_scale=0.02)) as visitor:
        yield visitor


def ask(visitor: Visitor, text: str = "Hé", **more: object) -> StreamLine:
    """Ask with these fields of the body, and return how the stream began."""
    message = {"content": {"content_type": "text", "parts": [text]}}
    body = {"action": "next", "messages": [message], "supported_encodings": ["v1"], **more}
    response = visitor.post(ASK, body).raise_for_status()
    return visitor.truth(response.headers["x-request-id"]).begun


def detail(visitor: Visitor, conversation_id: str) -> Any:
    return visitor.get(f"/backend-api/conversation/{conversation_id}")


def stored(visitor: Visitor, conversation_id: str) -> list[MessageLine]:
    lines = read_truth(visitor.address.truth_path)
    return [
        line
        for line in lines
        if isinstance(line, MessageLine) and line.conversation_id == conversation_id
    ]


@pytest.mark.parametrize("names", ["message", "parent"])
def test_a_variant_is_a_sibling_of_the_first_answer(visitor: Visitor, names: str) -> None:
    first = ask(visitor)
    place: dict[str, object] = {"messages": [], "parent_message_id": first.user_message_id}
    if names == "message":
        asked = {"id": first.user_message_id, "content": {"parts": ["Hé"]}}
        place = {"messages": [asked], "parent_message_id": ROOT}
    second = ask(visitor, "", action="variant", conversation_id=first.conversation_id, **place)
    found = detail(visitor, first.conversation_id)
    lines = stored(visitor, first.conversation_id)
    answer = found["mapping"][second.message_id]

    assert second.user_message_id == first.user_message_id
    assert found["mapping"][first.user_message_id]["children"] == [
        first.message_id,
        second.message_id,
    ]
    assert found["current_node"] == second.message_id
    assert answer["message"]["content"]["parts"] == [second.answer]
    assert [(line.role, line.action, line.stream) for line in lines] == [
        ("user", "next", ""),
        ("assistant", "next", first.stream),
        ("assistant", "variant", second.stream),
    ]
    assert lines[2].text == second.answer != first.answer


def test_a_stream_says_that_it_brings_a_variant(visitor: Visitor) -> None:
    first = ask(visitor)
    body = {
        "action": "variant",
        "conversation_id": first.conversation_id,
        "parent_message_id": first.user_message_id,
        "supported_encodings": ["v1"],
    }
    text = visitor.post(ASK, body).text

    assert '"message_type":"variant"' in text
    assert f'"parent_id":"{first.user_message_id}"' in text


def test_a_variant_needs_a_message_of_the_user(visitor: Visitor) -> None:
    first = ask(visitor)
    body = {"action": "variant", "conversation_id": first.conversation_id}
    refused = visitor.post(ASK, body | {"parent_message_id": first.message_id})
    without = visitor.post(ASK, {"action": "variant"})

    assert (refused.status_code, without.status_code) == (422, 422)


def test_an_edit_is_a_branch_beside_the_question(visitor: Visitor) -> None:
    first = ask(visitor)
    second = ask(visitor, "More", conversation_id=first.conversation_id)
    edited = ask(
        visitor, "Less", conversation_id=first.conversation_id, parent_message_id=first.message_id
    )
    again = ask(visitor, "Hi", conversation_id=first.conversation_id, parent_message_id=ROOT)
    found = detail(visitor, first.conversation_id)["mapping"]
    actions = [line.action for line in stored(visitor, first.conversation_id)]

    assert found[first.message_id]["children"] == [second.user_message_id, edited.user_message_id]
    assert found[ROOT]["children"] == [first.user_message_id, again.user_message_id]
    assert actions == ["next", "next", "next", "next", "edit", "edit", "edit", "edit"]


def test_a_question_without_a_parent_goes_on_where_one_left_off(visitor: Visitor) -> None:
    """After a branch that is not the last message by time."""
    first = ask(visitor)
    variant = ask(
        visitor,
        action="variant",
        conversation_id=first.conversation_id,
        parent_message_id=first.user_message_id,
    )
    more = ask(visitor, "More", conversation_id=first.conversation_id)
    mapping = detail(visitor, first.conversation_id)["mapping"]

    assert mapping[more.user_message_id]["parent"] == variant.message_id


def test_titles_are_logged_with_how_they_came(visitor: Visitor) -> None:
    begun = ask(visitor, lab={"kind": "title", "seed": 4})
    other = ask(visitor)
    path = f"/backend-api/conversation/gen_title/{other.conversation_id}"
    title = visitor.post(path, {"message_id": other.message_id}).json()["title"]
    lines = [line for line in read_truth(visitor.address.truth_path) if isinstance(line, TitleLine)]

    assert [(line.conversation_id, line.title, line.how) for line in lines[-2:]] == [
        (begun.conversation_id, begun.title, "stream"),
        (other.conversation_id, title, "gen_title"),
    ]


def blocks(response: httpx.Response) -> list[str]:
    """The events of a body, without comments and ``[DONE]``."""
    found = response.text.split("\n\n")
    return [block for block in found if "data: " in block and "[DONE]" not in block]


def hand_off(visitor: Visitor, *, v1: bool = True, **lab: object) -> httpx.Response:
    body = {
        "messages": [{"content": {"parts": ["Hé"]}}],
        "supported_encodings": ["v1"] if v1 else [],
        "lab": {"kind": "handoff", "seed": 5, **lab},
    }
    return visitor.post(ASK, body).raise_for_status()


def resume(visitor: Visitor, begun: StreamLine, offset: int) -> httpx.Response:
    body = {"conversation_id": begun.conversation_id, "offset": offset}
    return visitor.post(RESUME, body)


@pytest.mark.parametrize("v1", [True, False])
def test_a_turn_goes_on_where_it_was_handed_off(visitor: Visitor, v1: bool) -> None:
    head = hand_off(visitor, v1=v1, time_scale=0.3)
    first = visitor.truth(head.headers["x-request-id"])
    rest = resume(visitor, first.begun, len(blocks(head)))
    second = visitor.truth(rest.headers["x-request-id"])
    answer = stored(visitor, first.begun.conversation_id)[-1]
    shown = detail(visitor, first.begun.conversation_id)["mapping"][answer.message_id]

    assert '"stream_handoff"' in blocks(head)[-1]
    assert '"resume_sse_endpoint"' in blocks(head)[-1]
    assert head.text.endswith("data: [DONE]\n\n")
    assert (first.ended.how, first.ended.outcome, first.ended.answer) == ("complete", "handoff", "")
    assert second.begun.resumes == first.begun.stream
    assert second.begun.resume_offset == len(blocks(head)) == first.ended.events - 1
    assert (second.ended.how, second.ended.outcome) == ("complete", "complete")
    assert (second.begun.path, second.begun.message_id) == (RESUME, first.begun.message_id)
    assert second.ended.answer == answer.text == shown["message"]["content"]["parts"][0] != ""
    assert (answer.action, answer.stream) == ("resume", second.begun.stream)
    assert len(rest.content) == second.ended.size == second.begun.size


def test_a_resumed_stream_can_be_read_alone(visitor: Visitor) -> None:
    """Its first delta leaves nothing out, and it names the encoding again."""
    head = hand_off(visitor)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    rest = blocks(resume(visitor, begun, len(blocks(head))))
    opened = json.loads(rest[1].partition("data: ")[2])

    assert rest[0] == 'event: delta_encoding\ndata: "v1"'
    assert set(opened) == {"p", "o", "v", "c"}
    assert opened["v"]["message"]["id"] == begun.message_id


def test_an_offset_counts_the_events_that_one_has(visitor: Visitor) -> None:
    head = hand_off(visitor)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    count = len(blocks(head))
    whole = blocks(resume(visitor, begun, 0))
    rest = blocks(resume(visitor, begun, count))
    later = blocks(resume(visitor, begun, count + 3))
    none = blocks(resume(visitor, begun, count + len(rest) - 1))
    beyond = resume(visitor, begun, count + len(rest))

    assert whole[1 : count - 1] == blocks(head)[1:-1]
    assert len(whole) == count - 1 + len(rest) - 1
    assert later[2:] == rest[5:]
    assert none == ['event: delta_encoding\ndata: "v1"']
    assert beyond.status_code == 422


def test_what_is_due_comes_at_once_and_the_rest_with_its_timing(visitor: Visitor) -> None:
    head = hand_off(visitor, time_scale=0.3)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    time.sleep(0.5)
    rest = resume(visitor, begun, len(blocks(head)))
    sends = visitor.truth(rest.headers["x-request-id"]).sends

    assert len(sends[0].events) > 5
    assert len(sends) > 20
    assert all(len(send.events) <= 5 for send in sends[1:])


def test_a_turn_that_nobody_resumes_is_stored_all_the_same(visitor: Visitor) -> None:
    head = hand_off(visitor)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    deadline = time.monotonic() + 5
    while len(stored(visitor, begun.conversation_id)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    answer = stored(visitor, begun.conversation_id)[1]

    assert (answer.action, answer.stream) == ("next", begun.stream)
    assert len(answer.text) > 80


def test_stopping_a_turn_between_its_streams(visitor: Visitor) -> None:
    head = hand_off(visitor, time_scale=1)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    named = {"conversation_id": begun.conversation_id}
    stopped = visitor.post("/backend-api/stop_conversation", named).json()
    again = visitor.post("/backend-api/stop_conversation", named).json()
    refused = resume(visitor, begun, 0)
    found = detail(visitor, begun.conversation_id)

    assert (stopped, again) == ({"success": True}, {"success": False})
    assert (refused.status_code, refused.json()["detail"]["code"]) == (404, "no_turn_to_resume")
    assert found["mapping"][begun.message_id]["message"]["status"] == "finished_partial_completion"


def test_stopping_a_resumed_stream_keeps_what_was_read(visitor: Visitor) -> None:
    head = hand_off(visitor, time_scale=0.5)
    begun = visitor.truth(head.headers["x-request-id"]).begun
    reader = threading.Thread(target=resume, args=(visitor, begun, len(blocks(head))))
    reader.start()
    time.sleep(1.0)
    named = {"conversation_id": begun.conversation_id}
    visitor.post("/backend-api/stop_conversation", named)
    reader.join(5)
    lines = read_truth(visitor.address.truth_path)
    ended = [line for line in lines if isinstance(line, EndLine)][-1]
    (_, answer) = stored(visitor, begun.conversation_id)

    assert (ended.how, ended.outcome) == ("stopped", "stopped")
    assert answer.text == ended.answer != ""
    assert answer.stream == ended.stream


def test_nothing_can_be_resumed_that_was_not_handed_off(visitor: Visitor) -> None:
    begun = ask(visitor)

    assert resume(visitor, begun, 0).status_code == 404


def test_texts_of_two_streams_add_up() -> None:
    assert Texts("a", "b", title="t") + Texts("c", "d", "e") == Texts("ac", "bd", "e", "t")
