"""Every message that a ChatGPT stream holds, with what it says of itself."""

import json
from typing import Any

import pytest

from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.dialects.handoffs import HEARD_LIMIT, Handoffs, Heard, Resumption, read_resumption
from analyzer.model import StreamedMessage, WireEvent

PART = "/message/content/parts/0"


def event(seq: int, payload: Any, event_type: str = "delta") -> WireEvent:
    """Event n comes at 10 n ns in read n."""
    data = payload if isinstance(payload, str) else json.dumps(payload)
    return WireEvent(seq, 10 * seq, 10 * seq, seq, event_type, data)


def message(message_id: str, role: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": message_id,
        "author": {"role": role},
        "content": {"content_type": "text", "parts": [text]},
        "metadata": {},
    } | more


def opened(seq: int, given: dict[str, Any], tree: int = 0) -> WireEvent:
    root = {"message": given, "conversation_id": "c"}
    return event(seq, {"p": "", "o": "add", "v": root, "c": tree})


V1 = event(0, '"v1"', "delta_encoding")


def messages_of(*events: WireEvent) -> tuple[StreamedMessage, ...]:
    dialect = ChatGPTWeb()
    for each in events:
        dialect.feed(each)
    return dialect.turn(1, "complete").messages


def test_messages_come_in_the_order_in_which_they_entered() -> None:
    """The hidden system message, the asker's echo, and what answers it."""
    found = messages_of(
        V1,
        opened(1, message("s", "system"), 0),
        opened(2, message("u", "user", "Why?", create_time=1_760_000_000.5), 1),
        opened(3, message("a", "assistant", metadata={"parent_id": "u", "model_slug": "m"}), 2),
        event(4, {"p": PART, "o": "append", "v": "Be"}),
        event(5, {"v": "cause"}),
    )

    assert found == (
        StreamedMessage("s", "system"),
        StreamedMessage("u", "user", text="Why?", created_at_s=1_760_000_000.5),
        StreamedMessage("a", "assistant", "u", "answer", "Because", "m", first_ns=40, last_ns=50),
    )


def test_an_input_message_that_no_tree_holds_is_a_message_too() -> None:
    note = {"type": "input_message", "input_message": message("u", "user", "Why?")}

    assert messages_of(V1, event(1, note, "message")) == (
        StreamedMessage("u", "user", text="Why?"),
    )


def test_an_input_message_in_a_tree_as_well_is_one_message() -> None:
    note = {"type": "input_message", "input_message": message("u", "user", "Why?")}
    found = messages_of(V1, event(1, note, "message"), opened(2, message("u", "user", "Why?")))

    assert [each.message_id for each in found] == ["u"]


def test_an_input_message_is_never_an_answer() -> None:
    note = {"type": "input_message", "input_message": message("x", "assistant", "No.")}

    assert messages_of(V1, event(1, note, "message")) == ()


def test_the_text_of_a_tool_is_kept_though_it_is_no_answer() -> None:
    found = messages_of(
        V1,
        opened(1, message("t", "tool", "Searching")),
        event(2, {"p": PART, "o": "append", "v": "… done"}),
    )

    assert [(each.kind, each.text, each.first_ns) for each in found] == [
        ("", "Searching… done", None)
    ]


def test_what_is_sent_to_a_tool_has_its_times() -> None:
    found = messages_of(
        V1,
        opened(1, message("t", "assistant", recipient="web.run")),
        event(2, {"p": PART, "o": "append", "v": "{"}),
        event(3, {"v": "}"}),
    )

    assert [(each.kind, each.text, each.first_ns, each.last_ns) for each in found] == [
        ("tool", "{}", 20, 30)
    ]


@pytest.mark.parametrize("created", [True, "soon", -1, 1e300, None, []])
def test_a_time_that_is_none_is_not_known(created: Any) -> None:
    payload = {"message": message("a", "assistant", create_time=created)}
    data = json.dumps(payload)
    found = messages_of(event(1, data, "message"))

    assert [each.created_at_s for each in found] == [None]


def test_half_a_character_in_an_echo_is_replaced() -> None:
    found = messages_of(opened(1, message("u\ud83d", "user", "a\ud83d")))

    assert (found[0].message_id, found[0].text) == ("u\ufffd", "a\ufffd")


# --------------------------------------------------------------------------- handoffs


def handed_off() -> list[WireEvent]:
    return [
        V1,
        opened(1, message("a", "assistant")),
        event(2, {"p": PART, "o": "append", "v": "One"}),
        event(3, {"type": "stream_handoff", "conversation_id": "c"}, "message"),
        event(4, "[DONE]", "message"),
    ]


def test_a_stream_that_goes_on_knows_the_text_so_far_and_only_its_own_times() -> None:
    dialect = ChatGPTWeb()
    dialect.resume(handed_off()[:4], "c")
    for each in (
        event(100, {"v": " two"}),
        event(101, {"v": "."}),
        event(102, "[DONE]", "message"),
    ):
        dialect.feed(each)
    turn = dialect.turn(2, "complete")

    assert (turn.answer, turn.status) == ("One two.", "complete")
    assert turn.texts.at_ns == (1000, 1010)
    assert [(each.text, each.first_ns, each.last_ns) for each in turn.messages] == [
        ("One two.", 1000, 1010)
    ]
    assert dialect.problems() == []


def test_events_are_counted_without_pings_and_done() -> None:
    heard, handoffs = Heard(), Handoffs()
    heard.add([V1, event(1, "{}", "ping"), *handed_off()[1:]])
    handoffs.keep("c", heard)

    assert [each.data for each in handoffs.before(Resumption("c", 2))] == [
        '"v1"',
        handed_off()[1].data,
    ]
    assert len(handoffs.before(Resumption("c", 99))) == 4
    assert handoffs.before(Resumption("other", 99)) == []


def test_of_a_long_stream_nothing_is_kept() -> None:
    heard, each = Heard(), event(1, {"v": "x"})
    heard.add([each] * HEARD_LIMIT)

    assert len(heard.until(HEARD_LIMIT + 1)) == HEARD_LIMIT

    heard.add([each])

    assert heard.until(1) == []


def test_the_name_of_the_encoding_counts_once() -> None:
    """A stream that goes on tells it again; an offset counts it as little as a ping."""
    heard = Heard([V1, event(1, {"v": "a"})])
    heard.add([V1, event(2, {"v": "b"})])

    assert [each.data for each in heard.until(3)] == ['"v1"', '{"v": "a"}', '{"v": "b"}']


def test_only_the_newest_handoffs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.dialects.handoffs.HANDOFF_LIMIT", 2)
    handoffs, heard = Handoffs(), Heard([V1])
    for name in ("a", "b", "c"):
        handoffs.keep(name, heard)

    assert [len(handoffs.before(Resumption(name, 1))) for name in ("a", "b", "c")] == [0, 1, 1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"conversation_id":"c","offset":7}', Resumption("c", 7)),
        (b'{"conversation_id":"c"}', Resumption("c", 0)),
        (b'{"conversation_id":"c","offset":true}', Resumption("c", 0)),
        (b'{"conversation_id":"c","offset":-3}', Resumption("c", 0)),
        (b'{"offset":7}', None),
        (b"[]", None),
        (b"\xff", None),
        (b"", None),
        (b"[" * 5000, None),
    ],
)
def test_what_a_request_to_go_on_says(body: bytes, expected: Resumption | None) -> None:
    assert read_resumption(body) == expected
