"""Turns that a stream hands off to a WebSocket, as ChatGPT's web client gets them.

A message is a JSON array (or one object) of envelopes; each names a topic and holds a piece of
event stream. A reply to a subscription may bring such pieces again, as ``catchups``.
Source: wire-format notes, section "WebSocket variant".
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec

OPTIONS_LIMIT = 16
"""Most ways to go on that one handoff names."""

NAME_LIMIT = 300
"""Longest name of a topic or an item."""

_SUBSCRIBE = "subscribe_ws_topic"
_STREAM = "conversation-turn-stream"


class Item(msgspec.Struct, frozen=True):
    """A piece of a topic's event stream: ``text`` is whole events.

    ``parent_id`` names the piece before it. ``is_replay``: it is told again, so when it came
    first is not known. ``is_last``: no piece follows; then there is no text.
    """

    topic: str
    item_id: str = ""
    parent_id: str = ""
    text: str = ""
    is_replay: bool = False
    is_last: bool = False


def topics_in(options: Any) -> tuple[str, ...]:
    """The topics on which a handed-off turn goes on, as ``stream_handoff`` offers them."""
    named = options[:OPTIONS_LIMIT] if isinstance(options, list) else []
    topics = (
        option.get("topic_id")
        for option in named
        if isinstance(option, dict) and option.get("type") == _SUBSCRIBE
    )
    return tuple(topic for topic in topics if _is_name(topic))


def read_items(data: bytes) -> list[Item]:
    """The pieces in one message of a WebSocket; none if it is another service's."""
    try:
        given = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return []
    return list(_items(given, is_replay=False))


def _items(given: Any, *, is_replay: bool) -> Iterator[Item]:
    for envelope in given if isinstance(given, list) else [given]:
        if not isinstance(envelope, dict):
            continue
        if envelope.get("type") == "message":
            if item := _item(envelope, is_replay=is_replay):
                yield item
        elif isinstance(reply := envelope.get("reply"), dict) and not is_replay:
            yield from _items(reply.get("catchups"), is_replay=True)


def _item(envelope: dict[str, Any], *, is_replay: bool) -> Item | None:
    topic, outer = envelope.get("topic_id"), envelope.get("payload")
    if not _is_name(topic) or not isinstance(outer, dict) or outer.get("type") != _STREAM:
        return None
    inner = outer.get("payload")
    if not isinstance(inner, dict):
        return None
    if inner.get("type") == "done":
        return Item(topic, is_replay=is_replay, is_last=True)
    text = inner.get("encoded_item")
    if inner.get("type") != "stream-item" or not isinstance(text, str):
        return None
    names = (inner.get(key) for key in ("stream_item_id", "parent_stream_item_id"))
    item_id, parent_id = (name if _is_name(name) else "" for name in names)
    if is_replay and not item_id:
        return None  # whether it came before can't be known
    return Item(topic, item_id, parent_id, text, is_replay)


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= NAME_LIMIT
