"""Shows an event stream in mitmproxy and mitmweb as its events, each with its time."""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

from mitmproxy import http
from mitmproxy.contentviews import Contentview, Metadata

from addons.exchanges import METADATA
from analyzer.intake.streaming import EVENT_STREAM
from analyzer.model import WireEvent
from analyzer.wire import sse
from analyzer.wire.coding import Decoder

EVENTS_SHOWN = 5000
"""Events listed; a view is for looking, the journal has them all."""


class EventStreamContentview(Contentview):
    """Lists events: seconds since the first read, gap before, type, data.

    The times stand in ``flow.metadata``, where the recorder put them; without
    them the events are listed without times.
    """

    @property
    def name(self) -> str:
        return "Event stream"

    def prettify(self, data: bytes, metadata: Metadata) -> str:
        flow = metadata.flow
        timeline = flow.metadata.get(METADATA) if flow is not None else None
        message = metadata.http_message
        if timeline and message is not None and message.raw_content:
            events = list(_timed(message, timeline))
            return "\n".join(_lines(events, timeline["at_ns"][0] if timeline["at_ns"] else 0))
        events = sse.Decoder().feed(0, data)
        return "\n".join(["no arrival times: recorded without streamscope", *_lines(events, None)])

    def render_priority(self, data: bytes, metadata: Metadata) -> float:
        timed = metadata.flow is not None and METADATA in metadata.flow.metadata
        kind = (metadata.content_type or "").partition(";")[0].strip().lower()
        is_response = not isinstance(metadata.http_message, http.Request)
        return 2 if is_response and data and (kind == EVENT_STREAM or timed) else -1


def _timed(message: http.Message, timeline: dict[str, Any]) -> Iterator[WireEvent]:
    """Cut the body as it passed into its reads again, and decode them with their times."""
    raw = message.raw_content or b""
    coding = Decoder(message.headers.get("content-encoding", ""))
    decoder = sse.Decoder()
    ends = accumulate(timeline["lengths"], initial=0)
    for (start, end), at_ns in zip(pairwise(ends), timeline["at_ns"], strict=False):
        yield from decoder.feed(at_ns, coding.feed(raw[start:end]))


def _lines(events: list[WireEvent], origin_ns: int | None) -> Iterator[str]:
    before = origin_ns
    for event in events[:EVENTS_SHOWN]:
        if origin_ns is None or before is None:
            yield f"{event.type:<12} {event.data}"
            continue
        since = (event.at_ns - origin_ns) / 1e9
        gap = (event.at_ns - before) / 1e6
        before = event.at_ns
        yield f"{since:9.3f} s  {gap:+9.1f} ms  {event.type:<12} {event.data}"
    if len(events) > EVENTS_SHOWN:
        yield f"… and {len(events) - EVENTS_SHOWN} more events; `streamscope events` lists them all"
