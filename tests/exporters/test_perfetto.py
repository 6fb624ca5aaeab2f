"""The trace: what Perfetto and chrome://tracing demand, and what the analyses say, drawn."""

import io
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import everything
import synthetic
from anything import CAPTURES, HEADS
from hypothesis import given
from hypothesis import strategies as st
from making import a_head
from synthetic import MS

from analyzer.analyses.gaps import Gaps
from analyzer.analyze import examine
from analyzer.exporters import perfetto
from analyzer.exporters.trace.sheet import FARTHEST_NS, micros
from analyzer.model import (
    AnyRecord,
    CaptureHead,
    ExchangeEnd,
    Observer,
    Problem,
    Reads,
    RequestEnd,
    RequestHead,
    ResponseHead,
)

type Event = dict[str, Any]

NEEDED = {
    "M": {"name", "args"},
    "X": {"name", "ts", "dur"},
    "i": {"name", "ts", "s"},
    "C": {"name", "ts", "args"},
    "b": {"name", "ts", "cat", "id2"},
    "e": {"name", "ts", "cat", "id2"},
}


def traced(records: Iterable[AnyRecord | Problem]) -> list[Event]:
    file = io.BytesIO()
    perfetto.write(records, file)
    document = json.loads(file.getvalue())
    events: list[Event] = document["traceEvents"]
    return events


def ns(us: float) -> int:
    """As Perfetto reads a time."""
    return int(us * 1000.0)


