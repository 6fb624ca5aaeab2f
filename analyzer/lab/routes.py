"""The endpoints: thin functions from a request to a response."""

import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from analyzer.lab import chat, credentials, lists, refusals, shapes, texts
from analyzer.lab.burst import burst
from analyzer.lab.exchange import Exchange
from analyzer.lab.kinds import KINDS
from analyzer.lab.options import CODINGS
from analyzer.lab.service import Service
from analyzer.lab.sessions import SESSION_LIFETIME_S
from analyzer.lab.truth import FeedbackLine, Stamp
from analyzer.lab.turns import NEW_TITLE, log_title

type Endpoint = Callable[[Service, Request], Awaitable[Response | chat.StreamResponse]]

STATIC = Path(__file__).parent / "static"
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    # Tools that drive browsers evaluate their conditions in the page, hence unsafe-eval.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-eval';"
        " base-uri 'none'; frame-ancestors 'self'"
    ),
}


def make_routes(service: Service) -> list[BaseRoute]:
    """Return every route of the lab, bound to its service."""
    table: tuple[tuple[str, str, Endpoint], ...] = (
        ("GET", "/", _page),
        ("GET", "/c/{id}", _page),
        ("GET", "/duet", _duet),
        ("GET", "/api/auth/session", _session),
        ("GET", "/backend-api/conversations", lists.conversations),
        ("GET", "/backend-api/gizmos/{gizmo}/conversations", lists.conversations_after),
        ("GET", "/backend-api/archive", lists.archive),
        ("GET", "/backend-api/history", lists.history),
        ("GET", "/backend-api/conversation/{id}", _conversation),
        ("POST", "/backend-api/conversation", chat.ask),
        ("POST", "/backend-api/f/conversation", chat.ask),
        ("POST", "/backend-api/f/conversation/resume", chat.resume),
        ("POST", "/backend-api/conversation/gen_title/{id}", _make_title),
        ("POST", "/backend-api/conversation/message_feedback", _feedback),
        ("POST", "/backend-api/stop_conversation", _stop),
        ("GET", "/lab/kinds", _kinds),
        ("POST", "/lab/revoke", _revoke),
        ("POST", "/lab/burst", burst),
    )
    routes: list[BaseRoute] = [
        Route(path, _bind(service, endpoint), methods=[method]) for method, path, endpoint in table
    ]
    return [*routes, Mount("/static", StaticFiles(directory=STATIC))]


def _bind(
    service: Service, endpoint: Endpoint
) -> Callable[[Request], Awaitable[Response | chat.StreamResponse]]:
    async def bound(request: Request) -> Response | chat.StreamResponse:
        try:
            return await endpoint(service, request)
        except refusals.Refused as refusal:
            return refusal.response()

    return bound


async def _page(service: Service, request: Request) -> Response:
    """The chat page; a newcomer gets a session with it."""
    return _enter(service, request, "index.html")


async def _duet(service: Service, request: Request) -> Response:
    """Two chat pages that talk to each other, in one session."""
    return _enter(service, request, "duet.html")


def _enter(service: Service, request: Request, page: str) -> Response:
    response = FileResponse(STATIC / page, headers=_PAGE_HEADERS)
    if service.session(request) is None:
        session = service.sessions.open()
        for cookie in service.sessions.set_cookies(session, request.cookies):
            response.headers.append("set-cookie", cookie)
    return response


async def _session(service: Service, request: Request) -> Response:
    """The access credential of a session; ``expires`` is the session's own end."""
    session = service.session(request)
    if session is None:
        return JSONResponse({})
    rotated = service.sessions.rotate_if_due(session)
    access = service.sessions.access(session, service.issuer)
    body: dict[str, object] = {
        "user": {
            "id": credentials.USER_ID,
            "name": credentials.USER_NAME,
            "email": credentials.USER_EMAIL,
            "image": None,
        },
        "expires": shapes.iso_time(session.issued_at_s + SESSION_LIFETIME_S),
        "account": {"id": credentials.ACCOUNT_ID, "planType": "free", "structure": "personal"},
        "accessToken": access.token,
        "authProvider": "lab",
    }
    if service.options.access_format == "opaque":
        body["expires_in"] = round(access.expires_at_s - time.time())
    response = JSONResponse(body, headers={"cache-control": "no-store"})
    for cookie in service.sessions.set_cookies(session, request.cookies) if rotated else ():
        response.headers.append("set-cookie", cookie)
    return response


