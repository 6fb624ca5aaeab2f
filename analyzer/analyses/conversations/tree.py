"""The tree of a conversation's messages: order, depth, alternatives, the path that is current."""

from collections.abc import Iterable, Mapping

import msgspec

ROOTS = frozenset({"client-created-root", "root"})
"""Parents that hold no message: the first question stands under one of them."""


_ROOT = "/"


class Leaf(msgspec.Struct, frozen=True):
    """A message before it has a place: ``order`` sorts siblings, ``carrier`` is what brought it.

    Siblings of one carrier are no alternatives of each other: one stream may bring reasoning
    and an answer to the same question.
    """

    message_id: str
    parent_id: str
    role: str
    order: tuple[int, int]
    carrier: str


class Place(msgspec.Struct, frozen=True):
    """``branch`` of ``branches`` counts from 1; ``is_repeat``: an alternative of its own role."""

    message_id: str
    depth: int
    branch: int
    branches: int
    is_repeat: bool
    is_current: bool
    is_orphan: bool


def plant(leaves: Iterable[Leaf], roots: Iterable[str], current_id: str) -> list[Place]:
    """Every message's place, in the order of the tree: parents first, alternatives by time."""
    known = {leaf.message_id: leaf for leaf in sorted(leaves, key=lambda one: one.order)}
    bare = ROOTS | set(roots)
    children: dict[str, list[Leaf]] = {}
    siblings: dict[str, list[Leaf]] = {}
    for leaf in known.values():
        children.setdefault(leaf.parent_id, []).append(leaf)
        # A client may call the root otherwise than the service does: there is but one.
        beneath = _ROOT if leaf.parent_id in bare else leaf.parent_id
        siblings.setdefault(beneath, []).append(leaf)
    alternatives = {
        name: place for group in siblings.values() for name, place in _alternatives(group).items()
    }
    current = _path(known, current_id)
    places: list[Place] = []
    for leaf, depth in _walk(known, children):
        branch, branches, is_repeat = alternatives[leaf.message_id]
        is_lost = leaf.parent_id not in known and leaf.parent_id not in bare
        places.append(
            Place(
                leaf.message_id,
                depth,
                branch,
                branches,
                is_repeat,
                leaf.message_id in current,
                bool(leaf.parent_id) and is_lost,
            )
        )
    return places


def _alternatives(siblings: list[Leaf]) -> dict[str, tuple[int, int, bool]]:
    """Which alternative each sibling is, of how many, and whether its role was there before."""
    carriers: dict[str, int] = {}
    roles: dict[str, str] = {}
    found: dict[str, tuple[int, bool]] = {}
    for leaf in siblings:
        if leaf.role != "system" and leaf.parent_id:
            number = carriers.setdefault(leaf.carrier, len(carriers) + 1)
            is_repeat = roles.setdefault(leaf.role, leaf.carrier) != leaf.carrier
            found[leaf.message_id] = (number, is_repeat)
    alone = {leaf.message_id: (1, 1, False) for leaf in siblings}
    return alone | {name: (n, len(carriers), again) for name, (n, again) in found.items()}


def _path(known: Mapping[str, Leaf], current_id: str) -> set[str]:
    """From the current message up; a circle ends where it closes."""
    found: set[str] = set()
    while current_id in known and current_id not in found:
        found.add(current_id)
        current_id = known[current_id].parent_id
    return found


def _walk(
    known: Mapping[str, Leaf], children: Mapping[str, list[Leaf]]
) -> Iterable[tuple[Leaf, int]]:
    """Depth first. What hangs in a circle, under no beginning, comes last."""
    seen: set[str] = set()
    tops = [leaf for leaf in known.values() if leaf.parent_id not in known]
    for top in (*tops, *known.values()):
        waiting = [(top, 0)]
        while waiting:
            leaf, depth = waiting.pop()
            if leaf.message_id in seen:
                continue
            seen.add(leaf.message_id)
            yield leaf, depth
            below = children.get(leaf.message_id, ())
            waiting += [(child, depth + 1) for child in reversed(below)]
