"""Whatever passes, conversations come of it or not, but never a crash, and rows that fit."""

import json
import random
from typing import Any

from asked import ask
from chatting import ASK, call, event, stream
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.analyses.conversations import ConversationsFound, ConversationsQuestion
from analyzer.analyses.conversations.comparing import first_difference
from analyzer.analyses.conversations.tree import Leaf, plant
from analyzer.model import AnyRecord, RequestHead

NAMES = st.sampled_from(["a", "b", "c", "root", "client-created-root", "", "\ud800", "x" * 400])
WORDS = [
    *("id", "author", "role", "content", "parts", "thoughts", "text", "metadata", "parent_id"),
    *("message", "messages", "mapping", "current_node", "conversation_id", "parent_message_id"),
    *("action", "offset", "title", "items", "rating", "tags", "model", "status", "create_time"),
    *("type", "input_message", "p", "o", "v", "c"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | NAMES, inner, max_size=6)
    ),
    max_leaves=8,
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """Something that looks like a message, its fields right or wrong."""
    good = {
        "id": draw(NAMES),
        "author": {"role": draw(st.sampled_from(["user", "assistant", "tool", "system"]))},
        "content": {"parts": [draw(st.text(max_size=5))]},
        "metadata": {"parent_id": draw(NAMES)},
        "create_time": draw(st.floats() | st.integers()),
    }
    return good | draw(st.dictionaries(st.sampled_from(list(good)), JSON, max_size=2))


@st.composite
def exchanges(draw: st.DrawFn) -> list[AnyRecord]:
    number, at_ms = draw(st.integers(0, 5)), draw(st.floats(0, 1e6))
    kind = draw(st.sampled_from(["ask", "resume", "detail", "pages", "list", "post"]))
    several = draw(st.lists(messages(), max_size=4))
    noise = draw(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=5))
    named = {"conversation_id": draw(NAMES), "parent_message_id": draw(NAMES), "messages": several}
    status = draw(st.sampled_from([200, 401, 500]))
    if kind in ("ask", "resume"):
        told = [event({"message": each, "conversation_id": draw(NAMES)}) for each in several]
        told.append(event(json.dumps(draw(JSON))))
        told.append(event(draw(st.text(max_size=8))))
        told.append(event({"p": "", "o": "add", "v": draw(JSON)}, "delta"))
        path = ASK if kind == "ask" else f"{ASK}/resume"
        reads = [(60.0 + index, data) for index, data in enumerate(told)]
        return stream(number, at_ms, named | noise, reads, path)
    if kind == "post":
        end = draw(st.sampled_from(["message_feedback", "gen_title/a", "resume", "", "x"]))
        return call(number, at_ms, "POST", f"{ASK}/{end}", named | noise, draw(JSON), status)
    if kind == "detail":
        nodes = {draw(NAMES): {"parent": draw(NAMES | JSON), "message": each} for each in several}
        body: dict[str, Any] = {"mapping": nodes, "current_node": draw(NAMES)}
        return call(number, at_ms, "GET", "/backend-api/conversation/a", None, body | noise, status)
    path = "/backend-api/conversations" + ("/a" if kind == "pages" else "?offset=0")
    items = {"messages": several, "items": [{"id": draw(NAMES), "title": draw(NAMES)}]}
    return call(number, at_ms, "GET", path, None, items | noise, status)


def head_of(group: list[AnyRecord]) -> RequestHead:
    head = group[0]
    assert isinstance(head, RequestHead)
    return head


@settings(max_examples=60, deadline=None)
@given(st.lists(exchanges(), max_size=6))
def test_nothing_that_passes_crashes_it(groups: list[list[AnyRecord]]) -> None:
    found = ask(ConversationsQuestion, [record for group in groups for record in group])

    check(found, {head_of(group).exchange for group in groups})


def check(found: ConversationsFound, exchanges: set[int]) -> None:
    """What the database insists on."""
    names = [row.conversation_id for row in found.conversations]
    keys = [(row.conversation_id, row.message_id) for row in found.messages]

    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)
    assert [row.message for row in found.messages] == list(range(len(found.messages)))
    assert {row.conversation_id for row in found.messages} <= set(names)
    for table in (found.messages, found.conversation_titles, found.message_feedback):
        assert {row.exchange for row in table} <= exchanges | {None}
        assert {row.conversation_id for row in table} <= set(names)
    for row in found.messages:
        assert 1 <= row.branch <= row.branches
        (row.text + row.message_id + row.parent_id + row.model + row.status).encode()
    json.dumps([row.title for row in found.conversations]).encode()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(exchanges(), max_size=5, unique_by=lambda group: head_of(group).exchange), st.randoms()
)
def test_exchanges_may_end_in_any_order(groups: list[list[AnyRecord]], dice: random.Random) -> None:
    """Only times count. What a stream hands off is asked for after it has begun."""
    kept = [group for group in groups if not head_of(group).path.endswith("/resume")]
    before = ask(ConversationsQuestion, [record for group in kept for record in group])
    dice.shuffle(kept)
    after = ask(ConversationsQuestion, [record for group in kept for record in group])

    assert after == before


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_difference_is_where_the_common_beginning_ends(one: str, other: str) -> None:
    at = first_difference(one, other, is_whole=True)

    if at is None:
        assert one == other
    else:
        assert one[:at] == other[:at]
        assert one[at : at + 1] != other[at : at + 1]


def test_a_fingerprint_in_one_of_two_texts_is_no_difference() -> None:
    """A secret over several events is not found in the stream, but is in the detail."""
    streamed = "Use sk-abcdefghijklmnopqr now"
    detailed = "Use cred:0123456789abcdef now"

    assert first_difference(streamed, detailed, is_whole=True) is None
    assert first_difference(streamed, "Use it", is_whole=True) == 4


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=12))
def test_every_message_has_one_place(pairs: list[tuple[int, int]]) -> None:
    leaves = [
        Leaf(str(name), str(parent), "user", (0, order), str(order))
        for order, (name, parent) in enumerate(pairs)
    ]
    places = plant(leaves, ["11"], "3")

    assert sorted(place.message_id for place in places) == sorted({str(name) for name, _ in pairs})
