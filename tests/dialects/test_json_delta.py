"""Delta encoding v1, operation by operation, and against plain JSON trees."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.dialects import json_delta
from analyzer.dialects.json_delta import Change, Fault, Operation, Rope, Trees


def plain(node: Any) -> Any:
    """The tree as JSON would give it."""
    match node:
        case Rope():
            return str(node)
        case list():
            return [plain(each) for each in node]
        case dict():
            return {key: plain(value) for key, value in node.items()}
    return node


def apply(*operations: dict[str, Any]) -> tuple[Trees, list[Change | Fault]]:
    """What stands on the wire, one object an event."""
    trees = Trees()
    results: list[Change | Fault] = []
    for operation in operations:
        results += trees.apply(msgspec.json.decode(json.dumps(operation), type=Operation))
    return trees, results


def tree_after(root: Any, *operations: dict[str, Any]) -> Any:
    trees, results = apply({"p": "", "o": "add", "v": root, "c": 0}, *operations)
    assert not [result for result in results if isinstance(result, Fault)]
    return plain(trees.root(0))


def codes(root: Any, *operations: dict[str, Any]) -> list[str]:
    _, results = apply({"p": "", "o": "add", "v": root, "c": 0}, *operations)
    return [result.code for result in results if isinstance(result, Fault)]


@pytest.mark.parametrize(
    ("root", "operation", "expected"),
    [
        ({"a": 1}, {"p": "/b", "o": "add", "v": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"p": "/a", "o": "add", "v": 2}, {"a": 2}),
        ({"a": [1, 3]}, {"p": "/a/1", "o": "add", "v": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"p": "/a/1", "o": "add", "v": 2}, {"a": [1, 2]}),
        ({"a": [1]}, {"p": "/a/-", "o": "add", "v": 2}, {"a": [1, 2]}),
        ({"a": 1}, {"p": "/a", "o": "replace", "v": {"b": None}}, {"a": {"b": None}}),
        ({"a": [1, 2]}, {"p": "/a/0", "o": "replace", "v": 9}, {"a": [9, 2]}),
        ({"a": 1, "b": 2}, {"p": "/a", "o": "remove"}, {"b": 2}),
        ({"a": [1, 2]}, {"p": "/a/0", "o": "remove"}, {"a": [2]}),
        ({"a": "x"}, {"p": "/a", "o": "append", "v": "y"}, {"a": "xy"}),
        ({"a": [1]}, {"p": "/a", "o": "append", "v": [2, 3]}, {"a": [1, 2, 3]}),
        ({"a": {"b": 1}}, {"p": "/a", "o": "append", "v": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": {"b": 1}}, {"p": "/a", "o": "append", "v": {"b": 2}}, {"a": {"b": 2}}),
        ({"a": 1}, {"p": "", "o": "append", "v": {"b": 2}}, {"a": 1, "b": 2}),
        ({"a": "xyz"}, {"p": "/a", "o": "truncate", "v": 1}, {"a": "x"}),
        ({"a": "😀yz"}, {"p": "/a", "o": "truncate", "v": 2}, {"a": "😀y"}),
        ({"a": "x"}, {"p": "/a", "o": "truncate", "v": 5}, {"a": "x"}),
        ({"a": [1, 2, 3]}, {"p": "/a", "o": "truncate", "v": 2}, {"a": [1, 2]}),
        ({"a": 1}, {"p": "", "o": "replace", "v": [1]}, [1]),
        ({"a": 1}, {"p": "", "o": "add", "v": "root"}, "root"),
        ({"a/b": 1, "m~n": 2}, {"p": "/a~1b", "o": "replace", "v": 3}, {"a/b": 3, "m~n": 2}),
        ({"a/b": 1, "m~n": 2}, {"p": "/m~0n", "o": "remove"}, {"a/b": 1}),
        ({"~1": 1}, {"p": "/~01", "o": "replace", "v": 2}, {"~1": 2}),
        ({"": {"": 1}}, {"p": "//", "o": "replace", "v": 2}, {"": {"": 2}}),
        ({"a": {"0": "x"}}, {"p": "/a/0", "o": "replace", "v": "y"}, {"a": {"0": "y"}}),
        ({"a": "x"}, {"p": "/a", "o": "add", "v": None}, {"a": None}),
    ],
)  # fmt: skip
def test_an_operation_changes_the_tree(root: Any, operation: dict[str, Any], expected: Any) -> None:
    assert tree_after(root, operation) == expected


def test_what_an_operation_leaves_out_is_that_of_the_one_before() -> None:
    trees, _ = apply(
        {"p": "", "o": "add", "v": {"a": ""}, "c": 0},
        {"v": {"b": ""}, "c": 1},
        {"p": "/b", "o": "append", "v": "1"},
        {"v": "2"},
        {"c": 0, "p": "/a", "v": "3"},
        {"o": "replace", "v": "4"},
        {"v": "5"},
    )

    assert plain(trees.root(0)) == {"a": "5"}
    assert plain(trees.root(1)) == {"b": "12"}


def test_a_value_is_never_carried_over() -> None:
    assert codes({"a": "x"}, {"p": "/a", "o": "append", "v": "y"}, {}) == ["bad_operation"]


def test_a_patch_does_its_operations_and_neither_takes_nor_changes_the_carry() -> None:
    root = {"text": "a", "status": "running", "more": {}}
    patch = [
        {"p": "/text", "o": "append", "v": "b"},
        {"p": "/status", "o": "replace", "v": "done"},
        {"p": "/more", "o": "append", "v": {"x": 1}},
    ]
    tree = tree_after(
        root,
        {"p": "/text", "o": "append", "v": "-"},
        {"p": "", "o": "patch", "v": patch},
        {"v": [{"p": "/status", "o": "append", "v": "!"}]},
        {"p": "/text", "o": "append", "v": "c"},
        {"v": "d"},
    )

    assert tree == {"text": "a-bcd", "status": "done!", "more": {"x": 1}}


def test_paths_inside_a_patch_begin_at_its_own() -> None:
    patch = [{"p": "/b", "o": "add", "v": 2}, {"p": "", "o": "append", "v": {"c": 3}}]

    assert tree_after({"a": {"b": 1}}, {"p": "/a", "o": "patch", "v": patch}) == {
        "a": {"b": 2, "c": 3}
    }


def test_a_bad_operation_inside_a_patch_costs_itself_alone() -> None:
    patch = [
        {"p": "/gone", "o": "remove"},
        {"v": 1},
        7,
        {"p": "/a", "o": "add", "v": 1},
    ]
    trees, results = apply({"v": {}}, {"p": "", "o": "patch", "v": patch})

    assert [type(result) for result in results] == [Change, Fault, Fault, Fault, Change]
    assert plain(trees.root(0)) == {"a": 1}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ({"p": "/a", "o": "frobnicate", "v": 1}, "unknown_operation"),
        ({"p": "/a", "o": "", "v": 1}, "unknown_operation"),
        ({"p": "/gone", "o": "replace", "v": 1}, "bad_path"),
        ({"p": "/gone", "o": "remove"}, "bad_path"),
        ({"p": "/gone", "o": "append", "v": "x"}, "bad_path"),
        ({"p": "/gone", "o": "truncate", "v": 1}, "bad_path"),
        ({"p": "/gone/deeper", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/s/deeper", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/n/deeper", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/l/3", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/l/2", "o": "replace", "v": 1}, "bad_path"),
        ({"p": "/l/-", "o": "remove"}, "bad_path"),
        ({"p": "/l/-1", "o": "replace", "v": 1}, "bad_path"),
        ({"p": "/l/x", "o": "replace", "v": 1}, "bad_path"),
        ({"p": "/l/²", "o": "replace", "v": 1}, "bad_path"),
        ({"p": "/l/99999999999999999999", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/l/" + "9" * 5000, "o": "add", "v": 1}, "bad_path"),
        ({"p": "s", "o": "add", "v": 1}, "bad_path"),
        ({"p": "/s" * (json_delta.DEPTH_LIMIT + 1), "o": "add", "v": 1}, "bad_path"),
        ({"p": "/s", "o": "append", "v": 1}, "bad_value"),
        ({"p": "/s", "o": "append", "v": ["x"]}, "bad_value"),
        ({"p": "/l", "o": "append", "v": "x"}, "bad_value"),
        ({"p": "/d", "o": "append", "v": [1]}, "bad_value"),
        ({"p": "/n", "o": "append", "v": "x"}, "bad_value"),
        ({"p": "/s", "o": "truncate", "v": "1"}, "bad_value"),
        ({"p": "/s", "o": "truncate", "v": -1}, "bad_value"),
        ({"p": "/s", "o": "truncate", "v": True}, "bad_value"),
        ({"p": "/n", "o": "truncate", "v": 1}, "bad_value"),
        ({"p": "/s", "o": "add"}, "bad_operation"),
        ({"p": "", "o": "patch", "v": {"p": "/s"}}, "bad_operation"),
        ({"p": "", "o": "patch"}, "bad_operation"),
    ],
)
def test_an_operation_that_cannot_be_done_is_a_fault_and_changes_nothing(
    operation: dict[str, Any], code: str
) -> None:
    root = {"s": "text", "l": [1, 2], "d": {}, "n": 5}
    trees, (_, result) = apply({"p": "", "o": "add", "v": root, "c": 0}, operation)

    assert isinstance(result, Fault)
    assert result.code == code
    assert len(result.detail) < 200
    assert plain(trees.root(0)) == root


def test_after_an_unreadable_path_nothing_is_done_until_one_is_told() -> None:
    """Going on at the path before would put words where they do not belong."""
    root = {"a": "", "b": ""}
    operations = (
        {"p": "/a", "o": "append", "v": "1"},
        {"p": "b", "v": "2"},
        {"v": "3"},
        {"p": "/b", "v": "4"},
    )
    trees, results = apply({"v": root}, *operations)

    assert [type(result) for result in results] == [Change, Change, Fault, Fault, Change]
    assert plain(trees.root(0)) == {"a": "1", "b": "4"}


def test_patches_nest_up_to_the_limit() -> None:
    def nested(depth: int) -> dict[str, Any]:
        value: list[Any] = [{"p": "/a", "o": "add", "v": 1}]
        for _ in range(depth - 1):
            value = [{"p": "", "o": "patch", "v": value}]
        return {"p": "", "o": "patch", "v": value}

    assert tree_after({}, nested(json_delta.PATCH_LIMIT)) == {"a": 1}
    assert codes({}, nested(json_delta.PATCH_LIMIT + 1)) == ["bad_operation"]


def test_channels_are_limited() -> None:
    operations = [{"v": {}, "c": number} for number in range(json_delta.CHANNEL_LIMIT + 1)]
    _, results = apply(*operations)

    assert [isinstance(result, Fault) for result in results].index(True) == json_delta.CHANNEL_LIMIT


def test_growth_is_told_as_text() -> None:
    patch = [{"p": "/a", "o": "append", "v": "3"}, {"p": "/l", "o": "append", "v": ["4"]}]
    _, results = apply(
        {"v": {"a": "", "l": []}},
        {"p": "/a", "o": "append", "v": "1"},
        {"v": "2"},
        {"p": "", "o": "patch", "v": patch},
    )

    assert results == [
        Change(0, ()),
        Change(0, ("a",), "1"),
        Change(0, ("a",), "2"),
        Change(0, ("a",), "3"),
        Change(0, ("l",)),
    ]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 12), st.text("ab", max_size=3))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab01"), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "~1", "x/y"]), max_size=3).map(
    lambda segments: "".join(f"/{segment}" for segment in segments)
)
NAMES = st.sampled_from(["add", "remove", "replace", "append", "patch", "truncate", "move"])
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "p": st.one_of(PATHS, st.just("no slash")),
        "o": NAMES,
        "v": st.one_of(
            TREES,
            st.lists(
                st.fixed_dictionaries({"p": PATHS, "o": NAMES}, optional={"v": TREES}), max_size=3
            ),
        ),
        "c": st.integers(0, 2),
    },
)


@settings(deadline=None)
@given(st.lists(OPERATIONS, max_size=20))
def test_no_operations_raise_and_the_trees_stay_json(operations: list[dict[str, Any]]) -> None:
    trees, results = apply({"v": {"a": "", "b": [""]}, "c": 0}, *operations)

    assert results
    for channel in range(3):
        json.dumps(plain(trees.root(channel)))


@settings(deadline=None)
@given(st.lists(st.text("ab😀", max_size=4), max_size=30))
def test_a_text_is_the_sum_of_its_pieces(pieces: list[str]) -> None:
    first = [{"p": "/a", "o": "append", "v": piece} for piece in pieces[:1]]
    tree = tree_after({"a": ""}, *first, *({"v": piece} for piece in pieces[1:]))

    assert tree == {"a": "".join(pieces)}
