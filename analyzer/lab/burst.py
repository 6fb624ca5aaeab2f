"""``POST /lab/burst``: conversations made within one millisecond, as by an import."""

import random
import time
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analyzer.lab import shapes, texts
from analyzer.lab.database import ConversationRow
from analyzer.lab.options import IdScheme
from analyzer.lab.seeding import MODEL
from analyzer.lab.service import Service

MAX_BURST = 1_000  # a microsecond each, within one millisecond


class _Burst(msgspec.Struct, frozen=True):
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_BURST)]
    ids: IdScheme | None = None


async def burst(service: Service, request: Request) -> Response:
    """Make conversations a microsecond apart, whose ids carry the same millisecond.

    Their ids have no counter, so that their text order has nothing to do with
    the order in which they were made, in which they are returned.
    """
    service.authorize(request)
    wanted = await service.read(request, _Burst)
    at_ms = time.time_ns() // 1_000_000
    rows = []
    for number in range(wanted.count):
        at_s = (at_ms * 1_000 + number) / 1e6
        made = service.new_id("conversation", wanted.ids, at_ms)
        title = texts.write_title(random.Random(made))  # noqa: S311 - a title, no secret
        rows.append(
            ConversationRow(made, title, at_s, at_s, "", MODEL, turns=1, has_messages=False)
        )
    await service.query(service.database.add_conversations, rows)
    return JSONResponse({"items": [shapes.list_item(row) for row in rows]})
