"""Conversations put together from calls that a test made by hand."""

import json
from typing import Any

import msgspec
import pytest
from asked import HEAD, ask
from chatting import (
    ASK,
    DONE,
    HANDOFF,
    MS,
    PART,
    RESUME,
    ROOT,
    V1,
    a_message,
    answer,
    call,
    detail,
    event,
    opened,
    question,
    stream,
    titled,
    user,
    word,
)

from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion, MessageRow
from analyzer.analyses.conversations import question as asking
from analyzer.model import AnyRecord, Unmeasurable


def found(*groups: list[AnyRecord]) -> ConversationsFound:
    return ask(ConversationsQuestion, [record for group in groups for record in group])


def by_id(answer: ConversationsFound) -> dict[str, MessageRow]:
    return {row.message_id: row for row in answer.messages}


FIRST = stream(1, 1_000, question("u1", "Why?"), answer("a1", "Be", "cause", "."))
SECOND = stream(2, 3_000, question("u2", "So?", "a1", "c1"), answer("a2", "Yes", "."))


def test_two_turns_are_one_conversation() -> None:
    told = found(FIRST, SECOND)

    assert [(row.message_id, row.parent_id, row.depth) for row in told.messages] == [
        ("u1", ROOT, 0),
        ("a1", "u1", 1),
        ("u2", "a1", 2),
        ("a2", "u2", 3),
    ]
    assert [row.seen_as for row in told.messages] == ["request", "streamed"] * 2
    assert [row.parent_from for row in told.messages] == ["request", "order"] * 2
    assert [row.exchange for row in told.messages] == [1, 1, 2, 2]
    assert all(row.is_current and not row.is_orphan for row in told.messages)
    (row,) = told.conversations
    assert (row.conversation_id, row.turns, row.messages, row.branches) == ("c1", 2, 4, 0)
    assert row.current_message_id == "a2"


def test_an_answer_has_its_wait_and_its_pace() -> None:
    """First text after 100 ms; 8 octets are 2 estimated tokens, the second 80 ms later."""
    row = by_id(found(FIRST))["a1"]

    assert row.text == "Because."
    assert row.ttft_ns == 100 * MS
    assert row.rate_per_s == 12.5
    assert (row.first_ns, row.last_ns) == (1_100 * MS, 1_180 * MS)


def test_a_question_waits_for_nothing() -> None:
    row = by_id(found(FIRST))["u1"]

    assert (row.ttft_ns, row.rate_per_s) == (None, None)


def test_a_capture_without_times_tells_the_messages_and_no_waits() -> None:
    head = msgspec.structs.replace(HEAD, clock="none")
    told = ask(ConversationsQuestion, FIRST, head)

    assert by_id(told)["a1"].text == "Because."
    assert by_id(told)["a1"].ttft_ns == Unmeasurable("the capture holds no times")
    assert told.conversations[0].ttft_p50_ns == Unmeasurable("the capture holds no times")
    assert told.conversations[0].ttft_n == 0


# --------------------------------------------------------------------------- branches, edits

VARIANT = stream(
    3, 5_000, question("u1", "Why?", ROOT, "c1", "variant"), answer("b1", "There", "fore")
)


def test_a_regenerated_answer_is_a_variant_beside_the_first() -> None:
    told = found(FIRST, VARIANT)
    first, second = by_id(told)["a1"], by_id(told)["b1"]

    assert (first.action, first.branch, first.branches) == ("next", 1, 2)
    assert (second.action, second.branch, second.branches) == ("variant", 2, 2)
    assert second.parent_id == "u1"
    assert (first.is_current, second.is_current) == (False, True)
    row = told.conversations[0]
    assert (row.branches, row.variants, row.edits, row.turns) == (1, 1, 0, 2)


def test_a_variant_may_name_only_the_message_that_is_answered_again() -> None:
    body = question("", "", "u1", "c1", "variant")
    told = found(FIRST, stream(3, 5_000, body, answer("b1", "There", "fore")))

    assert by_id(told)["b1"].parent_id == "u1"
    assert by_id(told)["b1"].branch == 2


