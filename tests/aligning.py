"""Runs to be aligned, made by hand: exchanges with literal times, seen by one clock or another."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from making import MS, a_head

from analyzer.analyses.alignment import Gatherer, Run
from analyzer.model import Exchange, StreamStats, Turn, WireEvent

type Event = tuple[float, str]
"""When in ms, and what it says."""


class Call(msgspec.Struct, frozen=True):
    """One exchange as a test states it; ``at_ms`` is when it was sent."""

    at_ms: float
    path: str = "/api/poll"
    number: int = 1
    events: tuple[Event, ...] = ()
    took_ms: float = 40
    status: int | None = 200
    body: bytes = b""
    request_id: str = ""
    answer: str | None = None
    authority: str = "chat.example"
    timed: bool = True
    response: bytes = b""


def a_run(calls: Iterable[Call], shift_ms: float = 0, **head: Any) -> Run:
    """What a capture whose clock shows ``shift_ms`` more would hold of them."""
    return gathered(calls, shift_ms, **head).finish()


def gathered(calls: Iterable[Call], shift_ms: float = 0, **head: Any) -> Gatherer:
    gatherer = Gatherer("run.jsonl", a_head(**head))
    for call in calls:
        events = [
            WireEvent(seq, ns(at + shift_ms), ns(at + shift_ms), seq, "message", data)
            for seq, (at, data) in enumerate(call.events)
        ]
        if events:
            gatherer.events(call.number, events)
        gatherer.exchange(an_exchange(call, events, shift_ms))
    return gatherer


def an_exchange(call: Call, events: Sequence[WireEvent], shift_ms: float) -> Exchange:
    first = events[0].at_ns if events else None
    at_ms = call.at_ms + shift_ms
    last_ms = max((at for at, _ in call.events), default=call.at_ms + call.took_ms) + shift_ms
    ids = (("x-request-id", call.request_id),) if call.request_id else ()
    return Exchange(
        exchange=call.number,
        method="POST" if call.events else "GET",
        scheme="https",
        authority=call.authority,
        path=call.path,
        http_version="HTTP/2.0",
        response_headers=ids,
        status=call.status,
        started_ns=ns(at_ms),
        sent_ns=ns(at_ms),
        headers_ns=ns(at_ms + call.took_ms / 2) if call.status else None,
        ended_ns=ns(last_ms),
        how="complete",
        streamed=bool(call.events),
        timed=call.timed,
        request_body=call.body,
        request_length=len(call.body),
        response_body=call.response,
        response_length=len(call.response),
        stream=StreamStats(
            reads=len(events), events=len(events), first_byte_ns=first, first_event_ns=first
        ),
        turn=None
        if call.answer is None
        else Turn(call.number, "chatgpt_web", "complete", answer=call.answer),
    )


def ns(ms: float) -> int:
    return round(ms * MS)