def check(events: list[Event]) -> None:
    """What both viewers demand, and that nothing on a track overlaps but by nesting."""
    slices: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    spans: dict[str, list[str]] = defaultdict(list)
    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    for event in events:
        assert NEEDED[event["ph"]] <= set(event)
        assert {type(event["pid"]), type(event["tid"])} == {int}
        assert event["ph"] == "M" or (event["pid"], event["tid"]) in named
        assert event.get("ts", 0) >= 0
        if event["ph"] == "X":
            begin = ns(event["ts"])
            assert event["dur"] >= 0
            slices[event["pid"], event["tid"]].append((begin, begin + ns(event["dur"])))
        elif event["ph"] in "be":
            spans[event["id2"]["local"]].append(event["ph"])
    assert all(one == ["b", "e"] * (len(one) // 2) for one in spans.values())
    for track in slices.values():
        above: list[int] = []
        for begin, end in sorted(track, key=lambda one: (one[0], -one[1])):
            while above and above[-1] <= begin:
                above.pop()
            assert not above or end <= above[-1]
            above.append(end)


def test_a_session_is_drawn_as_both_viewers_demand() -> None:
    check(traced([a_head(), *everything.recorded(1)]))


@given(HEADS, CAPTURES)
def test_whatever_comes_the_trace_is_one(
    head: CaptureHead, records: list[AnyRecord | Problem]
) -> None:
    check(traced([head, *records]))


@given(st.integers(0, FARTHEST_NS))
def test_no_nanosecond_is_lost(at_ns: int) -> None:
    again = json.loads(json.dumps(micros(at_ns)))

    assert int(again * 1000.0) == at_ns
    assert abs(again - at_ns / 1000) < 0.001


def a_stalling_turn() -> list[AnyRecord]:
    """Two texts in one read, a stall of 300 ms while the event loop is late, two more texts."""
    place = ("POST", "https", "chat.example", "/backend-api/conversation", "HTTP/2.0")
    parts = [
        synthetic.event("v1", "delta_encoding") + b"".join(synthetic.opening(1)),
        synthetic.append("Tides ") + synthetic.append("come "),
        synthetic.append("in "),
        synthetic.append("twice."),
    ]
    at_ns = (100 * MS, 200 * MS, 500 * MS, 520 * MS + 7)
    return [
        a_head(),
        RequestHead(7, 0, *place),
        RequestEnd(7, 10 * MS),
        ResponseHead(7, 90 * MS, 200, "HTTP/2.0", streamed=True),
        Reads(7, at_ns, tuple(map(len, parts)), b"".join(parts)),
        ExchangeEnd(7, 600 * MS, "client_abort"),
        Observer(700 * MS, 700 * MS, 9, 0, 250 * MS, (480 * MS,), (250 * MS,)),
    ]


def test_a_stream_has_a_track_with_its_texts_and_stalls() -> None:
    events = traced(a_stalling_turn())
    own = [
        e for e in events if e["ph"] in "Xi" and e["tid"] == next(
            e["tid"] for e in events if e["args"].get("name", "").startswith("#7 POST")
        )
    ]  # fmt: skip
    slices = [(e["name"], e["ts"], e["dur"]) for e in own if e["ph"] == "X"]
    texts = [(e["name"], e["ts"], e["args"]["text"]) for e in own if "text" in e["args"]]

    assert slices == [
        ("POST /backend-api/conversation", 0, 600_000),
        ("sending", 0, 10_000),
        ("waiting for headers", 10_000, 80_000),
        ("waiting for a byte", 90_000, 10_000),
        ("waiting for text", 100_000, 100_000),
        ("text", 200_000, 400_000),
        ("stall", 200_000, 300_000),
    ]
    assert texts == [
        ("answer", 200_000, "Tides come "),
        ("answer", 500_000, "in "),
        ("answer", 520_000.007, "twice."),
    ]
    assert ("client_abort", 600_000) in [(e["name"], e["ts"]) for e in own]


def test_a_stall_says_whose_it_was_as_the_report_does() -> None:
    (stall,) = (e for e in traced(a_stalling_turn()) if e["name"] == "stall")

    assert stall["args"]["cause"].startswith("proxy: ")
    assert stall["args"]["lag_ms"] == 250


def test_the_characters_delivered_are_counted() -> None:
    counted = [e["args"] for e in traced(a_stalling_turn()) if e["name"] == "#7"]

    assert counted == [{"characters": 11}, {"characters": 14}, {"characters": 20}]


def test_stalls_and_arrivals_are_those_of_the_analysis() -> None:
    records = list(synthetic.capture(6, 60))
    events = traced(records)
    result = examine(__file__, records)  # type: ignore[arg-type] # only its name is shown
    gaps = [
        one.latency.gaps
        for one in result.measured
        if one.latency and isinstance(one.latency.gaps, Gaps)
    ]
    stalls = sorted(
        int(gap) for one in gaps for gap in one.gap_ns.tolist() if gap >= result.stall_ns
    )

    assert stalls
    assert sorted(ns(e["dur"]) for e in events if e["name"] == "stall") == stalls
    texts = [e for e in events if e["ph"] == "i" and e["name"] in ("answer", "reasoning")]
    assert len(texts) == sum(len(one) + 1 for one in gaps)


def test_calls_overlap_beside_the_streams_and_events_without_text_are_shown() -> None:
    place = ("GET", "https", "chat.example", "/feed", "HTTP/2.0")
    events = traced(
        [
            a_head(),
            RequestHead(1, 0, *place),
            RequestHead(2, 1 * MS, *place),
            RequestEnd(2, 2 * MS),
            ResponseHead(1, 3 * MS, 200, "HTTP/2.0"),
            ResponseHead(2, 3 * MS, 200, "HTTP/2.0", streamed=True),
            Reads(2, (4 * MS, 6 * MS), (16, 16), b"data: a\n\ndata: b\n\ndata: c\n\n data"),
            ExchangeEnd(1, 9 * MS, "complete"),
            ExchangeEnd(2, 8 * MS, "complete"),
        ]
    )

    check(events)
    assert [(e["ts"], e["args"]["events"]) for e in events if e["name"] == "event"] == [
        (4_000, 1), (6_000, 2),
    ]  # fmt: skip
    assert [e["ts"] for e in events if e["ph"] in "be" and e["name"] == "GET /feed"] == [0, 9_000]


def test_a_capture_without_a_clock_draws_nothing() -> None:
    head, *records = synthetic.capture(2, 9)
    file = io.BytesIO()
    losses = perfetto.write([everything.changed(head, clock="none"), *records], file)

    assert json.loads(file.getvalue())["traceEvents"] == []
    assert ("exchanges", 4) in [(loss.what, loss.count) for loss in losses]


def test_what_lies_before_the_beginning_is_counted_as_lost() -> None:
    """Perfetto refuses negative times."""
    place = ("GET", "https", "chat.example", "/feed", "HTTP/2.0")
    file = io.BytesIO()
    records: list[AnyRecord] = [
        a_head(mono_ns=5),
        RequestHead(1, 0, *place),
        ExchangeEnd(1, 9, "complete"),
    ]
    losses = perfetto.write(records, file)

    assert ("moments", 2) in [(loss.what, loss.count) for loss in losses]