async def _conversation(service: Service, request: Request) -> Response:
    conversation_id = request.path_params["id"]
    if service.has_cookie_only(request):
        Exchange.of(request).credential = "masked"
        raise refusals.inaccessible(conversation_id)
    service.authorize(request)
    row = await service.conversation(conversation_id)
    rows = await service.query(service.database.messages, row.id)
    return JSONResponse(shapes.detail(row, rows))


async def _make_title(service: Service, request: Request) -> Response:
    service.authorize(request)
    row = await service.conversation(request.path_params["id"])
    if row.title != NEW_TITLE:
        return JSONResponse({"message": f"Conversation {row.id} already has title '{row.title}'"})
    title = texts.write_title(random.Random(row.id))  # noqa: S311 - a title, no secret
    await service.query(service.database.set_title, row.id, title)
    log_title(service, row.id, title, "gen_title")
    return JSONResponse({"title": title})


class _Feedback(msgspec.Struct, frozen=True):
    conversation_id: str
    message_id: str
    rating: Literal["thumbsUp", "thumbsDown"]
    tags: list[str] = []
    text: str = ""


async def _feedback(service: Service, request: Request) -> Response:
    service.authorize(request)
    given = await service.read(request, _Feedback)
    await service.conversation(given.conversation_id)
    if not await service.query(service.database.has_message, given.message_id):
        raise refusals.wrong("body.message_id", "no message of this conversation")
    stamp = Stamp.now()
    now = stamp.wall_ns / 1e9
    await service.query(
        service.database.add_feedback, given.message_id, given.rating, given.text, now
    )
    service.truth.write(
        FeedbackLine(
            mono_ns=stamp.mono_ns,
            wall_ns=stamp.wall_ns,
            conversation_id=given.conversation_id,
            message_id=given.message_id,
            rating=given.rating,
        )
    )
    return JSONResponse(msgspec.to_builtins(given) | {"update_time": shapes.iso_time(now)})


class _Named(msgspec.Struct, frozen=True):
    conversation_id: str


async def _stop(service: Service, request: Request) -> Response:
    """Stop a running stream, which then closes properly, or a turn that was handed off."""
    service.authorize(request)
    named = await service.read(request, _Named)
    stopped = service.streams.stop(named.conversation_id)
    production = service.productions.find(named.conversation_id)
    if production is not None and not stopped:  # nobody reads what goes on there
        stopped = await production.stop()
    return JSONResponse({"success": stopped})


async def _kinds(service: Service, request: Request) -> Response:
    """What the page offers to choose from."""
    kinds = [{"name": kind.name, "about": kind.about} for kind in KINDS.values()]
    options = service.options
    default = {"kind": options.kind, "encoding": options.encoding}
    return JSONResponse({"kinds": kinds, "encodings": list(CODINGS), "default": default})


class _Revocation(msgspec.Struct, frozen=True):
    what: Literal["access", "session", "blocked"] = "access"


async def _revoke(service: Service, request: Request) -> Response:
    """Revoke what the asking session holds, so that a client can be watched recovering.

    ``access``: 401 until it is refreshed. ``blocked``: the same, but 403 in
    HTML. ``session``: the cookie goes too, and refreshing returns ``{}``.
    """
    session = service.session(request)
    if session is None:
        session = service.sessions.by_id(service.authorize(request).session_id)
    wanted = await service.read(request, _Revocation)
    if session is None or session.access is None:
        return JSONResponse({"revoked": None})
    refusal = {
        "access": refusals.invalidated,
        "session": refusals.logged_out,
        "blocked": refusals.blocked,
    }[wanted.what]
    service.issuer.revoke(session.access, refusal)
    if wanted.what == "session":
        service.sessions.close(session)
    return JSONResponse({"revoked": session.access.jti})
