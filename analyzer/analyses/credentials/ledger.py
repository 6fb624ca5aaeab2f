"""Every credential of a capture and its life so far. Live view and analysis share it.

`Ledger.note` takes the recorder's facts, `use` requests and `answer` responses, in any
order between exchanges: what it keeps are earliest and latest moments.
"""

from collections import OrderedDict

from analyzer.analyses.credentials import dates
from analyzer.analyses.credentials.carried import Carried, Cookie, SetCookie
from analyzer.analyses.credentials.lives import (
    Expiry,
    Life,
    Met,
    came,
    is_followed,
    join,
    root,
    went,
)
from analyzer.model import Credential

CREDENTIALS_LIMIT = 20_000
"""Credentials that are kept; of more the ones met first are forgotten."""

EXCHANGES_LIMIT = 100_000
"""Exchanges whose authority is remembered."""

NAMES_LIMIT = 8
"""Names of one credential that are kept."""

_NO_NAMES = ("seen before", "jwt", "authorization", "x-authorization")
"""How the recorder says that a credential showed by its value."""


class Ledger:
    """All lives, by fingerprint; chunks of a cookie have one together."""

    def __init__(self) -> None:
        self.lives: OrderedDict[str, Life] = OrderedDict()
        self.forgotten = 0
        self._lengths: OrderedDict[str, int] = OrderedDict()
        self._authorities: OrderedDict[int, str] = OrderedDict()
        self._asked_by: OrderedDict[int, Life] = OrderedDict()
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
            came(life, met)
        elif not place.startswith("request header"):
            went(life, met)
            self._ask(record.exchange, [life] if life.kind in ("bearer", "session") else [])

    def use(self, exchange: int, at_ns: int, authority: str, carried: Carried) -> None:
        """A request that carries credentials in its headers."""
        logins: list[Life] = []
        for cookie in carried.cookies:
            life = self._cookie(cookie)
            went(life, Met(at_ns, exchange, "request header cookie", authority))
            logins += [life] if cookie.is_login else []
        for fingerprint in (carried.bearer, *carried.others):
            if fingerprint:
                place = "request header authorization" if fingerprint == carried.bearer else ""
                kind = "bearer" if place else "other"
                life = self._life(fingerprint, kind)
                went(life, Met(at_ns, exchange, place or "request header", authority))
                logins += [life] if place else []
        self._ask(exchange, logins)

    def answer(self, met: Met, cookies: tuple[SetCookie, ...], carried: Carried) -> None:
        """The cookies that a response sets, to a request with these credentials."""
        for one in cookies:
            life = self._cookie(one.cookie)
            came(life, met)
            asker = self._asked_by.get(met.exchange)
            if one.cookie.is_login and asker is not None:
                join(life, asker)
            if one.expires_s is not None:
                self.told(life.fingerprint, Expiry(met.at_ns, one.expires_s, one.known_by))
            name = one.cookie.name
            before = next((each for each in carried.cookies if each.name == name), None)
            if before is not None and before.fingerprint != life.fingerprint:
                self._replace(before.fingerprint, life, met, _rotation(before.parts, one))

    def user(self, *fingerprints: str) -> str:
        """Whoever has the first known one of these; told by one credential, "" for nobody known.

        Logins and bearers that pass in one exchange are one user's.
        """
        lives = (self.lives[one] for one in fingerprints if one in self.lives)
        life = next(lives, None)
        return "" if life is None else root(life).fingerprint

    def told(self, fingerprint: str, expiry: Expiry) -> None:
        """When a credential ends, as something beside it said. A JWT's own word goes before."""
        life = self.lives.get(fingerprint)
        if life is None or (life.expiry is not None and life.expiry.known_by == "jwt exp"):
            return
        if life.expiry is None or expiry > life.expiry:
            life.expiry = expiry

    def link(self) -> None:
        """Find which access token replaced which: the user's next one from the same place.

        Before the first that came stands one that the user had in use already at the same
        authority. Where no login tells users apart, what goes on being used is not replaced.
        Refresh tokens in bodies are linked too; cookies say themselves what they replace.
        """
        if self._is_linked:
            return
        self._is_linked = True
        linked = [life for life in self.lives.values() if life.kind in ("bearer", "session")]
        linked = [life for life in linked if not life.is_cookie]
        together = dict(self._asked_by)
        for life in linked:
            life.replaced_by, life.replaced = "", None
            if life.was_issued:
                join(life, together.setdefault(life.since.exchange, life))
        last: dict[tuple[str, ...], Life] = {}
        for life in sorted(linked, key=lambda life: (life.since, life.fingerprint)):
            asker = self._asked_by.get(life.since.exchange)
            users = [root(life).fingerprint, *([""] if asker in (None, life) else [])]
            self._follow(life, users, last)

    def _follow(self, life: Life, users: list[str], last: dict[tuple[str, ...], Life]) -> None:
        """Put a life behind the last one of its user; "" is one of nobody known."""
        place = life.came.place if life.was_issued and life.came else ""
        authority = life.since.authority
        for user in users if place else ():
            general = (user, life.kind, authority)
            before = last.get((*general, place)) or last.get((*general, ""))
            if before is not None and is_followed(before, life, is_certain=bool(user)):
                before.replaced_by, before.replaced = life.fingerprint, life.came
                break
        for user in users:
            last[user, life.kind, authority, place] = life

    def _ask(self, exchange: int, logins: list[Life]) -> None:
        """What a request was made with belongs to one user."""
        for life in logins:
            join(life, self._asked_by.setdefault(exchange, life))
        if len(self._asked_by) > EXCHANGES_LIMIT:
            self._asked_by.popitem(last=False)

    def _cookie(self, cookie: Cookie) -> Life:
        life = self._life(cookie.fingerprint, "session" if cookie.is_login else "cookie")
        life.parts = cookie.parts
        life.length = self._length(cookie.fingerprint)
        life.is_cookie = True
        life.names.add(cookie.name)
        return life

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


def _rotation(parts_before: int, now: SetCookie) -> str:
    parts = now.cookie.parts
    said = [f"now in {parts} chunks" if parts > 1 else "now whole"] if parts != parts_before else []
    if now.clears:
        said.append(f"{now.clears[0]} cleared with Max-Age 0")
    return "; ".join(said)
