"""What one exchange of a chat client says of a conversation. Pure: an exchange in, a fact out.

Source: wire-format notes, sections "Lists and details" and "Sending, and the stream".
"""

import json
import re
from typing import Any

import msgspec

from analyzer.analyses.conversations.moments import microseconds
from analyzer.dialects.message_facts import describe, name_in
from analyzer.model import Exchange, StreamedMessage, TextArrivals, Turn

BODY_LIMIT = 64 * 1024 * 1024
"""Longest body that is read, in bytes."""

ASKED_LIMIT = 100
"""Most messages of one request that are taken."""

TAGS_LIMIT = 20

NAME_LIMIT = 300
"""Longest id; more is no id."""

TEXT_LIMIT = 1_000
"""Most characters of a title or a feedback's words."""

_ROOT = r"/backend-(?:api|anon)/(?:f/)?"
_ASK = re.compile(rf"{_ROOT}conversation/?")
_RESUME = re.compile(rf"{_ROOT}conversation/resume/?")
_STOP = re.compile(rf"{_ROOT}stop_conversation/?")
_FEEDBACK = re.compile(rf"{_ROOT}conversation/message_feedback/?")
_TITLE = re.compile(rf"{_ROOT}conversation/gen_title/([^/]+)/?")
_DETAIL = re.compile(rf"{_ROOT}conversations?/([^/]+)/?")
_LIST = re.compile(rf"{_ROOT}(?:conversations|gizmos/[^/]+/conversations)/?")


class Fact(msgspec.Struct, frozen=True):
    """``at_ns`` is when the request was sent, ``ended_ns`` when its exchange ended."""

    exchange: int
    at_ns: int | None
    ended_ns: int | None


class Asked(Fact, frozen=True):
    """A request for an answer, with its stream: ``conversation_id`` as the request names it."""

    conversation_id: str
    parent_id: str
    action: str
    model: str
    messages: tuple[StreamedMessage, ...]
    turn: Turn


class Resumed(Fact, frozen=True):
    """A request for the rest of a turn, with its stream."""

    conversation_id: str
    turn: Turn


class Stopped(Fact, frozen=True):
    conversation_id: str
    accepted: bool


class Rated(Fact, frozen=True):
    conversation_id: str
    message_id: str
    rating: str
    tags: tuple[str, ...]
    text: str
    accepted: bool


class Told(Fact, frozen=True):
    """A title and times of one conversation, told by ``gen_title``, a detail or a list."""

    conversation_id: str
    told_by: str
    title: str
    created_at: int | None = None
    updated_at: int | None = None


class Listed(Fact, frozen=True):
    items: tuple[Told, ...]


class Node(msgspec.Struct, frozen=True):
    """A message of a detail; None if it is a place in the tree that holds none."""

    node_id: str
    parent_id: str
    message: StreamedMessage | None


class Detail(Fact, frozen=True):
    told: Told
    current_id: str
    model: str
    nodes: tuple[Node, ...]


def read_fact(exchange: Exchange) -> Fact | None:
    """What the exchange says of a conversation; None if nothing."""
    path = exchange.path.partition("?")[0]
    if exchange.method == "POST":
        return _posted(exchange, path)
    if exchange.method == "GET" and _is_ok(exchange):
        if found := _DETAIL.fullmatch(path):
            return _detail(exchange, name(found[1]))
        if _LIST.fullmatch(path):
            return _listed(exchange)
    return None


def _posted(exchange: Exchange, path: str) -> Fact | None:
    turn = exchange.turn
    if turn is not None and _ASK.fullmatch(path):
        return _asked(exchange, _slim(turn))
    if turn is not None and _RESUME.fullmatch(path):
        given = object_in(exchange.request_body)
        return Resumed(*times_of(exchange), name(given.get("conversation_id")), _slim(turn))
    if _STOP.fullmatch(path):
        given = object_in(exchange.request_body)
        return Stopped(*times_of(exchange), name(given.get("conversation_id")), _is_ok(exchange))
    if _FEEDBACK.fullmatch(path):
        return _rated(exchange)
    if (found := _TITLE.fullmatch(path)) and _is_ok(exchange):
        title = object_in(exchange.response_body).get("title")
        return Told(*times_of(exchange), name(found[1]), "gen_title", _words(title))
    return None


