"""Conversations of interfaces without ids: a history that begins with an earlier one goes on."""

from typing import Any

import pytest
from asked import ask
from chatting import DONE, MS, call, event, stream

from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion, histories
from analyzer.model import AnyRecord, Unmeasurable

OPENAI = "/v1/chat/completions"
ANTHROPIC = "/v1/messages"


def found(*groups: list[AnyRecord]) -> ConversationsFound:
    return ask(ConversationsQuestion, [record for group in groups for record in group])


def said(*texts: str, system: str = "") -> dict[str, Any]:
    """A history in which user and assistant take turns."""
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
    return {"model": "m-1", "messages": messages, **({"system": system} if system else {})}


def openai(*words: str) -> list[tuple[float, bytes]]:
    chunks = [{"model": "m-1-mini", "choices": [{"delta": {"content": each}}]} for each in words]
    usage = event({"choices": [], "usage": {}})
    reads = [(100.0 + 40 * n, event(chunk)) for n, chunk in enumerate(chunks)]
    return [*reads, (500.0, usage + DONE)]


def anthropic(*words: str) -> list[tuple[float, bytes]]:
    begun = event({"type": "message_start", "message": {"model": "c-1"}}, "message_start")
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}}
        for each in words
    ]
    reads = [(100.0 + 40 * n, event(each, "content_block_delta")) for n, each in enumerate(deltas)]
    return [(50.0, begun), *reads, (500.0, event({"type": "message_stop"}, "message_stop"))]


@pytest.mark.parametrize(
    ("path", "answered", "dialect", "model"),
    [(OPENAI, openai, "openai", "m-1-mini"), (ANTHROPIC, anthropic, "anthropic", "c-1")],
)
def test_a_history_that_begins_with_an_earlier_one_and_its_answer_goes_on(
    path: str, answered: Any, dialect: str, model: str
) -> None:
    told = found(
        stream(1, 1_000, said("Why?"), answered("Be", "cause."), path),
        stream(2, 3_000, said("Why?", "Because.", "So?"), answered("Yes."), path),
    )

    (row,) = told.conversations
    assert (row.conversation_id, row.is_synthetic) == ("exchange 1", True)
    assert (row.dialect, row.model, row.turns) == (dialect, model, 2)
    assert [(one.role, one.text, one.exchange, one.depth) for one in told.messages] == [
        ("user", "Why?", 1, 0),
        ("assistant", "Because.", 1, 1),
        ("user", "So?", 2, 2),
        ("assistant", "Yes.", 2, 3),
    ]
    assert told.messages[1].ttft_ns == 100 * MS
    assert told.messages[1].rate_per_s == 25.0
    assert all(one.is_current and not one.is_orphan for one in told.messages)


def test_another_history_is_another_conversation() -> None:
    """Even one with the same first question: nothing says that they belong together."""
    told = found(
        stream(1, 1_000, said("Why?"), openai("Because."), OPENAI),
        stream(2, 3_000, said("Why?"), openai("Therefore."), OPENAI),
        stream(3, 5_000, said("Why?", "Something else", "So?"), openai("Yes."), OPENAI),
    )

    assert [row.conversation_id for row in told.conversations] == [
        "exchange 1",
        "exchange 2",
        "exchange 3",
    ]


def test_a_later_question_that_is_asked_again_is_a_variant() -> None:
    history = said("Why?", "Because.", "So?")
    told = found(
        stream(1, 1_000, said("Why?"), openai("Because."), OPENAI),
        stream(2, 3_000, history, openai("Yes."), OPENAI),
        stream(3, 5_000, history, openai("No."), OPENAI),
        stream(4, 7_000, history, openai("No."), OPENAI),
    )

    (row,) = told.conversations
    assert (row.turns, row.messages, row.variants) == (4, 6, 2)
    assert [one.branch for one in told.messages if one.depth == 3] == [1, 2, 3]


def test_an_answer_that_was_not_streamed_has_no_ttft() -> None:
    body = {"model": "m-1", "choices": [{"message": {"role": "assistant", "content": "Because."}}]}
    told = found(
        call(1, 1_000, "POST", OPENAI, said("Why?"), body),
        call(2, 2_000, "POST", ANTHROPIC, said("How?"), {"content": [{"text": "So."}]}),
    )

    assert [one.text for one in told.messages] == ["Why?", "Because.", "How?", "So."]
    assert told.messages[1].ttft_ns == Unmeasurable("its text came whole, not in a stream")


def test_parts_and_a_system_prompt_are_part_of_the_history() -> None:
    parts = [{"type": "text", "text": "Wh"}, {"type": "image"}, {"type": "text", "text": "y?"}]
    body = {"system": "Be brief.", "messages": [{"role": "user", "content": parts}]}
    told = found(stream(1, 1_000, body, anthropic("No."), ANTHROPIC))

    assert [(one.role, one.text) for one in told.messages] == [
        ("system", "Be brief."),
        ("user", "Why?"),
        ("assistant", "No."),
    ]


def test_a_refused_call_and_a_history_that_is_none_say_nothing() -> None:
    for body in (b"", b"[]", b'{"messages":7}', b'{"messages":[7]}'):
        assert found(stream(1, 0, body, openai("x"), OPENAI)) == ConversationsFound()
    refused = call(1, 0, "POST", OPENAI, said("Why?"), {"error": {}}, 429)
    assert found(refused) == ConversationsFound()


def test_an_answer_and_a_history_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "ANSWER_LIMIT", 4)
    cut = found(stream(1, 0, said("Why?"), openai("Be", "cau", "se"), OPENAI))
    monkeypatch.setattr(histories, "HISTORY_LIMIT", 2)
    long = found(stream(1, 0, said("Why?", "Because.", "So?"), openai("Yes."), OPENAI))

    assert cut.messages[1].text == "Becau"
    assert long == ConversationsFound()


@pytest.mark.parametrize("data", ["[DONE]", "7", '{"choices":[7]}', '{"choices":[{"delta":7}]}'])
def test_an_event_that_says_nothing_brings_no_text(data: str) -> None:
    told = found(stream(1, 0, said("Why?"), [(50.0, event(data)), *openai("No.")], OPENAI))

    assert [one.text for one in told.messages] == ["Why?", "No."]
