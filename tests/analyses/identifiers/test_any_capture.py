"""Whatever passes, the question answers; and unrelated exchanges don't change each other."""

import json
from typing import Any

import msgspec
import pytest
from asked import HEAD
from hypothesis import given, settings
from hypothesis import strategies as st
from identified import a_call, a_stream, conversation_id, identify, ulid, uuid4, uuid7

from analyzer.analyses.identifiers import IdentifiersFound, finding
from analyzer.analyses.identifiers.finding import in_json, may_hold, may_hold_bytes, settled
from analyzer.model import AnyRecord, WebSocketMessage

IDS = st.sampled_from(
    [
        *(uuid4(n) for n in (1, 2, 3)),
        *(uuid7(n) for n in (1, 2, -(10**9))),
        *(ulid(n, n) for n in (1, 1_000)),
        *(conversation_id(n) for n in (0, 1, 2**20)),
        *("1784872208758-0", "507f1f77bcf86cd799439011", "chatcmpl-ABfw2KKFuVXmEJgVwYfBvejMAdWtq"),
        *("0ujtsYcgvSTl8PAuAdqWYSMnLOv", "175928847299117063", "cred:0123456789abcdef"),
    ]
)
NAMES = st.sampled_from(
    ["id", "_id", "message_id", "conversationId", "created_at", "p", "v", "items", "content"]
)
SCALARS = IDS | st.text(max_size=30) | st.integers() | st.floats() | st.booleans() | st.none()
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | IDS | st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=20,
)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["x-request-id", "ETag", "cf-ray", "x"]), IDS | st.text(max_size=40)),
    max_size=4,
).map(tuple)
PATHS = st.lists(IDS | st.text(max_size=12), max_size=5).map(lambda parts: "/" + "/".join(parts))
BODIES = JSON | st.binary(max_size=60)


def plainly(found: IdentifiersFound) -> bytes:
    return msgspec.json.encode(found)


@settings(deadline=None, max_examples=150)
@given(PATHS, HEADERS, BODIES, BODIES, st.lists(JSON | st.text(max_size=40), max_size=6))
def test_any_capture_is_answered(
    path: str, headers: Any, asked: Any, answered: Any, payloads: list[Any]
) -> None:
    frame = json.dumps(payloads).encode()
    found = identify(
        a_call(1, 0, path, asked=asked, answered=answered, headers=headers),
        a_stream(2, 50, *payloads),
        [WebSocketMessage(2, 10**9, True, True, frame, len(frame))],
        a_call(3, 100, path, asked=answered, answered=asked, response_headers=headers),
    )

    assert sum(one.is_first for one in found.identifiers) == len(
        {one.value for one in found.identifiers}
    )
    assert sum(one.n for one in found.identifier_order) == len(found.identifiers)
    assert plainly(found)


SHAPES = st.recursive(
    IDS | st.sampled_from(["word", " 2025", "{", 7]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "turn_id", "item", "v"]) | IDS, inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(SHAPES, max_size=8))
def test_payloads_that_are_not_parsed_again_would_have_brought_nothing(shapes: list[Any]) -> None:
    payloads = [json.dumps(shape) for shape in shapes]
    alone = {(one.field, one.value) for text in payloads for one in in_json(text) or []}
    found = identify(a_stream(1, 0, *payloads))

    assert {(one.field, one.value) for one in found.identifiers} == alone


@given(JSON)
def test_what_holds_an_identifier_is_worth_parsing(document: Any) -> None:
    text = json.dumps(document)

    assert may_hold(text) or not in_json(text)
    assert may_hold_bytes(text.encode()) or not in_json(text)


ROWS = st.lists(NAMES, min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, SCALARS)), max_size=6)
)


@settings(deadline=None)
@given(ROWS)
def test_rows_by_columns_are_the_rows_one_by_one(rows: list[Any]) -> None:
    text = json.dumps({"items": rows})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "ROWS_LEAST", 1_000)
        one_by_one = in_json(text)

    assert in_json(text) == one_by_one


def test_json_nested_without_end_is_left_alone() -> None:
    deep = b'{"id":"' + uuid4(1).encode() + b'","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert identify(a_call(1, answered=deep)).identifiers == ()


@settings(deadline=None, max_examples=60)
@given(st.lists(JSON, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_exchanges_end_changes_nothing(answers: list[Any], random: Any) -> None:
    """Each keeps its times; only the order of the records in the file is another."""
    groups: list[list[AnyRecord]] = [
        a_call(n, 10 * n, f"/c/{uuid7(n)}", answered=answer) for n, answer in enumerate(answers, 1)
    ]
    before = identify(*groups)
    random.shuffle(groups)

    assert plainly(identify(*groups)) == plainly(before)


def test_exchanges_without_identifiers_change_nothing() -> None:
    calls = [a_call(n, n, f"/c/{uuid7(n)}") for n in range(1, 9)]
    others = [a_call(n, n, "/static/app.js", answered={"ok": True}) for n in range(20, 29)]

    assert identify(*calls, *others, head=HEAD) == identify(*calls, head=HEAD)


_ENDS = st.text(alphabet='019azA-_:.~+= {}[],"\\/', max_size=40)


@given(_ENDS, _ENDS, _ENDS)
def test_what_begins_as_a_text_without_any_holds_one_behind_that_or_none(
    begun: str, end: str, other: str
) -> None:
    empty = settled(begun + end)
    again = empty + other

    if not may_hold(begun + end):
        assert bool(may_hold(again)) == bool(may_hold(again, len(empty)))


def test_a_text_is_settled_as_far_as_its_last_string_begins() -> None:
    assert settled('{"p": "/parts/0", "v": "day "}') == '{"p": "/parts/0", "v": "'
    assert settled("[1]") == ""
