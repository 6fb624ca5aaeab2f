"""The view that lists an event stream's events with their times."""

import gzip
import zlib

from mitmproxy import http
from mitmproxy.contentviews import Metadata
from mitmproxy.test import tflow

from addons.contentview import EventStreamContentview
from addons.exchanges import METADATA


def streamed(chunks: list[bytes], at_ns: list[int], coding: str = "") -> http.HTTPFlow:
    flow = tflow.tflow(resp=True)
    assert flow.response is not None
    flow.response.headers["content-type"] = "text/event-stream"
    if coding:
        flow.response.headers["content-encoding"] = coding
    flow.response.raw_content = b"".join(chunks)
    flow.metadata[METADATA] = {
        "mono_ns": 0,
        "wall_ns": 0,
        "at_ns": at_ns,
        "lengths": [len(chunk) for chunk in chunks],
        "dropped": 0,
    }
    return flow


def shown(flow: http.HTTPFlow) -> list[str]:
    assert flow.response is not None
    data = flow.response.content or b""
    meta = Metadata(flow=flow, content_type="text/event-stream", http_message=flow.response)
    return EventStreamContentview().prettify(data, meta).split("\n")


def test_each_event_stands_with_its_time_and_the_gap_before_it() -> None:
    chunks = [b"data: a\n\n", b"event: delta\nda", b"ta: b\n\ndata: c\n\n"]
    flow = streamed(chunks, [1_000_000_000, 1_020_000_000, 1_250_000_000])

    assert shown(flow) == [
        "    0.000 s       +0.0 ms  message      a",
        "    0.250 s     +250.0 ms  delta        b",
        "    0.250 s       +0.0 ms  message      c",
    ]


def test_a_compressed_stream_keeps_its_times() -> None:
    packer = zlib.compressobj(wbits=31)
    texts = [b"data: a\n\n", b"data: b\n\n"]
    chunks = [packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH) for text in texts]
    chunks[-1] += packer.flush()
    flow = streamed(chunks, [0, 7_000_000], "gzip")

    assert gzip.decompress(b"".join(chunks)) == b"".join(texts)
    assert [line[:27] for line in shown(flow)] == [
        "    0.000 s       +0.0 ms  ",
        "    0.007 s       +7.0 ms  ",
    ]


def test_without_times_the_events_are_listed_and_it_says_so() -> None:
    flow = streamed([b"data: a\n\n"], [1])
    flow.metadata.clear()

    assert shown(flow) == ["no arrival times: recorded without streamscope", "message      a"]


def test_it_offers_itself_for_event_streams_and_timed_bodies_only() -> None:
    flow = streamed([b"data: a\n\n"], [1])
    view = EventStreamContentview()
    plain = tflow.tflow(resp=True)

    assert view.render_priority(b"x", Metadata(flow=flow, content_type="application/json")) > 1
    assert view.render_priority(b"x", Metadata(content_type="text/event-stream; a=b")) > 1
    assert view.render_priority(b"x", Metadata(flow=plain, content_type="text/html")) < 0
    request = Metadata(flow=flow, http_message=flow.request, content_type="application/json")
    assert view.render_priority(b"x", request) < 0
    assert view.name == "Event stream"