def test_an_edited_question_is_a_branch_of_its_own() -> None:
    edit = stream(3, 5_000, question("u9", "Why not?", ROOT, "c1"), answer("b1", "No", "."))
    told = found(FIRST, SECOND, edit)

    assert [row.message_id for row in told.messages] == ["u1", "a1", "u2", "a2", "u9", "b1"]
    assert (by_id(told)["u9"].action, by_id(told)["u9"].branch) == ("edit", 2)
    assert by_id(told)["b1"].action == "edit"
    assert [row.message_id for row in told.messages if row.is_current] == ["u9", "b1"]
    assert (told.conversations[0].edits, told.conversations[0].variants) == (1, 0)


def test_reasoning_and_answer_of_one_stream_are_no_alternatives() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Hm", "content": "m"}]}
    reads = [
        (90.0, V1 + opened(a_message("t1", "assistant", content=thoughts))),
        *((ms + 100, data.replace(V1, b"")) for ms, data in answer("a1", "Because", ".")),
    ]
    told = found(stream(1, 1_000, question("u1", "Why?"), reads))

    assert [(row.message_id, row.kind, row.branches) for row in told.messages] == [
        ("u1", "", 1),
        ("t1", "reasoning", 1),
        ("a1", "answer", 1),
    ]
    assert by_id(told)["t1"].ttft_ns == 90 * MS
    assert by_id(told)["a1"].ttft_ns == 200 * MS
    assert told.conversations[0].ttft_p50_ns == 90 * MS


# --------------------------------------------------------------------------- orphans, parents


def test_a_message_whose_parent_was_never_seen_is_an_orphan() -> None:
    told = found(SECOND)

    assert [row.message_id for row in told.messages if row.is_orphan] == ["u2"]
    assert told.conversations[0].orphans == 1


def test_the_first_question_of_a_new_conversation_is_no_orphan() -> None:
    """Its parent is a root that the client made up."""
    told = found(stream(1, 1_000, question("u1", "Why?", "made-up"), answer("a1", "Be")))

    assert not any(row.is_orphan for row in told.messages)


def test_a_stream_that_names_a_parent_is_believed() -> None:
    reads = answer("a1", "Because", metadata={"parent_id": "u1"})
    row = by_id(found(stream(1, 1_000, question("u1", "Why?"), reads)))["a1"]

    assert (row.parent_id, row.parent_from) == ("u1", "stream")


def test_a_question_that_the_service_took_under_another_id_is_one_message() -> None:
    """The echo in the stream has the id that answers hang on."""
    reads = [(70.0, V1 + opened(user("s1", "Why?"), tree=1)), *answer("a1", "Because")[1:]]
    reads.insert(1, (80.0, opened(a_message("a1", "assistant"))))
    told = found(stream(1, 1_000, question("u1", "Why?"), reads))

    assert [(row.message_id, row.parent_id) for row in told.messages] == [
        ("s1", ROOT),
        ("a1", "s1"),
    ]


def test_hidden_messages_stand_in_the_conversation_without_a_kind() -> None:
    reads = [(70.0, V1 + opened(a_message("s1", "system"), tree=1)), *answer("a1", "Because")]
    told = found(stream(1, 1_000, question("u1", "Why?"), reads))

    assert [(row.message_id, row.role, row.kind) for row in told.messages] == [
        ("u1", "user", ""),
        ("a1", "assistant", "answer"),
        ("s1", "system", ""),
    ]
    assert not by_id(told)["s1"].is_orphan


def test_parents_in_a_circle_end() -> None:
    nodes = [("x", "y", user("x", "1")), ("y", "x", user("y", "2")), ("z", "z", user("z", "3"))]
    told = found(detail(1, 1_000, nodes, "x"))

    assert sorted(row.message_id for row in told.messages) == ["x", "y", "z"]


# --------------------------------------------------------------------------- details

NODES = [
    ("root", "", None),
    ("u1", "root", user("u1", "Why?", create_time=1_760_000_001.5)),
    ("a1", "u1", a_message("a1", "assistant", "Because.", metadata={"model_slug": "m-5"})),
]


