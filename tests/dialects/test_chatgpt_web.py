"""ChatGPT's web client: both stream forms, as the wire-format notes describe them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.dialects import chatgpt_web, turn_notes
from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.model import (
    Delta,
    Ending,
    Marker,
    Problem,
    StreamedMessage,
    TextArrivals,
    Turn,
    WireEvent,
)

PART = "/message/content/parts/0"


class Stream:
    """Feeds payloads, event n at 10 n ns in read n, and keeps what came of them."""

    def __init__(self) -> None:
        self.dialect = ChatGPTWeb()
        self.deltas: list[Delta] = []
        self.count = 0

    def event(self, data: str, event_type: str = "message") -> "Stream":
        n = self.count
        self.count += 1
        at = 10 * n
        self.deltas += self.dialect.feed(WireEvent(n, at, at, n, event_type, data, offset=100 * n))
        return self

    def payload(self, **payload: Any) -> "Stream":
        return self.event(json.dumps(payload))

    def v1(self) -> "Stream":
        return self.event('"v1"', "delta_encoding")

    def delta(self, v: Any, p: str | None = None, o: str | None = None, c: Any = None) -> "Stream":
        given = {"p": p, "o": o, "c": c}
        told = {key: value for key, value in given.items() if value is not None}
        return self.event(json.dumps(told | {"v": v}), "delta")

    def open(self, tree: int, **message: Any) -> "Stream":
        value = {"message": a_message(**message), "conversation_id": "conv"}
        return self.delta(value, "", "add", tree)

    def turn(self, ended: Ending = "complete") -> Turn:
        return self.dialect.turn(7, ended)

    def codes(self) -> list[str]:
        return [problem.code for problem in self.dialect.problems()]

    def said(self, kind: str) -> list[str]:
        return [delta.text for delta in self.deltas if delta.kind == kind]


def a_message(text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": "m1",
        "author": {"role": "assistant"},
        "content": {"content_type": "text", "parts": [text]},
        "status": "in_progress",
        "end_turn": None,
        "metadata": {},
        "recipient": "all",
        "channel": None,
    } | more  # fmt: skip


def thoughts(*pairs: tuple[str, str]) -> dict[str, Any]:
    told = [{"summary": summary, "content": content} for summary, content in pairs]
    return {"content_type": "thoughts", "thoughts": told}


FINISHED = {"status": "finished_successfully", "end_turn": True}


# --------------------------------------------------------------------------- the two forms


def test_a_typical_delta_stream() -> None:
    closing = [
        {"p": PART, "o": "append", "v": " end."},
        {"p": "/message/status", "o": "replace", "v": "finished_successfully"},
        {"p": "/message/end_turn", "o": "replace", "v": True},
        {"p": "/message/metadata", "o": "append", "v": {"is_complete": True, "model_slug": "m-5"}},
    ]
    stream = Stream().v1().open(0).delta("The", PART, "append").delta(" word")
    stream.delta(closing, "", "patch").payload(type="message_stream_complete").event("[DONE]")

    assert stream.deltas == [
        Delta(2, 20, 2, "answer", "The", "m1"),
        Delta(3, 30, 3, "answer", " word", "m1"),
        Delta(4, 40, 4, "answer", " end.", "m1"),
    ]
    assert stream.turn() == Turn(
        exchange=7,
        dialect="chatgpt_web",
        status="complete",
        texts=TextArrivals(
            (20, 30, 40), (2, 3, 4), (2, 3, 4), ("answer",) * 3, (3, 5, 5), (3, 5, 5)
        ),
        answer="The word end.",
        conversation_id="conv",
        message_id="m1",
        model="m-5",
        messages=(
            StreamedMessage(
                message_id="m1",
                role="assistant",
                kind="answer",
                text="The word end.",
                model="m-5",
                status="finished_successfully",
                first_ns=20,
                last_ns=40,
            ),
        ),
    )
    assert stream.codes() == []


def test_a_typical_cumulative_stream() -> None:
    stream = Stream()
    for text in ("", "Hel", "Hello", "Hello", "Hello, world"):
        stream.payload(message=a_message(text), conversation_id="conv", error=None)
    stream.payload(
        message=a_message("Hello, world", **FINISHED), conversation_id="conv", error=None
    )
    stream.event("[DONE]")

    assert stream.said("answer") == ["Hel", "lo", ", world"]
    assert not any(delta.revised for delta in stream.deltas)
    assert stream.turn().answer == "Hello, world"
    assert stream.turn().status == "complete"
    assert stream.turn().conversation_id == "conv"


def test_chars_are_code_points_and_octets_are_bytes() -> None:
    texts = Stream().payload(message=a_message("é😀")).turn().texts

    assert (texts.chars, texts.octets) == ((2,), (6,))


def test_a_changed_beginning_is_a_revision() -> None:
    stream = Stream().payload(message=a_message("Helo")).payload(message=a_message("Hello"))

    assert [(delta.text, delta.revised) for delta in stream.deltas] == [
        ("Helo", False),
        ("Hello", True),
    ]
    assert stream.turn().answer == "Hello"


@pytest.mark.parametrize(
    ("name", "path", "value", "expected"),
    [
        ("truncate", PART, 3, [("abcdef", False), ("abc", True), ("!", False)]),
        ("replace", PART, "x", [("abcdef", False), ("x", True), ("!", False)]),
        ("replace", PART, "abcdefg", [("abcdef", False), ("g", False), ("!", False)]),
        ("replace", "/message/content/parts", [""], [("abcdef", False), ("", True), ("!", False)]),
    ],
)  # fmt: skip
def test_text_taken_back_is_a_revision(
    name: str, path: str, value: Any, expected: list[tuple[str, bool]]
) -> None:
    stream = Stream().v1().open(0, text="").delta("abcdef", PART, "append")
    stream.delta(value, path, name).delta("!", PART, "append")

    assert [(delta.text, delta.revised) for delta in stream.deltas] == expected


def test_text_that_a_message_begins_with_counts() -> None:
    stream = Stream().v1().open(0, text="Hi").delta("!", PART, "append")

    assert stream.said("answer") == ["Hi", "!"]


def test_changes_beside_the_text_bring_no_text() -> None:
    stream = Stream().v1().open(0).delta("a", PART, "append")
    stream.delta({"x": 1}, "/message/metadata", "append").delta(
        "running", "/message/status", "replace"
    )

    assert stream.said("answer") == ["a"]


def test_deltas_need_no_event_name_once_the_encoding_is_told() -> None:
    stream = Stream().v1().payload(v={"message": a_message("a")}, p="", o="add", c=0)
    stream.payload(v="b", p=PART, o="append").payload(v="c")

    assert stream.turn().answer == "abc"


def test_padding_behind_payloads_says_nothing() -> None:
    stream = Stream().event('"v1"  ', "delta_encoding").open(0)
    stream.event(json.dumps({"p": PART, "o": "append", "v": "a"}) + "   ", "delta")
    stream.event("[DONE]  ")

    assert (stream.turn().answer, stream.turn().status) == ("a", "complete")
    assert stream.codes() == []


def test_a_patch_that_takes_text_back_and_adds_some_is_told_in_order() -> None:
    stream = Stream().v1().open(0, text="abcdef")
    patch = [
        {"p": PART, "o": "truncate", "v": 3},
        {"p": PART, "o": "append", "v": "x"},
        {"p": PART, "o": "append", "v": "y"},
    ]
    stream.delta(patch, "", "patch").delta("z", PART, "append")

    assert [(delta.text, delta.revised) for delta in stream.deltas] == [
        ("abcdef", False),
        ("abc", True),
        ("x", False),
        ("y", False),
        ("z", False),
    ]


def test_an_unknown_encoding_is_reported_and_its_deltas_are_not_guessed_at() -> None:
    stream = Stream().event('"v2"', "delta_encoding").open(0, text="a").delta("b", PART, "append")

    assert stream.deltas == []
    assert stream.codes() == ["unknown_encoding"]


# --------------------------------------------------------------------------- whose text


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({}, "answer"),
        ({"channel": "final"}, "answer"),
        ({"recipient": None}, "answer"),
        ({"channel": "commentary"}, "reasoning"),
        ({"channel": "analysis"}, "reasoning"),
        ({"channel": "unheard-of"}, None),
        ({"recipient": "web.run"}, "tool"),
        ({"recipient": "web.run", "channel": "commentary"}, "tool"),
        ({"author": {"role": "user"}}, None),
        ({"author": {"role": "system"}}, None),
        ({"author": {"role": "tool", "name": "web.run"}}, None),
        ({"author": "assistant"}, None),
        ({"author": None}, None),
        ({"content": {"content_type": "code", "text": "text"}, "recipient": "python"}, "tool"),
        ({"content": {"content_type": "multimodal_text", "parts": [{"x": 1}, "text"]}}, "answer"),
        ({"content": {"content_type": "multimodal_text", "parts": [{"text": "text"}]}}, "answer"),
        ({"content": thoughts(("te", "xt"))}, "reasoning"),
        ({"content": {"content_type": "reasoning_recap", "content": "text"}}, None),
        ({"content": {"content_type": "reasoning_recap", "parts": ["text"]}}, None),
        ({"content": "text"}, None),
        ({"content": {"content_type": "text", "parts": "text"}}, None),
    ],
)
def test_whose_text_it_is(message: dict[str, Any], kind: str | None) -> None:
    """Echoes of other roles, calls of tools, commentary and labels are not the answer."""
    whole = a_message("text", **message)
    cumulative = Stream().payload(message=whole)
    delta = Stream().v1().delta({"message": whole}, "", "add", 0)

    expected = [(kind, "text")] if kind else []
    assert [(each.kind, each.text) for each in cumulative.deltas] == expected
    assert [(each.kind, each.text) for each in delta.deltas] == expected


def test_reasoning_recap_and_answer_are_one_turn() -> None:
    """Each in a tree of its own, as they come."""
    path = "/message/content/thoughts"
    stream = Stream().v1().open(0, id="t", content=thoughts())
    stream.delta([{"summary": "Plan. ", "content": ""}], path, "append")
    stream.delta("First", f"{path}/0/content", "append").delta(" this.")
    stream.delta([{"summary": "More. ", "content": ""}], path, "append")
    stream.delta("Then that.", f"{path}/1/content", "append")
    stream.open(
        1, id="r", content={"content_type": "reasoning_recap", "content": "Thought for 5 s"}
    )
    stream.open(2, id="a").delta("Yes", PART, "append").delta(".")
    turn = stream.turn()

    assert stream.said("reasoning") == ["Plan. ", "First", " this.", "More. ", "Then that."]
    assert turn.reasoning == "Plan. First this.More. Then that."
    assert (turn.answer, turn.message_id) == ("Yes.", "a")
    assert turn.texts.kind == ("reasoning",) * 5 + ("answer",) * 2


def test_text_in_the_middle_is_a_revision_of_all() -> None:
    path = "/message/content/thoughts"
    stream = Stream().v1().open(0, content=thoughts(("a", "b"), ("c", "d")))
    stream.delta("+", f"{path}/1/content", "append").delta("!", f"{path}/0/summary", "append")

    assert [(delta.text, delta.revised) for delta in stream.deltas] == [
        ("abcd", False),
        ("+", False),
        ("a!bcd+", True),
    ]
    assert stream.turn().reasoning == "a!bcd+"


def test_trees_grow_side_by_side() -> None:
    stream = Stream().v1().open(0, id="a").open(1, id="b", channel="commentary")
    stream.delta("1", PART, "append", 0).delta("2", c=1).delta("3", c=0).delta("4")

    assert [(delta.message_id, delta.text) for delta in stream.deltas] == [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
        ("a", "4"),
    ]


def test_a_tree_that_gets_another_message_keeps_the_text_of_the_one_before() -> None:
    stream = Stream().v1().open(0, id="a", text="One. ").open(0, id="b", text="Two.")
    stream.delta("!", PART, "append")

    assert stream.turn().answer == "One. Two.!"
    assert stream.turn().message_id == "b"


def test_a_message_that_comes_again_is_the_same_message() -> None:
    stream = Stream().v1().open(0, id="a", text="One").open(0, id="a", text="One more")

    assert [(delta.text, delta.revised) for delta in stream.deltas] == [
        ("One", False),
        (" more", False),
    ]


def test_a_message_whose_channel_changes_takes_its_text_along() -> None:
    stream = Stream().v1().open(0, text="Hm").delta("commentary", "/message/channel", "replace")

    assert [(delta.kind, delta.text, delta.revised) for delta in stream.deltas] == [
        ("answer", "Hm", False),
        ("answer", "", True),
        ("reasoning", "Hm", False),
    ]
    assert (stream.turn().answer, stream.turn().reasoning) == ("", "Hm")


def test_tool_text_and_titles_are_no_text_arrivals() -> None:
    stream = Stream().payload(message=a_message("code", recipient="python"))
    stream.payload(type="title_generation", title="A title")

    assert stream.said("tool") == ["code"]
    assert stream.turn().texts == TextArrivals()


# --------------------------------------------------------------------------- beside the messages


def test_a_title_is_told_as_such() -> None:
    stream = Stream().payload(type="title_generation", title="One", conversation_id="c")
    stream.payload(type="title_generation", title="Two").payload(type="title_generation", title=5)

    assert [(delta.kind, delta.text, delta.revised) for delta in stream.deltas] == [
        ("title", "One", False),
        ("title", "Two", True),
    ]
    assert (stream.turn().title, stream.turn().conversation_id) == ("Two", "c")


def test_markers_and_moderation_are_kept_with_their_times() -> None:
    stream = Stream().payload(type="message_marker", marker="user_visible_token", event="first")
    stream.payload(type="moderation", moderation_response={"blocked": False})
    stream.payload(type="moderation", moderation_response={"blocked": True})
    stream.payload(type="url_moderation")

    assert stream.turn().markers == (
        Marker("user_visible_token/first", 0, 0),
        Marker("moderation", 1, 10),
        Marker("moderation/blocked", 2, 20),
        Marker("url_moderation", 3, 30),
    )


def test_the_services_own_first_token_time_is_kept() -> None:
    metadata = {"server_ttfvt_ms": 512.5, "model_slug": "m"}
    turn = Stream().payload(type="server_ste_metadata", metadata=metadata).turn()

    assert (turn.server_ttft_ms, turn.model) == (512.5, "m")


@pytest.mark.parametrize(
    "metadata",
    [None, [], {}, *({"server_ttfvt_ms": stated} for stated in ("5", True, -1, 1e12, 10**400))],
)
def test_a_first_token_time_that_is_none_stays_unknown(metadata: Any) -> None:
    turn = Stream().payload(type="server_ste_metadata", metadata=metadata).turn()

    assert turn.server_ttft_ms is None


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"message": None, "conversation_id": "c", "error": "Oops"}, "Oops"),
        ({"error": {"message": "Oops", "code": "x"}}, "Oops"),
        ({"error": {"code": "rate_limited"}}, "rate_limited"),
        ({"error": {"odd": 1}}, "error"),
        ({"error": True}, "error"),
        ({"type": "error", "error": {"message": "Oops"}}, "Oops"),
        ({"type": "error"}, "error"),
        ({"detail": "Oops"}, "Oops"),
        ({"detail": {"message": "Oops", "code": "model_cap_exceeded"}}, "Oops"),
        ({"message": a_message("a"), "error": "Oops"}, "Oops"),
    ],
)
def test_an_error_object_ends_the_turn_in_error(payload: dict[str, Any], text: str) -> None:
    turn = Stream().payload(**payload).event("[DONE]").turn()

    assert (turn.status, turn.error) == ("error", text)


def test_an_error_inside_a_tree_counts() -> None:
    turn = Stream().v1().open(0).delta("Oops", "/error", "add").turn()

    assert (turn.status, turn.error) == ("error", "Oops")


def test_an_event_named_error_is_one() -> None:
    stream = Stream().event('{"message": "Oops"}', "error")

    assert (stream.turn().status, stream.turn().error) == ("error", "Oops")


def test_unknown_events_are_passed_over() -> None:
    stream = Stream().payload(type="resume_conversation_token", kind="topic", token="sha256:ab")
    stream.payload(type="input_message", input_message=a_message("echo", author={"role": "user"}))
    stream.payload(type="conversation_detail_metadata", banner_info=None)
    stream.payload(type="not_yet_invented", v="x", message={"a": 1}).payload(type=7).payload()

    assert (stream.deltas, stream.codes()) == ([], [])


# --------------------------------------------------------------------------- how it ends


def ended(stream: Stream, *how: Ending) -> list[str]:
    return [stream.turn(each).status for each in how]


def test_complete_is_what_the_service_said_so_of() -> None:
    """A client may leave once the turn is complete: that is no error."""
    finished = Stream().payload(message=a_message("a", **FINISHED))
    announced = Stream().payload(message=a_message("a")).payload(type="message_stream_complete")
    done = Stream().payload(message=a_message("a")).event("[DONE]")

    for stream in (finished, announced, done):
        assert set(ended(stream, "complete", "client_abort", "unfinished", "error")) == {"complete"}


def test_without_that_it_is_how_the_stream_ended() -> None:
    for stream in (
        Stream().payload(message=a_message("a")),
        Stream().payload(message=a_message("a", status="finished_successfully")),
        Stream().payload(message=a_message("a", author={"role": "user"}, **FINISHED)),
    ):
        assert ended(stream, "complete", "server_abort", "error") == ["cut", "cut", "cut"]
        assert ended(stream, "client_abort", "unfinished") == ["stopped", "unfinished"]


@pytest.mark.parametrize(
    "message",
    [
        {"status": "finished_partial_completion", "end_turn": True},
        FINISHED | {"metadata": {"finish_details": {"type": "interrupted"}}},
    ],
)
def test_a_stopped_turn_is_told_by_its_message(message: dict[str, Any]) -> None:
    stream = Stream().payload(message=a_message("a", **message)).event("[DONE]")

    assert stream.turn().status == "stopped"


@pytest.mark.parametrize(
    "state",
    [
        {"status": "finished_partial_completion"},
        {"metadata": {"finish_details": {"type": "interrupted", "reason": "client_stopped"}}},
    ],
)
def test_a_turn_can_be_stopped_while_it_reasons(state: dict[str, Any]) -> None:
    reasoning: dict[str, Any] = {"id": "r", "content": thoughts(("Tides", "The moon"))}
    told = Stream().payload(message=a_message(**reasoning, **state)).event("[DONE]")
    grown = Stream().v1().open(0, **reasoning)
    for key, value in state.items():
        grown.delta(value, f"/message/{key}", "replace", 0)
    grown.payload(type="message_stream_complete").event("[DONE]")

    assert told.turn().status == grown.turn().status == "stopped"


def test_reasoning_cut_short_for_a_whole_answer_is_no_stop() -> None:
    short = a_message(id="r", content=thoughts(("", "The")), status="finished_partial_completion")
    stream = Stream().payload(message=short).payload(message=a_message("Two.", **FINISHED))

    assert stream.turn().status == "complete"


def test_an_interrupted_echo_is_no_stop() -> None:
    echo = a_message("Why?", id="u", author={"role": "user"}, status="finished_partial_completion")
    stream = Stream().payload(message=echo).payload(message=a_message("So.")).event("[DONE]")

    assert stream.turn().status == "complete"


def test_a_handoff_goes_on_elsewhere() -> None:
    stream = (
        Stream().payload(type="stream_handoff", options=["resume_sse_endpoint"]).event("[DONE]")
    )

    assert stream.turn().status == "handoff"
    assert stream.payload(message=a_message("a", **FINISHED)).turn().status == "complete"


def test_a_stream_without_events_is_cut() -> None:
    turn = Stream().turn()

    assert (turn.status, turn.answer, turn.texts) == ("cut", "", TextArrivals())


# --------------------------------------------------------------------------- malformed


@pytest.mark.parametrize(
    ("event_type", "data", "code"),
    [
        ("delta", "{", "bad_json"),
        ("delta", "", "bad_json"),
        ("delta", '{"v": "\\ud800', "bad_json"),
        ("delta", '["\\ud800"]', "unexpected_payload"),
        ("delta", '{"v": "\\ud800", "x": ' + "[" * 100_000, "bad_json"),
        ("delta", '{"v": ' + "[" * 100_000, "bad_json"),
        ("delta", '["v"]', "unexpected_payload"),
        ("delta", '{"p": 5, "v": "a"}', "unexpected_payload"),
        ("delta", '{"c": [0], "v": "a"}', "unexpected_payload"),
        ("delta", '{"p": "/x/y", "o": "append", "v": "a"}', "bad_path"),
        ("message", "<html>", "bad_json"),
        ("message", "[DONE", "unexpected_payload"),
        ("message", "5", "unexpected_payload"),
        ("message", '"text"', "unexpected_payload"),
        ("message", "null", "unexpected_payload"),
        ("message", '[{"message": {}}]', "unexpected_payload"),
    ],
)
def test_malformed_data_is_a_problem_and_the_stream_goes_on(
    event_type: str, data: str, code: str
) -> None:
    stream = Stream().v1().open(0).event(data, event_type).delta("a", PART, "append", 0)

    assert stream.codes() == [code]
    assert stream.dialect.problems()[0].offset == 200
    assert stream.turn().answer == "a"


def test_a_character_cut_between_two_deltas_comes_with_its_second_half() -> None:
    """JSON in ASCII, cut by UTF-16 code unit: a browser joins the halves."""
    stream = Stream().v1().open(0).delta("Hi \ud83d", PART, "append", 0)
    stream.delta("\ude00!").delta("\ud83d").delta("\ude01")

    assert (stream.codes(), stream.turn().answer) == ([], "Hi 😀!😁")
    assert stream.said("answer") == ["Hi ", "😀!", "😁"]
    assert stream.turn().texts.chars == (3, 2, 1)
    assert stream.turn().texts.octets == (3, 5, 4)


def test_a_character_cut_in_a_message_that_repeats_is_no_revision() -> None:
    stream = Stream()
    for text in ("Hi \ud83d", "Hi \ud83d\ude00", "Hi \ud83d\ude00."):
        stream.payload(message=a_message(text))

    assert stream.said("answer") == ["Hi ", "😀", "."]
    assert not any(delta.revised for delta in stream.deltas)


def test_half_a_character_without_its_other_half_is_replaced_and_at_the_end_left_out() -> None:
    stream = Stream().v1().open(0).delta("a\ud83d", PART, "append", 0).delta("b\ude00c\ud83d")

    assert (stream.codes(), stream.turn().answer) == ([], "a\ufffdb\ufffdc")
    assert "".join(stream.said("answer")) == stream.turn().answer


def test_names_and_titles_with_half_a_character_can_be_written() -> None:
    stream = Stream().payload(type="title_generation", title="T\ud83d")
    stream.payload(type="message_marker", marker="\ude00", event="first")

    assert stream.turn().title == "T"
    assert [marker.name for marker in stream.turn().markers] == ["\ufffd/first"]


def test_equal_problems_are_counted_not_listed() -> None:
    stream = Stream()
    for _ in range(100):
        stream.event("{")

    (problem,) = stream.dialect.problems()

    assert isinstance(problem, Problem)
    assert problem.detail.endswith("(and 99 more)")


def test_messages_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatgpt_web, "MESSAGE_LIMIT", 2)
    stream = Stream().v1()
    for number in range(3):
        stream.open(number, id=f"m{number}", text=str(number))
    stream.delta("x", PART, "append", 2).delta("y", c=1)

    assert stream.turn().answer == "01y"
    assert stream.codes() == ["too_many_messages"]


def test_the_size_of_a_turn_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatgpt_web, "SIZE_LIMIT", 1000)
    stream = Stream().v1().open(0)
    for _ in range(10):
        stream.delta("x" * 100, PART, "append")

    assert 0 < len(stream.turn().answer) < 1000
    assert stream.codes() == ["turn_too_large"]


def test_markers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_notes, "MARKER_LIMIT", 2)
    stream = Stream()
    for _ in range(3):
        stream.payload(type="message_marker", marker="a", event="b")

    assert len(stream.turn().markers) == 2


# --------------------------------------------------------------------------- properties

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["message", "v", "p", "o", "c", "type", "id", "author", "role", "content", "parts",
                 "thoughts", "metadata", "error", "status", "end_turn", "channel"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)  # fmt: skip
DATA = st.one_of(
    JSON.map(json.dumps),
    st.text(max_size=10),
    st.sampled_from(["[DONE]", '"v1"', '{"v": "a"}', json.dumps({"message": a_message("a")})]),
)
EVENTS = st.lists(
    st.tuples(DATA, st.sampled_from(["message", "delta", "delta_encoding", "error"])), max_size=8
)


@settings(deadline=None)
@given(EVENTS)
def test_no_payload_raises(events: list[tuple[str, str]]) -> None:
    stream = Stream().v1().open(0, text="a")
    for data, event_type in events:
        stream.event(data, event_type)

    assert stream.turn().dialect == "chatgpt_web"


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """An operation on the text of a message."""
    name = draw(st.sampled_from(["append", "append", "append", "truncate", "replace"]))
    value = draw(st.integers(0, 6) if name == "truncate" else st.text("ab😀", max_size=3))
    part = draw(st.integers(0, 1))
    return {"p": f"/message/content/parts/{part}", "o": name, "v": value}


@settings(deadline=None)
@given(st.lists(st.lists(edits(), min_size=1, max_size=3), max_size=8))
def test_the_text_is_the_documents_and_the_deltas_add_up_to_it(
    patches: list[list[dict[str, Any]]],
) -> None:
    """The document is kept here with plain strings."""
    content = {"content_type": "text", "parts": ["", ""]}
    stream = Stream().v1().open(0, content=content)
    parts = ["", ""]
    for patch in patches:
        stream.delta(patch, "", "patch")
        for edit in patch:
            part, value = int(edit["p"][-1]), edit["v"]
            match edit["o"]:
                case "append":
                    parts[part] += value
                case "truncate":
                    parts[part] = parts[part][:value]
                case "replace":
                    parts[part] = value
    told = ""
    for delta in stream.deltas:
        told = delta.text if delta.revised else told + delta.text

    assert stream.turn().answer == "".join(parts)
    assert told == "".join(parts)
