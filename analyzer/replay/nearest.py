"""Why a request has no answer, in words: the recorded requests that come nearest. Pure."""

import difflib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from analyzer.replay.matching import SOCKET, Miss
from analyzer.replay.requests import FOLDED_LIMIT, Asked, fold_body, fold_target
from analyzer.replay.script import Bytes, Recorded, Script

SHOWN = 5
"""Most candidates that are named."""

COMPARED = 20
"""Candidates whose spelling is compared; they are the best by their paths' segments."""

ALIKE = 0.6
"""Share of its characters that a path has in common with another one to be called near."""

ANOTHER_PATH, ANOTHER_METHOD = "another path", "another method"
ELSEWHERE = frozenset({ANOTHER_PATH, ANOTHER_METHOD})
"""Differences of a candidate that is to be named by its method and path, as the asked one's
are other ones."""

_PATH_LIMIT = 200
_DIFFERENCES_LIMIT = 10_000
"""Values of two bodies that are compared before it is enough to say that they differ."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recorded request, ``times`` in the capture, and how the asked one differs from it."""

    recorded: Recorded
    times: int
    why: str


@dataclass(slots=True)
class _Kind:
    """Recorded requests of one method and path; the first of them."""

    recorded: Recorded
    segments: frozenset[str]
    folded: str
    times: int = 0


class Nearest:
    """Ranks the recorded requests by their nearness to one that has no answer."""

    def __init__(self, script: Script, contents: Bytes) -> None:
        self._contents = contents
        kinds: dict[tuple[str, str], _Kind] = {}
        for one in script.exchanges:
            name = _method(one), one.path.partition("?")[0]
            if name not in kinds:
                kinds[name] = _Kind(one, _segments(one.path), _folded(one.path))
            kinds[name].times += 1
        self._kinds = list(kinds.values())

    def of(self, miss: Miss) -> list[Candidate]:
        asked = miss.asked
        segments = _segments(asked.path)
        best = heapq.nlargest(COMPARED, self._kinds, lambda kind: _shared(kind, segments))
        folded = _folded(asked.path)
        ranks = ((_rank(kind, folded, asked.method), kind) for kind in best)
        ranked = sorted(ranks, key=_first, reverse=True)
        return [
            Candidate(kind.recorded, kind.times, self._difference(kind, asked))
            for rank, kind in ranked[:SHOWN]
            if rank.likeness >= ALIKE
        ]

    def _difference(self, kind: _Kind, asked: Asked) -> str:
        recorded = kind.recorded
        if kind.folded != _folded(asked.path):
            return ANOTHER_PATH
        if _method(recorded) != asked.method:
            return ANOTHER_METHOD
        if fold_target(recorded.path) != fold_target(asked.path):
            return "another query"
        body = recorded.request_body(self._contents)
        if body is None or fold_body(body) == fold_body(asked.body):
            return "another origin"
        where = difference(body, asked.body or b"")
        return f"another body, which differs {where}"


def difference(recorded: bytes, asked: bytes) -> str:
    """Where two bodies differ first: at a member, or at a byte."""
    if max(len(recorded), len(asked)) <= FOLDED_LIMIT:
        try:
            one = msgspec.json.decode(fold_body(recorded) or b"")
            other = msgspec.json.decode(fold_body(asked) or b"")
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
        else:
            found = next(_pointers(one, other), None)
            return f"at {found or '/'}" if found is not None else "in the order of its members"
    at = next((n for n, (a, b) in enumerate(zip(recorded, asked, strict=False)) if a != b), None)
    return f"at byte {min(len(recorded), len(asked)) if at is None else at}"


def _pointers(one: object, other: object) -> Iterator[str]:
    """JSON Pointers of what differs, the first one first; no deeper than a body is folded."""
    waiting = [("", one, other)]
    for _ in range(_DIFFERENCES_LIMIT):
        if not waiting:
            return
        at, one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            names = [*one, *(name for name in other if name not in one)]
            if missing := [name for name in names if name not in one or name not in other]:
                yield f"{at}/{_escape(missing[0])}"
                return
            waiting += [
                (f"{at}/{_escape(name)}", one[name], other[name]) for name in reversed(names)
            ]
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs = list(enumerate(zip(one, other, strict=True)))
            waiting += [(f"{at}/{number}", a, b) for number, (a, b) in reversed(pairs)]
        elif one != other:
            yield at
            return


def _escape(name: str) -> str:
    """A member's name as RFC 6901 has it in a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _method(recorded: Recorded) -> str:
    return SOCKET if recorded.is_socket else recorded.method


def _folded(path: str) -> str:
    return fold_target(path.partition("?")[0])


def _segments(path: str) -> frozenset[str]:
    return frozenset(path.partition("?")[0][:_PATH_LIMIT].split("/"))


def _shared(kind: _Kind, segments: frozenset[str]) -> int:
    """Segments in common, less those that are not; cheap, as there may be thousands."""
    return 3 * len(kind.segments & segments) - len(kind.segments)


class _Rank(NamedTuple):
    same_path: bool
    likeness: float
    same_method: bool


def _rank(kind: _Kind, folded: str, method: str) -> _Rank:
    """Same path with another query or body, then with another method, then alike ones."""
    own, other = kind.folded[:_PATH_LIMIT], folded[:_PATH_LIMIT]
    likeness = difflib.SequenceMatcher(None, own, other, autojunk=False).ratio()
    return _Rank(own == other, likeness, _method(kind.recorded) == method)


def _first(ranked: tuple[_Rank, _Kind]) -> _Rank:
    return ranked[0]
