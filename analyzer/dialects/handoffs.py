"""Turns that one stream hands off and another goes on with.

ChatGPT's web client: a stream may end in ``stream_handoff``; ``POST …/conversation/resume``
with ``{conversation_id, offset}`` brings the rest, from the event with that number on. Its
deltas may build on what the first stream sent, so its dialect has to have heard that.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.model import WireEvent

HEARD_LIMIT = 5_000
"""Most events of one stream that are kept for another to go on from."""

HANDOFF_LIMIT = 16
"""Most conversations whose handed-off events are kept; the oldest goes first."""


class Resumption(msgspec.Struct, frozen=True):
    """What a request to go on names: the conversation, and how many events it has had."""

    conversation_id: str
    offset: int = 0


class _Body(msgspec.Struct, frozen=True):
    conversation_id: Any = None
    offset: Any = None


_bodies = msgspec.json.Decoder(_Body)


def read_resumption(body: bytes) -> Resumption | None:
    """What the body of a request to go on says; None if it can't be read."""
    try:
        given = _bodies.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(given.conversation_id, str):
        return None
    is_count = isinstance(given.offset, int) and not isinstance(given.offset, bool)
    return Resumption(given.conversation_id, max(given.offset, 0) if is_count else 0)


class Heard:
    """The first events of one stream; nothing once there are too many of them."""

    def __init__(self, before: Sequence[WireEvent] = ()) -> None:
        self._events: list[WireEvent] | None = list(before)

    def add(self, events: Sequence[WireEvent]) -> None:
        if self._events is None:
            return
        if len(self._events) + len(events) > HEARD_LIMIT:
            self._events = None
        else:
            self._events += events

    def until(self, offset: int) -> list[WireEvent]:
        """The first ``offset`` events, of which pings and ``[DONE]`` are none.

        Nor is the encoding's name where a stream that goes on tells it again.
        """
        events = self._events or []
        counted = (
            event
            for number, event in enumerate(events)
            if event.type != "ping"
            and event.data.rstrip() != "[DONE]"
            and (number == 0 or event.type != "delta_encoding")
        )
        return [event for _, event in zip(range(offset), counted, strict=False)]


class Handoffs:
    """What was heard of the turns that wait to be gone on with."""

    def __init__(self) -> None:
        self._heard: dict[str, Heard] = {}

    def keep(self, conversation_id: str, heard: Heard) -> None:
        self._heard.pop(conversation_id, None)
        if len(self._heard) >= HANDOFF_LIMIT:
            del self._heard[next(iter(self._heard))]
        self._heard[conversation_id] = heard

    def before(self, resumption: Resumption) -> list[WireEvent]:
        """What the client had of the turn that this goes on with."""
        heard = self._heard.get(resumption.conversation_id)
        return heard.until(resumption.offset) if heard else []
