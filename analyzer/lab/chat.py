"""Asking for an answer, and going on with one: the endpoints that answer with streams."""

import asyncio
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from analyzer.lab import refusals
from analyzer.lab.credentials import Bearer
from analyzer.lab.exchange import Exchange
from analyzer.lab.kinds import KINDS
from analyzer.lab.moves import Texts, fold_texts
from analyzer.lab.options import ContentCoding, Form
from analyzer.lab.plan import Plan, continue_plan, make_plan
from analyzer.lab.productions import Production
from analyzer.lab.service import Service
from analyzer.lab.streams import MAX_STREAMS, RunningStream, Save
from analyzer.lab.truth import How, Stamp, StreamLine
from analyzer.lab.turns import FINISHED, PARTIAL, UNFINISHED, Question, begin_turn, keep_answer
from analyzer.serving.peer import Peer

MAX_TIME_SCALE = 100.0
MAX_ID_LENGTH = 64


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
    bearer = service.authorize(request)
    _check_room(service)
    question = await service.read(request, Question)
    _check(question)
    exchange = Exchange.of(request)
    started_s = asyncio.get_running_loop().time()
    cast = await begin_turn(service, question, exchange.request_id)
    wish, options = question.lab, service.options
    kind = KINDS[wish.kind or options.kind]
    form: Form = "delta_v1" if "v1" in question.supported_encodings else "cumulative"
    seed = next(service.seeds) if wish.seed is None else wish.seed
    scale = options.time_scale if wish.time_scale is None else wish.time_scale
    plan = make_plan(kind, form, seed, cast, scale)
    coding = wish.encoding or _acceptable(options.encoding, request)
    begun = _begin(request, plan, seed, coding, scale)
    service.truth.write(begun)
    save = _hand_off(service, begun, plan, started_s) if kind.hands_off else _saving(service, plan)
    stream = _stream(service, exchange, plan, coding, save, started_s, bearer)
    return StreamResponse(service, stream, exchange)


class _Resumed(msgspec.Struct, frozen=True):
    conversation_id: str
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0


async def resume(service: Service, request: Request) -> StreamResponse:
    """Go on with a turn that was handed off: what is due at once, the rest as it comes."""
    bearer = service.authorize(request)
    _check_room(service)
    wanted = await service.read(request, _Resumed)
    production = service.productions.find(wanted.conversation_id)
    if production is None:
        raise refusals.nothing_to_resume(wanted.conversation_id)
    plan = continue_plan(production.head, wanted.offset, production.elapsed_s())
    if plan is None:
        raise refusals.wrong("body.offset", "more events than the turn has")
    exchange = Exchange.of(request)
    head = production.begun
    coding = _acceptable(service.options.encoding, request)
    begun = _begin(request, plan, head.seed, coding, head.time_scale)
    resumes = {"resumes": production.reader_id, "resume_offset": wanted.offset}
    service.truth.write(msgspec.structs.replace(begun, **resumes))
    production.reader_id = exchange.request_id
    save = _reading(production, plan)
    stream = _stream(service, exchange, plan, coding, save, production.started_s, bearer)
    return StreamResponse(service, stream, exchange)


def _check_room(service: Service) -> None:
    if service.streams.is_full() or service.productions.is_full():
        raise refusals.too_many(MAX_STREAMS)


def _check(question: Question) -> None:
    wish = question.lab
    if not question.messages and question.action == "next":
        raise refusals.wrong("body.messages", "at least one message is needed")
    if wish.kind is not None and wish.kind not in KINDS:
        raise refusals.wrong("body.lab.kind", f"one of {', '.join(KINDS)}")
    if wish.time_scale is not None and not 0 <= wish.time_scale <= MAX_TIME_SCALE:
        raise refusals.wrong("body.lab.time_scale", f"between 0 and {MAX_TIME_SCALE:g}")
    if question.messages and len(question.messages[-1].id or "") > MAX_ID_LENGTH:
        raise refusals.wrong("body.messages.id", f"at most {MAX_ID_LENGTH} characters")


def _acceptable(coding: ContentCoding, request: Request) -> ContentCoding:
    """The lab's coding, if the client takes it; only the field of the body insists on one."""
    accepted = request.headers.get("accept-encoding", "")
    names = {item.partition(";")[0].strip() for item in accepted.split(",")}
    return coding if coding in names else "none"


def _stream(
    service: Service,
    exchange: Exchange,
    plan: Plan,
    coding: ContentCoding,
    save: Save,
    started_s: float,
    bearer: Bearer,
) -> RunningStream:
    return RunningStream(
        exchange.request_id,
        plan,
        coding,
        service.truth,
        save,
        started_s,
        bearer,
        service.options.streams_at_expiry,
    )


def _saving(service: Service, plan: Plan) -> Save:
    """Store the answer when its stream has ended, however it did."""

    async def save(texts: Texts, how: How) -> None:
        cast = plan.cast
        whole = how == "complete" and plan.outcome == "complete"
        status = PARTIAL if how == "stopped" else FINISHED if whole else UNFINISHED
        await keep_answer(service, cast, texts, status, cast.request_id, cast.action)

    return save


def _hand_off(service: Service, begun: StreamLine, head: Plan, started_s: float) -> Save:
    """Let the turn go on by itself; its first stream ends it only if the user stops that."""
    cast = head.cast

    async def keep(texts: Texts, how: How, reader_id: str) -> None:
        status = FINISHED if how == "complete" else PARTIAL
        action = cast.action if reader_id == begun.stream else "resume"
        await keep_answer(service, cast, texts, status, reader_id, action)

    production = Production(begun, head, started_s, keep)
    service.productions.begin(production)
    return _reading(production, head)


def _reading(production: Production, plan: Plan) -> Save:
    """What the end of a stream means for the turn that it reads."""

    async def save(texts: Texts, how: How) -> None:
        if how == "stopped" or (how == "complete" and plan.outcome == "complete"):
            await production.end(how, production.texts_before(plan.begins_at) + texts)

    return save


def _begin(
    request: Request, plan: Plan, seed: int, coding: ContentCoding, scale: float
) -> StreamLine:
    texts, cast, stamp = fold_texts(plan.pieces()), plan.cast, Stamp.now()
    exchange = Exchange.of(request)
    return StreamLine(
        mono_ns=stamp.mono_ns,
        wall_ns=stamp.wall_ns,
        stream=exchange.request_id,
        path=request.url.path,
        protocol=exchange.protocol,
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