def test_a_detail_tells_messages_that_no_stream_brought() -> None:
    told = found(detail(1, 1_000, NODES, "a1", title="Tides", create_time=1_760_000_000.25))

    assert [(row.message_id, row.seen_as, row.exchange) for row in told.messages] == [
        ("u1", "detail", 1),
        ("a1", "detail", 1),
    ]
    assert by_id(told)["u1"].created_at == 1_760_000_001_500_000
    assert isinstance(by_id(told)["a1"].ttft_ns, Unmeasurable)
    assert not any(row.is_orphan for row in told.messages)
    row = told.conversations[0]
    assert (row.title, row.title_from, row.title_exchange_id) == ("Tides", "detail", 1)
    assert (row.created_at, row.model) == (1_760_000_000_250_000, "m-5")
    assert row.turns == 0
    assert row.ttft_p50_ns == Unmeasurable("no turn of it was streamed in this capture")


def test_the_newer_detail_is_a_list_of_messages() -> None:
    messages = [user("u1", "Why?"), a_message("a1", "assistant", "Because.")]
    body = {"messages": messages, "page_info": {"has_more": False}}
    told = found(call(1, 1_000, "GET", "/backend-api/conversations/c1?num_turns=10", None, body))

    assert [(row.message_id, row.parent_id) for row in told.messages] == [("u1", ""), ("a1", "u1")]


def test_the_detail_decides_who_is_whose_parent() -> None:
    nodes = [
        *NODES[:2],
        ("h1", "u1", a_message("h1", "tool", "3 results")),
        ("a1", "h1", NODES[2][2]),
    ]
    told = found(FIRST, detail(2, 9_000, nodes, "a1"))

    assert (by_id(told)["a1"].parent_id, by_id(told)["a1"].parent_from) == ("h1", "detail")
    assert by_id(told)["a1"].seen_as == "streamed"
    assert told.problems == ()


def test_the_current_path_is_the_detail_s_if_it_was_read_last() -> None:
    nodes = [*NODES, ("b1", "u1", a_message("b1", "assistant", "Therefore"))]
    chosen = found(FIRST, VARIANT, detail(4, 9_000, nodes, "a1"))
    begun = found(detail(4, 500, NODES, "a1"), FIRST, VARIANT)

    assert [row.message_id for row in chosen.messages if row.is_current] == ["u1", "a1"]
    assert [row.message_id for row in begun.messages if row.is_current] == ["u1", "b1"]


def test_text_that_differs_from_the_detail_is_a_problem() -> None:
    nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", "Becalmed."))]
    told = found(FIRST, detail(2, 9_000, nodes, "a1"))

    (problem,) = told.problems
    assert (problem.code, problem.exchange) == ("text_differs", 1)
    assert "8 characters in its stream and 9 in the conversation's detail" in problem.detail
    assert "(exchange 2); from character 4 on they differ" in problem.detail
    assert (told.conversations[0].compared, told.conversations[0].differing) == (1, 1)


def test_a_stopped_answer_may_be_shorter_in_stream_or_detail() -> None:
    cut = stream(
        1, 1_000, question("u1", "Why?"), answer("a1", "Be", "cause")[:-1], how="client_abort"
    )
    for text in ("Be", "Because of the tides."):
        nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", text))]
        told = found(cut, detail(2, 9_000, nodes, "a1"))

        assert told.problems == ()
        assert told.conversations[0].compared == 1


def test_a_stopped_answer_that_says_something_else_is_a_problem() -> None:
    cut = stream(
        1, 1_000, question("u1", "Why?"), answer("a1", "Be", "cause")[:-1], how="client_abort"
    )
    nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", "Therefore"))]

    assert [one.code for one in found(cut, detail(2, 9_000, nodes, "a1")).problems] == [
        "text_differs"
    ]


def test_a_detail_read_while_the_answer_streams_may_be_behind() -> None:
    nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", "Be"))]

    assert found(FIRST, detail(2, 1_120, nodes, "a1")).problems == ()


def test_text_that_moderation_took_back_is_not_compared() -> None:
    blocked = event({"type": "moderation", "moderation_response": {"blocked": True}})
    reads = [*answer("a1", "Be", "cause"), (400.0, blocked)]
    nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", ""))]
    told = found(stream(1, 1_000, question("u1", "Why?"), reads), detail(2, 9_000, nodes, "a1"))

    assert (told.problems, told.conversations[0].compared) == ((), 0)


# --------------------------------------------------------------------------- stops


