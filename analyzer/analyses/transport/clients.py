"""Which connections one client used, told by cookies; what nothing tells stays apart.

Who heard an ``Alt-Svc`` is a matter of clients: of two browsers that visit one origin, the
one that was told of HTTP/3 need not be the one that speaks it.
"""

from collections.abc import Iterator

from analyzer.analyses.transport.carried import Carried
from analyzer.analyses.transport.facts import Facts
from analyzer.model import Headers

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
            for one in ones:
                asked = one.exchange.request_headers
                agent = next((value for name, value in asked if name == "user-agent"), "")
                brought = {(agent, *pair) for pair in _brought(asked)}
                new = {(agent, *pair) for pair in _given(one.exchange.response_headers)} - brought
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


def _brought(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name == "cookie":
            yield from map(_pair, value.split(";"))


def _given(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name == "set-cookie":
            yield _pair(value.partition(";")[0])


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.strip().partition("=")
    return name, value
