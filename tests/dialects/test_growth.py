"""Events that are taken many at a time: the same comes of them as one by one."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.dialects import chatgpt_web
from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.model import WireEvent

PART, THOUGHT = "/message/content/parts/0", "/message/content/thoughts/0/content"


def a_message(**more: Any) -> dict[str, Any]:
    content = {"content_type": "text", "parts": ["", ""], "thoughts": [{"content": ""}]}
    return {"id": "m1", "author": {"role": "assistant"}, "content": content} | more


def opened(tree: int, **more: Any) -> str:
    root = {"message": a_message(**more), "conversation_id": "conv"}
    return json.dumps({"p": "", "o": "add", "v": root, "c": tree})


texts = st.sampled_from(
    ["a ", "", "é", "😀", "\u2028", '"\\', "\ud83d", "\ude00", "\ud83d\ude00", "x" * 90]
)
values = texts | st.sampled_from([None, 7, True, [], ["x"], {}, {"v": "in"}])
pointers = st.sampled_from(
    (
        *(PART, PART, THOUGHT, "/message/content/parts/1", "/message/content/parts/00"),
        *("/message/content/parts/-", "/message/content", "/message/status", "/message/id"),
        *("", "/nowhere", "no slash"),
    )
)
operations = st.fixed_dictionaries(
    {"v": values},
    optional={
        "p": pointers,
        "o": st.sampled_from(["append", "append", "replace", "add", "truncate", "remove", "patch"]),
        "c": st.sampled_from([0, 1, "0", 1.5]),
        "extra": st.integers(),
    },
)
openings = st.builds(
    opened,
    st.sampled_from([0, 1]),
    id=st.sampled_from(["m1", "m2"]),
    recipient=st.sampled_from(["all", "tool"]),
    channel=st.sampled_from(["final", "commentary", "unknown"]),
)
appended = st.builds(lambda text: json.dumps({"p": PART, "o": "append", "v": text}), texts)
bare = st.builds(lambda text: json.dumps({"v": text}, ensure_ascii=False), st.text(max_size=3))
payloads = st.one_of(
    appended,
    appended,
    bare,
    bare,
    st.builds(json.dumps, operations),
    openings,
    st.sampled_from(
        ["", "{", '"v1"', '"v2"', "[DONE]", '{"v": "a"}, {"v": "b"}', '{"v": "\\ud800"}']
    ),
    st.builds(lambda text: json.dumps({"message": a_message(id="w")}), texts),
)
runs = st.lists(appended | bare, max_size=5)
kinds = st.sampled_from(["delta"] * 8 + ["message", "delta_encoding", "error"])


@st.composite
def streams(draw: st.DrawFn) -> list[WireEvent]:
    """Events of which most append, most behind an opening."""
    told = [("delta", opened(0))]
    for odd, run in draw(st.lists(st.tuples(st.tuples(kinds, payloads), runs), max_size=6)):
        told += [*(("delta", data) for data in run), odd]
    return [
        WireEvent(n, 10 * n, 10 * n + 5, n // 2, kind, data, offset=100 * n)
        for n, (kind, data) in enumerate(told)
    ]


def printed(dialect: ChatGPTWeb) -> str:
    """All that a stream came to; half characters can't be compared in an assertion's message."""
    return ascii((dialect.turn(7, "complete"), dialect.problems(), dialect.handed_off()))


@settings(max_examples=100)
@given(streams(), st.lists(st.integers(0, 30), max_size=4), st.booleans())
def test_events_at_a_time_bring_what_they_bring_one_by_one(
    events: list[WireEvent], cuts: list[int], is_replay: bool
) -> None:
    one_by_one, at_a_time = ChatGPTWeb(), ChatGPTWeb()
    bounds = [0, *sorted(cuts), len(events)]
    for begin, end in pairwise(bounds):
        batch = events[begin:end]
        singly = [delta for event in batch for delta in one_by_one.feed(event)]

        assert ascii(at_a_time.feed_all(batch)) == ascii(singly)
        assert printed(at_a_time) == printed(one_by_one)

        if is_replay and batch:
            one_by_one.replay(batch[-1])
            at_a_time.replay(batch[-1])


def test_nothing_is_read_beyond_the_limit_of_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatgpt_web, "SIZE_LIMIT", len(opened(0)) + 24)
    data = [opened(0), json.dumps({"p": PART, "o": "append", "v": ""}), *['{"v": "abc"}'] * 4]
    events = [WireEvent(n, n, n, n, "delta", each) for n, each in enumerate(data)]
    one_by_one, at_a_time = ChatGPTWeb(), ChatGPTWeb()
    singly = [delta for event in events for delta in one_by_one.feed(event)]

    assert at_a_time.feed_all(events) == singly
    assert at_a_time.problems() == one_by_one.problems()
    assert [problem.code for problem in at_a_time.problems()] == ["turn_too_large"]


def test_a_long_run_is_one_text() -> None:
    data = [opened(0), *[json.dumps({"p": PART, "o": "append", "v": "é "})] * 500]
    events = [WireEvent(n, n, n, n, "delta", each) for n, each in enumerate(data)]
    dialect = ChatGPTWeb()
    deltas = dialect.feed_all(events)
    turn = dialect.turn(7, "complete")

    assert len(deltas) == 500
    assert turn.answer == "é " * 500
    assert turn.texts.octets == (3,) * 500
    assert turn.messages[0].first_ns == 1
    assert turn.messages[0].last_ns == 500
