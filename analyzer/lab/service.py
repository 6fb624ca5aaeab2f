"""What the endpoints share: the lab's parts, and who is asking."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Self

import msgspec
from starlette.requests import Request

from analyzer.lab import refusals
from analyzer.lab.credentials import Bearer, Issuer
from analyzer.lab.database import ConversationRow, Database
from analyzer.lab.exchange import Exchange
from analyzer.lab.identifiers import make_id
from analyzer.lab.options import IdScheme, LabOptions
from analyzer.lab.productions import Productions
from analyzer.lab.seeding import write_messages
from analyzer.lab.sessions import Session, Sessions
from analyzer.lab.streams import Streams
from analyzer.lab.truth import MadeLine, Stamp, TruthLog

MAX_BODY_BYTES = 1 << 20


class Service:
    """One running lab, as its endpoints see it."""

    def __init__(self, options: LabOptions, database: Database, truth: TruthLog) -> None:
        self.options = options
        self.truth = truth
        self.streams = Streams()
        self.productions = Productions()
        self.sessions = Sessions(
            options.session_cookie, options.rotate_session_after_s, truth, time.time
        )
        self.issuer = Issuer(
            options.jwt_algorithm,
            options.access_lifetime_s,
            truth,
            time.time,
            options.access_format,
        )
        self.seeds = itertools.count(options.seed)
        self._database = database
        self._worker = ThreadPoolExecutor(1, "lab-database")
        self._rng = random.SystemRandom()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown()

    def new_id(
        self,
        field: Literal["conversation", "message"],
        scheme: IdScheme | None = None,
        at_ms: int | None = None,
    ) -> str:
        """Make an id, now unless told when, of the lab's scheme unless told which."""
        stamp = Stamp.now()
        made_ms = stamp.wall_ns // 1_000_000 if at_ms is None else at_ms
        used = scheme or self.options.ids
        made = make_id(used, made_ms, self._rng)
        self.truth.write(
            MadeLine(
                mono_ns=stamp.mono_ns,
                wall_ns=stamp.wall_ns,
                id=made,
                field=field,
                scheme=used,
                at_ms=made_ms,
            )
        )
        return made

    async def query[**P, T](self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run a method of the database in its thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: call(*arguments, **named))

    @property
    def database(self) -> Database:
        """To name methods for `query`, which runs them where they may block."""
        return self._database

    async def conversation(self, conversation_id: str) -> ConversationRow:
        """Return a conversation that has its messages, or raise the refusal for none."""
        row = await self.query(self._database.conversation, conversation_id)
        if row is None:
            raise refusals.not_found(conversation_id)
        if not row.has_messages:
            await self.query(self._write_messages, row)
        return row

    def _write_messages(self, row: ConversationRow) -> None:
        """A seeded conversation is opened for the first time."""
        found = self._database.conversation(row.id)
        if found and not found.has_messages:
            self._database.add_messages(write_messages(row, self.options.seed, self.options.ids))
            self._database.mark_opened(row.id)

    def authorize(self, request: Request) -> Bearer:
        """Return what a request's bearer stands for, or raise the refusal that it gets."""
        exchange = Exchange.of(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise refusals.missing()
            bearer = self.issuer.check_access(token.strip())
        except refusals.Refused as refusal:
            exchange.credential = refusal.code
            raise
        exchange.credential = "valid"
        return bearer

    def has_cookie_only(self, request: Request) -> bool:
        """Whether a session cookie came without any bearer, which a service answers with a mask."""
        return "authorization" not in request.headers and self.session(request) is not None

    def session(self, request: Request) -> Session | None:
        return self.sessions.find(request.cookies)

    async def read[T](self, request: Request, kind: type[T]) -> T:
        """Return the request's JSON body as a type, or raise the refusal for a bad one."""
        body = await request.body()
        if len(body) > MAX_BODY_BYTES:
            raise refusals.too_large(MAX_BODY_BYTES)
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise refusals.wrong("body", str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise refusals.unreadable(str(error)) from None