def test_an_answer_that_the_user_stopped_names_the_call_that_did() -> None:
    patch = [{"p": "/message/status", "o": "replace", "v": "finished_partial_completion"}]
    end = event({"p": "", "o": "patch", "v": patch}, "delta") + DONE
    reads = [*answer("a1", "Be", "cause")[:-1], (500.0, end)]
    stop = call(2, 1_400, "POST", "/backend-api/stop_conversation", {"conversation_id": "c1"}, {})
    told = found(stream(1, 1_000, question("u1", "Why?"), reads), stop)

    assert by_id(told)["a1"].is_stopped
    assert by_id(told)["a1"].stop_exchange_id == 2
    assert told.conversations[0].stops == 1


def test_a_stop_that_was_refused_or_came_late_stopped_nothing() -> None:
    body = {"conversation_id": "c1"}
    refused = call(2, 1_100, "POST", "/backend-api/stop_conversation", body, {}, 401)
    late = call(3, 9_000, "POST", "/backend-api/stop_conversation", body, {})
    row = by_id(found(FIRST, refused, late))["a1"]

    assert (row.is_stopped, row.stop_exchange_id) == (False, None)


# --------------------------------------------------------------------------- handoffs


def handed_off(begun: bytes = b"") -> list[AnyRecord]:
    told = event({"type": "conversation_detail_metadata", "conversation_id": "c1"})
    reads = [(50.0, V1 + told + begun), (60.0, HANDOFF + DONE)]
    return stream(1, 1_000, question("u1", "Why?"), reads)


def resumption(offset: int, *reads: tuple[float, bytes], at_ms: float = 1_200) -> list[AnyRecord]:
    body = {"conversation_id": "c1", "offset": offset}
    return stream(2, at_ms, body, reads, RESUME)


def test_a_handed_off_turn_and_its_rest_are_one_turn() -> None:
    """The wait counts from the first request, 200 ms before the second one."""
    told = found(handed_off(), resumption(3, *answer("a1", "Be", "cause", ".")))
    row = by_id(told)["a1"]

    assert [one.message_id for one in told.messages] == ["u1", "a1"]
    assert (row.text, row.ttft_ns, row.exchange, row.resumed_exchange_ids) == (
        "Because.",
        300 * MS,
        1,
        (2,),
    )
    assert row.parent_id == "u1"
    one = told.conversations[0]
    assert (one.turns, one.handoffs, one.resumed, one.ttft_p50_ns) == (1, 1, 1, 300 * MS)


def test_text_before_and_after_a_handoff_is_one_message() -> None:
    """Its deltas go on in the tree that the first stream made; the pace is that of both."""
    begun = opened(a_message("a1", "assistant")) + word("Be")
    rest = event({"p": PART, "o": "append", "v": "cause, as it was said"}, "delta")
    told = found(handed_off(begun), resumption(5, (90.0, rest + DONE)))
    row = by_id(told)["a1"]

    assert row.text == "Because, as it was said"
    assert (row.first_ns, row.last_ns) == (1_050 * MS, 1_290 * MS)
    assert row.ttft_ns == 50 * MS
    assert row.rate_per_s == pytest.approx(5 * 1e9 / (240 * MS))


def test_a_rest_whose_beginning_is_not_in_the_capture_has_no_ttft() -> None:
    told = found(resumption(3, *answer("a1", "Because")))

    assert by_id(told)["a1"].ttft_ns == Unmeasurable(
        "the capture does not hold the request that began the turn"
    )
    assert (told.conversations[0].turns, told.conversations[0].resumed) == (1, 0)


def test_a_handoff_that_nobody_resumed_is_a_turn_without_text() -> None:
    told = found(handed_off())

    assert (told.conversations[0].handoffs, told.conversations[0].resumed) == (1, 0)
    assert told.conversations[0].ttft_p50_ns == Unmeasurable("no text came")


# --------------------------------------------------------------------------- titles, feedback


def test_a_title_is_attributed_to_what_told_it_first() -> None:
    reads = [*answer("a1", "Because")[:-1], (300.0, titled("Tides") + DONE)]
    listed = {"items": [{"id": "c1", "title": "Tides"}, {"id": "c7", "title": "Other"}], "total": 2}
    told = found(
        stream(1, 1_000, question("u1", "Why?"), reads),
        call(2, 4_000, "GET", "/backend-api/conversations?offset=0&limit=28", None, listed),
    )

    (row,) = told.conversations
    assert (row.title, row.title_from, row.title_exchange_id) == ("Tides", "stream", 1)
    assert [(one.title, one.told_by) for one in told.conversation_titles] == [("Tides", "stream")]


