"""What the services mean by their events: one module a service, chosen here."""

import re
from typing import Protocol

from analyzer.dialects.chatgpt_web import ChatGPTWeb
from analyzer.dialects.generic import Generic
from analyzer.model import Delta, Ending, Problem, RequestHead, ResponseHead, Turn, WireEvent


class Dialect(Protocol):
    """What one service's event stream says, event by event. Never raises on what a peer sent."""

    name: str

    def feed(self, event: WireEvent) -> list[Delta]:
        """Return the text that this event brought."""

    def turn(self, exchange: int, ended: Ending) -> Turn | None:
        """Return what the stream came to; None if its dialect knows no turns."""

    def problems(self) -> list[Problem]:
        """What was malformed in the payloads so far."""


# The host is left open: the lab, mirrors and self-hosted front ends speak it too.
_CHATGPT_TURN = re.compile(r"/backend-(api|anon)/(f/)?conversation(/resume)?/?(\?.*)?")


def choose(request: RequestHead, response: ResponseHead) -> Dialect:
    """The dialect of a response that is an event stream."""
    if request.method == "POST" and _CHATGPT_TURN.fullmatch(request.path):
        return ChatGPTWeb()
    return Generic()