def _slim(turn: Turn) -> Turn:
    """The turn without what its messages hold as well, and with names that any file can hold."""
    return msgspec.structs.replace(
        turn,
        texts=TextArrivals(),
        answer="",
        reasoning="",
        title=_words(turn.title),
        conversation_id=name(turn.conversation_id),
        model=name(turn.model),
    )


def _asked(exchange: Exchange, turn: Turn) -> Asked:
    given = object_in(exchange.request_body)
    messages = [describe(each) for each in _list(given.get("messages")) if isinstance(each, dict)]
    return Asked(
        *times_of(exchange),
        conversation_id=name(given.get("conversation_id")),
        parent_id=name(given.get("parent_message_id")),
        action=name(given.get("action")),
        model=name(given.get("model")),
        messages=tuple(each for each in messages[:ASKED_LIMIT] if is_name(each.message_id)),
        turn=turn,
    )


def _rated(exchange: Exchange) -> Rated:
    given = object_in(exchange.request_body)
    return Rated(
        *times_of(exchange),
        conversation_id=name(given.get("conversation_id")),
        message_id=name(given.get("message_id")),
        rating=name(given.get("rating")),
        tags=tuple(filter(None, map(name, _list(given.get("tags"))[:TAGS_LIMIT]))),
        text=_words(given.get("text")),
        accepted=_is_ok(exchange),
    )


def _detail(exchange: Exchange, conversation_id: str) -> Detail | None:
    given = object_in(exchange.response_body)
    nodes = _mapped(given.get("mapping")) or _in_order(given.get("messages"))
    if not nodes:
        return None
    return Detail(
        *times_of(exchange),
        told=_told(exchange, given, conversation_id, "detail"),
        current_id=name(given.get("current_node")),
        model=name(given.get("default_model_slug")),
        nodes=nodes,
    )


def _mapped(mapping: Any) -> tuple[Node, ...]:
    """The older form: a tree whose nodes name their parents."""
    nodes = []
    for key, node in mapping.items() if isinstance(mapping, dict) else ():
        if isinstance(node, dict) and name(key):
            message = node.get("message")
            described = describe(message) if isinstance(message, dict) else None
            nodes.append(Node(name(key), name(node.get("parent")), described))
    return tuple(nodes)


def _in_order(messages: Any) -> tuple[Node, ...]:
    """The newer form: one path, each message under the one before unless it names its parent."""
    nodes: list[Node] = []
    before = ""
    for message in _list(messages):
        if isinstance(message, dict) and (node_id := name(message.get("id"))):
            described = describe(message)
            nodes.append(Node(node_id, name(described.parent_id) or before, described))
            before = node_id
    return tuple(nodes)


def _listed(exchange: Exchange) -> Listed | None:
    items = _list(object_in(exchange.response_body).get("items"))
    told = (_told(exchange, item, name(item.get("id")), "list") for item in items if _is(item))
    return Listed(*times_of(exchange), tuple(each for each in told if each.conversation_id))


def _told(exchange: Exchange, given: dict[str, Any], conversation_id: str, by: str) -> Told:
    return Told(
        *times_of(exchange),
        conversation_id=conversation_id,
        told_by=by,
        title=_words(given.get("title")),
        created_at=microseconds(given.get("create_time")),
        updated_at=microseconds(given.get("update_time")),
    )


def name(value: Any) -> str:
    """An id as the peer writes it; empty for what is none."""
    text = name_in(value)
    return text if is_name(text) else ""


def is_name(text: str) -> bool:
    return 0 < len(text) <= NAME_LIMIT


def _words(value: Any) -> str:
    return name_in(value)[:TEXT_LIMIT]


def _is(item: Any) -> bool:
    return isinstance(item, dict)


def times_of(exchange: Exchange) -> tuple[int, int | None, int | None]:
    """The first fields of a fact."""
    at_ns = exchange.started_ns if exchange.sent_ns is None else exchange.sent_ns
    return exchange.exchange, at_ns, exchange.ended_ns


def _is_ok(exchange: Exchange) -> bool:
    return exchange.status is not None and 200 <= exchange.status < 300


def object_in(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; empty if it holds none."""
    if len(body) > BODY_LIMIT:
        return {}
    try:
        given = _decoded(body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _decoded(body: bytes) -> Any:
    """Half characters, which only the other decoder takes, are U+FFFD once they are read."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return json.loads(body) if b"\\u" in body else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
