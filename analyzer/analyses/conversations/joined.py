"""Requests for an answer, each joined with those that asked for its rest."""

from collections.abc import Iterable

import msgspec

from analyzer.analyses.conversations.facts import Asked, Resumed
from analyzer.analyses.handoffs import Part, join_parts
from analyzer.dialects.chatgpt_web import WEBSOCKET
from analyzer.model import StreamedMessage, Turn

SYNTHETIC = "exchange "
"""How the made-up id of a conversation begins that the service gave none."""


class JoinedTurn(msgspec.Struct, frozen=True):
    """One turn: the request that began it, if the capture holds it, and those that went on."""

    asked: Asked | None
    resumed: tuple[Resumed, ...] = ()

    @property
    def parts(self) -> tuple[Asked | Resumed, ...]:
        return (self.asked, *self.resumed) if self.asked else self.resumed

    @property
    def exchange(self) -> int:
        """The first request."""
        return self.parts[0].exchange

    @property
    def conversation_id(self) -> str:
        first = self.parts[0]
        told = (part.turn.conversation_id for part in self.parts)
        stated = next(filter(None, told), "") or first.conversation_id
        return stated or f"{SYNTHETIC}{self.exchange}"

    @property
    def last(self) -> Turn:
        return self.parts[-1].turn

    @property
    def at_ns(self) -> int | None:
        return self.parts[0].at_ns

    @property
    def ended_ns(self) -> int | None:
        return self.parts[-1].ended_ns

    @property
    def handed_off(self) -> bool:
        return self.came_by_websocket or any(part.turn.status == "handoff" for part in self.parts)

    @property
    def came_by_websocket(self) -> bool:
        """Whether some of it did, once its stream had handed it off."""
        return any(mark.name == WEBSOCKET for part in self.parts for mark in part.turn.markers)

    @property
    def is_resumed(self) -> bool:
        return self.came_by_websocket or bool(self.asked and self.resumed)

    def messages(self) -> list[StreamedMessage]:
        """All that its streams held, each message once, as the last stream left it."""
        found: dict[str, StreamedMessage] = {}
        for part in self.parts:
            for index, each in enumerate(part.turn.messages):
                key = each.message_id or f"{part.exchange}/{index}"
                found[key] = _merged(found[key], each) if key in found else each
        return [_named(key, each) for key, each in found.items()]


def join_turns(facts: Iterable[Asked | Resumed]) -> list[JoinedTurn]:
    """Turns in the order in which they were begun; ``facts`` are in the order of time."""
    return [_of_parts(parts) for parts in join_parts(facts, _part)]


def _part(fact: Asked | Resumed) -> Part:
    conversation_id = fact.turn.conversation_id or fact.conversation_id
    return Part(conversation_id, isinstance(fact, Resumed), fact.turn.status)


def _of_parts(parts: list[Asked | Resumed]) -> JoinedTurn:
    asked = next((part for part in parts if isinstance(part, Asked)), None)
    return JoinedTurn(asked, tuple(part for part in parts if isinstance(part, Resumed)))


def _merged(before: StreamedMessage, after: StreamedMessage) -> StreamedMessage:
    """The later stream knows what the first one sent, so its text is whole."""
    moments = [each.first_ns for each in (before, after) if each.first_ns is not None]
    endings = [each.last_ns for each in (before, after) if each.last_ns is not None]
    return msgspec.structs.replace(
        after,
        text=after.text or before.text,
        parent_id=after.parent_id or before.parent_id,
        first_ns=min(moments, default=None),
        last_ns=max(endings, default=None),
    )


def _named(key: str, message: StreamedMessage) -> StreamedMessage:
    if message.message_id:
        return message
    return msgspec.structs.replace(message, message_id=f"{SYNTHETIC}{key}")
