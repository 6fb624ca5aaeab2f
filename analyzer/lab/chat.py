"""Asking for an answer: ``POST /backend-api/conversation`` and its newer sibling."""

import time
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from analyzer.lab import refusals
from analyzer.lab.database import ConversationRow, Database, MessageRow
from analyzer.lab.exchange import Exchange
from analyzer.lab.kinds import KINDS
from analyzer.lab.moves import Texts, fold_texts
from analyzer.lab.options import ContentCoding, Form
from analyzer.lab.peer import Peer
from analyzer.lab.plan import Plan, make_plan
from analyzer.lab.seeding import MODEL, ROOT
from analyzer.lab.service import Service
from analyzer.lab.streams import MAX_STREAMS, RunningStream
from analyzer.lab.truth import How, Stamp, StreamLine
from analyzer.lab.writer import Cast

NEW_TITLE = "New chat"
MAX_TIME_SCALE = 100.0
MAX_ID_LENGTH = 64
_FINISHED = "finished_successfully"
_UNFINISHED = "in_progress"  # what a service leaves of a turn that broke
_STATUS: dict[How, str] = {
    "complete": _FINISHED,
    "stopped": "finished_partial_completion",
}


class _Content(msgspec.Struct, frozen=True):
    parts: list[Any]
    content_type: str = "text"


class _Asked(msgspec.Struct, frozen=True):
    content: _Content
    id: str | None = None


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lab's own field of the body: what kind of stream to answer with."""

    kind: str | None = None
    seed: int | None = None
    encoding: ContentCoding | None = None
    time_scale: float | None = None


class Question(msgspec.Struct, frozen=True):
    """The body of a request for an answer, as far as the lab looks at it."""

    messages: list[_Asked]
    action: Literal["next"] = "next"
    parent_message_id: str | None = None
    conversation_id: str | None = None
    model: str = "auto"
    supported_encodings: list[str] = []
    lab: _Wish = _Wish()


class StreamResponse:
    """An ASGI application that sends one stream, past any middleware's wrapping."""

    def __init__(self, service: Service, stream: RunningStream, exchange: Exchange) -> None:
        self._service = service
        self._stream = stream
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._exchange.log(200)
        raw = self._exchange.send
        await self._service.streams.run(self._stream, receive, raw, Peer(raw))


async def ask(service: Service, request: Request) -> StreamResponse:
    """Write the question down and begin the answer."""
    service.authorize(request)
    if service.streams.is_full():
        raise refusals.too_many(MAX_STREAMS)
    question = await service.read(request, Question)
    _check(question)
    exchange = Exchange.of(request)
    cast = await _write_question(service, question, exchange.request_id)
    wish, options = question.lab, service.options
    kind = KINDS[wish.kind or options.kind]
    form: Form = "delta_v1" if "v1" in question.supported_encodings else "cumulative"
    seed = next(service.seeds) if wish.seed is None else wish.seed
    scale = options.time_scale if wish.time_scale is None else wish.time_scale
    plan = make_plan(kind, form, seed, cast, scale)
    coding = wish.encoding or _acceptable(options.encoding, request)
    service.truth.write(_begin(request, plan, seed, coding, scale))

    async def save(texts: Texts, how: How) -> None:
        await service.query(_write_answer, service.database, plan, texts, how)

    stream = RunningStream(exchange.request_id, plan, coding, service.truth, save)
    return StreamResponse(service, stream, exchange)


def _check(question: Question) -> None:
    wish = question.lab
    if not question.messages:
        raise refusals.wrong("body.messages", "at least one message is needed")
    if wish.kind is not None and wish.kind not in KINDS:
        raise refusals.wrong("body.lab.kind", f"one of {', '.join(KINDS)}")
    if wish.time_scale is not None and not 0 <= wish.time_scale <= MAX_TIME_SCALE:
        raise refusals.wrong("body.lab.time_scale", f"between 0 and {MAX_TIME_SCALE:g}")
    if len(question.messages[-1].id or "") > MAX_ID_LENGTH:
        raise refusals.wrong("body.messages.id", f"at most {MAX_ID_LENGTH} characters")


def _acceptable(coding: ContentCoding, request: Request) -> ContentCoding:
    """The lab's coding, if the client takes it; only the field of the body insists on one."""
    accepted = request.headers.get("accept-encoding", "")
    names = {item.partition(";")[0].strip() for item in accepted.split(",")}
    return coding if coding in names else "none"


async def _write_question(service: Service, question: Question, request_id: str) -> Cast:
    """Put the user's message into a conversation, a new one unless the question names one."""
    now = time.time()
    asked = question.messages[-1]
    prompt = "".join(part for part in asked.content.parts if isinstance(part, str))
    model = MODEL if question.model == "auto" else question.model
    if question.conversation_id is None:
        row = ConversationRow(service.new_id(), NEW_TITLE, now, now, "", model, 0)
    else:
        row = await service.conversation(question.conversation_id)
    known = await service.query(service.database.messages, row.id)
    parents = {message.id for message in known}
    last = known[-1].id if known else ROOT
    parent = question.parent_message_id if question.parent_message_id in parents else last
    taken = asked.id is None or await service.query(service.database.has_message, asked.id)
    message_id = service.new_id() if taken or asked.id is None else asked.id
    message = MessageRow(message_id, row.id, parent or ROOT, "user", prompt, _FINISHED, now)
    await service.query(_add_question, service.database, row, message, question.conversation_id)
    return Cast(
        conversation_id=row.id,
        request_id=request_id,
        user_message_id=message_id,
        answer_id=service.new_id(),
        prompt=prompt,
        model=model,
        now_s=now,
        resume_credential=service.issuer.issue_resume(row.id),
        new_id=service.new_id,
    )


def _add_question(
    database: Database, row: ConversationRow, message: MessageRow, known_id: str | None
) -> None:
    if known_id is None:
        database.add_conversations([row])
    database.add_messages([message])
    database.touch(row.id, message.id, message.create_time, turns=1)


def _write_answer(database: Database, plan: Plan, texts: Texts, how: How) -> None:
    """Keep what was sent of an answer, as a service that noticed the interruption would."""
    cast, now = plan.cast, time.time()
    whole = how == "stopped" or plan.outcome == "complete"
    status = _STATUS.get(how, _UNFINISHED) if whole else _UNFINISHED
    parent = cast.user_message_id
    row = MessageRow(
        cast.answer_id, cast.conversation_id, parent, "assistant", texts.answer, status, now
    )
    database.add_messages([row])
    database.touch(cast.conversation_id, cast.answer_id, now, turns=0)
    if texts.title:
        database.set_title(cast.conversation_id, texts.title)


def _begin(
    request: Request, plan: Plan, seed: int, coding: ContentCoding, scale: float
) -> StreamLine:
    texts, cast, stamp = fold_texts(plan.pieces()), plan.cast, Stamp.now()
    return StreamLine(
        mono_ns=stamp.mono_ns,
        wall_ns=stamp.wall_ns,
        stream=cast.request_id,
        path=request.url.path,
        protocol=Exchange.of(request).protocol,
        form=plan.form,
        kind=plan.kind.name,
        seed=seed,
        encoding=coding,
        time_scale=scale,
        model=cast.model,
        conversation_id=cast.conversation_id,
        user_message_id=cast.user_message_id,
        message_id=cast.answer_id,
        answer=texts.answer,
        reasoning=texts.reasoning,
        commentary=texts.commentary,
        title=texts.title,
        outcome=plan.outcome,
        server_ttft_ms=round(plan.script.visible_s * 1000, 3),
        events=plan.events(),
        size=sum(len(send.data) for send in plan.sends),
    )
