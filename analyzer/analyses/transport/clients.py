"""Which connections one client used, told by cookies; what nothing tells stays apart.

Who heard an ``Alt-Svc`` is a matter of clients: of two browsers that visit one origin, the
one that was told of HTTP/3 need not be the one that speaks it.
"""

from collections.abc import Iterable

from analyzer.analyses.transport.carried import Carried
from analyzer.analyses.transport.facts import Facts
from analyzer.model import Exchange, Headers

COOKIE_FROM = 16
"""Octets from which a cookie's value can be one client's own: shorter ones are settings."""

type _Cookie = tuple[str, str, str]
"""User-Agent, name, value: a cookie that another program brings was copied."""


class Clients:
    """Groups of clients' connections; each is named by one of its connections.

    Two connections are one client's if requests of the same User-Agent brought the same long
    cookie over both, or one brought what the other had been given. A value that was given out
    on several connections whose requests did not bring it says nothing: it is everybody's.
    """

    def __init__(self, carried: Carried, facts: Facts) -> None:
        self._parents = {number: number for number in carried}
        users: dict[_Cookie, set[int]] = {}
        given: dict[_Cookie, set[int]] = {}
        for number, ones in carried.items():
            brought, new = _cookies(one.exchange for one in ones)
            for cookie in brought | new:
                users.setdefault(cookie, set()).add(number)
            for cookie in new:
                given.setdefault(cookie, set()).add(number)
        for cookie, numbers in users.items():
            own = len(given.get(cookie, ())) < 2 and facts.secret_length(cookie[2]) >= COOKIE_FROM
            if own and len(numbers) > 1:
                self._join(numbers)

    def of(self, connection: int) -> int:
        """The client that used it."""
        parents = self._parents
        while (parent := parents[connection]) != connection:
            parents[connection] = connection = parents[parent]
        return connection

    def _join(self, numbers: set[int]) -> None:
        first, *others = sorted(numbers)
        for number in others:
            self._parents[self.of(number)] = self.of(first)


def _cookies(exchanges: Iterable[Exchange]) -> tuple[set[_Cookie], set[_Cookie]]:
    """What a connection's requests brought, and what they were given and did not bring."""
    brought: set[_Cookie] = set()
    new: set[_Cookie] = set()
    read: dict[tuple[str, ...], set[_Cookie]] = {}
    for one in exchanges:
        agent = next(iter(_values(one.request_headers, "user-agent")), "")
        fields = agent, *_values(one.request_headers, "cookie")
        if fields not in read:  # Nearly all requests of a connection bring the same.
            pairs = (_pair(part) for field in fields[1:] for part in field.split(";"))
            read[fields] = {(agent, *pair) for pair in pairs}
            brought |= read[fields]
        for value in _values(one.response_headers, "set-cookie"):
            cookie = agent, *_pair(value.partition(";")[0])
            if cookie not in read[fields]:
                new.add(cookie)
    return brought, new


def _values(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key == name]


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, value
