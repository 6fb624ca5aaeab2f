"""The ASGI application: every request is looked for in the script, and its answer played."""

import asyncio
from collections.abc import Callable
from typing import Any

from analyzer.replay import refusals
from analyzer.replay.fields import Fields, answer_fields, cross_origin, let_in, preflight
from analyzer.replay.matching import SOCKET, Match, Matcher, Miss
from analyzer.replay.nearest import Nearest
from analyzer.replay.options import ReplayOptions, Told
from analyzer.replay.player import Receive, Send, Stage, play, while_connected
from analyzer.replay.requests import CONDITIONS, Asked
from analyzer.replay.schedule import Playing, Tempo
from analyzer.replay.script import NOT_MODIFIED, Bytes, Recorded, Script
from analyzer.replay.sockets import play_socket, refuse_socket
from analyzer.serving.peer import Peer
from analyzer.serving.requests import read_body

BODY_LIMIT = 64 * 1024 * 1024
"""Longest request body that is taken; a capture has none that is longer."""

_VERSIONS = {"2": "h2", "3": "h3"}

type Scope = dict[str, Any]
type Tell = Callable[[Told], None]


class ReplayApplication:
    """Plays a script to whoever asks; ``tell`` is called once a request, when it is matched."""

    def __init__(self, script: Script, contents: Bytes, options: ReplayOptions, tell: Tell) -> None:
        self._contents = contents
        self._options = options
        self._tell = tell
        self._tempo = Tempo(options.speed)
        self._matcher = Matcher(script, contents, options.strictness, loop=options.loop)
        self._nearest = Nearest(script, contents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http":
                await self._answer(scope, receive, send)
            elif scope["type"] == "websocket":
                await self._open_socket(scope, receive, send)
        except (AssertionError, ValueError):  # aioquic's answers to writes on an aborted stream
            if not Peer(send).has_gone():
                raise

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive, BODY_LIMIT)
        stage = Stage(scope["method"], send, asyncio.get_running_loop().time())
        headers = _headers(scope)
        origin = headers.get("origin", "")
        page = origin if let_in(origin, headers.get("host", ""), self._options.origins) else ""
        asked = _asked(scope, headers, scope["method"], body)
        if page and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            self._tell_of(scope, asked)
            await stage.begin(204, preflight(tuple(headers.items()), page))
            await stage.end()
            return
        accept = headers.get("accept", "")
        if len(body) > BODY_LIMIT:
            await self._refuse(scope, asked, stage, refusals.refuse_long(BODY_LIMIT, accept), page)
            return
        self._matcher.see(scope["headers"])
        found = self._matcher.find(asked)
        refusal = self._refusal(found, asked, accept)
        if isinstance(found, Miss) or refusal is not None:
            await self._refuse(scope, asked, stage, refusal, page)
            return
        await self._play(scope, asked, receive, stage, found, page)

    async def _play(
        self,
        scope: Scope,
        asked: Asked,
        receive: Receive,
        stage: Stage,
        match: Match,
        page: str,
    ) -> None:
        recorded = match.recorded
        playing = Playing(recorded, self._contents, self._tempo, self._options.faults)
        self._tell_of(scope, asked, match=match, missed=playing.missed)
        work = play(stage, playing, recorded.status, _fields(recorded, page))
        await while_connected(work, receive)

    def _refusal(self, found: Match | Miss, asked: Asked, accept: str) -> refusals.Refusal | None:
        if isinstance(found, Miss):
            candidates = self._nearest.of(found)
            return refusals.refuse_miss(found, candidates, self._matcher.strictness, accept)
        if found.recorded.status == NOT_MODIFIED and not asked.conditional:
            return refusals.refuse_unmodified(found.recorded, accept)
        if found.recorded.can_be_served:
            return None
        return refusals.refuse_missing(found.recorded, accept)

    async def _refuse(
        self,
        scope: Scope,
        asked: Asked,
        stage: Stage,
        refusal: refusals.Refusal | None,
        page: str,
    ) -> None:
        assert refusal is not None
        self._tell_of(scope, asked, refusal=refusal.told)
        fields: Fields = [
            (b"content-type", refusal.content_type.encode()),
            (b"content-length", str(len(refusal.body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await stage.begin(refusal.status, cross_origin(fields, page) if page else fields)
        await stage.write(refusal.body)
        await stage.end()

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        started_s = asyncio.get_running_loop().time()
        headers = _headers(scope)
        asked = _asked(scope, headers, SOCKET, b"")
        self._matcher.see(scope["headers"])
        found = self._matcher.find(asked)
        if isinstance(found, Miss):
            candidates = self._nearest.of(found)
            strictness = self._matcher.strictness
            refusal = refusals.refuse_miss(found, candidates, strictness, headers.get("accept", ""))
            self._tell_of(scope, asked, refusal=refusal.told)
            await refuse_socket(send, refusal)
            return
        self._tell_of(scope, asked, match=found)
        offered = tuple(scope["subprotocols"])
        work = play_socket(send, started_s, found.recorded, self._contents, self._tempo, offered)
        await while_connected(work, receive)

    def _tell_of(self, scope: Scope, asked: Asked, **more: Any) -> None:
        version = scope["http_version"]
        protocol = _VERSIONS.get(version, f"http/{version}")
        clean = self._matcher.redacted(Asked(asked.method, "", asked.path))
        self._tell(Told(protocol, clean.method, clean.path, **more))


def _headers(scope: Scope) -> dict[str, str]:
    """The request's fields by name; of repeated ones the last."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def _asked(scope: Scope, headers: dict[str, str], method: str, body: bytes) -> Asked:
    target = scope["raw_path"]
    if query := scope["query_string"]:
        target += b"?" + query
    path = target.decode(errors="surrogateescape")
    conditional = not CONDITIONS.isdisjoint(headers)
    return Asked(method, headers.get("host", ""), path, body, conditional)


def _fields(recorded: Recorded, page: str) -> Fields:
    fields = answer_fields(recorded)
    return cross_origin(fields, page) if page else fields
