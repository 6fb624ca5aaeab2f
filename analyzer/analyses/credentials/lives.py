"""The life of one credential, and which ones are one user's."""

from typing import NamedTuple

import msgspec

from analyzer.analyses.credentials.clock import WallClock
from analyzer.analyses.credentials.rows import KnownBy

LOGINS = frozenset({"bearer", "session", "resume", "api_key"})
"""Kinds that let someone in: their lives are told as events, of others there are rows."""


class Met(NamedTuple):
    """Where a credential was met: the smallest one is the first."""

    at_ns: int
    exchange: int
    place: str
    authority: str = ""


class Expiry(NamedTuple):
    """``met_ns`` is when it was said; the latest word counts."""

    met_ns: int
    at_s: float
    known_by: KnownBy


_NEVER = Met(1 << 62, 0, "")


class Life(msgspec.Struct):
    """One credential. ``came`` in a response, ``went`` with a request: the first of each.

    ``same_user`` is another one of whoever had it (see `Ledger.user`).
    """

    fingerprint: str
    kind: str
    names: set[str]
    parts: int = 1
    is_cookie: bool = False
    length: int | None = None
    issued_at_s: float | None = None
    expiry: Expiry | None = None
    came: Met | None = None
    went: Met | None = None
    last_used_ns: int | None = None
    requests: int = 0
    last_used_by: int | None = None
    authority: str = ""
    replaced_by: str = ""
    replaced: Met | None = None
    note: str = ""
    same_user: "Life | None" = None

    @property
    def since(self) -> Met:
        """When it was met first, in either direction."""
        return min(one for one in (self.came, self.went, _NEVER) if one is not None)

    @property
    def was_issued(self) -> bool:
        """Whether the capture holds the response that brought it first."""
        return self.came is not None and (self.went is None or self.came <= self.went)

    def expires_ns(self, clock: WallClock, ahead_ns: int) -> int | None:
        """The capture's clock when it ends, the service's being ``ahead_ns`` ahead."""
        if self.expiry is None:
            return None
        return clock.moment(self.expiry.at_s) - (0 if self.is_counted_here else ahead_ns)

    @property
    def is_counted_here(self) -> bool:
        """Whether its end was told as a span, which was counted from the capture's own clock."""
        known_by = self.expiry.known_by if self.expiry else "unknown"
        return known_by in ("cookie Max-Age", "expires_in")


def root(life: Life) -> Life:
    """The one that stands for its user; on the way the path to it is halved."""
    while (above := life.same_user) is not None:
        life.same_user = above.same_user or above
        life = life.same_user
    return life


def join(life: Life, other: Life) -> None:
    one, two = root(life), root(other)
    if one is not two:
        one.same_user = two


def is_followed(before: Life, life: Life, *, is_certain: bool) -> bool:
    """Whether ``life``, which came later, took the place of ``before``."""
    if before.since.exchange == life.since.exchange:
        return False
    if is_certain or life.went is None or before.last_used_ns is None:
        return True
    return before.last_used_ns <= life.went.at_ns


def came(life: Life, met: Met) -> None:
    life.came = met if life.came is None else min(life.came, met)


def went(life: Life, met: Met) -> None:
    life.went = met if life.went is None else min(life.went, met)
    life.last_used_ns = max(met.at_ns, life.last_used_ns or met.at_ns)
    life.authority = life.authority or met.authority
    if life.last_used_by != met.exchange:
        life.last_used_by = met.exchange
        life.requests += 1
