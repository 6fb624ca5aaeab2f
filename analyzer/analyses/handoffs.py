"""Turns that came by several streams: who asked waits from the first request to the last text.

A stream may hand its turn off, or break off, and another request brings the rest. Figures of
the whole turn stand once, with the stream that brought its end; those of the bytes on a stream
(gaps, tail) stay with each. A gap over a handoff is in no ICL.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from analyzer import dialects
from analyzer.analyses.gaps import Gaps, find_stalls
from analyzer.analyses.latency import (
    WENT_ON,
    Figure,
    Latency,
    Span,
    measure_pace,
    span_since_sent,
)
from analyzer.analyses.measured import Measured
from analyzer.model import Exchange, TurnStatus, Unmeasurable

_GOES_ON = Unmeasurable("it goes on with a turn whose first request the capture does not hold")
_HANDED_OFF = Unmeasurable("it was handed off, and the capture does not hold the rest")
_NO_TEXT = Unmeasurable("no text came")
_NO_ANSWER = Unmeasurable("no answer text came")


class Part(msgspec.Struct, frozen=True):
    """What a stream says of its turn; ``goes_on``: it was asked for the rest of one."""

    conversation_id: str
    goes_on: bool
    status: TurnStatus


def goes_on(exchange: Exchange) -> bool:
    return dialects.goes_on(exchange.method, exchange.path)


def join_parts[T](streams: Iterable[T], look: Callable[[T], Part]) -> list[list[T]]:
    """The streams of each turn, in the order in which the turns were begun.

    ``streams`` are in the order of time. One that goes on belongs to its conversation's newest
    turn, unless that was complete.
    """
    turns: list[list[T]] = []
    newest: dict[str, list[T]] = {}
    for one in streams:
        part = look(one)
        turn = newest.get(part.conversation_id) if part.goes_on else None
        if turn is not None and look(turn[-1]).status != "complete":
            turn.append(one)
            continue
        turns.append([one])
        if part.conversation_id:
            newest[part.conversation_id] = turns[-1]
    return turns


def join_turns(measured: Iterable[Measured]) -> dict[int, Measured]:
    """All that was measured, by its number, each turn's wait counted from its first request."""
    found = {one.exchange.exchange: one for one in measured}
    turns = sorted((one for one in found.values() if one.latency is not None), key=_sent)
    for parts in join_parts(turns, _part):
        found |= {one.exchange.exchange: one for one in _as_one(parts)}
    return found


def _sent(one: Measured) -> tuple[int, int]:
    exchange = one.exchange
    return (0 if exchange.sent_ns is None else exchange.sent_ns), exchange.exchange


def _part(one: Measured) -> Part:
    turn = one.exchange.turn
    if turn is None:
        return Part("", False, "unknown")
    return Part(turn.conversation_id, goes_on(one.exchange), turn.status)


def _as_one(parts: Sequence[Measured]) -> list[Measured]:
    *before, last = parts
    latency = last.latency
    if latency is None or isinstance(latency.arrivals, Unmeasurable):
        return list(parts)  # no turn, or a capture without times
    went_on = [_with(one, WENT_ON, WENT_ON, WENT_ON, (WENT_ON,) * 3) for one in before]
    if goes_on(parts[0].exchange):
        none = latency.itl_ns, _GOES_ON, latency.rate_per_s
        return [*went_on, _with(last, _GOES_ON, _GOES_ON, _GOES_ON, none)]
    if before:
        return [*went_on, _summed(parts, last)]
    turn = last.exchange.turn
    return [_left_open(last, latency)] if turn and turn.status == "handoff" else [last]


def _left_open(one: Measured, latency: Latency) -> Measured:
    """Of a turn that went on unseen only the wait for what came here is known."""
    ttft = latency.ttft_ns if latency.chunks else _HANDED_OFF
    ttfo = latency.ttfo_ns if isinstance(latency.ttfo_ns, int) else _HANDED_OFF
    return _with(one, ttft, ttfo, _HANDED_OFF, (latency.itl_ns, _HANDED_OFF, latency.rate_per_s))


def _summed(parts: Sequence[Measured], last: Measured) -> Measured:
    """The last stream with the figures of the whole turn."""
    each = [one.latency for one in parts if one.latency is not None]
    first = [one.first_text_ns for one in each if one.first_text_ns is not None]
    ends = [one.last_text_ns for one in each if one.last_text_ns is not None]
    answers = [
        one.exchange.sent_ns + one.latency.ttfo_ns
        for one in parts
        if one.exchange.sent_ns is not None
        and one.latency is not None
        and isinstance(one.latency.ttfo_ns, int)
    ]
    if not first:
        return _with(last, _NO_TEXT, _NO_TEXT, _NO_TEXT, (_NO_TEXT,) * 3)
    asked = parts[0].exchange
    ttft, e2el = (span_since_sent(asked, at_ns) for at_ns in (min(first), max(ends)))
    ttfo = span_since_sent(asked, min(answers)) if answers else _NO_ANSWER
    tokens = sum(one.estimated_tokens for one in each)
    pace = measure_pace(min(first), max(ends), tokens, ttft, e2el)
    return _with(last, ttft, ttfo, e2el, pace)


def _with(
    one: Measured, ttft: Span, ttfo: Span, e2el: Span, pace: tuple[Figure, Figure, Figure]
) -> Measured:
    """With other figures of the whole turn; ``pace`` is ITL, TPOT and rate."""
    latency = one.latency
    if latency is None:
        return one
    stalls = latency.stalls
    if isinstance(latency.gaps, Gaps) and not isinstance(stalls, Unmeasurable):
        stalls = find_stalls(latency.gaps, stalls.threshold_ns, e2el)
    itl, tpot, rate = pace
    changed = msgspec.structs.replace(
        latency,
        ttft_ns=ttft,
        ttfo_ns=ttfo,
        e2el_ns=e2el,
        itl_ns=itl,
        tpot_ns=tpot,
        rate_per_s=rate,
        stalls=stalls,
    )
    return msgspec.structs.replace(one, latency=changed)
