"""What there is to say of one exchange: where every figure that was measured on it leads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from analyzer.analyses.gaps import Stalls
from analyzer.analyses.measured import Measured
from analyzer.analyses.results import CaptureResult
from analyzer.model import Headers, Problem
from analyzer.report import cells, units
from analyzer.report.parts import Cell, Source, Tone
from analyzer.report.plain import printable
from analyzer.report.streams import via_of

CARDS = 300
"""Exchanges that are told of whether or not a figure leads to them: the first ones."""

MOST = 1_200
"""Exchanges that are told of at all: a page must stay light."""

PROBLEMS = 4
"""Problems of one exchange that are spelled out."""

_HEADERS = ("content-type", "content-encoding", "server-timing", "retry-after", "server", "via")
"""Response headers that tell how an answer was made and carried."""

_ENDED: dict[str, Tone] = {"complete": "good", "unfinished": "warn", "client_abort": "warn"}


class ExchangeCard(msgspec.Struct, frozen=True):
    """``name`` is the exchange's number; of several captures also which.

    ``brief`` is what its line says of it: status, protocol, how long it took, how it ended.
    """

    source: Source
    name: str
    request: str
    brief: tuple[Cell, Cell, Cell, Cell]
    title: str
    facts: tuple[tuple[str, Cell], ...]
    headers: tuple[tuple[str, str], ...]
    problems: tuple[Cell, ...]


class Exchanges(msgspec.Struct, frozen=True):
    """``left_out``: how many more the captures hold."""

    cards: tuple[ExchangeCard, ...]
    left_out: int


def exchanges_of(captures: Sequence[CaptureResult], named: Iterable[Source] = ()) -> Exchanges:
    """The exchanges that are ``named``, the first ones, and how many more there are.

    Where more are ``named`` than there is room for, those that come first in it.
    """
    wanted, total = frozenset(islice(dict.fromkeys(named), MOST - CARDS)), 0
    cards: list[ExchangeCard] = []
    several = len(captures) > 1
    for number, capture in enumerate(captures, 1):
        problems: dict[int | None, list[Problem]] = defaultdict(list)
        for problem in capture.problems:
            problems[problem.exchange].append(problem)
        for one in capture.measured:
            total += 1
            source = Source(number, one.exchange.exchange)
            if total > CARDS and source not in wanted:
                continue
            name = f"{number}:{source.exchange}" if several else str(source.exchange)
            cards.append(_card(source, name, capture, one, problems[source.exchange]))
    return Exchanges(tuple(cards), total - len(cards))


def _card(
    source: Source, name: str, capture: CaptureResult, one: Measured, problems: list[Problem]
) -> ExchangeCard:
    exchange, turn = one.exchange, one.exchange.turn
    return ExchangeCard(
        source=source,
        name=name,
        request=printable(f"{exchange.method} {exchange.path}", 160),
        brief=_brief(one, problems),
        title=printable(turn.title, 80) if turn else "",
        facts=tuple(_facts(capture, one)),
        headers=tuple(_told(exchange.response_headers)),
        problems=tuple(_problems(problems)),
    )


def _brief(one: Measured, problems: list[Problem]) -> tuple[Cell, Cell, Cell, Cell]:
    exchange, took = one.exchange, one.times.duration_ns
    status = "no response" if exchange.status is None else str(exchange.status)
    is_bad = exchange.status is None or exchange.status >= 400
    ended = exchange.how.replace("_", " ")
    found = f", {units.counted(len(problems), 'problem')}" if problems else ""
    tone = _ENDED.get(exchange.how, "bad")
    return (
        Cell(status, "bad" if is_bad else "muted"),
        Cell(via_of(one), "muted"),
        cells.span(took),
        Cell(f"{ended}{found}", "warn" if problems and tone == "good" else tone),
    )


def _facts(capture: CaptureResult, one: Measured) -> Iterator[tuple[str, Cell]]:
    exchange, times, latency = one.exchange, one.times, one.latency
    if exchange.authority:
        yield "to", Cell(printable(exchange.authority, 60))
    yield "via", Cell(_carried(one))
    yield "sent", Cell(_sent(capture, exchange.sent_ns))
    spans: list[tuple[str, object]] = [
        ("headers", times.time_to_headers_ns),
        ("first byte", times.time_to_first_byte_ns),
        ("first event", times.time_to_first_event_ns),
    ]
    if latency:
        spans += [("TTFT", latency.ttft_ns), ("TTFO", latency.ttfo_ns), ("E2EL", latency.e2el_ns)]
        spans += [("longest gap", latency.longest_gap_ns), ("tail", latency.tail_ns)]
    spans.append(("whole", times.duration_ns))
    for name, span in spans:
        if isinstance(span, int):
            yield name, Cell(units.duration(span), value=span)
    if latency and isinstance(latency.stalls, Stalls) and latency.stalls.count:
        stalls = latency.stalls
        yield "stalls", Cell(f"{stalls.count:,}, {units.duration(stalls.total_ns)}", "warn")
    yield from _counts(one)
    yield "ended", Cell(_ended(one), _ENDED.get(exchange.how, "bad"))
    if exchange.turn and exchange.turn.status != "complete":
        yield "turn", Cell(exchange.turn.status, "warn")
    if exchange.turn and exchange.turn.model:
        yield "model", Cell(printable(exchange.turn.model, 40))
    if exchange.turn and exchange.turn.error:
        yield "error", Cell(printable(exchange.turn.error, 160), "bad")


def _carried(one: Measured) -> str:
    exchange = one.exchange
    numbers = (("browser", exchange.client_connection), ("service", exchange.server_connection))
    on = ", ".join(f"{side} {number}" for side, number in numbers if number is not None)
    return f"{via_of(one)}, connection {on}" if on else via_of(one)


def _sent(capture: CaptureResult, sent_ns: int | None) -> str:
    """By the wall clock, where the capture has one."""
    if sent_ns is None:
        return units.UNKNOWN
    since_ns = sent_ns - capture.head.mono_ns
    after = f"{units.duration(since_ns)} into the capture"
    if not capture.head.wall_ns:
        return after
    return f"{units.time_of_day(capture.head.wall_ns + since_ns)}, {after}"


def _counts(one: Measured) -> Iterator[tuple[str, Cell]]:
    exchange, stream = one.exchange, one.exchange.stream
    if not exchange.streamed:
        yield "answer", Cell(units.size(exchange.response_length), value=exchange.response_length)
        return
    shared = f", {stream.coalesced:,} coalesced" if stream.coalesced else ""
    reads, events = units.counted(stream.reads, "read"), units.counted(stream.events, "event")
    yield "stream", Cell(f"{reads}, {events}{shared}, {units.size(stream.bytes)}")


def _ended(one: Measured) -> str:
    how = one.exchange.how.replace("_", " ")
    detail = printable(one.exchange.detail, 120)
    return f"{how}: {detail}" if detail else how


def _told(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name in _HEADERS:
            yield name, printable(value, 120)


def _problems(problems: list[Problem]) -> Iterator[Cell]:
    for one in problems[:PROBLEMS]:
        where = "" if one.offset is None else f", at byte {units.count(one.offset)}"
        yield Cell(f"{printable(one.code, 30)}{where}: {printable(one.detail, 120)}", "warn")
    if len(problems) > PROBLEMS:
        yield Cell(f"and {len(problems) - PROBLEMS:,} more, all in the database", "muted")
