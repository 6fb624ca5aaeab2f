"""The operations of delta encoding v1, applied to a JSON tree.

The lab's own: the cumulative form needs the whole message after each change,
and the tests compare it with what other code makes of the deltas.
"""

import copy

from analyzer.lab.moves import Json, Op


def _segments(path: str) -> list[str]:
    """JSON Pointer, RFC 6901: ``~1`` is ``/`` and ``~0`` is ``~``."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def apply_op(tree: dict[str, Json], op: Op) -> None:
    """Change the tree in place. The path must exist; an added or removed last segment may not."""
    *way, last = _segments(op.path)
    node: Json = tree
    for segment in way:
        node = node[int(segment)] if isinstance(node, list) else node[segment]
    key = int(last) if isinstance(node, list) else last
    value = copy.deepcopy(op.value)
    match op.name:
        case "add" | "replace":
            node[key] = value
        case "remove":
            del node[key]
        case "truncate":
            node[key] = node[key][:value]
        case "append":
            node[key] = node[key] | value if isinstance(value, dict) else node[key] + value
