"""Charts of the rows that a page of a table or view shows: what is drawn, not the data.

Each is Vega-Lite without data and colours; the page fetches its own rows as JSON, with the
filters and the order that it has, and says how many were drawn.
"""

from typing import Any

import msgspec

from analyzer.report.palette import PROTOCOLS

type Spec = dict[str, Any]


class Drawing(msgspec.Struct, frozen=True):
    """``needs`` are the columns without which nothing can be drawn; ``alt`` tells what is seen."""

    title: str
    needs: tuple[str, ...]
    spec: Spec
    alt: str


_PROTOCOL: Spec = {
    "field": "protocol",
    "type": "nominal",
    "title": "protocol",
    "scale": {"domain": list(PROTOCOLS), "range": list(PROTOCOLS.values())},
}


def _number(name: str, title: str, *, log: bool = False) -> Spec:
    return {
        "field": name,
        "type": "quantitative",
        "title": title,
        **({"scale": {"type": "log"}} if log else {}),
    }


def _ordered(name: str, title: str) -> Spec:
    return {"field": name, "type": "ordinal", "title": title, "axis": {"labelOverlap": True}}


def _log_histogram(field: str, per_unit: float, colour: Spec | None = None) -> Spec:
    """Counts in equal steps of the logarithm; ``per_unit`` makes milliseconds of the field."""
    return {
        "transform": [
            {"filter": f"datum['{field}'] > 0"},
            {"calculate": f"log(datum['{field}'] / {per_unit}) / LN10", "as": "power"},
            {"bin": {"step": 0.25}, "field": "power", "as": ["from", "to"]},
            {"calculate": "pow(10, datum.from)", "as": "from_ms"},
            {"calculate": "pow(10, datum.to)", "as": "to_ms"},
        ],
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "x": {**_number("from_ms", "ms (logarithmic)", log=True), "bin": {"binned": True}},
            "x2": {"field": "to_ms"},
            "y": {"aggregate": "count", "title": "rows", "type": "quantitative"},
            **({"color": colour} if colour else {}),
        },
    }


def _bars(y: Spec, x: Spec, colour: Spec | None = None) -> Spec:
    return {
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {"y": y, "x": x, **({"color": colour} if colour else {})},
    }


def _points(x: Spec, y: Spec, colour: Spec | None = None) -> Spec:
    return {
        "mark": {"type": "point", "filled": True, "size": 45, "tooltip": {"content": "data"}},
        "encoding": {"x": x, "y": y, **({"color": colour} if colour else {})},
    }


def _name(field: str, title: str = "") -> Spec:
    return {"field": field, "type": "nominal", "title": title or field}


def _sorted(field: str, title: str) -> Spec:
    return {**_name(field, title), "sort": "-x"}


