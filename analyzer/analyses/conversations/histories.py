"""Conversations of interfaces without ids: every request repeats the history, and so names it.

OpenAI's chat.completions and those that speak like it (``choices[].delta.content``), and
Anthropic's Messages (``content_block_delta``), streamed or whole. A request whose history begins
with an earlier request's history and its answer goes on with that conversation. Ids are made of
the texts up to the message, so equal beginnings have equal ids.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from analyzer.analyses.conversations.facts import Asked, Fact, name, object_in, times_of
from analyzer.analyses.conversations.joined import SYNTHETIC
from analyzer.dialects.message_facts import name_in, plain
from analyzer.model import Exchange, StreamedMessage, Turn, TurnStatus, WireEvent

ANSWER_LIMIT = 4 * 1024 * 1024
"""Most characters of an answer that are put together."""

HISTORY_LIMIT = 2_000
"""Most messages of one request; a longer one is left alone."""

_CALL = re.compile(r"/(?:[^?]*/)?(?:chat/completions|v1/messages)/?(?:\?.*)?")
_ANTHROPIC = re.compile(r"/(?:[^?]*/)?v1/messages/?(?:\?.*)?")

type Said = tuple[str, str]
"""Role and text."""


class Called(Fact, frozen=True):
    """One request and its answer; ``answer`` has no id yet."""

    history: tuple[Said, ...]
    answer: StreamedMessage
    status: TurnStatus
    dialect: Literal["openai", "anthropic"]


class _Event(msgspec.Struct, frozen=True):
    type: Any = None
    choices: Any = None
    delta: Any = None
    model: Any = None
    message: Any = None


_events = msgspec.json.Decoder(_Event)


def is_call(method: str, path: str) -> bool:
    """Whether a request asks for an answer to a history."""
    return method == "POST" and _CALL.fullmatch(path) is not None


class AnswerText:
    """The text of one streamed answer, and when it came."""

    def __init__(self) -> None:
        self.model = ""
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self._parts: list[str] = []
        self._size = 0

    def take(self, event: WireEvent) -> None:
        try:
            given = _events.decode(event.data)
        except (msgspec.DecodeError, RecursionError):
            return  # [DONE], or another service's event
        started = given.message if isinstance(given.message, dict) else {}
        self.model = self.model or name(given.model) or name(started.get("model"))
        text = _brought(given)
        if text and self._size < ANSWER_LIMIT:
            self._size += len(text)
            self._parts.append(text)
            self.first_ns = event.at_ns if self.first_ns is None else self.first_ns
            self.last_ns = event.at_ns

    @property
    def text(self) -> str:
        return plain("".join(self._parts))


def _brought(event: _Event) -> str:
    if event.type == "content_block_delta" and isinstance(event.delta, dict):
        return text_in(event.delta.get("text"))
    choice = event.choices[0] if isinstance(event.choices, list) and event.choices else None
    delta = choice.get("delta") if isinstance(choice, dict) else None
    return text_in(delta.get("content")) if isinstance(delta, dict) else ""


def text_in(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def read_call(exchange: Exchange, streamed: AnswerText) -> Called | None:
    """What a request asked and what it was answered; None if that can't be told."""
    asked = object_in(exchange.request_body)
    history = _history(asked)
    if exchange.status != 200 or not history:
        return None
    if exchange.streamed:
        text, model = streamed.text, streamed.model
    else:
        answered = object_in(exchange.response_body)
        text, model = plain(_whole(answered)), name(answered.get("model"))
    is_anthropic = _ANTHROPIC.fullmatch(exchange.path) is not None
    return Called(
        *times_of(exchange),
        history=history,
        answer=StreamedMessage(
            "",
            "assistant",
            kind="answer",
            text=text,
            model=model or name(asked.get("model")),
            first_ns=streamed.first_ns,
            last_ns=streamed.last_ns,
        ),
        status=_STATUS.get(exchange.how, "cut"),
        dialect="anthropic" if is_anthropic else "openai",
    )


_STATUS: dict[str, TurnStatus] = {
    "complete": "complete",
    "client_abort": "stopped",
    "unfinished": "unfinished",
}


def _whole(answered: dict[str, Any]) -> str:
    """The text of an answer that was not streamed."""
    choices = answered.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else answered
    return text_in(message.get("content")) if isinstance(message, dict) else ""


def _history(asked: dict[str, Any]) -> tuple[Said, ...]:
    messages = asked.get("messages")
    if not isinstance(messages, list) or len(messages) > HISTORY_LIMIT:
        return ()
    said = [
        (name_in(each.get("role")), plain(text_in(each.get("content"))))
        for each in messages
        if isinstance(each, dict)
    ]
    system = plain(text_in(asked.get("system")))
    return (("system", system), *said) if system else tuple(said)


def chain(calls: Iterable[Called]) -> Iterator[Asked]:
    """The calls, in the order of time, as turns of conversations with made-up ids."""
    conversations: dict[str, str] = {}
    answered: set[tuple[str, str]] = set()
    for call in calls:
        ids = list(_ids(call.history))
        begun = (conversations[each] for each in reversed(ids) if each in conversations)
        conversation = next(begun, f"{SYNTHETIC}{call.exchange}")
        answer_id = next(_ids([(call.answer.role, call.answer.text)], ids[-1]))
        conversations[answer_id] = conversation
        if (conversation, answer_id) in answered:
            answer_id = f"{answer_id}/{call.exchange}"
        answered.add((conversation, answer_id))
        answer = msgspec.structs.replace(call.answer, message_id=answer_id, parent_id=ids[-1])
        yield Asked(
            call.exchange,
            call.at_ns,
            call.ended_ns,
            conversation_id="",
            parent_id="",
            action="next",
            model=call.answer.model,
            messages=tuple(
                StreamedMessage(each, role, text=text)
                for each, (role, text) in zip(ids, call.history, strict=True)
            ),
            turn=Turn(
                call.exchange,
                call.dialect,
                call.status,
                conversation_id=conversation,
                model=call.answer.model,
                messages=(answer,),
            ),
        )


def _ids(history: Sequence[Said], before: str = "") -> Iterator[str]:
    """An id a message, made of all up to it."""
    for role, text in history:
        said = f"{before}\0{role}\0{text}".encode()
        before = hashlib.blake2b(said, digest_size=12).hexdigest()
        yield before
