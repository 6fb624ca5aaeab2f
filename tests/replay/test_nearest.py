"""What is said about a request that has no answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replaying import answered, script_of

from analyzer.model import AnyRecord
from analyzer.replay.matching import Matcher, Miss
from analyzer.replay.nearest import SHOWN, Nearest, difference
from analyzer.replay.requests import Asked


def nearest(asked: Asked, *exchanges: list[AnyRecord]) -> list[tuple[int, int, str]]:
    """The candidates' exchanges, how often each is there, and why it is none."""
    script, contents = script_of(*exchanges)
    found = Matcher(script, contents).find(asked)
    assert isinstance(found, Miss)
    return [(c.recorded.number, c.times, c.why) for c in Nearest(script, contents).of(found)]


def test_the_same_path_comes_first_then_another_method_then_alike_paths() -> None:
    ranked = nearest(
        Asked("POST", "", "/v1/chat", b'{"b":1}'),
        answered(1, "/v1/chats"),
        answered(2, "/v1/chat"),
        answered(3, "/v1/chat", method="POST", body=b'{"a":1}'),
        answered(4, "/quite/different"),
        answered(5, "/v1/chats"),
    )

    assert ranked == [
        (3, 1, "another body, which differs at /a"),
        (2, 1, "another method"),
        (1, 2, "another path"),
    ]


def test_another_query_is_named_as_such() -> None:
    assert nearest(Asked("GET", "", "/list?offset=28"), answered(1, "/list?offset=0")) == [
        (1, 1, "another query")
    ]


def test_no_more_than_a_few_are_shown_of_thousands() -> None:
    many = [answered(n, f"/items/kind-{n}/list") for n in range(1, 2_000)]

    assert len(nearest(Asked("GET", "", "/items/kind-x/lists"), *many)) == SHOWN


@pytest.mark.parametrize(
    ("recorded", "asked", "where"),
    [
        (b'{"a":{"b":[1,2]}}', b'{"a":{"b":[1,3]}}', "at /a/b/1"),
        (b'{"a":1}', b'{"a":1,"c":2}', "at /c"),
        (b"[1]", b"[1,2]", "at /"),
        (b"abc", b"abd", "at byte 2"),
        (b"abc", b"abcd", "at byte 3"),
    ],
)
def test_a_difference_is_placed(recorded: bytes, asked: bytes, where: str) -> None:
    assert difference(recorded, asked) == where


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/", max_size=2), inner),
    max_leaves=8,
)


@given(values, values)
def test_any_two_bodies_can_be_compared(one: object, other: object) -> None:
    assert difference(json.dumps(one).encode(), json.dumps(other).encode()).startswith(("at", "in"))
