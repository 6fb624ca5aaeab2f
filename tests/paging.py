"""Short ways to make lists that are read page by page, by hand."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from analyzer.model import (
    AnyRecord,
    Body,
    Ending,
    ExchangeEnd,
    Headers,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

MS = 1_000_000
CLOCK_ZERO_S = 1_760_000_000
"""Unix seconds at 0 of the capture's clock, as `asked.HEAD` has it."""


def call(
    number: int,
    path: str,
    answer: object,
    *,
    at_ms: float | None = None,
    wait_ms: float = 10,
    status: int = 200,
    method: str = "GET",
    asks: object = None,
    headers: Headers = (),
    how: Ending = "complete",
    connection: int | None = 7,
) -> list[AnyRecord]:
    """One exchange; ``number`` is also the second at which it is sent, unless ``at_ms`` says."""
    sent = round((number * 1000 if at_ms is None else at_ms) * MS)
    got, ended = sent + round(wait_ms * MS), sent + round((wait_ms + 1) * MS)
    request = json.dumps(asks).encode() if asks is not None else b""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    made: list[AnyRecord] = [
        RequestHead(number, sent, method, "https", "chat.example", path, "HTTP/2.0"),
        *([Body(number, sent, "request", len(request), request)] if request else []),
        RequestEnd(number, sent),
        ResponseHead(number, got, status, "HTTP/2.0", headers, connection=connection),
    ]
    if body:
        made.append(Body(number, ended, "response", len(body), body))
    return [*made, ExchangeEnd(number, ended, how)]


def rows(names: Sequence[object], **fields: Any) -> list[dict[str, object]]:
    return [{"id": f"c{name}", "title": "A row", **fields} for name in names]


def aged(ages: Sequence[int]) -> list[dict[str, object]]:
    """Rows of a list by update: the row of age 3 was made 3000 s before the capture."""
    return [
        {
            "id": f"c{age}",
            "create_time": CLOCK_ZERO_S - 1000 * age,
            "update_time": CLOCK_ZERO_S - 1000 * age,
        }
        for age in ages
    ]


def offsets(
    pages: Sequence[Sequence[object]],
    *,
    first: int = 1,
    total: int | Sequence[int | None] | None = None,
    waits_ms: Sequence[float] | None = None,
    path: str = "/list",
) -> Iterator[AnyRecord]:
    """Pages by offset and limit, of which each has as many rows as the first."""
    limit = len(pages[0])
    for index, page in enumerate(pages):
        items = [one if isinstance(one, dict) else {"id": f"c{one}"} for one in page]
        stated = total[index] if isinstance(total, Sequence) else total
        answer = {"items": items} | ({} if stated is None else {"total": stated})
        yield from call(
            first + index,
            f"{path}?offset={index * limit}&limit={limit}",
            answer,
            wait_ms=waits_ms[index] if waits_ms else 10,
        )