def test_a_later_title_replaces_an_earlier_one() -> None:
    listed = {"items": [{"id": "c1", "title": "New chat"}], "total": 1}
    path = "/backend-api/conversation/gen_title/c1"
    told = found(
        FIRST,
        call(2, 4_000, "GET", "/backend-api/conversations", None, listed),
        call(3, 5_000, "POST", path, {"message_id": "a1"}, {"title": "Tides"}),
    )

    assert (told.conversations[0].title, told.conversations[0].title_from) == ("Tides", "gen_title")
    assert [(one.title, one.told_by, one.exchange) for one in told.conversation_titles] == [
        ("New chat", "list", 2),
        ("Tides", "gen_title", 3),
    ]


def test_feedback_stands_with_its_message() -> None:
    body = {
        "conversation_id": "c1",
        "message_id": "a1",
        "rating": "thumbsDown",
        "tags": ["inaccurate", 7],
        "text": "No.",
    }
    path = "/backend-api/conversation/message_feedback"
    told = found(
        FIRST,
        call(2, 4_000, "POST", path, body, {}),
        call(3, 5_000, "POST", path, body | {"rating": "thumbsUp"}, {}, 401),
    )

    assert by_id(told)["a1"].rating == "thumbsDown"
    assert [(one.rating, one.accepted, one.tags) for one in told.message_feedback] == [
        ("thumbsDown", True, ("inaccurate",)),
        ("thumbsUp", False, ("inaccurate",)),
    ]


# --------------------------------------------------------------------------- the rest


def test_a_refused_question_is_no_message() -> None:
    refused = call(1, 1_000, "POST", ASK, question("u1", "Why?"), {"detail": "no"}, 401)

    assert found(refused) == ConversationsFound()


def test_a_stream_that_never_told_its_conversation_gets_a_made_up_id() -> None:
    told = found(stream(1, 1_000, question("u1", "Why?"), [(50.0, V1)], how="server_abort"))

    assert (told.conversations[0].conversation_id, told.conversations[0].is_synthetic) == (
        "exchange 1",
        True,
    )


def test_an_exchange_number_that_comes_twice_means_the_later_one() -> None:
    again = stream(1, 5_000, question("u7", "What?"), answer("a7", "That", conversation="c7"))

    assert [row.conversation_id for row in found(FIRST, again).conversations] == ["c7"]


def test_a_capture_of_lengths_says_that_it_holds_no_messages() -> None:
    told = ask(ConversationsQuestion, FIRST, msgspec.structs.replace(HEAD, redaction="shape"))

    assert told.messages == ()
    assert [one.reason for one in told.unanswered] == [
        "the capture holds lengths in place of content"
    ]


def test_what_is_kept_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "KEPT_LIMIT", 1_000)
    told = found(FIRST, SECOND)

    assert [row.message_id for row in told.messages] == ["u1", "a1"]
    assert [one.figure for one in told.unanswered] == ["all messages"]


def test_details_that_repeat_texts_are_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "KEPT_LIMIT", 12_000)
    long = "x" * 5_000
    nodes = [*NODES[:2], ("a1", "u1", a_message("a1", "assistant", long))]
    told = found(*(detail(number, 1_000 * number, nodes, "a1") for number in range(1, 5)))

    assert told.unanswered == ()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b"null", b'{"messages":7,"action":[]}', b"[" * 9_999]
)
def test_a_body_that_is_none_takes_nothing_from_the_stream(body: bytes) -> None:
    told = found(stream(1, 1_000, body, answer("a1", "Be", "cause")))

    assert [row.text for row in told.messages] == ["Because"]


def test_half_characters_in_a_detail_are_read_as_in_a_stream() -> None:
    told: dict[str, Any] = {"mapping": {"a": {"message": a_message("a", "assistant", "x\ud83d")}}}
    body = json.dumps(told).encode()
    path = "/backend-api/conversation/c1"

    assert [row.text for row in found(call(1, 0, "GET", path, None, body)).messages] == ["x\ufffd"]
