"""A span a chat turn, at the time at which it was.

A span's identifiers follow from the capture's and the exchange's, so that sending a capture
again sends the same spans.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from analyzer.analyses.gaps import CAUSES, PHASES, Gaps, Stalls
from analyzer.analyses.latency import Latency
from analyzer.analyses.measured import Measured
from analyzer.analyses.pooled import is_turn
from analyzer.analyses.results import CaptureResult
from analyzer.report.plain import printable
from analyzer.telemetry.conventions import ERROR, Attributes, WallTime, attributes_of
from analyzer.telemetry.measures import MEASURES, span_of
from analyzer.telemetry.words import LONGEST

STALLS_TOLD = 100
"""Most stalls of a turn that are events of its span: the longest."""


def spans_of(
    capture: CaptureResult, resource: Resource, scope: InstrumentationScope
) -> Iterator[ReadableSpan]:
    """From request sent to the last text. A turn of which no time is known has no span."""
    wall = WallTime(capture)
    for one in capture.turns:
        asked_ns, latency = one.asked_ns, one.latency
        if asked_ns is None or latency is None or not is_turn(one):
            continue
        ended_ns = latency.last_text_ns or one.exchange.ended_ns or asked_ns
        attributes = _attributes(capture, one, latency)
        failed = str(attributes.get(ERROR, ""))
        model = str(attributes.get("gen_ai.response.model", ""))
        yield ReadableSpan(
            name=f"chat {model}".strip(),
            context=_context(capture.head.capture_id, one.exchange.exchange),
            resource=resource,
            attributes=attributes,
            events=tuple(_events(one, latency, asked_ns, wall)),
            kind=SpanKind.CLIENT,
            status=Status(StatusCode.ERROR, failed) if failed else Status(StatusCode.UNSET),
            start_time=wall.at(asked_ns),
            end_time=wall.at(max(ended_ns, asked_ns)),
            instrumentation_scope=scope,
        )


def _context(capture_id: str, exchange: int) -> SpanContext:
    name = hashlib.sha256(f"{capture_id}\0{exchange}".encode(errors="replace")).digest()
    trace_id, span_id = int.from_bytes(name[:16]), int.from_bytes(name[16:24])
    return SpanContext(trace_id or 1, span_id or 1, False, TraceFlags(TraceFlags.SAMPLED))


def _attributes(capture: CaptureResult, one: Measured, latency: Latency) -> Attributes:
    exchange, turn = one.exchange, one.exchange.turn
    given: Attributes = {
        **attributes_of(one),
        "gen_ai.request.stream": exchange.streamed,
        "gen_ai.conversation.id": printable(turn.conversation_id, LONGEST) if turn else "",
        "gen_ai.response.id": printable(turn.message_id, LONGEST) if turn else "",
        "http.request.method": printable(exchange.method, LONGEST),
        "http.response.status_code": exchange.status or 0,
        "streamscope.capture": printable(capture.head.capture_id, LONGEST),
        "streamscope.exchange": str(exchange.exchange),
        "streamscope.status": turn.status if turn else "",
    }
    given = {name: value for name, value in given.items() if value != "" and value is not False}
    given.update(_figures(one, latency))
    return given


def _figures(one: Measured, latency: Latency) -> Attributes:
    """The turn's own figures: spans in seconds; what can't be known is not sent."""
    found: Attributes = {}
    for name in MEASURES:
        value = span_of(name, one, latency) if name != "icl" else None
        if isinstance(value, int):
            found[f"streamscope.{name}"] = value / 1e9
    if "streamscope.ttft" in found:
        found["gen_ai.response.time_to_first_chunk"] = found["streamscope.ttft"]
    found["streamscope.chunks"] = latency.chunks
    found["streamscope.estimated_tokens"] = latency.estimated_tokens
    if isinstance(latency.arrivals, int):
        found["streamscope.arrivals"] = latency.arrivals
    if isinstance(latency.longest_gap_ns, int):
        found["streamscope.longest_gap"] = latency.longest_gap_ns / 1e9
    if isinstance(latency.stalls, Stalls):
        found["streamscope.stalls"] = latency.stalls.count
        found["streamscope.stalled_time"] = latency.stalls.total_ns / 1e9
    return found


def _events(one: Measured, latency: Latency, asked_ns: int, wall: WallTime) -> Iterator[Event]:
    """First text, first text of the answer, and stalls, each when it ended."""
    if latency.first_text_ns is not None and isinstance(latency.ttft_ns, int):
        yield Event("streamscope.first_text", timestamp=wall.at(latency.first_text_ns))
    if isinstance(latency.ttfo_ns, int):
        yield Event("streamscope.first_output", timestamp=wall.at(asked_ns + latency.ttfo_ns))
    if isinstance(latency.gaps, Gaps) and isinstance(latency.stalls, Stalls):
        yield from _stalls(latency.gaps, latency.stalls.threshold_ns, wall)


def _stalls(gaps: Gaps, threshold_ns: int, wall: WallTime) -> Iterator[Event]:
    gap_ns, at_ns, cause, phase = gaps.gap_ns, gaps.at_ns, gaps.cause, gaps.phase
    longest = np.argsort(-gap_ns, kind="stable")[:STALLS_TOLD]
    for row in np.sort(longest[gap_ns[longest] >= threshold_ns]).tolist():
        yield Event(
            "streamscope.stall",
            {
                "streamscope.gap": int(gap_ns[row]) / 1e9,
                "streamscope.cause": CAUSES[cause[row]],
                "streamscope.phase": PHASES[phase[row]],
            },
            timestamp=wall.at(int(at_ns[row])),
        )
