"""Connections of flows: each stands in every flow that used it, and gets a number once."""

from dataclasses import dataclass
from typing import Literal

from analyzer.importers.flows.moments import Moments
from analyzer.importers.flows.states import State, printable, text, whole
from analyzer.model import Connection, ConnectionEnd

CONNECTIONS_LIMIT = 20_000
"""Most connections that are known at once; exchanges of further ones name none."""

OFFERS_LIMIT = 16
"""Most of a client's ALPN offers that are kept, as the recorder has it."""

NUMBERS_LIMIT = 2**27
"""Highest number that is taken from a file; a bit is kept for each."""


class Numbers:
    """Gives every number away once, the wished one if it is free."""

    def __init__(self) -> None:
        self._taken = bytearray(1)
        self._next = 1

    def take(self, wished: int = 0) -> int:
        """``wished`` 0: any."""
        if not 0 < wished < NUMBERS_LIMIT or self._is_taken(wished):
            while self._is_taken(self._next):
                self._next += 1
            wished = self._next
        self._grow(wished)
        self._taken[wished >> 3] |= 1 << (wished & 7)
        return wished

    def _is_taken(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._taken) and bool(self._taken[place] & 1 << (number & 7))

    def _grow(self, number: int) -> None:
        lacking = (number >> 3) + 1 - len(self._taken)
        if lacking > 0:
            self._taken.extend(bytes(lacking))


@dataclass(slots=True)
class _Known:
    number: int
    ended_ns: int | None = None
    error: str = ""


class Connections:
    """Knows those that came, by mitmproxy's own identifiers.

    ``numbers`` are taken by whoever knows of others.
    """

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._known: dict[str, _Known] = {}
        self.numbers = Numbers()

    def meet(
        self, state: State, side: Literal["client", "server"], at_ns: int
    ) -> tuple[int | None, Connection | None]:
        """The connection's number, and its record if this is the first exchange that names it.

        None where there was none: a server that was never reached, a request made by hand.
        """
        name = printable(state.get("id"))
        opened_ns = self._moments.of_wall(state.get("timestamp_start"))
        known = self._known.get(name)
        made = None
        if known is None:
            if not name or opened_ns is None or len(self._known) >= CONNECTIONS_LIMIT:
                return None, None
            known = self._known[name] = _Known(self.numbers.take())
            made = self._record(known.number, state, side, at_ns, opened_ns)
        if known.ended_ns is None:
            known.ended_ns = self._moments.of_wall(state.get("timestamp_end"))
            known.error = text(state.get("error"))
        return known.number, made

    def ends(self) -> list[ConnectionEnd]:
        """Of all that are known to have ended; for when no exchange can follow."""
        return [
            ConnectionEnd(known.number, known.ended_ns, known.error)
            for known in self._known.values()
            if known.ended_ns is not None
        ]

    def _record(
        self,
        number: int,
        state: State,
        side: Literal["client", "server"],
        at_ns: int,
        opened_ns: int,
    ) -> Connection:
        offers = state.get("alpn_offers")
        return Connection(
            number,
            at_ns,
            side,
            _alpn(state.get("alpn")),
            _address(state.get("peername")),
            printable(state.get("sni")),
            printable(state.get("tls_version")),
            opened_ns,
            self._moments.of_wall(state.get("timestamp_tls_setup")),
            None,
            _address(state.get("sockname")),
            tuple(map(_alpn, offers[:OFFERS_LIMIT])) if isinstance(offers, list) else (),
        )


def _alpn(name: object) -> str:
    """An ALPN name; RFC 8701 has clients offer some that are no text."""
    return name.decode("ascii", "backslashreplace") if isinstance(name, bytes) else ""


def _address(name: object) -> str:
    if not isinstance(name, list | tuple) or len(name) < 2:
        return ""
    host, port = printable(name[0]), whole(name[1])
    if not host or port is None:
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
