"""Short ways to make exchanges, turns and results by hand, with times in milliseconds."""

from collections.abc import Sequence
from typing import Any

import msgspec

from analyzer.analyses.event_gaps import measure_event_gaps
from analyzer.analyses.gaps import STALL_NS
from analyzer.analyses.latency import Latency, measure_latency, measure_times
from analyzer.analyses.measured import Measured, slimmed
from analyzer.analyses.observer import LateSpans
from analyzer.analyses.passed import Passed, StreamLog
from analyzer.analyses.results import Analysis, CaptureResult
from analyzer.model import (
    CaptureHead,
    Clock,
    Delta,
    Exchange,
    Observer,
    Reads,
    StreamStats,
    TextArrivals,
    TextKind,
    Turn,
    WireEvent,
)

MS = 1_000_000


class Text(msgspec.Struct, frozen=True):
    """One text as a test states it: when, in which read, what."""

    at_ms: float
    read: int
    text: str = "word"
    kind: TextKind = "answer"


def ns(ms: float) -> int:
    return round(ms * MS)


def a_turn(texts: Sequence[Text], exchange: int = 1, **fields: Any) -> Turn:
    """A complete turn whose answer and reasoning are its texts."""

    def joined(kind: TextKind) -> str:
        return "".join(one.text for one in texts if one.kind == kind)

    arrivals = TextArrivals(
        at_ns=tuple(ns(one.at_ms) for one in texts),
        read=tuple(one.read for one in texts),
        seq=tuple(range(len(texts))),
        kind=tuple(one.kind for one in texts),
        chars=tuple(len(one.text) for one in texts),
        octets=tuple(len(one.text.encode()) for one in texts),
    )
    given = {
        "dialect": "chatgpt_web",
        "status": "complete",
        "answer": joined("answer"),
        "reasoning": joined("reasoning"),
    }
    return Turn(exchange=exchange, texts=arrivals, **{**given, **fields})


def an_exchange(turn: Turn | None = None, exchange: int = 1, **fields: Any) -> Exchange:
    """A stream that was sent at 0 ms, had its headers at 80 ms and ended at 2000 ms."""
    given: dict[str, Any] = {
        "method": "POST",
        "scheme": "https",
        "authority": "chat.example",
        "path": "/backend-api/conversation",
        "http_version": "HTTP/2.0",
        "upstream_version": "HTTP/2.0",
        "status": 200,
        "started_ns": 0,
        "sent_ns": 0,
        "headers_ns": ns(80),
        "ended_ns": ns(2000),
        "how": "complete",
        "streamed": True,
        "dialect": "chatgpt_web",
    }
    return Exchange(exchange=turn.exchange if turn else exchange, turn=turn, **{**given, **fields})


def latency_of(
    *texts: Text,
    clock: Clock = "chunk",
    passed: Passed | None = None,
    stall_ns: int = STALL_NS,
    turn: dict[str, Any] | None = None,
    **exchange: Any,
) -> Latency:
    """Measure a turn of these texts."""
    made = an_exchange(a_turn(texts, **(turn or {})), **exchange)
    latency = measure_latency(made, clock, passed, stall_ns)
    assert isinstance(latency, Latency)
    return latency


def measured(
    *texts: Text,
    exchange: int = 1,
    clock: Clock = "chunk",
    passed: Passed | None = None,
    **fields: Any,
) -> Measured:
    """A measured turn; ``turn`` holds fields of the turn, others are the exchange's."""
    turn = a_turn(texts, exchange, **fields.pop("turn", {}))
    made = an_exchange(turn, **fields)
    latency = measure_latency(made, clock, passed, STALL_NS)
    assert isinstance(latency, Latency)
    return Measured(slimmed(made), measure_times(made, clock), latency)


def a_call(exchange: int, path: str = "/api/auth/session", **fields: Any) -> Measured:
    """A JSON call that took 45 ms."""
    given: dict[str, Any] = {"method": "GET", "streamed": False, "ended_ns": ns(45), "dialect": ""}
    made = an_exchange(None, exchange, path=path, **{**given, "headers_ns": ns(40), **fields})
    return Measured(slimmed(made), measure_times(made, "chunk"))


def another_stream(exchange: int, *events: tuple[float, int], **fields: Any) -> Measured:
    """An event stream whose text is not known: its events as (ms, read)."""
    at_ns, read = [ns(at) for at, _ in events], [read for _, read in events]
    stats = StreamStats(
        reads=len(set(read)),
        events=len(events),
        coalesced=len(events) - len(set(read)),
        first_byte_ns=at_ns[0] if events else None,
        first_event_ns=at_ns[0] if events else None,
    )
    given: dict[str, Any] = {"path": "/v1/chat/completions", "dialect": "generic", "stream": stats}
    made = an_exchange(None, exchange, **{**given, **fields})
    gaps = measure_event_gaps(made, "chunk", at_ns, read)
    return Measured(slimmed(made), measure_times(made, "chunk"), None, gaps)


def passed_on(
    reads: Sequence[tuple[float, int]],
    events: Sequence[tuple[int, float, int]] = (),
    tools: Sequence[int] = (),
) -> Passed:
    """What passed: reads as (ms, bytes), events as (seq, first ms, read), reads of tool texts."""
    log = StreamLog()
    log.add_reads(
        Reads(
            exchange=1,
            at_ns=tuple(ns(at) for at, _ in reads),
            lengths=tuple(size for _, size in reads),
            data=b"x" * sum(size for _, size in reads),
        )
    )
    made = [
        WireEvent(seq, ns(first), ns(reads[read][0]), read, "message", "")
        for seq, first, read in events
    ]
    log.add_events(made, [Delta(0, 0, read, "tool", "{}") for read in tools])
    return log.passed()


def a_head(**fields: Any) -> CaptureHead:
    given: dict[str, Any] = {
        "capture_id": "4fd1",
        "source": "proxy",
        "tool": "streamscope 0.1.0, mitmproxy 12.2.3",
        "clock": "chunk",
        "resolution_ns": 41,
        "mono_ns": 0,
        "wall_ns": 1_760_000_000_000_000_000,
    }
    return CaptureHead(**{**given, **fields})


def a_result(
    *ones: Measured, observations: Sequence[Observer] = (), **fields: Any
) -> CaptureResult:
    late = LateSpans.of(observations)
    given: dict[str, Any] = {
        "head": a_head(),
        "file": "first.jsonl",
        "stall_ns": STALL_NS,
        "ended_ns": ns(60_000),
        "problems": (),
        "lost": (),
    }
    return CaptureResult(
        measured=tuple(one.with_lag(late, STALL_NS) for one in ones),
        observations=tuple(observations),
        **{**given, **fields},
    )


def an_analysis(*results: CaptureResult) -> Analysis:
    return Analysis.of(list(results))


def with_stream(one: Measured, **stats: int) -> Measured:
    """The same exchange with other counts of its stream."""
    exchange = msgspec.structs.replace(one.exchange, stream=StreamStats(**stats))
    return msgspec.structs.replace(one, exchange=exchange)
