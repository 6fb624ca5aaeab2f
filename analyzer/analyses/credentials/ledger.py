"""Every credential of a capture and its life so far. Live view and analysis share it.

`Ledger.note` takes the recorder's facts, `use` requests and `answer` responses, in any
order between exchanges: what it keeps are earliest and latest moments.
"""

from collections import OrderedDict
from typing import NamedTuple

import msgspec

from analyzer.analyses.credentials import dates
from analyzer.analyses.credentials.carried import Carried, SetCookie
from analyzer.analyses.credentials.clock import WallClock
from analyzer.analyses.credentials.rows import KnownBy
from analyzer.model import Credential

CREDENTIALS_LIMIT = 20_000
"""Credentials that are kept; of more the ones met first are forgotten."""

EXCHANGES_LIMIT = 100_000
"""Exchanges whose authority is remembered."""

NAMES_LIMIT = 8
"""Names of one credential that are kept."""

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


class Life(msgspec.Struct):
    """One credential. ``came`` in a response, ``went`` with a request: the first of each."""

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


_NO_NAMES = ("seen before", "jwt", "authorization", "x-authorization")
"""How the recorder says that a credential showed by its value."""

_NEVER = Met(1 << 62, 0, "")


class Ledger:
    """All lives, by fingerprint; chunks of a cookie have one together."""

    def __init__(self) -> None:
        self.lives: OrderedDict[str, Life] = OrderedDict()
        self.forgotten = 0
        self._lengths: OrderedDict[str, int] = OrderedDict()
        self._authorities: OrderedDict[int, str] = OrderedDict()
        self._is_linked = True

    def asked(self, exchange: int, authority: str) -> None:
        """Whom an exchange asks: to be said before its credentials are noted."""
        self._authorities[exchange] = authority
        if len(self._authorities) > EXCHANGES_LIMIT:
            self._authorities.popitem(last=False)

    def note(self, record: Credential) -> None:
        """Take what the recorder says of one credential in one place."""
        fingerprint, place = record.fingerprint, record.place
        authority = self._authorities.get(record.exchange, "")
        if place.endswith(("header cookie", "header set-cookie")):
            # Cookies are read from the headers, where their chunks stand together.
            self._lengths[fingerprint] = record.length
            if len(self._lengths) > CREDENTIALS_LIMIT:
                self._lengths.popitem(last=False)
            if fingerprint in self.lives:
                self._times(self.lives[fingerprint], record)
            return
        life = self._life(fingerprint, record.kind)
        life.length = record.length
        name = record.name or place.removeprefix("request header ")
        if name not in _NO_NAMES and len(life.names) < NAMES_LIMIT:
            life.names.add(name)
        self._times(life, record)
        met = Met(record.at_ns, record.exchange, place, authority)
        if place.startswith("response"):
            _came(life, met)
        elif not place.startswith("request header"):
            _went(life, met)

    def use(self, exchange: int, at_ns: int, authority: str, carried: Carried) -> None:
        """A request that carries credentials in its headers."""
        for cookie in carried.cookies:
            kind = "session" if cookie.is_login else "cookie"
            life = self._life(cookie.fingerprint, kind)
            life.parts = cookie.parts
            life.length = self._length(cookie.fingerprint)
            life.is_cookie = True
            life.names.add(cookie.name)
            _went(life, Met(at_ns, exchange, "request header cookie", authority))
        for fingerprint in (carried.bearer, *carried.others):
            if fingerprint:
                place = "request header authorization" if fingerprint == carried.bearer else ""
                kind = "bearer" if place else "other"
                life = self._life(fingerprint, kind)
                _went(life, Met(at_ns, exchange, place or "request header", authority))

    def answer(self, met: Met, cookies: tuple[SetCookie, ...], carried: Carried) -> None:
        """The cookies that a response sets, to a request with these credentials."""
        for one in cookies:
            cookie = one.cookie
            life = self._life(cookie.fingerprint, "session" if cookie.is_login else "cookie")
            life.parts = cookie.parts
            life.length = self._length(cookie.fingerprint)
            life.is_cookie = True
            life.names.add(cookie.name)
            _came(life, met)
            if one.expires_s is not None:
                self.told(life.fingerprint, Expiry(met.at_ns, one.expires_s, one.known_by))
            before = next((each for each in carried.cookies if each.name == cookie.name), None)
            if before is not None and before.fingerprint != cookie.fingerprint:
                self._replace(before.fingerprint, life, met, _rotation(before.parts, one))

    def told(self, fingerprint: str, expiry: Expiry) -> None:
        """When a credential ends, as something beside it said. A JWT's own word goes before."""
        life = self.lives.get(fingerprint)
        if life is None or (life.expiry is not None and life.expiry.known_by == "jwt exp"):
            return
        if life.expiry is None or expiry > life.expiry:
            life.expiry = expiry

    def link(self) -> None:
        """Find which access token replaced which: the next one from the same place.

        Before the first that came stands one that was in use already at the same authority.
        Refresh tokens in bodies are linked too; cookies say themselves what they replace.
        """
        if self._is_linked:
            return
        self._is_linked = True
        last: dict[tuple[str, ...], Life] = {}
        ordered = sorted(self.lives.values(), key=lambda life: (life.since, life.fingerprint))
        for life in ordered:
            if life.kind not in ("bearer", "session") or life.is_cookie:
                continue
            if not life.was_issued or life.came is None:
                last[life.kind, life.authority] = life
                continue
            source = (life.kind, life.came.authority, life.came.place)
            before = last.get(source) or last.get(source[:2])
            if before is not None and before.since.exchange != life.came.exchange:
                before.replaced_by, before.replaced = life.fingerprint, life.came
            last[source] = life

    def _replace(self, fingerprint: str, life: Life, met: Met, note: str) -> None:
        before = self.lives.get(fingerprint)
        if before is not None and (before.replaced is None or met < before.replaced):
            before.replaced_by, before.replaced, before.note = life.fingerprint, met, note

    def _times(self, life: Life, record: Credential) -> None:
        if record.place.endswith("set-cookie"):
            return  # its expiry may be the cookie's: the header itself says which
        issued, expires = map(dates.plausible, (record.issued_at_s, record.expires_at_s))
        if issued is not None:
            life.issued_at_s = issued
        if expires is not None:
            life.expiry = Expiry(0, expires, "jwt exp")

    def _life(self, fingerprint: str, kind: str) -> Life:
        self._is_linked = False
        life = self.lives.get(fingerprint)
        if life is None:
            life = self.lives[fingerprint] = Life(fingerprint, kind, set())
            if len(self.lives) > CREDENTIALS_LIMIT:
                self.lives.popitem(last=False)
                self.forgotten += 1
        elif life.kind == "other":
            life.kind = kind
        return life

    def _length(self, fingerprint: str) -> int | None:
        lengths = [self._lengths.get(part) for part in fingerprint.split("+")]
        known = [one for one in lengths if one is not None]
        return sum(known) if len(known) == len(lengths) else None


def _came(life: Life, met: Met) -> None:
    life.came = met if life.came is None else min(life.came, met)


def _went(life: Life, met: Met) -> None:
    life.went = met if life.went is None else min(life.went, met)
    life.last_used_ns = max(met.at_ns, life.last_used_ns or met.at_ns)
    life.authority = life.authority or met.authority
    if life.last_used_by != met.exchange:
        life.last_used_by = met.exchange
        life.requests += 1


def _rotation(parts_before: int, now: SetCookie) -> str:
    parts = now.cookie.parts
    said = [f"now in {parts} chunks" if parts > 1 else "now whole"] if parts != parts_before else []
    if now.clears:
        said.append(f"{now.clears[0]} cleared with Max-Age 0")
    return "; ".join(said)
