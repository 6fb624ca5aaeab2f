import copy

import pytest

from analyzer.lab.moves import Json, Op
from analyzer.lab.tree import apply_op

BEFORE: dict[str, Json] = {"text": "ab", "list": [1], "a/b": {"k": 1}}


@pytest.mark.parametrize(
    ("op", "change"),
    [
        (Op("append", "/m/text", "cd"), {"text": "abcd"}),
        (Op("append", "/m/list", [2, 3]), {"list": [1, 2, 3]}),
        (Op("append", "/m/a~1b", {"l": 2}), {"a/b": {"k": 1, "l": 2}}),
        (Op("truncate", "/m/text", 1), {"text": "a"}),
        (Op("replace", "/m/list/0", 9), {"list": [9]}),
        (Op("add", "/m/new", None), {"new": None}),
    ],
    ids=lambda value: value.name if isinstance(value, Op) else "",
)
def test_an_operation_changes_its_place_alone(op: Op, change: dict[str, Json]) -> None:
    tree = {"m": copy.deepcopy(BEFORE)}

    apply_op(tree, op)

    assert tree == {"m": BEFORE | change}


def test_a_removal_leaves_the_rest() -> None:
    tree = {"m": copy.deepcopy(BEFORE)}

    apply_op(tree, Op("remove", "/m/a~1b"))

    assert tree == {"m": {"text": "ab", "list": [1]}}


def test_the_tree_does_not_share_the_operations_value() -> None:
    value = {"k": [1]}
    tree: dict[str, Json] = {"m": {}}

    apply_op(tree, Op("add", "/m", value))
    apply_op(tree, Op("append", "/m/k", [2]))

    assert value == {"k": [1]}
