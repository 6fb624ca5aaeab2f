"""Turns in the database: a question goes in, later its answer, each as a node of the tree."""

import time
from functools import partial
from typing import Any, Literal

import msgspec

from analyzer.lab import refusals
from analyzer.lab.database import ConversationRow, Database, MessageRow
from analyzer.lab.moves import Texts
from analyzer.lab.options import ContentCoding, IdScheme
from analyzer.lab.seeding import MODEL, ROOT
from analyzer.lab.service import Service
from analyzer.lab.truth import Action, MessageLine, Stamp, TitleLine
from analyzer.lab.writer import Cast

NEW_TITLE = "New chat"
FINISHED = "finished_successfully"
PARTIAL = "finished_partial_completion"
UNFINISHED = "in_progress"  # what a service leaves of a turn that broke


class _Content(msgspec.Struct, frozen=True):
    parts: list[Any]
    content_type: str = "text"


class _Asked(msgspec.Struct, frozen=True):
    content: _Content
    id: str | None = None


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lab's own field of the body: what kind of stream to answer with, and of ids to make."""

    kind: str | None = None
    seed: int | None = None
    encoding: ContentCoding | None = None
    time_scale: float | None = None
    ids: IdScheme | None = None


class Question(msgspec.Struct, frozen=True):
    """The body of a request for an answer, as far as the lab looks at it.

    ``variant`` asks for another answer to a message of the user, named by
    the last of ``messages`` or else by ``parent_message_id``.
    """

    messages: list[_Asked] = []
    action: Literal["next", "variant"] = "next"
    parent_message_id: str | None = None
    conversation_id: str | None = None
    model: str = "auto"
    supported_encodings: list[str] = []
    lab: Wish = Wish()


async def begin_turn(service: Service, question: Question, request_id: str) -> Cast:
    """Find or write the user's message, in a new conversation unless the question names one."""
    now = time.time()
    ids = question.lab.ids
    if question.conversation_id is None:
        model = MODEL if question.model == "auto" else question.model
        new_id = service.new_id("conversation", ids)
        row = ConversationRow(new_id, NEW_TITLE, now, now, "", model, 0)
        known: list[MessageRow] = []
    else:
        row = await service.conversation(question.conversation_id)
        known = await service.query(service.database.messages, row.id)
    action: Action = question.action
    if action == "variant":
        asked = _regenerated(question, known)
    else:
        asked = await _write_question(service, question, row, known, now)
        siblings = [message for message in known if message.role == "user"]
        if any(message.parent_id == asked.parent_id for message in siblings):
            action = "edit"
        log_message(service, asked, action)
    return Cast(
        conversation_id=row.id,
        request_id=request_id,
        user_message_id=asked.id,
        answer_id=service.new_id("message", ids),
        prompt=asked.text,
        model=MODEL if question.model == "auto" else question.model,
        now_s=now,
        resume_credential=service.issuer.issue_resume(row.id),
        new_id=partial(service.new_id, "message", ids),
        action=action,
    )


def _regenerated(question: Question, known: list[MessageRow]) -> MessageRow:
    named = {asked.id for asked in question.messages[-1:]} | {question.parent_message_id}
    for message in known:
        if message.role == "user" and message.id in named:
            return message
    raise refusals.wrong("body.parent_message_id", "no message of the user in this conversation")


async def _write_question(
    service: Service,
    question: Question,
    row: ConversationRow,
    known: list[MessageRow],
    now: float,
) -> MessageRow:
    asked = question.messages[-1]
    text = "".join(part for part in asked.content.parts if isinstance(part, str))
    message_id = asked.id
    if message_id is None or await service.query(service.database.has_message, message_id):
        message_id = service.new_id("message", question.lab.ids)
    parent = _parent(question, row, known)
    message = MessageRow(message_id, row.id, parent, "user", text, FINISHED, now)
    is_new = question.conversation_id is None
    await service.query(_add_question, service.database, row, message, is_new=is_new)
    return message


def _parent(question: Question, row: ConversationRow, known: list[MessageRow]) -> str:
    """Return the node that a question hangs from: the one named, else where one left off."""
    ids = {message.id for message in known}
    if question.parent_message_id in {ROOT, *ids}:
        return question.parent_message_id or ROOT
    if row.current_node in ids:
        return row.current_node
    return known[-1].id if known else ROOT


def _add_question(
    database: Database, row: ConversationRow, message: MessageRow, *, is_new: bool
) -> None:
    if is_new:
        database.add_conversations([row])
    database.add_messages([message])
    database.touch(row.id, message.id, message.create_time, turns=1)


async def keep_answer(
    service: Service, cast: Cast, texts: Texts, status: str, stream_id: str, action: Action
) -> None:
    """Keep what was sent of an answer, as a service that noticed an interruption would."""
    message = MessageRow(
        cast.answer_id,
        cast.conversation_id,
        cast.user_message_id,
        "assistant",
        texts.answer,
        status,
        time.time(),
    )
    await service.query(_add_answer, service.database, message, texts.title)
    log_message(service, message, action, stream_id)
    if texts.title:
        log_title(service, cast.conversation_id, texts.title, "stream")


def _add_answer(database: Database, message: MessageRow, title: str) -> None:
    database.add_messages([message])
    database.touch(message.conversation_id, message.id, message.create_time, turns=0)
    if title:
        database.set_title(message.conversation_id, title)


def log_message(service: Service, message: MessageRow, action: Action, stream_id: str = "") -> None:
    stamp = Stamp.now()
    service.truth.write(
        MessageLine(
            mono_ns=stamp.mono_ns,
            wall_ns=stamp.wall_ns,
            conversation_id=message.conversation_id,
            message_id=message.id,
            parent_id=message.parent_id,
            role="user" if message.role == "user" else "assistant",
            action=action,
            text=message.text,
            stream=stream_id,
        )
    )


def log_title(
    service: Service, conversation_id: str, title: str, how: Literal["stream", "gen_title"]
) -> None:
    stamp = Stamp.now()
    service.truth.write(
        TitleLine(
            mono_ns=stamp.mono_ns,
            wall_ns=stamp.wall_ns,
            conversation_id=conversation_id,
            title=title,
            how=how,
        )
    )
