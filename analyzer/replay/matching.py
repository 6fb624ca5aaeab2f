"""Which recorded answer a request gets: the n-th identical request gets the n-th answer. Pure.

Identical means equal at the chosen strictness; but where the capture has requests that are
equal more strictly, only these are meant (the list's second page is not its first one, though
both fold to one path). What one request gets depends on those that are identical to it, and
on no others that come in between.
"""

from dataclasses import dataclass, field
from typing import Literal

from analyzer.replay.requests import STRICTNESSES, Asked, Keys, Strictness
from analyzer.replay.script import NOT_MODIFIED, Bytes, Recorded, Script

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Asking again changes nothing (RFC 9110, section 9.2.1): their last answer still holds."""

SOCKET = "WEBSOCKET"
"""The method under which openings of a WebSocket are kept, by whatever protocol they came."""


@dataclass(frozen=True, slots=True)
class Match:
    """The answer that a request gets: the ``nth`` of ``of`` that identical requests got.

    ``again``: all were given already, and this is the last one once more. ``strictness`` is
    the strictest at which both are equal.
    """

    recorded: Recorded
    nth: int
    of: int
    strictness: Strictness
    again: bool = False


@dataclass(frozen=True, slots=True)
class Miss:
    """No answer. ``used``: identical requests that the capture has, all answered already."""

    asked: Asked
    used: tuple[Recorded, ...] = ()
    kind: Literal["unknown", "used_up"] = "unknown"


@dataclass(slots=True)
class _Group:
    """Indexes of recorded requests that are equal; all before ``first`` were answered."""

    members: list[int] = field(default_factory=list)
    first: int = 0


type _Place = tuple[Strictness, str, bytes]


class Matcher:
    """Knows what was answered already. ``loop``: after the last answer comes the first again."""

    def __init__(
        self, script: Script, contents: Bytes, strictness: Strictness = "ids", *, loop: bool = False
    ) -> None:
        self._exchanges = script.exchanges
        # Of a reduced capture neither bodies nor queries are what was sent.
        self.strictness: Strictness = strictness if script.content else "path"
        self._loop = loop
        self._keys = Keys()
        self._served = bytearray(len(script.exchanges))
        self._groups: dict[_Place, _Group] = {}
        authorities = script.authorities
        self._authorities = frozenset(authorities) if len(authorities) > 1 else frozenset()
        for index, recorded in enumerate(script.exchanges):
            self._add(index, recorded, contents)

    def see(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Learn the secrets of a live request's headers, before it is looked for."""
        self._keys.see(fields)

    def redacted(self, asked: Asked) -> Asked:
        """The request as it may be shown."""
        return self._keys.redacted(asked)

    def find(self, asked: Asked) -> Match | Miss:
        """The next answer to this request, which counts as given from now on."""
        clean = self._keys.redacted(asked)
        named = clean.authority if clean.authority in self._authorities else ""
        for strictness in self._tried():
            for body in (clean.body, None):
                variant = Asked(clean.method, "", clean.path, body)
                group = self._groups.get((strictness, named, self._keys.of(variant, strictness)))
                if group is not None:
                    return self._next(group, clean, strictness)
        return Miss(clean)

    def _tried(self) -> tuple[Strictness, ...]:
        return STRICTNESSES[: STRICTNESSES.index(self.strictness) + 1]

    def _add(self, index: int, recorded: Recorded, contents: Bytes) -> None:
        method = SOCKET if recorded.is_socket else recorded.method
        body = recorded.request_body(contents)
        clean = self._keys.redacted(Asked(method, recorded.authority, recorded.path, body))
        for strictness in self._tried():
            key = self._keys.of(clean, strictness)
            for authority in {"", clean.authority} if self._authorities else {""}:
                place = strictness, authority, key
                self._groups.setdefault(place, _Group()).members.append(index)

    def _next(self, group: _Group, asked: Asked, strictness: Strictness) -> Match | Miss:
        members = group.members
        if self._skip_served(group) and self._loop:
            for index in members:
                self._served[index] = False
            group.first = 0
        if group.first < len(members):
            nth, again = group.first, False
        elif asked.method in SAFE_METHODS:
            nth, again = len(members) - 1, True
        else:
            return Miss(asked, tuple(self._exchanges[index] for index in members), "used_up")
        if not asked.conditional:
            nth = self._whole(members, nth)
        self._served[members[nth]] = True
        return Match(self._exchanges[members[nth]], nth + 1, len(members), strictness, again)

    def _whole(self, members: list[int], nth: int) -> int:
        """The answer itself for who has no copy of it: the next one that is no 304, or the last."""
        places = (*range(nth, len(members)), *range(nth - 1, -1, -1))
        whole = (n for n in places if self._exchanges[members[n]].status != NOT_MODIFIED)
        return next(whole, nth)

    def _skip_served(self, group: _Group) -> bool:
        """Go to the first member that was not answered; whether there is none."""
        while group.first < len(group.members) and self._served[group.members[group.first]]:
            group.first += 1
        return group.first == len(group.members)
