"""Pages of the conversation list: by offset, page number, cursor, or the item before."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analyzer.lab import refusals, shapes
from analyzer.lab.database import ConversationRow, Order
from analyzer.lab.exchange import Exchange
from analyzer.lab.service import Service
from analyzer.lab.truth import PageLine, PageStyle, Stamp

DEFAULT_LIMIT = 28
DEFAULT_PER_PAGE = 20
MAX_LIMIT = 100
_MAX_OFFSET = 1 << 40
_ORDERS: dict[str, Order] = {"updated": "updated", "created": "created"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A page as its request names it; ``skipped`` rows are stepped over to reach it."""

    style: PageStyle
    position: str
    limit: int
    order: Order
    skipped: int = 0


async def conversations(service: Service, request: Request) -> Response:
    """A page by offset; with ``cursor`` in the query, by keyset instead."""
    if "cursor" in request.query_params:
        return await conversations_after(service, request)
    offset = _number(request, "offset", 0, 0, _MAX_OFFSET)
    limit = _number(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    wanted = _Wanted("offset", str(offset), limit, _order(request, "updated"), offset)
    page = {"limit": limit, "offset": offset, "has_missing_conversations": False}
    if service.has_cookie_only(request):
        Exchange.of(request).credential = "masked"
        return JSONResponse({"items": [], "total": 0} | page)
    service.authorize(request)
    rows, took_ns = await _at(service, wanted)
    total = await service.query(service.database.count)
    body = {"items": _items(rows), "total": total} | page
    return _answer(service, request, wanted, rows, took_ns, body, total=total)


async def conversations_after(service: Service, request: Request) -> Response:
    """A page by keyset: its cursor holds where the page before ended."""
    service.authorize(request)
    limit = _number(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    position = request.query_params.get("cursor", "")
    wanted = _Wanted("cursor", position, limit, _order(request, "updated"))
    rows, took_ns = await _after(service, wanted, shapes.read_cursor(position))
    cursor = shapes.write_cursor(*_key(wanted, rows[-1])) if len(rows) == limit else None
    return _answer(
        service, request, wanted, rows, took_ns, {"items": _items(rows), "cursor": cursor}
    )


async def archive(service: Service, request: Request) -> Response:
    """A page by its number, from 1; ``Link`` (RFC 8288) names its neighbours and the last one."""
    service.authorize(request)
    number = _number(request, "page", 1, 1, _MAX_OFFSET)
    per_page = _number(request, "per_page", DEFAULT_PER_PAGE, 1, MAX_LIMIT)
    order = _order(request, "created")
    wanted = _Wanted("page", str(number), per_page, order, (number - 1) * per_page)
    rows, took_ns = await _at(service, wanted)
    last = max(1, -(-await service.query(service.database.count) // per_page))
    relations = {"first": 1, "prev": number - 1, "next": number + 1, "last": last}
    links = [
        f'<{request.url.path}?page={at}&per_page={per_page}&order={order}>; rel="{name}"'
        for name, at in relations.items()
        if 1 <= at <= last
    ]
    response = _answer(service, request, wanted, rows, took_ns, {"items": _items(rows)})
    response.headers["link"] = ", ".join(links)
    return response


async def history(service: Service, request: Request) -> Response:
    """A page that begins after an item, which is named by its id."""
    service.authorize(request)
    limit = _number(request, "limit", DEFAULT_PER_PAGE, 1, MAX_LIMIT)
    position = request.query_params.get("after", "")
    wanted = _Wanted("after", position, limit, _order(request, "created"))
    before = None
    if position:
        row = await service.query(service.database.conversation, position)
        if row is None:
            raise refusals.wrong("query.after", "no conversation of this list")
        before = _key(wanted, row)
    rows, took_ns = await _after(service, wanted, before)
    body: dict[str, object] = {
        "object": "list",
        "data": _items(rows),
        "first_id": rows[0].id if rows else None,
        "last_id": rows[-1].id if rows else None,
        "has_more": len(rows) == limit,
    }
    return _answer(service, request, wanted, rows, took_ns, body)


async def _at(service: Service, wanted: _Wanted) -> tuple[list[ConversationRow], int]:
    return await service.query(
        _timed, service.database.page_at, wanted.order, wanted.skipped, wanted.limit
    )


async def _after(
    service: Service, wanted: _Wanted, before: tuple[float, str] | None
) -> tuple[list[ConversationRow], int]:
    return await service.query(
        _timed, service.database.page_after, wanted.order, before, wanted.limit
    )


def _timed[**P, T](call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> tuple[T, int]:
    """Return what a call returns, and how long it took in ns."""
    began_ns = time.perf_counter_ns()
    found = call(*arguments, **named)
    return found, time.perf_counter_ns() - began_ns


def _answer(
    service: Service,
    request: Request,
    wanted: _Wanted,
    rows: list[ConversationRow],
    took_ns: int,
    body: dict[str, object],
    total: int | None = None,
) -> Response:
    stamp = Stamp.now()
    service.truth.write(
        PageLine(
            mono_ns=stamp.mono_ns,
            wall_ns=stamp.wall_ns,
            request=Exchange.of(request).request_id,
            path=request.url.path,
            style=wanted.style,
            position=wanted.position,
            limit=wanted.limit,
            ids=tuple(row.id for row in rows),
            total=total,
            database_ns=took_ns,
            rows_visited=wanted.skipped + len(rows),
        )
    )
    response = JSONResponse(body)
    if service.options.server_timing:
        response.headers["server-timing"] = f"db;dur={took_ns / 1e6:.3f}"
    return response


def _items(rows: list[ConversationRow]) -> list[dict[str, object]]:
    return [shapes.list_item(row) for row in rows]


def _key(wanted: _Wanted, row: ConversationRow) -> tuple[float, str]:
    return (row.update_time if wanted.order == "updated" else row.create_time), row.id


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise refusals.wrong(f"query.{name}", "value is not a valid integer")
    if not least <= int(text) <= most:
        raise refusals.wrong(f"query.{name}", f"between {least} and {most}")
    return int(text)


def _order(request: Request, default: Order) -> Order:
    order = _ORDERS.get(request.query_params.get("order", default))
    if order is None:
        raise refusals.wrong("query.order", f"one of {', '.join(_ORDERS)}")
    return order