DRAWINGS: dict[str, Drawing] = {
    "turn_latency": Drawing(
        "Time to the first text of each turn, and to its end",
        ("sent_at", "ttft_ms", "e2el_ms", "protocol"),
        {
            "transform": [
                {"calculate": "datum.capture + ' · ' + datum.exchange_id", "as": "turn"},
                {"filter": "isValid(datum.e2el_ms)"},
            ],
            "encoding": {"x": {**_ordered("turn", "capture · exchange"), "sort": None}},
            "layer": [
                {
                    "mark": {"type": "bar", "opacity": 0.35, "tooltip": {"content": "data"}},
                    "encoding": {
                        "y": _number("e2el_ms", "ms after the request"),
                        "color": _PROTOCOL,
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 45},
                    "encoding": {
                        "y": _number("ttft_ms", "ms after the request"),
                        "color": _PROTOCOL,
                    },
                },
            ],
        },
        "A bar a turn as long as its answer took, and a point where its first text came",
    ),
    "gaps": Drawing(
        "Gaps between texts",
        ("gap_ns", "cause"),
        _log_histogram("gap_ns", 1e6, _name("cause")),
        "How many gaps of each length, by what passed meanwhile",
    ),
    "slowest_gaps": Drawing(
        "Gaps between texts",
        ("gap_ms", "protocol"),
        _log_histogram("gap_ms", 1, _PROTOCOL),
        "How many gaps of each length, by protocol",
    ),
    "stalls": Drawing(
        "When the answers stood still",
        ("since_sent_ms", "stall_ms", "cause"),
        _points(
            _number("since_sent_ms", "ms after the request"),
            _number("stall_ms", "ms it lasted"),
            _name("cause"),
        ),
        "A point a stall: when in its turn it began and how long it lasted",
    ),
    "event_gaps": Drawing(
        "Gaps between reads that brought events",
        ("gap_ms",),
        _log_histogram("gap_ms", 1),
        "How many gaps of each length",
    ),
    "event_rate": Drawing(
        "Events in each second of a stream",
        ("second", "events"),
        {
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": {**_number("second", "seconds after the request"), "bin": {"maxbins": 60}},
                "y": {**_number("events", "events"), "aggregate": "sum"},
            },
        },
        "How many events came in each second after the request, all shown streams together",
    ),
    "gap_causes": Drawing(
        "Whose the waiting between texts was",
        ("cause", "total_ms", "protocol"),
        _bars(_sorted("cause", ""), _number("total_ms", "ms in all"), _PROTOCOL),
        "The time of all gaps by what passed meanwhile",
    ),
    "latency_by_protocol": Drawing(
        "Medians and tails by protocol",
        ("metric", "protocol", "p50_ms", "p95_ms"),
        {
            "encoding": {
                "y": _name("metric", ""),
                "yOffset": {"field": "protocol"},
                "color": _PROTOCOL,
            },
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.5},
                    "encoding": {
                        "x": _number("p50_ms", "ms: median to 95th percentile", log=True),
                        "x2": {"field": "p95_ms"},
                    },
                },
                {
                    "transform": [{"filter": "datum.p50_ms > 0"}],
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 70,
                        "tooltip": {"content": "data"},
                    },
                    "encoding": {"x": _number("p50_ms", "ms: median to 95th percentile", log=True)},
                },
            ],
        },
        "For each figure and protocol the median as a point and a line to the 95th percentile",
    ),
    "page_waits": Drawing(
        "The wait for a page, by how deep it lies",
        ("depth", "ttfb_ms", "walk_id"),
        {
            "transform": [
                {"calculate": "datum.capture + ' · walk ' + datum.walk_id", "as": "walk"},
                {"filter": "isValid(datum.depth) && isValid(datum.ttfb_ms)"},
            ],
            **_points(
                _number("depth", "rows before the page"),
                _number("ttfb_ms", "ms to the first byte"),
                _name("walk", "capture · walk"),
            ),
        },
        "A point a page: rows before it and the wait for it, a colour for each walk",
    ),
    "connection_times": Drawing(
        "Handshakes",
        ("handshake_ms", "protocol", "connection_id"),
        {
            "transform": [{"filter": "isValid(datum.handshake_ms)"}],
            **_bars(
                {**_name("connection_id", "connection"), "sort": "-x"},
                _number("handshake_ms", "ms"),
                _PROTOCOL,
            ),
        },
        "A bar a connection as long as its handshake took",
    ),
    "refusals": Drawing(
        "Time lost to refusals",
        ("began_at", "time_lost_ms", "cause"),
        _bars(
            {**_name("began_at", "began"), "sort": None},
            _number("time_lost_ms", "ms lost"),
            _name("cause"),
        ),
        "A bar a refusal as long as the time that it cost",
    ),
    "proxy_lag": Drawing(
        "When the proxy itself was late",
        ("at", "late_ms"),
        _points({"field": "at", "type": "temporal", "title": "UTC"}, _number("late_ms", "ms late")),
        "A point each time that the proxy's own loop ran late",
    ),
    "reads": Drawing(
        "Bytes a read",
        ("length",),
        {
            "transform": [{"filter": "datum.length > 0"}],
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "x": {**_number("length", "bytes"), "bin": {"maxbins": 40}},
                "y": {"aggregate": "count", "title": "reads", "type": "quantitative"},
            },
        },
        "How many reads brought how many bytes",
    ),
    "duet_waiting": Drawing(
        "Who waited for whom",
        ("speaker", "waited_for", "waited_ms"),
        {
            "transform": [
                {
                    "calculate": "datum.duet + ': ' + datum.speaker + ' for ' + datum.waited_for",
                    "as": "who",
                }
            ],
            **_bars(_sorted("who", ""), _number("waited_ms", "ms waited")),
        },
        "A bar a speaker as long as it waited for another",
    ),
    "endpoint_waits": Drawing(
        "Waits by endpoint",
        ("path", "wait_p50_ms", "wait_p95_ms"),
        {
            "transform": [
                {"filter": "datum.wait_p50_ms > 0"},
                {"calculate": "datum.method + ' ' + datum.path", "as": "endpoint"},
                {
                    "window": [{"op": "rank", "as": "rank"}],
                    "sort": [{"field": "wait_p50_ms", "order": "descending"}],
                },
                {"filter": "datum.rank <= 30"},
            ],
            "mark": {"type": "point", "filled": True, "size": 55, "tooltip": {"content": "data"}},
            "encoding": {
                "y": {**_name("endpoint", ""), "sort": "-x", "axis": {"labelLimit": 260}},
                "x": _number("wait_p50_ms", "median wait in ms", log=True),
            },
        },
        "A point an endpoint at its median wait, the thirty slowest",
    ),
}
"""By the table or view that they are drawn of."""
