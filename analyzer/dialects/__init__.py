"""What the services mean by their events: one module a service, chosen here."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.dialects.generic import Generic
from analyzer.model import Delta, Ending, Problem, RequestHead, ResponseHead, Turn, WireEvent


class Dialect(Protocol):
    """What one service's event stream says, event by event. Never raises on what a peer sent."""

    name: str
    hands_off: bool
    """Whether another stream may go on with its turns, and build on what it sent."""

    def feed(self, event: WireEvent) -> list[Delta]:
        """Return the text that this event brought."""

    def feed_all(self, events: Sequence[WireEvent], /) -> list[Delta]:
        """Return the text that these events brought, as one `feed` for each would."""

    def turn(self, exchange: int, ended: Ending) -> Turn | None:
        """Return what the stream came to; None if its dialect knows no turns."""

    def resume(self, heard: Iterable[WireEvent], conversation_id: str, /) -> None:
        """Go on where an earlier stream of this conversation was left. Called before any event."""

    def handed_off(self) -> str:
        """The conversation whose turn goes on elsewhere, as this stream said; else empty."""

    def topics(self) -> tuple[str, ...]:
        """Where else than in another stream its turn may go on: topics of a WebSocket."""

    def go_on(self, event: WireEvent, /) -> None:
        """This event, still to be fed, is the first of the rest on such a topic."""

    def end(self) -> None:
        """The topic says that the turn is over."""

    def replay(self, event: WireEvent, /) -> None:
        """Take an event that is told again: what it says counts, but not when."""

    def problems(self) -> list[Problem]:
        """What was malformed in the payloads so far."""


# The host is left open: the lab, mirrors and self-hosted front ends speak it too.
_CHATGPT_TURN = re.compile(r"/backend-(api|anon)/(f/)?conversation(/resume)?/?(\?.*)?")
_RESUME = 3  # the group that only a request to go on with a turn has


def choose(request: RequestHead, response: ResponseHead) -> Dialect:
    """The dialect of a response that is an event stream."""
    if request.method == "POST" and _CHATGPT_TURN.fullmatch(request.path):
        return ChatGPTWeb()
    return Generic()


def goes_on(method: str, path: str) -> bool:
    """Whether a request asks for the rest of a turn that another request began."""
    found = _CHATGPT_TURN.fullmatch(path) if method == "POST" else None
    return found is not None and found[_RESUME] is not None
